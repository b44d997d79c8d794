"""Answers that a platform gives in a deployment's place: an error code of its own, or the page that it shows where nothing is deployed.

A platform brings its own in a module beside this one whose name ends with ``_errors``: nothing else lists it. Told from the answer alone,
by marks that only the platform sets; of an answer that is a deployment's own, nothing is said.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cache

from clients.platforms.registry import modules

_LOOKED_AT = 16384
_HEAD = 120
_TITLE = re.compile(r"<(title|h1)[^>]*>\s*([^<]*?)\s*</\1>", re.IGNORECASE)


@dataclass(frozen=True)
class PlatformError:
    """What a platform says in a deployment's place: its name, its ``code`` for it, what that means, and the page that explains it.

    ``absent``: nothing is deployed at this address (yet), or nothing of it can be reached. Otherwise something is, and does not work.
    """

    platform: str
    code: str
    meaning: str
    page: str
    absent: bool = False

    def __str__(self) -> str:
        return f"{self.platform} {self.code}: {self.meaning} ({self.page})"


@dataclass(frozen=True)
class Answered:
    """An answer as the tables look at it: header names in lower case, the beginning of the body as text."""

    status: int
    headers: Mapping[str, str]
    text: str

    @property
    def heads(self) -> tuple[str, ...]:
        """What its title and its headings say; of plain text, the first lines; of JSON, nothing."""
        if self.text.lstrip()[:1] in ("{", "["):
            return ()
        found = [found[2] for found in _TITLE.finditer(self.text)] if "<" in self.text else self.text.strip().splitlines()[:3]
        return tuple(said.strip()[:_HEAD] for said in found)


Recogniser = Callable[[Answered], PlatformError | None]


@cache
def _recognisers() -> tuple[Recogniser, ...]:
    return tuple(module.recognise for module in modules("_errors"))


def recognise(status: int, headers: Iterable[tuple[str, str]], body: bytes = b"") -> PlatformError | None:
    """The platform's error that this answer is; None for a deployment's own. Of the body, only its beginning is looked at."""
    answer = Answered(status, {name.lower(): value for name, value in headers}, body[:_LOOKED_AT].decode("utf-8", "replace"))
    return next((error for recogniser in _recognisers() if (error := recogniser(answer))), None)
