"""`python -m gonogo prove|soak|detection`: many runs against sandboxes, and what they show."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Sequence

from base.places import PROJECT
from gonogo.proving import detection, prove, soak
from reports.errors import ReportError
from sandbox import SandboxError
from sandbox.faults.catalogue import catalogue, find
from sandbox.reading import read


def say(text: str) -> None:
    """Prints at once: a run's own output comes in between."""
    print(text, flush=True)


def _soak(given: argparse.Namespace) -> int:
    outcome = soak.run(given.times, jittery=given.jitter, say=say)
    say(outcome.table())
    return outcome.exit_code


def _prove(given: argparse.Namespace) -> int:
    system = read(given.system)
    faults = [find(name, system) for name in given.faults] or [fault for fault in catalogue(system) if not fault.awaiting]
    if not system.targets:
        raise SandboxError(f"{system.path}: no Worker names the environment that verifies it, so nothing can be proved")
    proof = prove.Prover(system, faults, given.healthy, say).run(given.jobs)
    kept = all(prove.catalogued(fault) for fault in faults)
    if kept:
        detection.write(prove.remember(proof))
    noticed = sum(result.noticed for result in proof.results)
    wrong = sum(bool(result.misattributed) for result in proof.results)
    say(f"{noticed} of {len(proof.results)} faults noticed, {wrong} misattributed")
    say(f"{len(proof.alarms)} false alarms in {proof.healthy} healthy runs")
    say(f"written to {detection.PAGE.relative_to(PROJECT)}" if kept else "of no fault in the catalogue, so it is written down nowhere")
    return 0 if all(result.holds for result in proof.results) and not proof.alarms else 1


def _page(_given: argparse.Namespace) -> int:
    detection.write(prove.recall())
    say(f"written to {detection.PAGE.relative_to(PROJECT)}")
    return 0


def count(text: str) -> int:
    """A number above 0, for an option."""
    number = int(text)
    if number < 1:
        raise ValueError
    return number


def parser() -> argparse.ArgumentParser:
    """The command line."""
    main = argparse.ArgumentParser(prog="python -m gonogo", description=__doc__.partition(": ")[2] if __doc__ else None)
    actions = main.add_subparsers(dest="command", required=True, metavar="COMMAND")

    def action(name: str, what: str, function: Callable[[argparse.Namespace], int]) -> argparse.ArgumentParser:
        made = actions.add_parser(name, help=what, description=what)
        made.set_defaults(function=function)
        return made

    soaking = action("soak", "full runs back to back", _soak)
    soaking.add_argument("times", type=count, help="how many")
    soaking.add_argument("--jitter", action="store_true", help="against one sandbox with slow answers, broken connections and late mails")
    action("detection", "write docs/detection.md anew, for today's catalogue and checks, from what was measured last", _page)
    proving = action("prove", "inject the faults of the catalogue, and demand that each is noticed by the check that it names", _prove)
    proving.add_argument(
        "faults", nargs="*", metavar="FAULT", help="ids, or folders of faults that are in no catalogue (default: all of the system)"
    )
    proving.add_argument(
        "--system", metavar="NAME", help="which of sandbox/systems they belong to, or the path of a file (default: the one that says it is)"
    )
    proving.add_argument("--healthy", type=int, default=0, metavar="N", help="so many runs without a fault first: each has to pass")
    proving.add_argument("--jobs", type=count, default=1, metavar="N", help="sandboxes beside each other (default: %(default)s)")
    return main


def main(arguments: Sequence[str] | None = None) -> int:
    """Returns the exit status: the command's, 3 after an error that is one sentence, 130 after Ctrl-C, 2 for a wrong command line."""
    given = parser().parse_args(arguments)
    try:
        status: int = given.function(given)
    except (SandboxError, ReportError) as error:
        print(f"gonogo: {error}", file=sys.stderr)
        return 3
    except KeyboardInterrupt:
        print("gonogo: interrupted", file=sys.stderr)
        return 130
    return status
