"""`python -m proving`: many runs against sandboxes, and what they show."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable

from proving import soak
from reports.errors import ReportError
from sandbox import SandboxError


def say(text: str) -> None:
    """Prints at once: a run's own output comes in between."""
    print(text, flush=True)


def _soak(given: argparse.Namespace) -> int:
    outcome = soak.run(given.times, jittery=given.jitter, say=say)
    say(outcome.table())
    return outcome.exit_code


def count(text: str) -> int:
    """A number above 0, for an option."""
    number = int(text)
    if number < 1:
        raise ValueError
    return number


def parser() -> argparse.ArgumentParser:
    """The command line."""
    main = argparse.ArgumentParser(prog="python -m proving", description=__doc__.partition(": ")[2] if __doc__ else None)
    actions = main.add_subparsers(dest="command", required=True, metavar="COMMAND")

    def action(name: str, what: str, function: Callable[[argparse.Namespace], int]) -> argparse.ArgumentParser:
        made = actions.add_parser(name, help=what, description=what)
        made.set_defaults(function=function)
        return made

    soaking = action("soak", "full runs back to back", _soak)
    soaking.add_argument("times", type=count, help="how many")
    soaking.add_argument("--jitter", action="store_true", help="against one sandbox with slow answers, broken connections and late mails")
    return main


def main() -> int:
    """Returns the exit status: the command's, 3 after an error that is one sentence, 130 after Ctrl-C, 2 for a wrong command line."""
    given = parser().parse_args()
    try:
        status: int = given.function(given)
    except (SandboxError, ReportError) as error:
        print(f"proving: {error}", file=sys.stderr)
        return 3
    except KeyboardInterrupt:
        print("proving: interrupted", file=sys.stderr)
        return 130
    return status


if __name__ == "__main__":
    sys.exit(main())
