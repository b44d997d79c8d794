"""The state folder, `.sandbox/` in the project or where GONOGO_STATE says: everything the sandbox writes lies in it.

    prepared/<name>/   what a boot copies: system and hash; built once per set of sources
    runs/<id>/         one running sandbox; removed when it stops
    recycled/<name>    a stopped run's database folder, to be put right for the next run instead of copying one
    cache/             compiled JavaScript of the tools, shared
    .gonogo            says that the folder is gonogo's; one that holds anything and has no mark is not used
    prepared.lock      shared while a prepared state is copied, exclusive while one is built
    runs.lock          shared while a run's folder is created, exclusive while dead ones are looked for

A run is alive while somebody holds the lock of its `alive` file. The process that starts the supervisor takes it and hands the open
file over, so there is no moment in which a run looks dead, and no process id that could have been reused.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import secrets
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from base.places import STATE
from sandbox import ownership
from sandbox.certificates import write_private
from sandbox.errors import SandboxError
from sandbox.ownership import ALIVE

VARIABLE = "GONOGO_STATE"
MODE = 0o711 if os.geteuid() == 0 else 0o700  # as root, PostgreSQL runs as nobody and has to pass through


@dataclass(frozen=True)
class SandboxRun:
    """The folder of one running (or dead) sandbox."""

    path: Path

    @property
    def id(self) -> str:
        """Random, also the value of the marker in the environment of the run's processes."""
        return self.path.name

    @property
    def temporary(self) -> Path:
        """The folder outside the state that PostgreSQL needs when `nobody` cannot reach the state.

        Its path is written down when it is first asked for, before it exists, so that a sweep finds it whatever TMPDIR is then.
        """
        if noted := self._noted():
            return noted
        # A run may keep its temporary files in the project, which is what `nobody` cannot enter here.
        places = [Path(tempfile.gettempdir()), Path("/tmp"), Path("/var/tmp")]  # noqa: S108 - a folder with a random name, made by us
        place = next((place for place in places if _open_to_all(place)), places[0])
        chosen = place.absolute() / ownership.temporary_name(self.id)
        with contextlib.suppress(OSError):
            self._note.write_text(str(chosen), encoding="utf-8")
        return chosen

    @property
    def _note(self) -> Path:
        return self.path / "temporary"

    def _noted(self) -> Path | None:
        """The path that was written down, as far as it is one that a run of this id chooses."""
        with contextlib.suppress(OSError, ValueError):
            noted = Path(self._note.read_text(encoding="utf-8"))
            if ownership.is_temporary(noted, self.id):
                return noted
        return None

    def record(self) -> dict[str, Any] | None:
        """What the supervisor wrote about itself (it holds secrets), or None when the run is not up yet."""
        try:
            content: dict[str, Any] = json.loads((self.path / "run.json").read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return None
        return content

    def write_record(self, content: dict[str, Any]) -> None:
        """Writes the record at once: a reader sees all of it or nothing."""
        unfinished = self.path / "run.json.unfinished"
        write_private(unfinished, json.dumps(content).encode())
        unfinished.replace(self.path / "run.json")

    def alive(self) -> bool:
        """True while the lock of the run's `alive` file is held."""
        try:
            descriptor = os.open(self.path / ALIVE, os.O_RDONLY)
        except OSError:
            return False
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
        finally:
            os.close(descriptor)
        return False

    def remove(self) -> None:
        """Removes the run's folders, also when something still writes into them."""
        if noted := self._noted():
            remove(noted)
        # What says that it is a run goes last: a kill in between leaves one that the next boot removes.
        with contextlib.suppress(OSError):
            for path in self.path.iterdir():
                if path.name != ALIVE:
                    discard(path)
        remove(self.path)


def _open_to_all(path: Path) -> bool:
    """Whether every user can enter the folder."""
    try:
        return all(folder.stat().st_mode & 0o001 for folder in (path, *path.parents))
    except OSError:
        return False


def remove(path: Path, within: float = 1.0) -> None:
    """Removes a folder, repeating for `within` seconds while files appear in it."""
    until = time.monotonic() + within
    while True:
        shutil.rmtree(path, ignore_errors=True)
        if not path.exists() or time.monotonic() > until:
            return
        time.sleep(0.02)


class StateFolder:
    """The state folder."""

    def __init__(self, root: Path | None = None) -> None:
        chosen = root or (Path(os.environ[VARIABLE]) if os.environ.get(VARIABLE) else STATE)
        self.root = chosen.expanduser().absolute()
        self.prepared = self.root / "prepared"
        self.runs = self.root / "runs"
        self.cache = self.root / "cache"
        self.recycled = self.root / "recycled"

    def create(self) -> None:
        """Creates the folders. Raises SandboxError when the place is not writable, or not gonogo's."""
        self.demand_ours()
        try:
            make_folder(self.root)
            ownership.mark(self.root)
            for folder in (self.prepared, self.runs, self.cache, self.recycled):
                make_folder(folder)
        except OSError as error:
            what = f"the state folder {self.root} cannot be created ({error.strerror})"
            raise SandboxError(f"{what}: set {VARIABLE} to a writable folder") from error

    def demand_ours(self) -> None:
        """Raises sandbox.ownership.ForeignState where the folder holds what is not gonogo's; creates and changes nothing."""
        ownership.demand(self.root, VARIABLE)

    def new_run(self) -> tuple[SandboxRun, int]:
        """A new run's folder and the descriptor that keeps it alive (locked, not inheritable)."""
        self.create()
        with self.lock("runs", exclusive=False):  # against a sweep between the folder and its lock
            self.create()  # once more: somebody may have cleaned up until now
            run = SandboxRun(self.runs / secrets.token_hex(6))
            make_folder(run.path)
            descriptor = os.open(run.path / ALIVE, os.O_RDWR | os.O_CREAT, 0o600)
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            for name in ("logs", "home", "tmp"):
                (run.path / name).mkdir(mode=0o700)
        return run, descriptor

    def all_runs(self) -> list[SandboxRun]:
        """Every run's folder, dead or alive; what else lies there is somebody's."""
        found = [path for path in self.runs.glob("*") if ownership.is_run(path)] if self.runs.is_dir() else []
        return sorted((SandboxRun(path) for path in found), key=lambda run: run.id)

    def dead_runs(self) -> list[SandboxRun]:
        """Runs whose supervisor was killed: their folders and perhaps processes are still there."""
        candidates = [run for run in self.all_runs() if not run.alive()]
        if not candidates:
            return []
        with self.lock("runs", exclusive=True):
            return [run for run in candidates if run.path.exists() and not run.alive()]

    @contextlib.contextmanager
    def lock(self, name: str, *, exclusive: bool, waiting: Callable[[], None] | None = None) -> Iterator[None]:
        """Holds one of the state's locks; `waiting` is called once when somebody else has it. Killed holders let go by themselves."""
        kind = fcntl.LOCK_EX if exclusive else fcntl.LOCK_SH
        path, descriptor = self.root / f"{name}.lock", -1
        try:
            while descriptor < 0 or not _same(path, descriptor):  # somebody may have cleaned up while this one waited
                if descriptor >= 0:
                    os.close(descriptor)
                descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o600)
                try:
                    fcntl.flock(descriptor, kind | fcntl.LOCK_NB)
                except BlockingIOError:
                    if waiting:
                        waiting()
                    fcntl.flock(descriptor, kind)
            yield
        finally:
            if descriptor >= 0:
                os.close(descriptor)


def _same(path: Path, descriptor: int) -> bool:
    """Whether the file at this path is the one that is open."""
    try:
        there, here = path.stat(), os.fstat(descriptor)
    except OSError:
        return False
    return (there.st_dev, there.st_ino) == (here.st_dev, here.st_ino)


def discard(path: Path) -> None:
    """Removes a file, a link or a folder."""
    if path.is_dir() and not path.is_symlink():
        remove(path)
    else:
        path.unlink(missing_ok=True)


def make_folder(path: Path) -> None:
    """Creates a folder that others may at most pass through, whatever the umask."""
    if not path.is_dir():
        path.mkdir(parents=True, exist_ok=True)
        path.chmod(MODE)


def copy_command(*sources: Path, to: Path) -> list[str]:
    """The command that copies files and folders with owners and modes; both systems' `cp` share blocks where the file system can."""
    return ["cp", "-Rpc" if sys.platform == "darwin" else "-a", *(str(source) for source in sources), str(to)]
