"""The ledger of the run whose raw results `conftest.raw_results` holds."""

from __future__ import annotations

import time
from pathlib import Path

from reports.ledger import Ledger
from reports.manifest import Manifest, Row, check_id, render
from reports.records import CostReported, Outcome, Record, TimingsReported, VersionObserved
from reports.secrets import Secrets
from tests.reports.ledgers import collected, result, run

FILE = "suites/auth/test_sign_up.py::test_"
VERSION = "8f3a2c1e-5d0b-4e7a-9c66-0a1b2c3d4e5f"
ENDED: dict[str, tuple[Outcome, str]] = {
    "visitor_becomes_a_member": ("passed", ""),
    "confirmation_is_mailed": ("failed", "a link in the mail leads to localhost:3000"),
    "session_survives": ("not_reached", "not reached: joining.mail broke"),
    "inbox_answers": ("inconclusive", "api.resend.com refused the connection"),
    "webhook_is_signed": ("not_applicable", "add [mail.webhooks] to environments/local.toml"),
    "name_is_kept[plain]": ("passed", ""),
    "name_is_kept[umlaut]": ("passed", ""),
}
GONE = "health.budget::answers_in_time"


def manifest() -> Manifest:
    """The checks of that run, and one that vanished."""
    ids = dict.fromkeys(check_id(FILE + name) for name in ENDED)
    rows = [Row(id=i, suite="auth", requires=("mail.webhooks",) if "webhook" in i else ("auth.email",), severity="critical") for i in ids]
    rows.append(Row(id=GONE, suite="health", requires=("health",), severity="blocker", requirement="Answers come within a second."))
    return Manifest.parse(render(rows))


def records(ended: dict[str, tuple[Outcome, str]] | None = None) -> list[Record]:
    """What that run recorded, without its finish."""
    some: list[Record] = [run(started=time.time()), VersionObserved(where="before", ids=(VERSION,))]
    for name, (outcome, reason) in (ended or ENDED).items():
        requires = ("mail.webhooks",) if "webhook" in name else ("auth.email",)
        journey, step = ("joining", "mail") if outcome in ("failed", "not_reached") else ("", "")
        some.append(collected(FILE + name, requires=requires, severity="critical"))
        some.append(result(FILE + name, outcome, reason, journey=journey, step=step))
    some += [
        VersionObserved(where="after", ids=(VERSION,)),
        CostReported(requests=41, mails=2, accounts=3),
        TimingsReported(wall=3, longest_chain=2.5),
    ]
    return some


def ledger(folder: Path, secrets: Secrets | None = None, ended: dict[str, tuple[Outcome, str]] | None = None) -> Ledger:
    """A finished ledger in a folder."""
    written = Ledger(folder / "ledger.jsonl", "run-1", redact=secrets.redact if secrets else str)
    written.append(*records(ended))
    written.finish(1)
    return written
