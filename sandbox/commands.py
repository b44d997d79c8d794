"""What `python -m sandbox` can do, one function per command; each returns an exit status or raises SandboxError."""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import shlex
import signal
import sys
import time
from argparse import Namespace
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from base.places import APPS, PROJECT
from sandbox import browser
from sandbox.booting import BootOptions, boot
from sandbox.connection import Connection
from sandbox.deploying import wrangler_environment
from sandbox.errors import SandboxError, SandboxStopped
from sandbox.processes import environment
from sandbox.running import chosen, live, system_of
from sandbox.state import SandboxRun, StateFolder
from sandbox.system import System
from sandbox.tools import installed

DOWN_WITHIN = 20.0
TERMINAL = ("TERM", "COLORTERM", "CI", "COLUMNS", "LINES", "LC_ALL", "EDITOR", "WRANGLER_LOG", "WRANGLER_OUTPUT_FILE_PATH")


def say(text: str = "") -> None:
    """Prints at once, whatever standard output is."""
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def describe(system: System, connection: Connection, versions: dict[str, str]) -> str:
    """The table of addresses, and how to reach them."""
    rows = [(system.origin(script), f"{script} {versions.get(script, '')}".rstrip()) for script in system.workers]
    rows += [(f"https://{system.mail.host}", "the mails that were sent")] if system.mail else []
    rows += [(f"https://{system.storage.host}", "object storage (S3)")] if system.storage else []
    width = max(len(address) for address, _ in rows)
    health = f"{system.origin(system.main)}{system.workers[system.main].health}"
    curl = f"curl --cacert {shlex.quote(connection.ca)} --connect-to ::{connection.connect} {health}"
    ways = [
        "These names are in no DNS. Ways in:",
        "  python -m sandbox open                       a browser that knows them",
        "  python -m sandbox wrangler -- whoami         the real wrangler, spoken to this sandbox",
        f"  {curl}",
    ]
    return "\n".join([*(f"  {address:<{width}}  {what}" for address, what in rows), "", *ways])


def versions(connection: Connection) -> dict[str, str]:
    """Script -> what it serves, as the control plane says; empty when it does not say."""
    address = urlsplit(connection.api)
    plain = http.client.HTTPConnection(address.netloc, timeout=3)
    try:
        plain.request("GET", "/sandbox/status", headers={"Authorization": f"Bearer {connection.variables['CLOUDFLARE_API_TOKEN']}"})
        workers = json.load(plain.getresponse())["workers"]
        return {script: ", ".join(share_text(share) for share in worker["current"]) for script, worker in workers.items()}
    except (OSError, http.client.HTTPException, ValueError, KeyError, TypeError, AttributeError):
        return {}
    finally:
        plain.close()


def share_text(share: dict[str, Any]) -> str:
    """One version of a deployment, with its share when it is not all."""
    part = "" if share["percentage"] == 100 else f" ({share['percentage']} %)"
    return f"version {share['version_id']}{part}"


def up(arguments: Namespace) -> int:
    """Boots a sandbox; in the foreground until Ctrl-C, or detached."""
    for run, record in live():
        if record.get("kind") == "up":
            raise SandboxError(f"sandbox {run.id} is already up: `python -m sandbox status` shows it, `python -m sandbox down` stops it")

    def interrupt(_number: int, _frame: object) -> None:
        raise KeyboardInterrupt

    signal.signal(signal.SIGTERM, interrupt)
    signal.signal(signal.SIGHUP, interrupt)
    started = time.monotonic()
    sandbox = boot(config=BootOptions(system=arguments.system, kind="up", detached=arguments.detach))
    try:
        connection = sandbox.connection
        system = system_of(SandboxRun(Path(connection.state)).record() or {})
        say(f"sandbox {connection.run} is up after {time.monotonic() - started:.1f} s, at {connection.connect}")
        say(f"system {system.name}\n")
        say(describe(system, connection, versions(connection)))
        if arguments.detach:
            say("  python -m sandbox down                       stops it")
            return 0
        say("\nCtrl-C stops it.")
        while True:
            sandbox.check()
            time.sleep(0.2)
    except (KeyboardInterrupt, SandboxStopped):
        say("\nstopping")
        return 0
    finally:
        if not arguments.detach:
            sandbox.stop()


def status(_arguments: Namespace) -> int:
    """Lists running sandboxes. Status 1 when there is none."""
    found = live()
    if not found:
        say("no sandbox is running")
        return 1
    for run, record in found:
        age = time.time() - record.get("started", time.time())
        if record.get("kind") == "mail":
            ports = record["ports"]
            where = f"at http://127.0.0.1:{ports['api']}, SMTP at port {ports['smtp']}"
            say(f"inbox {run.id} is up since {age:.0f} s, {where}")
            continue
        how = record.get("kind", "unknown") + (", detached" if record.get("detached") else "")
        if not record.get("connection"):
            say(f"sandbox {run.id} ({how}) is starting since {age:.0f} s")
            continue
        connection = Connection(**record["connection"])
        say(f"sandbox {run.id} ({how}) is up since {age:.0f} s, at {connection.connect}, control plane {connection.api}")
        say(f"system {system_of(record).name}\n")
        say(describe(system_of(record), connection, versions(connection)))
    return 0


def down(arguments: Namespace) -> int:
    """Stops the sandbox of `up` (or the named one) and waits until it is gone."""
    for run, record in live():
        if run.id == arguments.run or (arguments.run is None and record.get("kind") == "up"):
            with contextlib.suppress(ProcessLookupError, KeyError):
                os.kill(record["supervisor"], signal.SIGTERM)
            until = time.monotonic() + DOWN_WITHIN
            while run.path.exists():
                if time.monotonic() > until:
                    raise SandboxError(f"sandbox {run.id} is not gone after {DOWN_WITHIN:.0f} s; its folder is {run.path}")
                time.sleep(0.02)
            say(f"sandbox {run.id} is stopped")
            return 0
    if arguments.run:
        raise SandboxError(f"no sandbox {arguments.run} is running; `python -m sandbox status` lists what is")
    say("no sandbox is up")
    return 0


def clean(_arguments: Namespace) -> int:
    """Removes the state folder; what is not gonogo's is named. Status 1 when a sandbox uses it."""
    from sandbox.removal import remove_state

    state = StateFolder()
    try:
        left = remove_state(state)
    except ModuleNotFoundError as missing:  # what a killed sandbox has left running is found by psutil
        raise SandboxError(f"the state folder {state.root} stays, because {missing.name} is missing: run `make setup` first") from None
    if left:
        more = f" and {len(left) - 1} more" if len(left) > 1 else ""
        say(f"{state.root} stays, with {left[0].relative_to(state.root)}{more}: gonogo has not made that")
    return 0


def open_browser(arguments: Namespace) -> int:
    """Starts a browser that knows the names, or prints the command."""
    _, record, connection = chosen(arguments.run)
    system = system_of(record)
    asked = arguments.address or system.origin(system.main)
    address = asked if "://" in asked else f"https://{asked}"
    if arguments.print:
        say(shlex.join([str(browser.find_chromium()), *browser.arguments(connection, system.names), address]))
    else:
        browser.launch(connection, system.names, address)
        say(f"opened {address}")
    return 0


def app_folder(name: str | None, system: System) -> Path:
    """The folder of an app: one of the sandbox's own by name, else a path; None: the system's first. Raises SandboxError without one."""
    if name is None:
        return system.app(system.workers[system.main])
    own = APPS / name
    folder = own if own.is_dir() else Path(name).absolute()
    if not folder.is_dir():
        known = ", ".join(sorted(path.name for path in own.parent.iterdir() if path.is_dir()))
        raise SandboxError(f"there is no app {name!r}: give one of {known}, or the path of a folder with a wrangler configuration")
    return folder


def child_environment(run: SandboxRun) -> dict[str, str]:
    """Environment for a tool that a person runs against the sandbox: nothing of the shell but the terminal's properties."""
    made = environment(run.path, run.id, StateFolder().cache)
    if sys.stdout.isatty() and "NO_COLOR" not in os.environ:
        del made["NO_COLOR"], made["FORCE_COLOR"]
    return made | {name: os.environ[name] for name in TERMINAL if name in os.environ}


def wrangler(arguments: Namespace) -> int:
    """Becomes the unmodified wrangler, pointed at the sandbox; its exit status is ours."""
    run, record, connection = chosen(arguments.run)
    tools = installed()
    folder = app_folder(arguments.app, system_of(record))
    words = arguments.words[1:] if arguments.words[:1] == ["--"] else arguments.words
    env = child_environment(run) | wrangler_environment(connection.api, connection.variables["CLOUDFLARE_API_TOKEN"])
    os.chdir(folder)
    sys.stdout.flush()
    os.execve(tools.node, [str(tools.node), str(tools.wrangler), *words], env)  # noqa: S606


def migrate(arguments: Namespace) -> int:
    """Becomes an app's migration command, with the address of one of the sandbox's databases in DATABASE_URL."""
    run, record, _ = chosen(arguments.run)
    databases: dict[str, str] = record.get("databases") or {}
    if arguments.database not in databases:
        raise SandboxError(f"there is no database {arguments.database!r}: give one of {', '.join(sorted(databases))}")
    command = app_folder(arguments.app, system_of(record)) / "migrate.mjs"
    if not command.is_file():
        raise SandboxError(f"{command} does not exist: the app has no migration command")
    tools = installed()
    os.chdir(PROJECT)
    sys.stdout.flush()
    env = child_environment(run) | {"DATABASE_URL": databases[arguments.database]}
    os.execve(tools.node, [str(tools.node), str(command)], env)  # noqa: S606


def fault(arguments: Namespace) -> int:
    """Lists the catalogue of faults, switches one on, or takes it back."""
    from sandbox.faults.commands import fault as answer

    say(answer(arguments))
    return 0
