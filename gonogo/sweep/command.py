"""`python -m gonogo sweep --environment ENV FILE...`: removes what runs have left, by their ledgers and residue journals.

Exit codes: 0 nothing of it is left, 1 something is, or may be (said line by line), 4 unusable input.
"""

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from base.plain_text import plain, plain_lines
from environments import Environment, EnvironmentProblem, load
from fixtures.journal import Entry, Left
from fixtures.previews import demand_known
from gonogo.sweep.journals import UnusableJournal, left, note
from gonogo.sweep.removal import remove, sweeping

_DONE, _LEFT, _USAGE = 0, 1, 4
_HOUR = 3600.0


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> "None":  # type: ignore[override]
        """Say what is wrong and end, in one sentence."""
        raise UnusableJournal(f"{message}; `{self.prog} --help` shows what can be given")


def main(arguments: Sequence[str] | None = None) -> int:
    """Remove what is left and return the exit code."""
    try:
        given = _parser().parse_args(arguments)
        supplied = {key: value for key, value in (("connect", given.connect), ("ca", given.ca and str(Path(given.ca).resolve()))) if value}
        environment = load(given.environment, variables=os.environ, origin=given.origin, supplied=supplied)
        demand_known(environment, variables=os.environ)
        entries = left(given.files, environment, given.older_than * _HOUR)
        if not entries:
            print("nothing is left of earlier runs")
            return _DONE
        with sweeping(environment) as context:
            return max([_said(entry, stayed, environment, given.journal) for entry, stayed in remove(context, entries)])
    except EnvironmentProblem as problem:
        print(f"gonogo sweep: {problem}".replace("--env", "environment"), file=sys.stderr)
        return _USAGE
    except UnusableJournal as error:
        print(f"gonogo sweep: {plain_lines(str(error))}", file=sys.stderr)
        return _USAGE


def _said(entry: Entry, stayed: Left | None, environment: Environment, journal: Path | None) -> int:
    if stayed:
        print(plain(f"{entry.name}: {'unknown' if stayed.unknown else 'still there'}: {stayed.reason}"))
        return _LEFT
    print(plain(f"{entry.name}: removed"))
    if journal:
        note(journal, entry, environment)
    return _DONE


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(prog="python -m gonogo sweep", description="Remove what earlier runs have left.")
    parser.add_argument("--environment", required=True, metavar="ENV", help="name or file of the environment that was verified")
    parser.add_argument("--origin", metavar="URL", help="the origin, where the environment's file has another")
    parser.add_argument("--connect", metavar="HOST:PORT", help="connect there for every host of the environment")
    parser.add_argument("--ca", metavar="FILE", help="the certificate authority to trust, PEM")
    parser.add_argument("--older-than", type=float, default=24.0, metavar="HOURS", help="leave what is younger: its run may be under way")
    parser.add_argument("--journal", type=Path, metavar="FILE", help="write down there what is gone now; give it to the next sweep too")
    parser.add_argument("files", type=Path, nargs="+", metavar="FILE", help="ledgers (ledger.jsonl) and residue journals (residue.jsonl)")
    return parser
