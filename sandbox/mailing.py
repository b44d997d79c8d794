"""An inbox alone, for an app under development: no database, no Workers. Mail comes in by SMTP and by Resend's API, which also shows it."""

from __future__ import annotations

import contextlib
import os
import re
import secrets
import select
import shlex
import signal
import sys
import time
from argparse import Namespace
from collections.abc import Mapping
from pathlib import Path

from base.places import PROJECT
from base.tools import ToolMissing, node
from sandbox.certificates import write_private
from sandbox.cleaning import clear, sweep
from sandbox.commands import say
from sandbox.errors import SandboxDied, SandboxError
from sandbox.processes import Processes, environment
from sandbox.services import Ports, Service, Table
from sandbox.state import SandboxRun, StateFolder

KIND = "mail"
STOP_WITHIN = 2.0
SENDING, READING = "RESEND_API_KEY", "GONOGO_MAIL_KEY"
"""The app is given a key that can send, as at Resend; what it has sent is read with another one."""
_FIRST_LINE = "# Of `python -m gonogo sandbox mail`, which removes this file when it ends."
_LAST_PORT = 65535
_TAKEN = re.compile(r"EADDRINUSE.*:(\d+)")


def mail(arguments: Namespace) -> int:
    """Runs an inbox in the foreground until Ctrl-C, SIGTERM or, if that is wished, the end of standard input.

    Raises SandboxError where a port is taken or the variables cannot be written.
    """
    for port in (arguments.port, arguments.smtp_port):
        if not 0 <= port <= _LAST_PORT:
            raise SandboxError(f"there is no port {port}: give one from 1 to {_LAST_PORT}, or none")

    def interrupt(_number: int, _frame: object) -> None:
        raise KeyboardInterrupt

    signal.signal(signal.SIGTERM, interrupt)
    signal.signal(signal.SIGHUP, interrupt)
    state = StateFolder()
    sweep(state)
    run, alive = state.new_run()
    keys = {name: f"re_{secrets.token_urlsafe(24)}" for name in (SENDING, READING)}
    table, variables = _table(arguments, keys, state, run), None
    try:
        ports = _started(table)
        variables = _written(arguments.variables, keys, run, ports)
        run.write_record({"kind": KIND, "detached": False, "supervisor": os.getpid(), "started": time.time(), "ports": dict(ports)})
        say(describe(run.id, ports, variables))
        _wait(table, with_parent=arguments.with_parent)
    except KeyboardInterrupt:
        say("\nstopping")
    finally:
        table.stop(STOP_WITHIN)
        if variables is not None:
            variables.unlink(missing_ok=True)
        clear(state, run)
        os.close(alive)
    return 0


def describe(identifier: str, ports: Mapping[str, int], variables: Path) -> str:
    """What a person needs: addresses, where the keys are, and what the environment file says. No key is in it."""
    api = f"http://127.0.0.1:{ports['api']}"
    return "\n".join(
        [
            f"inbox {identifier} is up",
            "",
            f"  {api:<26}  the mails that were sent, for people; Resend's API for the app and for gonogo",
            f"  {_smtp(ports):<26}  SMTP, without TLS; any user name and password, or none",
            "",
            "Variables for the app and for gonogo, in a file that only you can read:",
            f"  set -a; . {shlex.quote(str(variables))}; set +a",
            "",
            "In the environment file:",
            "  [mail.delivery]",
            f'  api = "{api}"',
            f'  key = "{READING}"',
            "",
            "Ctrl-C stops it, and its mails are gone.",
        ]
    )


def _table(arguments: Namespace, keys: Mapping[str, str], state: StateFolder, run: SandboxRun) -> Table:
    try:
        program = node()
    except ToolMissing as missing:
        raise SandboxError(str(missing)) from missing
    order = {
        "keys": {"full": keys[READING], "sending": keys[SENDING]},
        # No account is modelled: whatever the app calls itself, it may send, and as fast as it likes.
        "domains": ["*"],
        "owner": "owner@gonogo.invalid",
        "deliveryDelayMs": 100,
        "rateLimit": {"max": 1000, "windowMs": 1000},
        "state": str(run.path / "mail"),
        "port": arguments.port,
        "smtp": {"port": arguments.smtp_port},
    }
    service = Service("inbox", [str(program), "sandbox/mail/main.mjs"], lambda _: order)
    env = environment(run.path, run.id, state.cache)
    return Table([service], Processes(), env=env, cwd=PROJECT, logs=run.path / "logs")


def _started(table: Table) -> Ports:
    try:
        return table.start()["inbox"]
    except SandboxDied as died:
        if taken := _TAKEN.search("\n".join(died.lines)):
            raise SandboxError(f"port {taken[1]} is taken, by another inbox perhaps: give another, or none") from None
        raise


def _smtp(ports: Ports) -> str:
    return f"smtp://127.0.0.1:{ports['smtp']}"


def _written(asked: str | None, keys: Mapping[str, str], run: SandboxRun, ports: Ports) -> Path:
    """The file of variables, for a shell and for programs that read such files. Raises SandboxError where another one is in its place."""
    path = Path(asked).absolute() if asked else run.path / "mail.env"
    lines = {
        "RESEND_BASE_URL": f"http://127.0.0.1:{ports['api']}",
        **keys,
        "SMTP_HOST": "127.0.0.1",
        "SMTP_PORT": str(ports["smtp"]),
        "SMTP_URL": _smtp(ports),
    }
    unfinished = path.with_name(f".{path.name}.{run.id}")
    try:
        if path.exists() and not path.read_text(encoding="utf-8", errors="replace").startswith(_FIRST_LINE):
            raise SandboxError(f"{path} is somebody's file already: give --variables a path where there is none")
        write_private(unfinished, "\n".join([_FIRST_LINE, *(f"{name}={value}" for name, value in lines.items()), ""]).encode())
        unfinished.replace(path)
    except OSError as error:
        raise SandboxError(f"the variables cannot be written to {path} ({error.strerror}): give --variables another path") from error
    return path


def _wait(table: Table, *, with_parent: bool) -> None:
    """Until somebody says stop; raises SandboxDied when the service ends by itself."""
    while True:
        table.check()
        if not with_parent:
            time.sleep(0.2)
        elif select.select([sys.stdin], [], [], 0.2)[0]:
            with contextlib.suppress(OSError):
                if os.read(sys.stdin.fileno(), 4096):
                    continue
            return
