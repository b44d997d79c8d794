"""The forms in which a value can turn up in an artifact: escaped for JSON, HTML or a URL, or encoded.

These are the forms that the scrub hides. The scan finds more: it also undoes escapes and line breaks, and decodes base64 and hexadecimal,
see decoding.py.
"""

import base64
import html
import json
import urllib.parse
from collections.abc import Iterator
from dataclasses import dataclass

_URL_SAFE = bytes.maketrans(b"+/", b"-_")


@dataclass(frozen=True)
class Needle:
    """One form of a secret. `encoded` forms sit inside longer encoded text, which has to stay decodable when they are hidden."""

    form: bytes
    how: str
    encoded: bool = False

    def hidden(self, name: str) -> bytes:
        """What replaces this form."""
        return b"A" * len(self.form) if self.encoded else f"[hidden {name}]".encode()

    def __repr__(self) -> str:
        return f"Needle({self.how})"


def needles(value: str) -> tuple[Needle, ...]:
    """All forms of a value, each once, the plain one first."""
    found: dict[bytes, Needle] = {}
    for form, how, encoded in _forms(value):
        if form:
            found.setdefault(form, Needle(form, how, encoded))
    return tuple(found.values())


def _forms(value: str) -> Iterator[tuple[bytes, str, bool]]:
    raw = value.encode()
    yield raw, "plain", False
    for escaped in (json.dumps(value), json.dumps(value, ensure_ascii=False)):
        inner = escaped[1:-1]
        slashed = inner.replace("/", "\\/")
        markup = "".join(f"\\u{ord(c):04x}" if c in "<>&'\u2028\u2029" else c for c in inner)
        yield from ((form.encode(), "in JSON", False) for form in (inner, slashed, markup, json.dumps(inner)[1:-1]))
    for quoted in (urllib.parse.quote(value, safe=""), urllib.parse.quote(value), urllib.parse.quote_plus(value)):
        yield quoted.encode(), "in a URL", False
        yield _lower_escapes(quoted).encode(), "in a URL", False
    for marked in (html.escape(value), html.escape(value, quote=False), html.escape(value).replace("&#x27;", "&#39;")):
        yield marked.encode(), "in HTML", False
    yield raw.hex().encode(), "in hexadecimal", True
    yield raw.hex().upper().encode(), "in hexadecimal", True
    yield value.encode("utf-16-le"), "in UTF-16", False
    yield value.encode("utf-16-be"), "in UTF-16", False
    yield value[::-1].encode(), "reversed", False
    for core in _base64_cores(raw):
        yield core, "in base64", True
        yield core.translate(_URL_SAFE), "in base64", True
        for outer in _base64_cores(core):
            yield outer, "in base64 of base64", True


def _lower_escapes(quoted: str) -> str:
    """Percent escapes in lower case, as some clients write them."""
    head, *rest = quoted.split("%")
    return head + "".join(f"%{part[:2].lower()}{part[2:]}" for part in rest)


def _base64_cores(raw: bytes) -> Iterator[bytes]:
    """The characters that a value contributes to base64 at each of the three alignments, whatever stands around it."""
    for shift in range(3):
        encoded = base64.b64encode(b"\0" * shift + raw)
        first = (shift * 8 + 5) // 6
        last = (shift + len(raw)) * 8 // 6
        yield encoded[first:last]
