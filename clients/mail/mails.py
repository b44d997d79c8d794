"""A mail and the links in it."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from html.parser import HTMLParser


@dataclass(frozen=True)
class Mail:
    """A mail as its sending service keeps it. Its text and links carry tokens and stay out of ``repr``.

    ``last_event`` is Resend's (queued, sent, delivered, bounced, ...). ``links`` are the targets of the HTML's links in their order, or the
    addresses in the text when there is no HTML; each once.
    """

    id: str
    sender: str
    to: tuple[str, ...]
    subject: str
    created: datetime
    last_event: str
    html: str = field(default="", repr=False)
    text: str = field(default="", repr=False)
    links: tuple[str, ...] = field(default=(), repr=False)


class _Links(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        for name, value in attrs:
            if value and ((tag in ("a", "area") and name == "href") or (tag == "form" and name == "action")):
                self.found.append(value.strip())


def links_of(html: str, text: str) -> tuple[str, ...]:
    """The links of a mail, without anchors and ``mailto:``."""
    parser = _Links()
    parser.feed(html)
    parser.close()
    found: Iterable[str] = parser.found if html else (word.strip("<>()[].,;\"'") for word in text.split() if "://" in word)
    return tuple(dict.fromkeys(link for link in found if link and not link.startswith(("#", "mailto:"))))


def parse_created(value: str) -> datetime:
    """Resend's ``created_at`` in both of its formats: ISO with ``T``, and ``2023-04-03 22:13:42.674981+00``."""
    moment = datetime.fromisoformat(value)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
