"""Tickets for tests: a promotion in which everything is right, and can be spoilt in one place at a time."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from securesystemslib.signer import CryptoSigner

import environments
from reports.ledger import LedgerContents
from reports.records import Finish, Record
from reports.ticket import Described, Live, Promotion, Rejected, Rules, Statement, admit, canonical, envelope, issue
from reports.ticket.derivation import Rows
from reports.ticket.statement import ArtifactFile
from tests.reports.ledgers import MANIFEST, POLICY, RUN, healthy, sealed

ENVIRONMENT = environments.load("local", variables=None)
CAPABILITIES = tuple(sorted(ENVIRONMENT.capabilities))
SUITE, COMMIT = "5" * 40, "c" * 40
RULES = Rules(POLICY, MANIFEST, SUITE, "1" * 64)
FILES = (ArtifactFile(name="worker.js", sha256="a" * 64),)
SIGNER, STRANGER = CryptoSigner.generate_ed25519(), CryptoSigner.generate_ed25519()
PROMOTION = Promotion(ENVIRONMENT, COMMIT, FILES)
STARTED, FINISHED, NOW = 1000.0, 1100.0, 1200.0
Plain = dict[str, Any]


def records(some: Sequence[Record] | None = None, exit_status: int = 0, **changes: object) -> tuple[Record, ...]:
    """A sealed run of a hundred seconds at the suites' revision; `changes` are changes to its run record."""
    declared = {"capabilities": CAPABILITIES, "environment_digest": ENVIRONMENT.digest}
    changes = {"suite_revision": SUITE, "started": STARTED} | declared | changes
    rows = sealed([healthy(**changes)[0], *(some or healthy())[1:]], exit_status)
    return tuple(r.model_copy(update={"at": FINISHED}) if isinstance(r, Finish) else r for r in rows)


@dataclass(frozen=True)
class Case:
    """Everything that a ticket is admitted with."""

    records: tuple[Record, ...] = records()
    promotion: Promotion = PROMOTION
    rules: Rules = RULES
    signer: CryptoSigner = SIGNER
    pinned: tuple[CryptoSigner, ...] = (SIGNER,)
    nonce: str = RUN
    live: Callable[[], Live] = lambda: Live(("v1",) * 3)
    now: float = NOW
    ticket: bytes = b""
    damage: tuple[str, ...] = ()

    readings: tuple[LedgerContents, ...] = ()

    @property
    def reading(self) -> LedgerContents | tuple[LedgerContents, ...]:
        """The ledger, or those of all shards."""
        return self.readings or LedgerContents(self.records, self.damage)

    def issue(self, described: Described | None = None) -> bytes:
        """The ticket that is made for it. Raises Refused."""
        return issue(self.reading, self.promotion, self.rules, self.signer, described=described, clock=lambda: self.now)

    def admit(self) -> Statement:
        """Whether its ticket is admitted; that of the healthy case if it has none. Raises Refused."""
        keys = [signer.public_key for signer in self.pinned]
        return admit(
            self.ticket or VALID,
            self.reading,
            self.promotion,
            self.rules,
            keys=keys,
            nonce=self.nonce,
            live=self.live,
            clock=lambda: self.now,
        )

    def says(self, mutate: Callable[[Plain], object]) -> Case:
        """The case with a statement that was changed and then signed with the right key."""
        plain = copy.deepcopy(PLAIN)
        mutate(plain)
        return replace(self, ticket=forged(plain))

    def sends(self, mutate: Callable[[Plain], object]) -> Case:
        """The case with an envelope that was changed after it had been signed."""
        plain: Plain = json.loads(VALID)
        mutate(plain)
        return replace(self, ticket=canonical.dump(plain) + b"\n")


def described(message: str, tag: str = "", version: str = "v1", service: str = "fm5-staging", platform: str = "cloudflare") -> Described:
    """What the platform says about the version."""
    return Described(platform=platform, service=service, version=version, tag=tag, message=message)


def honest(case: Case) -> Plain:
    """What the rows of a case say, also when that is no pass."""
    plain: Plain = Rows(case.reading, case.rules).statement(case.promotion).model_dump(mode="json")
    return plain


def forged(statement: object, signer: CryptoSigner = SIGNER) -> bytes:
    """An envelope with this statement, signed as it should be."""
    return envelope.seal(canonical.dump(statement), signer)


def refused(act: Callable[[], object]) -> Rejected | None:
    """The refusal that something ends in, None when it does not."""
    try:
        act()
    except Rejected as refusal:
        return refusal
    return None


def at(plain: Any, path: str) -> Any:
    """The value at a dotted path of plain data."""
    for key in path.split("."):
        plain = plain[int(key)] if isinstance(plain, list) else plain[key]
    return plain


def put(path: str, value: object) -> Callable[[Plain], None]:
    """A change: another value at a dotted path."""

    def mutate(plain: Plain) -> None:
        head, _, last = path.rpartition(".")
        parent: Any = at(plain, head) if head else plain
        parent[int(last) if isinstance(parent, list) else last] = value

    return mutate


VALID = Case().issue()
PLAIN: Plain = json.loads(canonical.decode(json.loads(VALID)["payload"]))
GATE = "predicate.gate"
