"""Issuing: from the ledger of a passed run to the bytes of its ticket."""

import time
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from reports.ledger import LedgerContents
from reports.ticket import envelope, window
from reports.ticket.artifacts import Described
from reports.ticket.derivation import Rows
from reports.ticket.promotion import Promotion
from reports.ticket.rules import Rules

if TYPE_CHECKING:
    from securesystemslib.signer import Signer


def issue(
    reading: LedgerContents | Sequence[LedgerContents],
    promotion: Promotion,
    rules: Rules,
    signer: "Signer",
    *,
    described: Described | None = None,
    clock: Callable[[], float] = time.time,
) -> bytes:
    """The ticket for a run, as the bytes of a file.

    `described` is what the platform says about the version, when it was asked: it must name this artifact. `clock` gives seconds since the
    epoch. Raises Rejected when there can be no ticket: the run is no pass, only a part, too old, about something else.
    """
    rows = Rows(reading, rules)
    rows.demand_rules()
    rows.worthy()
    statement = rows.statement(promotion)
    now = clock()
    window.demand(statement.predicate.gate, now, rows.longest)
    window.demand_unexpired(statement.predicate.gate, now)
    if described is not None:
        described.demand(promotion.asked, statement.target.versions, promotion.artifacts)
    return envelope.seal(statement.payload, signer)
