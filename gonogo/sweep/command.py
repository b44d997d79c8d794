"""`python -m gonogo sweep --environment ENV FILE...`: removes what runs have left, by their ledgers and residue journals.

Exit codes: 0 nothing of it is left, 1 something is, or may be, or is left for the next sweep (said line by line), 4 unusable input.
"""

import argparse
import math
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from base.places import usable_file
from base.plain_text import plain, plain_lines
from environments import Environment, EnvironmentProblem, load
from environments.sentences import shown
from fixtures.journal import Entry, Left
from fixtures.previews import demand_known
from gonogo.sweep.files import UnusableJournal
from gonogo.sweep.journals import AT_MOST, Leftovers, demand_own, left, note
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
        swept = list(given.swept)
        if given.journal:
            demand_own(given.journal)
            swept += [given.journal] if given.journal.exists() else []
        found = left(given.files, environment, given.older_than * _HOUR, swept=swept, at_most=given.at_most)
        return max(_removed(found, environment, given.journal), _unseen(found))
    except EnvironmentProblem as problem:
        print(f"gonogo sweep: {problem}".replace("--env", "environment"), file=sys.stderr)
        return _USAGE
    except UnusableJournal as error:
        print(f"gonogo sweep: {plain_lines(str(error))}", file=sys.stderr)
        return _USAGE


def _removed(found: Leftovers, environment: Environment, journal: Path | None) -> int:
    if not found.entries:
        print("nothing is left of earlier runs" if found.all else "nothing is left of earlier runs, as far as they were read")
        return _DONE
    with sweeping(environment) as context:
        return max([_said(entry, stayed, environment, journal) for entry, stayed in remove(context, found.entries)])


def _unseen(found: Leftovers) -> int:
    """What this sweep has not looked at is said, and it is not called gone."""
    if found.more:
        print(f"{found.more} more are left for the next sweep: one looks for {len(found.entries)} (--at-most)")
    for sentence in found.unread:
        print(sentence)
    return _DONE if found.all else _LEFT


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
    parser.add_argument("--ca", type=_file, metavar="FILE", help="the certificate authority to trust, PEM")
    parser.add_argument("--older-than", type=_hours, default=24.0, metavar="HOURS", help="leave what is younger: its run may be under way")
    parser.add_argument(
        "--at-most", type=_count, default=AT_MOST, metavar="N", help="look for so many accounts and things, and say what is left"
    )
    parser.add_argument("--journal", type=_file, metavar="FILE", help="write down there what is gone now, and believe what it says already")
    parser.add_argument(
        "--swept", type=_file, action="append", default=[], metavar="FILE", help="a journal that a sweep has written, or a folder of them"
    )
    parser.add_argument(
        "files",
        type=_file,
        nargs="+",
        metavar="FILE",
        help="ledgers (ledger.jsonl) and residue journals (residue.jsonl), or folders of them",
    )
    return parser


def _file(text: str) -> Path:
    """A path that the operating system can be asked for. Raises argparse.ArgumentTypeError."""
    if not usable_file(text):
        raise argparse.ArgumentTypeError(f"{shown(text)} can be no file or folder")
    return Path(text)


def _hours(text: str) -> float:
    """Hours, 0 or more. Raises ValueError."""
    hours = float(text)
    if not 0 <= hours < math.inf:
        raise ValueError(text)
    return hours


def _count(text: str) -> int:
    number = int(text)
    if number < 1:
        raise ValueError(text)
    return number
