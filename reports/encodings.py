"""The forms in which a value can turn up in an artifact: escaped for JSON, HTML, a URL or by Python, or encoded.

`needles` are the forms that the scrub hides. The scan finds more: it undoes escapes, markup and line breaks, decodes base64 and
hexadecimal (decoding.py), and looks at letters and digits alone (`skeletons`).
"""

import base64
import codecs
import html
import json
import unicodedata
import urllib.parse
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass

from reports.likelihood import unmistakable
from reports.skeleton import skeleton

# What is shorter occurs by chance among so many letters.
_SHORTEST_SKELETON = 12
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


def skeletons(value: str) -> tuple[Needle, ...]:
    """The letters and digits that a value consists of, and that its encodings do, whatever separates, wraps or capitalises them."""
    raw = value.encode()
    found: dict[bytes, Needle] = {}
    for text, how in _encoded(raw, value):
        form = skeleton(text)
        if len(form) >= _SHORTEST_SKELETON:
            found.setdefault(form, Needle(form, how))
    if unmistakable(value):
        plain = unicodedata.normalize("NFKD", value).encode("ascii", "ignore")
        for text in (raw, plain, raw[::-1], codecs.encode(value, "rot13").encode()):
            form = skeleton(text)
            if len(form) >= _SHORTEST_SKELETON:
                found.setdefault(form, Needle(form, "in pieces or in other letters"))
    return tuple(found.values())


def _encoded(raw: bytes, value: str) -> Iterator[tuple[bytes, str]]:
    for number, what in (("{:02x}", "in hexadecimal"), ("0x{:02x}", "in hexadecimal"), ("{:03o}", "in octal"), ("{:d}", "in decimal")):
        yield "".join(number.format(byte) for byte in raw).encode(), what
    for wide in (raw, value.encode("utf-16-le")):
        yield from ((core, "in base64") for core in _base64_cores(wide))
    yield from ((core, "in base32") for core in _base32_cores(raw))
    if len(raw) >= _SHORTEST_SKELETON:
        whole = raw[: len(raw) // 4 * 4]
        yield base64.b85encode(whole), "in base85"
        yield base64.a85encode(whole), "in ascii85"


def _forms(value: str) -> Iterator[tuple[bytes, str, bool]]:
    raw = value.encode()
    yield raw, "plain", False
    yield from _of_python(value, raw)
    if unmistakable(value):
        yield value.upper().encode(), "in capitals", False
        yield value.lower().encode(), "in small letters", False
    for charset in ("latin-1", "cp1252"):
        with suppress(UnicodeEncodeError):
            yield value.encode(charset), f"in {charset}", False
    for escaped in (json.dumps(value), json.dumps(value, ensure_ascii=False)):
        inner = escaped[1:-1]
        slashed = inner.replace("/", "\\/")
        markup = "".join(f"\\u{ord(c):04x}" if c in "<>&'\u2028\u2029" else c for c in inner)
        yield from ((form.encode(), "in JSON", False) for form in (inner, slashed, markup, json.dumps(inner)[1:-1]))
    for quoted in (urllib.parse.quote(value, safe=""), urllib.parse.quote(value), urllib.parse.quote_plus(value)):
        for once in (quoted, _lower_escapes(quoted)):
            yield once.encode(), "in a URL", False
            yield once.replace("%", "%25").encode(), "twice in a URL", False
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


def _of_python(value: str, raw: bytes) -> Iterator[tuple[bytes, str, bool]]:
    """As `repr` and `ascii` write it, with either quote escaped, and these in JSON: a line of the ledger quotes what an assertion said."""
    for shown in (repr(value)[1:-1], ascii(value)[1:-1], repr(raw)[2:-1]):
        bare = shown.replace("\\'", "'").replace('\\"', '"')
        for escaped in (shown, bare, bare.replace("'", "\\'"), bare.replace('"', '\\"'), bare.replace("'", "\\'").replace('"', '\\"')):
            yield escaped.encode(errors="surrogatepass"), "as Python shows it", False
            yield json.dumps(escaped, ensure_ascii=False)[1:-1].encode(errors="surrogatepass"), "as Python shows it", False


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


def _base32_cores(raw: bytes) -> Iterator[bytes]:
    """As for base64: at each of the five alignments."""
    for shift in range(5):
        encoded = base64.b32encode(b"\0" * shift + raw)
        yield encoded[(shift * 8 + 4) // 5 : (shift + len(raw)) * 8 // 5]
