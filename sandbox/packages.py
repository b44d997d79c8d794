"""Node packages of apps that need others than the project has: such an app has a package.json and a lock of its own.

They are installed into the app's folder when a system is booted that has it, and again when the lock has changed; `make setup` does not
know them. An app without a package.json uses the project's packages.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
from collections.abc import Callable
from pathlib import Path

from base.places import NODE_MODULES
from base.tools import Toolchain
from sandbox.errors import SandboxError
from sandbox.processes import Processes
from sandbox.system import System

WITHIN = 240.0
"""s for one app: less than a boot may take."""
STAMP = "installed-by-gonogo"
LOCK = "package-lock.json"
HOW = "--package-lock-only --omit-lockfile-registry-resolved"
"""Makes a lock that names no registry."""
# npm is set up by the person who owns the machine: registry, proxy, certificates, cache.
PASSED_ON = ("HOME", "TMPDIR", "NODE_EXTRA_CA_CERTS", "SSL_CERT_FILE", "SSL_CERT_DIR")


def install(system: System, processes: Processes, tools: Toolchain, progress: Callable[[str], None], marker: dict[str, str]) -> None:
    """Installs what is missing. `marker` goes into npm's environment. Raises SandboxError with npm's last lines."""
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
            progress(f"installing the Node packages of {app.name} (once)")
            command = [str(tools.node), str(tools.npm), "ci", "--ignore-scripts", "--no-audit", "--no-fund"]
            env = {**_environment(tools), **marker}
            processes.run(command, what=f"installing the packages of {app.name}", env=env, cwd=app, within=WITHIN)
            stamp.parent.mkdir(exist_ok=True)
            stamp.write_text(wanted, encoding="utf-8")


def _digest(app: Path, tools: Toolchain) -> str:
    contents = [str(tools.npm).encode(), *((app / name).read_bytes() for name in ("package.json", LOCK))]
    return hashlib.sha256(b"\0".join(contents)).hexdigest()


def _environment(tools: Toolchain) -> dict[str, str]:
    """What npm may know of the shell: how it is set up, and none of the secrets that a shell may hold."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if name in PASSED_ON or name.lower().endswith("_proxy") or name.lower().startswith("npm_config_")
    }
    path = f"{tools.node.parent}{os.pathsep}{os.environ.get('PATH', os.defpath)}"
    return {"NODE_USE_SYSTEM_CA": "1", **kept, "PATH": path}
