"""A faulty version of the app: a copy of its folder with patches, deployed by the unmodified wrangler."""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from base.places import NODE_MODULES
from base.tools import Toolchain
from sandbox.certificates import write_private
from sandbox.connection import Connection
from sandbox.deploying import wrangler_environment
from sandbox.faults.catalogue import Fault, FaultError
from sandbox.processes import Processes
from sandbox.system import System

RELEASE = "1.2.0"
"""A faulty version is a release that comes after those of the system."""


def read_configuration(path: Path) -> dict[str, Any]:
    """A wrangler configuration: JSON with comments on lines of their own. Raises ValueError when it is something else."""
    lines = path.read_text(encoding="utf-8").splitlines()
    content: dict[str, Any] = json.loads("\n".join(line for line in lines if not line.strip().startswith("//")))
    return content


def changed(values: Mapping[str, str], changes: Mapping[str, str | bool], what: str) -> dict[str, str]:
    """Values with the changes of a fault. Raises FaultError when one that is to be taken away is not there."""
    missing = [name for name, value in changes.items() if value is False and name not in values]
    if missing:
        raise FaultError(f"there is no {what} {', '.join(missing)} to take away: fit the fault to today's app")
    return {**values, **{name: str(value) for name, value in changes.items() if value is not False}}


def prepare(folder: Path, fault: Fault, system: System) -> None:
    """Puts the app into `folder` as the fault has it: patched sources, changed configuration. Raises FaultError."""
    worker = system.workers[system.targets[fault.environment]]
    shutil.copytree(system.app(worker), folder, ignore=shutil.ignore_patterns("*.test.mjs", ".wrangler", NODE_MODULES.name))
    (folder / NODE_MODULES.name).symlink_to(system.packages(worker))
    for patch in fault.inject.source:
        path = folder / patch.file
        if not path.is_file():
            raise FaultError(f"{fault.id}: there is no {patch.file} to patch: fit the fault to today's app")
        path.write_text(patch.apply(path.read_text(encoding="utf-8"), f"{fault.id}, {patch.file}"), encoding="utf-8")
    path = folder / worker.configuration
    configuration = read_configuration(path)
    configuration.pop("$schema", None)
    given = {**configuration.get("vars", {}), **worker.variables(RELEASE)}
    configuration["vars"] = changed(given, fault.inject.vars, "variable")
    for name in [name for name, value in fault.inject.vars.items() if value is False]:
        del configuration["vars"][name]
    configuration |= fault.inject.configuration
    path.write_text(json.dumps(configuration, indent=2), encoding="utf-8")


class Deployer:
    """Deploys prepared folders to the Workers of a running sandbox."""

    def __init__(self, system: System, connection: Connection, tools: Toolchain, env: Mapping[str, str]) -> None:
        self._system = system
        self._tools = tools
        self._processes = Processes()
        self._env = {**env, **wrangler_environment(connection.api, connection.variables["CLOUDFLARE_API_TOKEN"]), "CI": "1"}

    def deploy(self, folder: Path, fault: Fault, secrets: Mapping[str, str]) -> None:
        """Bundles, patches the bundle and deploys. Raises SandboxError with wrangler's last words."""
        inject = fault.inject
        if inject.bundle:
            self._bundle(folder, fault)
        file = folder.with_suffix(".secrets.json")
        write_private(file, json.dumps(changed(secrets, inject.secrets, "secret")).encode())
        try:
            words = ["--secrets-file", str(file), "--no-x-provision", "--tag", fault.id]
            words += ["--message", f"fault {fault.id}", *(["--no-bundle"] if inject.bundle else [])]
            self._wrangler(folder, fault, "deploy", *words)
        finally:
            file.unlink(missing_ok=True)
        for name in [name for name, value in inject.secrets.items() if value is False]:
            self._wrangler(folder, fault, "secret", "delete", name)

    def _bundle(self, folder: Path, fault: Fault) -> None:
        self._wrangler(folder, fault, "deploy", "--dry-run", "--outdir", "bundled")
        path = folder / self._configuration(fault)
        configuration = read_configuration(path)
        bundle = folder / "bundled" / f"{Path(configuration['main']).stem}.js"  # beside it lie the texts that it imports
        text = bundle.read_text(encoding="utf-8")
        for patch in fault.inject.bundle:
            text = patch.apply(text, f"{fault.id}, the built bundle")
        bundle.write_text(text, encoding="utf-8")
        bundle.with_suffix(".js.map").unlink(missing_ok=True)
        configuration["main"] = str(bundle.relative_to(folder))
        configuration["find_additional_modules"] = True
        configuration["base_dir"] = "bundled"
        path.write_text(json.dumps(configuration, indent=2), encoding="utf-8")

    def _configuration(self, fault: Fault) -> str:
        return self._system.workers[self._system.targets[fault.environment]].configuration

    def _wrangler(self, folder: Path, fault: Fault, *words: str) -> None:
        script = self._system.targets[fault.environment]
        command = [str(self._tools.node), str(self._tools.wrangler), *words, "-c", self._configuration(fault), "--name", script]
        self._processes.run(command, what=f"wrangler {words[0]} of {folder.name}", env=self._env, cwd=folder, within=120.0)
