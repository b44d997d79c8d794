"""Commands over what runs have left: `python -m gonogo verdict|render|soak-table|keygen|artifact|sign|admit`.

The exit code is that of the conclusion: 0 pass, 1 fail, 2 interrupted, 3 inconclusive, 4 unusable input, 6 leak. Of tickets: 0 done, 1
refused, 4 unusable input, 6 a secret would have been in the ticket.
"""

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path

from base.plain_text import plain_lines
from gonogo.commands import tickets
from reports import summary
from reports.allure import Tools
from reports.errors import ReportError
from reports.ledger import LedgerContents, read
from reports.manifest import HERE as CHECKS
from reports.manifest import Manifest
from reports.policy import HERE as POLICY
from reports.policy import Policy
from reports.publish import render_again, write
from reports.reasons import Kind
from reports.soak import soak
from reports.team_rules import only
from reports.verdict import Verdict, conclude, conclude_shards, sharded
from reports.vouching import DIGEST, HANDED_OVER, NotVouchedFor, demand_vouched, digest_of

_USAGE, _LEAK = 4, 6


class _Parser(argparse.ArgumentParser):
    """Ends with exit code 4 and one sentence on unusable options; 2 would say that somebody interrupted a run."""

    def error(self, message: str) -> "None":  # type: ignore[override]
        """Say what is wrong and end."""
        raise ReportError(f"{message}; `{self.prog} --help` shows what can be given")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command and return its exit code."""
    try:
        given = _parser().parse_args(arguments)
        policy, manifest = Policy.load(given.policy).under(only(getattr(given, "rules", ()))), Manifest.load(given.manifest)
        if given.manifest == CHECKS:
            policy.demand(manifest.rows)
        return int(given.command(given, policy, manifest))
    except ReportError as error:
        print(f"gonogo: {plain_lines(str(error))}", file=sys.stderr)
        return _USAGE


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(prog="python -m gonogo", description="Conclude over the ledgers of runs.")
    commands = parser.add_subparsers(required=True, metavar="COMMAND", parser_class=_Parser)

    def command(name: str, does: object, text: str) -> argparse.ArgumentParser:
        sub = commands.add_parser(name, help=text, description=text)
        sub.set_defaults(command=does)
        sub.add_argument("--policy", type=Path, default=POLICY, metavar="FILE", help="the policy to judge by")
        sub.add_argument("--manifest", type=Path, default=CHECKS, metavar="FILE", help="the list of checks that are due")
        return sub

    verdict = command("verdict", _verdict, "Print the verdict of a ledger, or of those of all shards of a run, and end with its exit code.")
    verdict.add_argument("ledgers", type=Path, nargs="+", metavar="LEDGER")
    verdict.add_argument("--digest", type=digest_of, action="append", default=[], metavar="SHA256", help=DIGEST)
    tickets.rules_option(verdict)
    verdict.add_argument("--json", action="store_true", help="print it as JSON")
    verdict.add_argument("--out", type=Path, metavar="FOLDER", help="with shards: where verdict.json, summary.md and junit.xml go")
    render = command("render", _render, "Write report, verdict, summary and JUnit file of a run again.")
    render.add_argument("ledger", type=Path, metavar="LEDGER")
    render.add_argument("--results", type=Path, required=True, metavar="FOLDER", help="the raw Allure results of the run")
    render.add_argument("--out", type=Path, required=True, metavar="FOLDER", help="where to write")
    tickets.rules_option(render)
    table = command("soak-table", _soak, "Compare many runs: different ids, equal counts, all pass.")
    table.add_argument("ledgers", type=Path, nargs="*", metavar="LEDGER")
    table.add_argument("--expect", type=int, metavar="N", help="how many runs there must be")
    tickets.rules_option(table)
    tickets.register(command)
    return parser


def _conclude(path: Path, policy: Policy, manifest: Manifest) -> Verdict:
    reading = read(path)
    return conclude(reading.records, policy, manifest, damage=reading.damage)


def _verdict(given: argparse.Namespace, policy: Policy, manifest: Manifest) -> int:
    readings = [read(path) for path in given.ledgers]
    if given.digest:
        try:
            demand_vouched(readings, [str(path) for path in given.ledgers], given.digest)
        except NotVouchedFor as error:
            print(f"INCONCLUSIVE  {error}")
            return Kind.INCONCLUSIVE.exit_code
    code = _said(given, readings, policy, manifest)
    if not given.digest and not given.json:
        print(f"nobody vouches for these rows: --digest takes what the verifying process handed over ({HANDED_OVER})")
    return code


def _said(given: argparse.Namespace, readings: Sequence[LedgerContents], policy: Policy, manifest: Manifest) -> int:
    """The verdict, of one run in its shards or of each ledger by itself; the exit code that decides."""
    if sharded(readings):
        return _of_shards(given, readings, conclude_shards(readings, policy, manifest))
    if given.out:
        raise ReportError("--out is for the ledgers of shards: a run in one piece has written its files already")
    verdicts = [conclude(reading.records, policy, manifest, damage=reading.damage) for reading in readings]
    if given.json:
        plain = [verdict.as_dict() for verdict in verdicts]
        print(json.dumps(plain[0] if len(plain) == 1 else plain, indent=2, ensure_ascii=False))
    else:
        for path, verdict in zip(given.ledgers, verdicts, strict=True):
            report = path.with_name("report.html")
            print("\n".join([*summary.lines(verdict, str(report) if report.is_file() else ""), *summary.details(verdict)]))
    # Several ledgers are several runs: the first that did not pass decides, but whoever uploads must hear of a leak in any of them.
    codes = [verdict.exit_code for verdict in verdicts if verdict.exit_code]
    return _LEAK if _LEAK in codes else next(iter(codes), 0)


def _of_shards(given: argparse.Namespace, readings: Sequence[LedgerContents], verdict: Verdict) -> int:
    """The one verdict over the ledgers of all shards of a run."""
    if given.out:
        # What is written replaces what an earlier run left there: these ledgers must not be among it.
        if inside := next((path for path in given.ledgers if given.out.resolve() in path.resolve().parents), None):
            raise ReportError(f"--out {given.out} holds {inside}, one of the ledgers: name a folder of its own for all shards together")
        try:
            write(given.out, verdict, [record for reading in readings for record in reading.records])
        except OSError as error:
            raise ReportError(f"cannot write to {given.out}: {error.strerror}; choose another folder") from error
    if given.json:
        print(json.dumps(verdict.as_dict(), indent=2, ensure_ascii=False))
    else:
        print("\n".join([*summary.lines(verdict), *summary.details(verdict)]))
    return verdict.exit_code


def _render(given: argparse.Namespace, policy: Policy, manifest: Manifest) -> int:
    if not given.results.is_dir():
        raise ReportError(f"there are no raw results in {given.results}: name the folder that the run was given as --alluredir")
    tools = Tools.installed()
    published = render_again(given.ledger, given.results, given.out, policy=policy, manifest=manifest, tools=tools)
    print("\n".join(published.lines))
    return published.verdict.exit_code


def _soak(given: argparse.Namespace, policy: Policy, manifest: Manifest) -> int:
    outcome = soak([(path, _conclude(path, policy, manifest)) for path in given.ledgers], given.expect)
    print(outcome.table())
    return outcome.exit_code
