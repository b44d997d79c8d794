"""Brings FM5 into a fresh sandbox the way a developer would: the app's migration command, then the real wrangler."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from base.places import APPS, PROJECT
from base.tools import Toolchain
from sandbox import postgres
from sandbox.certificates import write_private
from sandbox.credentials import ACCOUNT_ID, Credentials
from sandbox.processes import Processes
from sandbox.stack import Addresses, secret_bindings
from sandbox.threads import together

APP = APPS / "fm5"
RELEASES = (("1.0.0", "first release"), ("1.1.0", "second release"))


@dataclass(frozen=True)
class Worker:
    """One deployed Worker of FM5."""

    script: str
    configuration: str
    database: str


WORKERS = (
    Worker("fm5-staging", "wrangler.staging.jsonc", "fm5_staging"),
    Worker("fm5", "wrangler.production.jsonc", "fm5"),
)


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


def migrate(processes: Processes, tools: Toolchain, env: Mapping[str, str], credentials: Credentials, port: int) -> None:
    """Runs the app's migration command for the database of every Worker."""

    def one(worker: Worker) -> None:
        address = postgres.url(worker.database, credentials.databases[worker.database], port)
        processes.run(
            [str(tools.node), str(APP / "migrate.mjs")],
            what=f"migrating the database {worker.database}",
            env={**env, "DATABASE_URL": address},
            cwd=PROJECT,
        )

    together(partial(one, worker) for worker in WORKERS)


def deploy(
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

    def one(worker: Worker) -> None:
        bindings = temporary / f"{worker.script}.json"
        write_private(bindings, secret_bindings(credentials, worker.script).encode())
        try:
            for release, message in RELEASES:
                options = ["--var", f"RELEASE:{release}", "--tag", release, "--message", message]
                processes.run(
                    [
                        str(tools.node),
                        str(tools.wrangler),
                        "deploy",
                        "-c",
                        worker.configuration,
                        *options,
                        "--secrets-file",
                        str(bindings),
                        "--no-x-provision",
                    ],
                    what=f"wrangler deploy of {worker.script} {release}",
                    env=spoken_to,
                    cwd=APP,
                    within=120.0,
                )
                done(f"{worker.script} {release}")
        finally:
            bindings.unlink(missing_ok=True)

    together(partial(one, worker) for worker in WORKERS)
