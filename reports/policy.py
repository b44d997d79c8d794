"""The policy: what is required, tier by tier. Read from `policy.toml`, which is part of the repository and has a digest."""

import hashlib
import tomllib
from pathlib import Path
from typing import Literal, Protocol

from pydantic import BaseModel, ConfigDict, NonNegativeInt, PositiveFloat, ValidationError

from reports.errors import ReportError
from reports.records import Ids, Severity

HERE = Path(__file__).with_name("policy.toml")


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
    model_config = ConfigDict(frozen=True, extra="forbid")


class Limits(_Table):
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
    limits: Limits

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


class Policy(_Table):
    """All tiers, and the digest of the file they were read from."""

    tiers: dict[str, TierPolicy]
    digest: str = ""

    @classmethod
    def load(cls, path: Path = HERE) -> "Policy":
        """Read a policy file. Raises ReportError naming every mistake in it."""
        try:
            data = path.read_bytes()
            return cls.model_validate({**tomllib.loads(data.decode()), "digest": hashlib.sha256(data).hexdigest()})
        except OSError as error:
            raise ReportError(f"cannot read the policy {path}: {error.strerror}") from error
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
            raise ReportError(f"the policy {path} is not TOML: {error}") from error
        except ValidationError as error:
            mistakes = "; ".join(f"{'.'.join(map(str, e['loc']))}: {e['msg']}" for e in error.errors(include_url=False))
            raise ReportError(f"the policy {path} has mistakes: {mistakes}") from error
