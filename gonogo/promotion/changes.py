"""What a promotion may take from an environment: nothing that the live version has, but for what the environment's file names.

Variables, secrets and bindings are compared by name: one that is gone, or that leads elsewhere, is the wrong configuration far more often
than it is meant (https://developers.cloudflare.com/workers/wrangler/configuration/#inheritable-keys). What a version runs on (compatibility
date and flags) belongs to its code and moves with it: it is told, and not refused.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

from clients.platforms.base import Platform, Version
from clients.platforms.bindings import Bound, Difference, Planned
from gonogo.promotion.errors import StepRefused, UnusableInput
from reports.ticket import annotated

if TYPE_CHECKING:
    from environments import Environment

_MOST = 8
_LENGTH = 200


def serving(platform: Platform) -> list[Version]:
    """The versions that have traffic now, as far as the platform says what they are bound to."""
    shares = [share.version_id for share in platform.current().shares if share.percentage > 0]
    return [version for version in map(platform.version, shares) if version.bound is not None]


def demand_kept(
    environment: "Environment", live: Sequence[Version], candidate: Planned | Version, *, given: Iterable[str] = (), done: str
) -> Difference | None:
    """How the candidate differs from what is live, for people; None where nothing can be compared.

    `given` are names of variables whose value was named for this upload, `done` says what has happened to the candidate.
    Raises UnusableInput when it would lose something, or lead it elsewhere, that the environment's file does not name, and StepRefused when
    the platform tells of the live one alone.
    """
    differences = []
    for version in live:
        here = version.bound or Bound({})
        there = candidate.after(here) if isinstance(candidate, Planned) else candidate.bound
        if there is None:
            text = f"the platform says what the live version {version.id} is bound to, and not what the candidate is"
            raise StepRefused(f"{text}: nothing can be compared; {done}")
        difference = Difference.between(here, there, given=given)
        _demand_named(environment, version, difference, done)
        differences.append(difference)
    return differences[0] if differences else None


def given_values(version: Version) -> frozenset[str]:
    """Names of variables whose value `upload` may have been given: those of a version that carries its annotation. It has compared them."""
    if version.bound is None or annotated(version.tag, version.message) is None:
        return frozenset()
    return frozenset(version.bound.bindings)


def notes(difference: Difference, environment: "Environment") -> tuple[str, ...]:
    """What else there is to know, a line each: names, and of resources which ones; no value of a variable, and none of a secret."""
    allowed = _allowed(environment)
    lines = [f"NEW      {text}" for text in difference.new.values()]
    lines += [f"CHANGED  {text}, as changes in [promotion] allows" for text in difference.lost.values()]
    lines += [f"RUNTIME  {text}" for text in difference.runtime]
    lines += [
        f"NOTE     changes in [promotion] names {name}, which does not change: take it out"
        for name in sorted(allowed - difference.lost.keys())
    ]
    return tuple(map(printable, lines))


def printable(text: str) -> str:
    """A line of text that others have written, of printable characters and a bounded length."""
    return re.sub(r"[^\x20-\x7e]", "?", text)[:_LENGTH]


def _demand_named(environment: "Environment", version: Version, difference: Difference, done: str) -> None:
    lost = {name: text for name, text in difference.lost.items() if name not in _allowed(environment)}
    if not lost:
        return
    told = "; ".join(_some(list(lost.values()), "more"))
    names = ", ".join(_some([f'"{name}"' for name in sorted(_allowed(environment) | lost.keys())], "..."))
    text = f"compared with the live version {version.id}, {told}; {done}. Mend the configuration, or where this is meant"
    raise UnusableInput(f"{text} name it in {environment.name}'s file: changes = [{names}] in [promotion]")


def _some(texts: list[str], rest: str) -> Iterator[str]:
    yield from map(printable, texts[:_MOST])
    if len(texts) > _MOST:
        yield rest if rest == "..." else f"{len(texts) - _MOST} {rest}"


def _allowed(environment: "Environment") -> frozenset[str]:
    promoted = environment.promotion
    return frozenset(promoted.changes if promoted else ())
