"""Node packages of apps that need others than the project has: such an app has a package.json and a lock of its own.

They are installed into the app's folder when a system is booted that has it, and again when the lock has changed; `make setup` does not
know them. An app without a package.json uses the project's packages.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from base import children
from base.places import NODE_MODULES
from base.tools import Toolchain
from sandbox.errors import SandboxError
from sandbox.processes import Processes
from sandbox.system import System

WITHIN = 240.0
"""s for one app: less than a boot may take."""
STAMP = "installed-by-gonogo"
BEGUN = ".gonogo-installs-node_modules"
"""Lies beside the packages while they are installed: when that is killed, the next boot goes on."""
LOCK = "package-lock.json"
HOW = "--package-lock-only --omit-lockfile-registry-resolved"
"""Makes a lock that names no registry."""


def install(system: System, processes: Processes, tools: Toolchain, progress: Callable[[str], None], marker: dict[str, str]) -> None:
    """Installs what is missing. `marker` goes into npm's environment. Raises SandboxError with npm's last lines, and where
    packages that somebody else has put there would be replaced."""
    apps = {system.app(worker) for worker in system.workers.values()}
    for app in sorted(app for app in apps if (app / "package.json").is_file()):
        if not (app / LOCK).is_file():
            raise SandboxError(f"{app} has a package.json and no {LOCK}: make one with `npm install {HOW}`")
        with (app / LOCK).open("rb") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)  # two boots install it once
            wanted = _digest(app, tools)
            stamp = app / NODE_MODULES.name / STAMP
            if stamp.is_file() and stamp.read_text(encoding="utf-8") == wanted:
                continue
            if _theirs(app):
                continue
            progress(f"installing the Node packages of {app.name} (once)")
            (app / BEGUN).touch()
            command = [str(tools.node), str(tools.npm), "ci", "--ignore-scripts", "--no-audit", "--no-fund"]
            env = {**_environment(tools), **marker}
            processes.run(command, what=f"installing the packages of {app.name}", env=env, cwd=app, within=WITHIN)
            stamp.parent.mkdir(exist_ok=True)
            stamp.write_text(wanted, encoding="utf-8")
            (app / BEGUN).unlink(missing_ok=True)


def _theirs(app: Path) -> bool:
    """Whether the packages there were installed by somebody else, and are those of the lock: they are used as they are.

    Raises SandboxError where they are others: installing removes what is there.
    """
    folder = app / NODE_MODULES.name
    if folder.is_symlink():
        raise SandboxError(f"{folder} is a link, and installing packages would empty what it leads to: remove the link")
    if (app / BEGUN).is_file() or (folder / STAMP).is_file() or not folder.is_dir() or not any(folder.iterdir()):
        return False
    if not _fits(_packages(folder / ".package-lock.json"), _packages(app / LOCK)):
        how = "install those of the lock there (`npm ci`), or remove the folder, and gonogo installs them"
        raise SandboxError(f"{folder} was not filled by gonogo, which would replace it, and is not what {LOCK} says: {how}")
    return True


def _fits(there: Mapping[str, Any], wanted: Mapping[str, Any]) -> bool:
    """Whether what is installed is what is wanted, but for what is optional."""
    same = all(name in wanted and _version(entry) == _version(wanted[name]) for name, entry in there.items())
    return bool(there) and same and all(name in there or entry.get("optional") for name, entry in wanted.items() if name)


def _version(entry: Mapping[str, Any]) -> object:
    return entry.get("version"), entry.get("integrity"), entry.get("resolved") if entry.get("link") else None


def _packages(lock: Path) -> dict[str, dict[str, Any]]:
    try:
        content = json.loads(lock.read_text(encoding="utf-8"))["packages"]
        return {name: entry for name, entry in content.items() if isinstance(entry, dict)}
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return {}


def _digest(app: Path, tools: Toolchain) -> str:
    contents = [str(tools.npm).encode(), *((app / name).read_bytes() for name in ("package.json", LOCK))]
    return hashlib.sha256(b"\0".join(contents)).hexdigest()


def _environment(tools: Toolchain) -> dict[str, str]:
    """What npm may know of the shell: how it is set up, and none of the secrets that a shell may hold."""
    # The person who owns the machine has told it the registry, a proxy of its own, its cache.
    given = children.made(network=True, like=("npm_config_", "NPM_CONFIG_"))
    return {"NODE_USE_SYSTEM_CA": "1", **given, "PATH": f"{tools.node.parent}{os.pathsep}{given['PATH']}"}
