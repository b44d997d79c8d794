"""The policy: what is required, tier by tier, what is waived, and which checks are retired: three files of the repository, one digest."""

import hashlib
import tomllib
from collections.abc import Container
from pathlib import Path
from typing import Literal, Protocol, TypeVar

from pydantic import BaseModel, ConfigDict, NonNegativeInt, PositiveFloat, ValidationError

from base import places
from reports.errors import ReportError
from reports.records import Ids, Severity
from reports.retired import Retired, RetiredFile
from reports.team_rules import TeamRules
from reports.waivers import Waiver, WaiverFile, Written

HERE = places.REPORTS / "policy.toml"
BESIDE = ("waivers.toml", "retired.toml")


class Demand(Protocol):
    """What the policy looks at in a check: a row of the manifest and a collected case both have it."""

    @property
    def requires(self) -> Ids: ...
    @property
    def severity(self) -> Severity: ...
    @property
    def drill(self) -> bool: ...
    @property
    def safe_in_production(self) -> bool: ...


class _Table(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class RunBounds(_Table):
    """Bounds of a run. Beyond one of them a run does not pass."""

    flaky_probes: NonNegativeInt
    run_seconds: PositiveFloat
    requests: NonNegativeInt
    mails: NonNegativeInt
    accounts: NonNegativeInt
    objects: NonNegativeInt


class TierPolicy(_Table):
    """What one tier demands."""

    capabilities: Ids
    severities: tuple[Severity, ...]
    drills: bool
    only_safe: bool
    residue: Literal["report", "block"]
    limits: RunBounds

    def belongs(self, check: Demand, declared: frozenset[str]) -> bool:
        """Whether a check applies to an environment of this tier that declares these capabilities."""
        if check.drill and not self.drills:
            return False
        if self.only_safe and not check.safe_in_production:
            return False
        return declared.issuperset(check.requires)

    def requires(self, check: Demand, declared: frozenset[str]) -> bool:
        """Whether a pass needs this check to have passed."""
        return check.severity in self.severities and self.belongs(check, declared)


class _Tiers(_Table):
    """The content of `policy.toml`."""

    tiers: dict[str, TierPolicy]


class Policy(_Tiers):
    """All tiers, the waivers and the retired checks, and one digest of the three files they were read from.

    Beside them stand the rules of the team whose deployment is verified, if it has some; they have a digest of their own.
    """

    waivers: tuple[Waiver, ...] = ()
    retired: tuple[Retired, ...] = ()
    digest: str = ""
    team: TeamRules | None = None

    @classmethod
    def load(cls, path: Path = HERE) -> "Policy":
        """Read a policy file, with `waivers.toml` and `retired.toml` beside it (none is an empty one).

        Raises ReportError naming every mistake in the first file that has some.
        """
        data = _bytes(path, "policy")
        beside = {name: _beside(path.with_name(name)) for name in BESIDE}
        tiers = _content(_Tiers, path, data, "policy").tiers
        waivers = _content(WaiverFile, path.with_name("waivers.toml"), beside["waivers.toml"], "file of waivers").waiver
        retired = retired_in(path.parent)
        digests = (hashlib.sha256(part).hexdigest() for part in (data, *beside.values()))
        return cls(tiers=tiers, waivers=waivers, retired=retired, digest=hashlib.sha256(" ".join(digests).encode()).hexdigest())

    def under(self, team: TeamRules | None) -> "Policy":
        """The same policy, beside the rules of a team."""
        return self.model_copy(update={"team": team})

    @property
    def written(self) -> tuple[Written, ...]:
        """Every waiver and advice, gonogo's own first."""
        return (*map(Written, self.waivers), *(self.team.written if self.team else ()))

    def strangers(self, known: Container[str]) -> list[str]:
        """Waivers and retired checks that do not fit the list of checks that are due, one sentence each."""
        why = {row.id: row.reason for row in self.retired}
        found = []
        for waiver in self.waivers:
            if waiver.check in why:
                found.append(f"waivers.toml waives {waiver.check}, which is retired ({why[waiver.check]}): take the waiver out")
            elif waiver.check not in known:
                found.append(
                    f"waivers.toml waives {waiver.check}, which is no check: take the waiver out, or write the id as checks.toml has it"
                )
        found += [
            f"{row.id} is retired and still a check: take it out of retired.toml, or delete the check"
            for row in self.retired
            if row.id in known
        ]
        return found

    def demand(self, known: Container[str]) -> None:
        """Raises ReportError unless waivers and retired checks fit the list of checks that are due."""
        found = self.strangers(known)
        if found:
            raise ReportError("; ".join(found))


def retired_in(folder: Path) -> tuple[Retired, ...]:
    """The checks that a folder's `retired.toml` retires; none without one. Raises ReportError naming every mistake."""
    path = folder / "retired.toml"
    return _content(RetiredFile, path, _beside(path), "list of retired checks").retired


T = TypeVar("T", bound=BaseModel)


def _bytes(path: Path, what: str) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise ReportError(f"cannot read the {what} {path}: {error.strerror}") from error


def _beside(path: Path) -> bytes:
    return _bytes(path, "file") if path.exists() else b""


def _content(model: type[T], path: Path, data: bytes, what: str) -> T:
    try:
        return model.model_validate(tomllib.loads(data.decode()))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ReportError(f"the {what} {path} is not TOML: {error}") from error
    except ValidationError as error:
        mistakes = "; ".join(f"{'.'.join(map(str, e['loc'])) or 'file'}: {e['msg']}" for e in error.errors(include_url=False))
        raise ReportError(f"the {what} {path} has mistakes: {mistakes}") from error
