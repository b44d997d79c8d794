"""The secrets of a run: registered when they are read or made, so that they can be found again wherever they went."""

import re
import threading
from collections.abc import Callable, Mapping

from reports.encodings import Needle, needles, skeletons
from reports.errors import ReportError
from reports.families import parts, password_of
from reports.likelihood import SECRET_NAME, known_by_its_name
from reports.matching import Index
from reports.skeleton import skeleton
from reports.truncation import TruncationIndex

SHORTEST = 6
# What a deployment hands out under a name such as `token` is not always a secret: `undefined`, `client_secret_post`, an address.
_PROBABLE_LENGTH = 12
_PROBABLE_VARIETY = 6
_LONGER_THAN_WORDS = 24
_HARMLESS = re.compile(r"https?://|/|[0-9.:-]+$|[\w.-]+@[\w.-]+$")


class Secrets:
    """Names and values of everything that must not leave the run. Values are never shown: the repr names the secrets only.

    `tell` is called with name and value of each new one, so that another process of the run can know it too.
    """

    def __init__(self, tell: Callable[[str, str], None] | None = None) -> None:
        self._names: dict[str, str] = {}
        self._index, self._letters, self._pieces = Index(), Index(), TruncationIndex()
        self._lock = threading.Lock()
        self._tell = tell

    def register(self, name: str, value: str, *, whole: bool = False) -> str:
        """Remember a value under the name it is known by, and return it. Safe to call from any thread.

        What is secret in it by itself is known from then on, too (`families.parts`), unless it is `whole`: what somebody declares may be
        a document, what a deployment hands out is a token, and has names and numbers of people in it.

        Raises ReportError when the value is too short to be told from ordinary text; an empty one is no secret and is ignored.
        """
        if value and len(value) < SHORTEST:
            raise ReportError(
                f"the value of {name} has fewer than {SHORTEST} characters: a report cannot be searched for it, choose a longer one"
            )
        divided = () if whole or not value else parts(value)
        together = (value, *divided)
        new = [t for t in together if t and self._add(name, t, pieces=not any(part != t and part in t for part in together))]
        if self._tell is not None:
            for text in new:
                self._tell(name, text)
        return value

    def _add(self, name: str, value: str, *, pieces: bool) -> bool:
        """Whether it is new. Of what has parts, the beginning is a word such as `Basic`: only of the parts are pieces looked for."""
        with self._lock:
            if value in self._names:
                return False
            self._names[value] = name
            for needle in needles(value):
                self._index.add(name, needle)
            for needle in skeletons(value):
                self._letters.add(name, needle)
            if pieces:
                self._pieces.add(name, value.encode())
        return True

    def learn(self, name: str, value: str) -> None:
        """Register what a deployment handed out, unless it looks like a word, a number or an address: those stand in every report."""
        if len(value) >= _PROBABLE_LENGTH and len(set(value)) >= _PROBABLE_VARIETY and not _HARMLESS.match(value) and _mixed(value):
            self.register(name, value, whole=True)

    def learn_variables(self, variables: Mapping[str, str]) -> None:
        """Register the variables of a process that are secret by their names, or by a password in their addresses, declared or not: an
        assertion may show them all."""
        for name, value in variables.items():
            for password in password_of(value):
                self.register(name, password)
            if not SECRET_NAME.search(name) or "://" in value:
                continue
            self.learn(name, value)
            for text in (value, *parts(value)) if SECRET_NAME.says_so(name) else parts(value):
                if known_by_its_name(text):
                    self.register(name, text, whole=True)

    def found(self, data: bytes) -> list[tuple[str, Needle]]:
        """The forms of secrets that occur in the data, each with its secret's name; longer ones first: one may contain another."""
        return sorted(self._index.found(data), key=lambda hit: -len(hit[1].form))

    def found_by_letters(self, data: bytes) -> list[tuple[str, Needle]]:
        """The secrets of which all letters and digits stand in the data one after another, whatever is between them."""
        return self._letters.found(skeleton(data))

    def pieces(self, data: bytes) -> set[str]:
        """The names of secrets of which a piece stands beside the mark of a cut."""
        return {piece.name for piece in self._pieces.found(data)}

    def redact(self, text: str) -> str:
        """The text with every secret in it hidden; the same text when there is none."""
        return self.redact_bytes(text.encode(errors="surrogatepass")).decode(errors="surrogatepass")

    def redact_bytes(self, data: bytes) -> bytes:
        """As `redact`, for the contents of a file."""
        for name, needle in self.found(data):
            data = data.replace(needle.form, needle.hidden(name))
        return self._pieces.hide(data)

    def __len__(self) -> int:
        return len(self._names)

    def __repr__(self) -> str:
        return f"Secrets({', '.join(sorted(set(self._names.values())))})"


def _mixed(value: str) -> bool:
    """Whether it has digits, or letters of both cases away from the beginnings of words, or is longer than words are."""
    long = len(value) >= _LONGER_THAN_WORDS and value.isalnum()
    return long or any(c.isdigit() for c in value) or bool(re.search(r"[A-Z]{2}.*[a-z]|[a-z].*[A-Z]{2}", value))
