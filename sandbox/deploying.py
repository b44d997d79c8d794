"""Brings a system's apps into a fresh sandbox the way a developer would: the app's migration command, then the real wrangler."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path

from base.places import PROJECT
from base.tools import Toolchain
from sandbox import postgres
from sandbox.certificates import write_private
from sandbox.credentials import ACCOUNT_ID, Credentials
from sandbox.processes import Processes
from sandbox.stack import Addresses
from sandbox.system import System, Worker
from sandbox.threads import together


def wrangler_environment(api: str, token: str) -> dict[str, str]:
    """What makes the unmodified wrangler talk to the sandbox, and to nothing else."""
    return {
        "CLOUDFLARE_API_BASE_URL": api,
        "CLOUDFLARE_API_TOKEN": token,
        "CLOUDFLARE_ACCOUNT_ID": ACCOUNT_ID,
        "WRANGLER_SEND_METRICS": "false",
        "WRANGLER_SEND_ERROR_REPORTS": "false",
        "WRANGLER_HIDE_BANNER": "true",
    }


def migrate(system: System, processes: Processes, tools: Toolchain, env: Mapping[str, str], credentials: Credentials, port: int) -> None:
    """Runs the app's migration command for the database of every Worker that has one."""

    def one(worker: Worker) -> None:
        address = postgres.url(worker.database, credentials.databases[worker.database], port)
        processes.run(
            [str(tools.node), str(system.app(worker) / worker.migrate)],
            what=f"migrating the database {worker.database}",
            env={**env, "DATABASE_URL": address},
            cwd=PROJECT,
        )

    together(partial(one, worker) for worker in system.workers.values() if worker.migrate)


def deploy(
    system: System,
    processes: Processes,
    tools: Toolchain,
    env: Mapping[str, str],
    credentials: Credentials,
    addresses: Addresses,
    temporary: Path,
    done: Callable[[str], None],
) -> None:
    """Deploys every release of every Worker, so that the history holds a previous version with the same secrets."""
    spoken_to = {**env, **wrangler_environment(addresses.api, credentials.token), "CI": "1"}

    def one(script: str) -> None:
        worker = system.workers[script]
        bindings = temporary / f"{script}.json"
        write_private(bindings, json.dumps(credentials.bindings(system, script)).encode())
        command = [str(tools.node), str(tools.wrangler), "deploy", "-c", worker.configuration, "--name", script]
        try:
            for release in system.releases:
                options = [word for name, value in worker.variables(release.name).items() for word in ("--var", f"{name}:{value}")]
                options += ["--tag", release.name, "--message", release.message]
                processes.run(
                    [*command, *options, "--secrets-file", str(bindings), "--no-x-provision"],
                    what=f"wrangler deploy of {script} {release.name}",
                    env=spoken_to,
                    cwd=system.app(worker),
                    within=120.0,
                )
                done(f"{script} {release.name}")
        finally:
            bindings.unlink(missing_ok=True)

    for wave in system.waves:
        together(partial(one, script) for script in wave)
