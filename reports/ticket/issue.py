"""Issuing: from the ledger of a passed run to the bytes of its ticket."""

import time
from collections.abc import Callable

from securesystemslib.signer import Signer

from reports.ledger import Reading
from reports.ticket import envelope, window
from reports.ticket.artifacts import demand_annotation
from reports.ticket.promotion import Promotion
from reports.ticket.rows import Rows
from reports.ticket.rules import Rules


def issue(
    reading: Reading,
    promotion: Promotion,
    rules: Rules,
    signer: Signer,
    *,
    annotation: str | None = None,
    clock: Callable[[], float] = time.time,
) -> bytes:
    """The ticket for a run, as the bytes of a file.

    `annotation` is the tag or message of the version on its platform, when it is known: it must name this artifact. `clock` gives seconds
    since the epoch. Raises Refused when there can be no ticket: the run is no pass, only a part, too old, about something else.
    """
    rows = Rows(reading, rules)
    rows.worthy()
    statement = rows.statement(promotion)
    window.demand(statement.predicate.gate, clock(), rows.longest)
    if annotation is not None:
        demand_annotation(promotion.artifacts, annotation)
    return envelope.seal(statement.payload, signer)
