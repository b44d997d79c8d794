"""The code in a mail: the one that stands alone in what its receiver reads, and none of the numbers around it.

A code has 4 to 10 digits, or letters and digits. It is looked for where people find it: on a line of its own, or beside a word that says
what it is. Years, prices, times, dates, numbers with a unit, colours, and whatever is part of a link or an address are none.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from html.parser import HTMLParser

from clients.errors import Unclear
from clients.mail.mails import Mail

SHORTEST, LONGEST = 4, 10
_SHOWN = 160

_BLOCKS = frozenset(
    {
        *("address", "article", "aside", "blockquote", "body", "br", "center", "dd", "div", "dl", "dt", "footer", "form", "h1", "h2", "h3"),
        *("h4", "h5", "h6", "header", "hr", "html", "li", "main", "nav", "ol", "p", "pre", "section", "table", "tbody", "td", "tfoot"),
        *("th", "thead", "tr", "ul"),
    }
)
_WITHOUT_END = frozenset({"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"})
_UNSEEN = frozenset({"head", "script", "style", "title", "template"})

_NO_CODE = re.compile(
    r"""
      \b[a-z][a-z0-9+.-]*://\S+ | \bwww\.\S+ | \bmailto:\S+ | \b[a-z0-9.-]+\.[a-z]{2,}/\S*   # links
    | \S+@\S+                                                  # addresses
    | \#[0-9a-f]{3,8}\b                                        # colours, numbers of tickets and of flats
    | [$€£¥₹]\s?\d[\d.,' ]*\d? | \b\d[\d.,]*\s?(?:[$€£¥₹%]|(?:usd|eur|gbp|chf|jpy)\b)   # prices
    | \b\d{1,2}:\d{2}(?::\d{2})?\b                             # times
    | \b\d{4}-\d{2}-\d{2}\S* | \b\d{1,2}[./]\d{1,2}[./]\d{2,4}\b   # dates
    | \+\d[\d ()/-]{5,}                                        # telephones
    | \b\d+\s?(?:s|sec|seconds?|m|min|minutes?|h|hrs?|hours?|days?|weeks?|months?|years?)\b  # so long
    | (?:©|\(c\)|\bcopyright)\s*\d{4}(?:\s*[-\u2013]\s*\d{4})?      # of which year
    | \bv?\d+\.\d+(?:\.\d+)*\b                                 # versions
    """,
    re.IGNORECASE | re.VERBOSE,
)
# The word for it, in the languages that mails of sign-in are seen in most.
_NAMES = "code|passcode|otp|pin|password|passwort|token|kod|kód|código|codice|kode|koodi|einmalpasswort"
_NAMED = re.compile(rf"\b(?:{_NAMES}|codes|one[- ]time)\b|代码|验证码|認証コード|인증", re.IGNORECASE)
_TOLD = re.compile(rf"\b(?:{_NAMES})\s*(?:is|lautet|ist|est|es|:|=)+\s*(?P<code>[A-Za-z0-9]{{4,10}})\b", re.IGNORECASE)
_WORD = re.compile(r"(?<![\w-])(?:\d{2,5}[ -]\d{2,5}|[A-Za-z0-9]{2,5}-[A-Za-z0-9]{2,5}|[A-Za-z0-9]{4,10})(?![\w-]|[.,]\d)", re.ASCII)
_SPACED = re.compile(r"(?:[A-Z0-9][ \u00a0]){3,9}[A-Z0-9]", re.ASCII)
_YEAR = re.compile(r"(?:19|20)\d\d")


class _Seen(HTMLParser):
    """The text that an HTML part shows, a line for each block."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []
        self._hidden: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _BLOCKS:
            self.parts.append("\n")
        if self._hidden:
            self._hidden += [tag] if tag == self._hidden[0] else []
        elif tag in _UNSEEN or (tag not in _WITHOUT_END and "display:none" in (dict(attrs).get("style") or "").replace(" ", "").lower()):
            self._hidden.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if self._hidden and self._hidden[-1] == tag:
            self._hidden.pop()
        if tag in _BLOCKS:
            self.parts.append("\n")

    def handle_data(self, data: str) -> None:
        if not self._hidden:
            self.parts.append(re.sub(r"[\r\n\t ]+", " ", data))


def seen(html: str) -> str:
    """The text that an HTML part shows to its reader: no styles, no attributes, nothing that is not displayed."""
    parser = _Seen()
    parser.feed(html)
    parser.close()
    return "".join(parser.parts)


def code_of(mail: Mail, length: int | None = None) -> str:
    """The code that a mail tells its receiver, as it is typed in: digits without the gaps between them.

    ``length``: how many characters it has, where that is known.

    :raises Unclear: when there is none, or more than one that could be it; the message shows the mail with every digit as 0.
    """
    texts = [part for part in (mail.text, seen(mail.html)) if part.strip()]
    lines = [" ".join(line.split()) for text in texts for line in text.splitlines()]
    lines = [_NO_CODE.sub(" ", line).strip() for line in lines]
    subject = _NO_CODE.sub(" ", mail.subject)
    for found in (_alone(lines), _told(lines), _beside_its_name([*lines, subject]), _anywhere([*lines, subject])):
        codes = list(dict.fromkeys(code for code in found if _fits(code, length)))
        if len(codes) == 1:
            return codes[0]
        if in_subject := [code for code in codes if code in subject]:
            codes = in_subject
        if len(codes) == 1:
            return codes[0]
        if codes:
            raise Unclear(f"the mail {masked(mail.subject)!r} holds {len(codes)} words that could be its code: {shape_of(texts)}")
    wanted = f"{length} characters" if length else f"{SHORTEST} to {LONGEST} digits, or letters and digits"
    raise Unclear(f"the mail {masked(mail.subject)!r} holds no code of {wanted}: {shape_of(texts)}")


def shape_of(texts: Iterable[str]) -> str:
    """What a mail says, on one line, with 0 for each digit, X for words in capitals, and no link: nothing that opens a door."""
    shown = " / ".join(" ".join(masked(line).split()) for text in texts for line in text.splitlines() if line.strip())
    return repr(shown[:_SHOWN]) if shown else "it is empty"


def masked(text: str) -> str:
    """A text with 0 for each letter or digit of a word that has digits, X for words in capitals, and no link."""
    text = re.sub(r"\b[a-z][a-z0-9+.-]*://\S+", "[link]", text, flags=re.IGNORECASE)
    text = re.sub(r"\b(?=\w*\d)\w+\b", lambda word: re.sub(r"\w", "0", word[0]), text)
    return re.sub(r"\b[A-Z]{4,}\b", lambda word: "X" * len(word[0]), text)


def _alone(lines: Iterable[str]) -> Iterator[str]:
    """On a line of their own: with digits in them, since headings are words in capitals."""
    for line in lines:
        bare = line.strip(" .:*_-\u2013\u2014\"'`«»[]()")
        if _SPACED.fullmatch(bare):
            bare = re.sub(r"[ \u00a0]", "", bare)
        if _WORD.fullmatch(bare) and any(map(str.isdigit, bare)):
            yield _typed(bare)


def _told(lines: Iterable[str]) -> Iterator[str]:
    """After "code:" or "code is": letters alone as well, when they are in capitals."""
    for line in lines:
        for found in _TOLD.finditer(line):
            code = found["code"]
            if any(map(str.isdigit, code)) or code.isupper():
                yield code


def _beside_its_name(lines: Iterable[str]) -> Iterator[str]:
    for line in lines:
        if _NAMED.search(line):
            yield from (code for code in _words(line) if not _YEAR.fullmatch(code))


def _anywhere(lines: Iterable[str]) -> Iterator[str]:
    for line in lines:
        yield from (code for code in _words(line) if code.isdigit() and not _YEAR.fullmatch(code))


def _words(line: str) -> Iterator[str]:
    return (_typed(found[0]) for found in _WORD.finditer(line) if any(map(str.isdigit, found[0])))


def _typed(word: str) -> str:
    """Gaps between digits are there to be read, and are not typed."""
    digits = re.sub(r"[ -]", "", word)
    return digits if digits.isdigit() else word


def _fits(code: str, length: int | None) -> bool:
    size = len(code.replace("-", ""))
    return size == length if length else SHORTEST <= size <= LONGEST
