"""Evidence: what was sent and received, as a person reads it, ready to be attached to a failing check.

This module knows the shape of evidence, not where it comes from: an exchange is whatever can tell itself as a transcript and as a curl
command, already redacted at its source.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

MOST_EXCHANGES = 30
MOST_CHARACTERS = 20_000
_PNG = b"\x89PNG\r\n\x1a\n"


class Exchange(Protocol):
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

    @property
    def text(self) -> str:
        """The contents for a terminal; what is no text is described."""
        return self.body.decode() if self.mime.startswith("text/") else f"{self.name}: {len(self.body)} bytes of {self.mime}"


def exchanges(some: Sequence[Exchange], name: str = "What was sent and received") -> list[Attachment]:
    """The last exchanges as one transcript, and the commands to send them again as another. Nothing when there were none."""
    if not some:
        return []
    shown = some[-MOST_EXCHANGES:]
    first = len(some) - len(shown) + 1
    left_out = f"({first - 1} earlier exchanges left out)\n\n" if first > 1 else ""
    transcript = left_out + "\n\n".join(f"--- {number} ---\n{_short(e.transcript())}" for number, e in enumerate(shown, start=first))
    commands = "\n\n".join(f"# {number}\n{_short(e.curl())}" for number, e in enumerate(shown, start=first))
    return [
        Attachment(name, transcript.encode(), "text/plain", "txt"),
        Attachment("Send it again with curl", commands.encode(), "text/plain", "txt"),
    ]


def screenshots(some: Mapping[str, bytes]) -> list[Attachment]:
    """PNG images by the step that took them, in order. Raises ValueError for what is no PNG image."""
    for step, image in some.items():
        if not image.startswith(_PNG):
            raise ValueError(f"the screenshot of step {step} is no PNG image")
    return [Attachment(f"Screen after: {step}", image, "image/png", "png") for step, image in some.items()]


def traces(some: Iterable[Path]) -> list[Attachment]:
    """Browser traces that exist. They are attached as archives: Allure's viewer would open a page of an outside host to show one."""
    return [
        Attachment(f"Browser trace {path.stem} (open with: playwright show-trace)", path.read_bytes(), "application/zip", "zip")
        for path in some
        if path.is_file()
    ]


def _short(text: str) -> str:
    gone = len(text) - MOST_CHARACTERS
    return text if gone <= 0 else f"{text[:MOST_CHARACTERS]}\n({gone} more characters left out)"
