"""What a browser has recorded: pictures, requests, errors, and a trace without secrets."""

from __future__ import annotations

import io
import zipfile
from dataclasses import dataclass, field

from clients.browser.assets import Loaded
from clients.wire.redaction import Redactor


@dataclass(frozen=True)
class Screenshot:
    """A picture of the page at the end of a step (PNG); password fields are masked."""

    title: str
    png: bytes = field(repr=False)


@dataclass(frozen=True)
class Download:
    """A file that the browser was given."""

    name: str
    data: bytes = field(repr=False)


@dataclass(frozen=True)
class Seen:
    """The record of a browsing. URLs and messages are redacted; ``trace`` is a Playwright trace (zip), if one was started.

    What a cut connection cost and a second request brought (see :mod:`clients.browser.cuts`) is in neither errors nor failed requests;
    what the deployment's rate limiter answered (429) is in ``throttled`` and in none of the others. ``dropped`` are the address and the
    kind of what the browser asked for and gave up: because the page was left, or because it would not take what came (a stylesheet with
    ``nosniff`` and another type).
    """

    console_errors: tuple[str, ...]
    page_errors: tuple[str, ...]
    failed_requests: tuple[str, ...]
    refused_requests: tuple[str, ...]
    throttled: tuple[str, ...]
    dropped: tuple[tuple[str, str], ...]
    requests: tuple[str, ...]
    hosts: frozenset[str]
    loaded: tuple[Loaded, ...]
    screenshots: tuple[Screenshot, ...] = field(repr=False)
    trace: bytes | None = field(default=None, repr=False)


def scrub_trace(trace: bytes, redactor: Redactor) -> bytes:
    """A trace without the secrets that ``redactor`` knows: cookies stand in its network log, typed text in its snapshots."""
    known = [(value.encode(), mark.encode()) for value, mark in redactor.learnt()]
    cleaned = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(trace)) as source, zipfile.ZipFile(cleaned, "w", zipfile.ZIP_DEFLATED) as target:
        for entry in source.infolist():
            data = source.read(entry)
            try:
                data = redactor.text(data.decode("utf-8")).encode()
            except UnicodeDecodeError:
                for value, mark in known:
                    data = data.replace(value, mark)
            target.writestr(entry.filename, data)
    return cleaned.getvalue()
