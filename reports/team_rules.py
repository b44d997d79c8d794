"""The rules of a team: waivers and advice of the repository whose deployment is verified, in one file that a run is given with `--rules`.

Whoever could change that file beside what is verified could wave their own failure through. So its digest is in the run's first record, a
run is judged under no other, the ticket says which it was and what of it was applied, and a promotion brings the file from a branch that
needs review (docs/verdicts.md#rules-of-a-team).
"""

import calendar
import datetime as dt
import hashlib
import os
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import combinations
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError, model_validator

from base.plain_text import plain, plain_name
from environments.documents import UnusableDocument, parse_toml, read_bytes
from environments.sentences import bounded, of_model
from reports.errors import ReportError
from reports.manifest import suite_of
from reports.reasons import SEVERITIES
from reports.records import Severity
from reports.retired import Retired
from reports.waivers import Advice, Answered, Waiver, Written, within

OPTION = "the waivers and advice of the team whose deployment this is: the file that the run was made with"
LONGEST_OWNER, LONGEST_REASON, LONGEST_NAME = 100, 300, 200
"""Characters: all of them stand in the ticket, and in every summary."""
MOST_NAMES = 200
BLOCKER, DAYS_OF_A_BLOCKER = "blocker", 90


class TeamRulesFile(BaseModel):
    """The content of the file."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    waiver: tuple[Waiver, ...] = ()
    advice: tuple[Advice, ...] = ()

    @model_validator(mode="after")
    def _sound(self) -> "TeamRulesFile":
        rules = (*self.waiver, *self.advice)
        names = sum(len(rule.names) for rule in rules)
        if names > MOST_NAMES:  # before each of them is compared with each
            raise ValueError(f"names {names} checks, and {MOST_NAMES} are the most: a gate with so many holes is none")
        if found := [*_unshowable(rules), *_twice(rules)]:
            raise ValueError("\n".join(found))
        return self


class TeamRules(BaseModel):
    """Waivers and advice, the file's name for people, its folder, and its digest: that of its bytes, as `sha256sum` shows it."""

    model_config = ConfigDict(frozen=True)

    name: str
    folder: Path
    digest: str
    waivers: tuple[Waiver, ...] = ()
    advice: tuple[Advice, ...] = ()

    @classmethod
    def load(cls, path: Path) -> "TeamRules":
        """Read the file, once. Raises ReportError with a line for each mistake."""
        name = plain_name(path.name)
        try:
            data = read_bytes(_without_links(path))
            content = TeamRulesFile.model_validate(parse_toml(data))
        except UnusableDocument as error:
            raise ReportError(f"--rules {plain(str(path))}: {error}") from None
        except ValidationError as error:
            mistakes = bounded(of_model(error.errors(include_url=False)))
            raise ReportError("\n".join(f"--rules {name}: {mistake.removeprefix('file: ')}" for mistake in mistakes)) from None
        folder = path.absolute().parent
        return cls(name=name, folder=folder, digest=hashlib.sha256(data).hexdigest(), waivers=content.waiver, advice=content.advice)

    @property
    def written(self) -> tuple[Written, ...]:
        """All of them, each with where it stands."""
        return tuple(Written(rule, self.name, "rules") for rule in (*self.waivers, *self.advice))

    def mistakes(self, run: "Judged") -> list[str]:
        """What does not fit the checks that are due in a run, one sentence each."""
        found: list[str] = []
        for written in self.written:
            found += _strangers(written.rule, run)
            found += _too_far(written.rule, run)
            found += _elsewhere(written.rule, run)
        return bounded(f"{self.name}: {text}" for text in found)

    def demand(self, run: "Judged") -> None:
        """Raises ReportError with a line for each of the mistakes."""
        if found := self.mistakes(run):
            raise ReportError("\n".join(f"--rules {text}" for text in found))


@dataclass(frozen=True)
class Judged:
    """What rules have to fit: a run, on its day, with the checks that are due in it (and their severities), and those that are retired.

    `environments` are the names that may be meant, where they are known. In a part of the checks (`whole` is false) those of the team's own
    folders may be missing.
    """

    known: Mapping[str, Severity]
    day: dt.date
    environment: str
    retired: Sequence[Retired] = ()
    environments: Collection[str] = ()
    whole: bool = True

    @cached_property
    def suites(self) -> frozenset[str]:
        """Those of the checks that are due."""
        return frozenset(suite_of(check) for check in self.known)

    def may_not_know(self, name: str, rule: Answered) -> bool:
        """Whether a check of this name may be due in another run: one of a folder that this one was not given."""
        return suite_of(name) not in self.suites and not (self.whole and rule.covers(self.environment))


def only(given: Sequence[str]) -> TeamRules | None:
    """The rules of the file that `--rules` names, if it does. Raises ReportError for several, and for one that cannot be used."""
    if len(given) > 1:
        raise ReportError(f"--rules is given {len(given)} times: name one file, a run has one set of rules")
    return TeamRules.load(Path(given[0])) if given else None


def disagreement(said: str, rules: TeamRules | None) -> str | None:
    """Why a run that was made under rules of this digest (empty: under none) must not be judged under these; None where it may."""
    if said == (rules.digest if rules else ""):
        return None
    made = f"the run was made under rules of a team (sha256 {plain_name(said)[:16]}...)"
    if rules is None:
        return f"{made}, and none were given: name that file with --rules"
    if not said:
        return f"the run was made without rules of a team, and {rules.name} was given: leave --rules out, or verify again with it"
    return (
        f"{made}, and {rules.name} has other ones (sha256 {rules.digest[:16]}...): give the file as it was, or verify again with this one"
    )


def severities(demands: Mapping[str, Iterable[Any]]) -> dict[str, Severity]:
    """The highest severity that anybody gives each check."""
    return {check: min((demand.severity for demand in some), key=SEVERITIES.index) for check, some in demands.items() if some}


def _without_links(path: Path) -> Path:
    """The whole path, on which there is no symbolic link from the repository's folder down: it could lead from the branch that needs review
    to a file beside it that does not. Above that folder links are the machine's business. Raises UnusableDocument.
    """
    whole = Path(os.path.normpath(path.absolute()))
    try:
        root = next((folder for folder in whole.parents if (folder / ".git").exists()), whole.parent)
        linked = [each for each in (whole, *whole.parents) if each.is_relative_to(root) and each != root and each.is_symlink()]
    except OSError as error:
        raise UnusableDocument(f"cannot be read: {error.strerror}") from None
    if linked:
        raise UnusableDocument(f"{plain_name(linked[0].name)} is a symbolic link: name the file itself, as it is in the repository")
    return whole


def _unshowable(rules: Sequence[Answered]) -> Iterator[str]:
    for rule in rules:
        texts = [("owner", rule.owner, LONGEST_OWNER), ("reason", rule.reason, LONGEST_REASON)]
        texts += [("name", name, LONGEST_NAME) for name in (*rule.names, *(rule.environments or ()))]
        for what, text, most in texts:
            if plain(text) != text or len(text) > most:
                yield f"{_about(rule)}: the {what} must be one line of plain text, at most {most} characters"


def _twice(rules: Sequence[Answered]) -> Iterator[str]:
    for rule in rules:
        for one, other in combinations(rule.names, 2):
            if shared := _shared(one, other):
                yield f"{_about(rule)} names {shared} twice: keep one"
    for first, second in combinations(rules, 2):
        if not first.meets(second):
            continue
        shared = next((found for one in first.names for other in second.names if (found := _shared(one, other))), "")
        if shared:
            kinds = f"{first.kind} and {second.kind}" if first.kind != second.kind else f"two entries of [[{first.kind}]]"
            yield f"{shared} has {kinds} for one environment: keep one"


def _shared(one: str, other: str) -> str:
    """The narrower of two names where it is a part of the other; empty where they have nothing in common."""
    return one if within(one, other) else other if within(other, one) else ""


def _about(rule: Answered) -> str:
    return f"the {rule.kind} {'of' if rule.kind == 'waiver' else 'about'} {plain_name(rule.names[0])}"


def _strangers(rule: Answered, run: Judged) -> Iterator[str]:
    """Names that are no check any more, or never were, and blockers where they may not be."""
    retired = {row.id: row.reason for row in run.retired}
    for name in rule.names:
        meant = [check for check in run.known if within(check, name)]
        if name in retired:
            yield f"{_about(rule)}: {name} is retired ({retired[name]}): take it out"
        elif not meant and run.may_not_know(name, rule):
            continue
        elif rule.kind == "waiver" and name not in run.known:
            suite = ": a suite is none, name its checks one by one" if meant else ": take it out, or write the id as checks.toml has it"
            yield f"it waives {name}, which is no check{suite}"
        elif not meant:
            yield f"it makes {name} advice, which is no check and no suite: take it out, or write it as checks.toml has it"
        elif rule.kind == "advice" and (blockers := sorted(check for check in meant if run.known[check] == BLOCKER)):
            more = f" (and {len(blockers) - 1} more)" if len(blockers) > 1 else ""
            what = f"{name}, which is a {BLOCKER}" if blockers == [name] else f"{name}, and {blockers[0]} is a {BLOCKER}{more}"
            yield f"it makes {what}: no advice, only a waiver by its name, for at most {DAYS_OF_A_BLOCKER} days"


def _too_far(rule: Answered, run: Judged) -> Iterator[str]:
    year, most = _next_year(run.day), run.day + dt.timedelta(days=DAYS_OF_A_BLOCKER)
    if rule.expires > year:
        yield f"{_about(rule)} is until {rule.expires}, more than a year away: at most until {year}"
    elif rule.kind == "waiver" and run.known.get(rule.names[0]) == BLOCKER and rule.expires > most:
        yield f"{_about(rule)}, a {BLOCKER}, is until {rule.expires}, more than {DAYS_OF_A_BLOCKER} days away: at most until {most}"


def _next_year(day: dt.date) -> dt.date:
    return day.replace(year=day.year + 1, day=min(day.day, calendar.monthrange(day.year + 1, day.month)[1]))


def _elsewhere(rule: Answered, run: Judged) -> Iterator[str]:
    for name in rule.environments or () if run.environments else ():
        if name not in run.environments:
            known = ", ".join(sorted(run.environments))
            yield f"{_about(rule)} is for {name}, and no environment's file is called so: known are {known}"
