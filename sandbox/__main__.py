"""`python -m sandbox`: the local deployment by hand."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Sequence

from sandbox import commands, mailing
from sandbox.errors import SandboxError


def parser() -> argparse.ArgumentParser:
    """The command line."""
    main = argparse.ArgumentParser(prog="python -m sandbox", description="The deployment that gonogo verifies when no account is at hand.")
    actions = main.add_subparsers(dest="command", required=True, metavar="COMMAND")

    def action(name: str, what: str, function: Callable[[argparse.Namespace], int]) -> argparse.ArgumentParser:
        made = actions.add_parser(name, help=what, description=what)
        made.set_defaults(function=function)
        return made

    up = action("up", "boot a sandbox and keep it running until Ctrl-C", commands.up)
    up.add_argument("--system", metavar="NAME", help="which of sandbox/systems, or the path of a file (default: the one that says it is)")
    up.add_argument("--detach", action="store_true", help="return when it is up; `down` stops it")
    action("status", "list what is running, with addresses and versions", commands.status)
    down = action("down", "stop the sandbox of `up`", commands.down)
    action("clean", "remove what earlier sandboxes have left, while none is running", commands.clean)
    mail = action("mail", "run an inbox alone, for an app under development: SMTP and Resend's API, until Ctrl-C", mailing.mail)
    mail.add_argument(
        "--variables", metavar="FILE", help="where the variables for the app and for gonogo are written (default: the state folder)"
    )
    mail.add_argument("--port", type=int, default=0, metavar="N", help="of the API and the page for people (default: the system gives one)")
    mail.add_argument("--smtp-port", type=int, default=0, metavar="N", help="of SMTP (default: the system gives one)")
    mail.add_argument("--with-parent", action="store_true", help="end when standard input ends, as with the program that started it")
    opened = action("open", "start a browser that knows the sandbox's names", commands.open_browser)
    opened.add_argument("address", nargs="?", help="where to (default: the system's first Worker)")
    opened.add_argument("--print", action="store_true", help="print the command instead of running it")
    wrangler = action("wrangler", "run the real wrangler against the sandbox, in the app's folder", commands.wrangler)
    wrangler.add_argument("words", nargs=argparse.REMAINDER, metavar="-- ARGUMENTS", help="passed on to wrangler")
    fault = action("fault", "put a known fault into the sandbox, or take it back", commands.fault)
    fault.add_argument("what", choices=("list", "on", "off"))
    fault.add_argument("id", nargs="?", metavar="ID", help="which one, for `on`; or the path of its folder")
    migrate = action("migrate", "run an app's migration command on one of the sandbox's databases", commands.migrate)
    migrate.add_argument("database", help="one of the system's databases")
    for each in (wrangler, migrate):
        each.add_argument("--app", help="an app of sandbox/apps, or a folder (default: that of the system's first Worker)")
    for each in (down, opened, wrangler, fault, migrate):
        each.add_argument("--run", help="id of a sandbox from `status` (default: the one of `up`)")
    return main


def main(words: Sequence[str] | None = None) -> int:
    """Returns the exit status: the command's, 1 after an error that is one sentence, 130 after Ctrl-C, 2 for a wrong command line."""
    arguments = parser().parse_args(words)
    try:
        status: int = arguments.function(arguments)
    except SandboxError as error:
        print(f"sandbox: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("sandbox: interrupted", file=sys.stderr)
        return 130
    except BrokenPipeError:
        return 0
    return status


if __name__ == "__main__":
    sys.exit(main())
