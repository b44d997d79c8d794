"""The promotion ticket: a signed verdict about exactly what is live, and the decision whether it may open the way to production.

An in-toto Statement v1 (https://github.com/in-toto/attestation/blob/main/spec/v1/statement.md) with a test-result predicate
(https://github.com/in-toto/attestation/blob/main/spec/predicates/test-result.md), in a DSSE envelope
(https://github.com/secure-systems-lab/dsse), signed with ed25519. A ticket has no free field: `issue` derives all of it from the rows of a
ledger and from what is to be promoted, and `admit` derives it again and compares.
"""

from reports.ticket.admission import Live, admit
from reports.ticket.artifacts import Described, annotated, annotation, digests
from reports.ticket.issue import issue
from reports.ticket.promotion import Promotion
from reports.ticket.rejections import Rejected, Rejection
from reports.ticket.rules import Rules
from reports.ticket.statement import Statement

__all__ = [
    "Described",
    "Live",
    "Promotion",
    "Rejected",
    "Rejection",
    "Rules",
    "Statement",
    "admit",
    "annotated",
    "annotation",
    "digests",
    "issue",
]
