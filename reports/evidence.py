"""Evidence: what was sent and received, as a person reads it, ready to be attached to a failing check.

This module knows the shape of evidence, not where it comes from: an exchange is whatever can tell itself as a transcript and as a curl
command, already redacted at its source.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from base.plain_text import plain_lines

MOST_EXCHANGES = 30
MOST_CHARACTERS = 20_000


class ExchangeEvidence(Protocol):
    """A request and its answer."""

    def transcript(self) -> str:
        """The exchange as text, redacted."""

    def curl(self) -> str:
        """A command that sends the same request again, with placeholders for what was redacted."""


@dataclass(frozen=True)
class Attachment:
    """A named piece of evidence: its contents, media type and file extension."""

    name: str
    body: bytes
    mime: str
    extension: str


def exchanges(some: Sequence[ExchangeEvidence], name: str = "What was sent and received") -> list[Attachment]:
    """The last exchanges as one transcript, and the commands to send them again as another. Nothing when there were none."""
    if not some:
        return []
    shown = some[-MOST_EXCHANGES:]
    first = len(some) - len(shown) + 1
    left_out = f"({first - 1} earlier exchanges left out)\n\n" if first > 1 else ""
    transcript = left_out + "\n\n".join(f"--- {number} ---\n{_shown(e.transcript())}" for number, e in enumerate(shown, start=first))
    commands = "\n\n".join(f"# {number}\n{_shown(e.curl())}" for number, e in enumerate(shown, start=first))
    return [
        Attachment(name, transcript.encode(), "text/plain", "txt"),
        Attachment("Send it again with curl", commands.encode(), "text/plain", "txt"),
    ]


def _shown(text: str) -> str:
    gone = len(text) - MOST_CHARACTERS
    short = plain_lines(text[:MOST_CHARACTERS], MOST_CHARACTERS * 10)
    return short if gone <= 0 else f"{short}\n({gone} more characters left out)"
