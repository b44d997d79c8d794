"""Who vouches for a ledger: the process that concluded from it hands over a digest, by another way than the file itself goes.

A ledger carries a seal, but whoever can replace the file can seal another one. The digest is that of the file, byte for byte, so that
`sha256sum ledger.jsonl` shows it as well.
"""

import re
from collections.abc import Sequence

from reports.errors import ReportError
from reports.ledger import LedgerContents

_DIGEST = re.compile(r"(?:sha256:)?([0-9a-f]{64})")
DIGEST = "the digest that the verifying process has handed over; as often as there are ledgers"
HANDED_OVER = "`python -m gonogo verify` prints it, and writes it with --digest FILE"


class NotVouchedFor(Exception):
    """A ledger is not among those that the verifying processes concluded from, or one of those is missing. A sentence says which."""


def is_digest(text: str) -> bool:
    """Whether this is what a file of `--digest` holds."""
    return _DIGEST.fullmatch(text.strip()) is not None


def digest_of(text: str) -> str:
    """The digest in the words of whoever handed it over. Raises ReportError when it is none."""
    found = _DIGEST.fullmatch(text.strip())
    if found is None:
        raise ReportError(f"--digest {text[:80]!r} is no digest: give 64 lower-case hexadecimal digits; {HANDED_OVER}")
    return found[1]


def demand_vouched(ledgers: Sequence[LedgerContents], names: Sequence[str], digests: Sequence[str]) -> None:
    """Each of the ledgers, called by these names, is one of those whose digests were handed over, and all of those are there.

    Raises NotVouchedFor.
    """
    handed = set(digests)
    for ledger, name in zip(ledgers, names, strict=True):
        if ledger.digest not in handed:
            text = f"the ledger {name} (sha256 {ledger.digest[:16]}...) is not one that a verifying process concluded from"
            raise NotVouchedFor(f"{text}: somebody changed or replaced it; verify again")
    if missing := sorted(handed - {ledger.digest for ledger in ledgers}):
        text = f"the ledger with the sha256 {missing[0][:16]}... was concluded from, and is not among the {len(ledgers)} that were given"
        raise NotVouchedFor(f"{text}: give the ledgers of all shards, and that of the drills")
