"""What a ticket says, field by field. Unknown fields, other types and other spellings are mistakes; no field is optional but `applied`."""

from datetime import UTC, date, datetime
from typing import Annotated, Final, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, NonNegativeInt, StringConstraints
from pydantic.alias_generators import to_camel

from reports.records import Tier
from reports.ticket import canonical

STATEMENT_TYPE: Final = "https://in-toto.io/Statement/v1"
PREDICATE_TYPE: Final = "https://in-toto.io/attestation/test-result/v0.1"


def _moment(text: str) -> str:
    if moment(parsed(text).timestamp()) != text:
        raise ValueError("not a moment")
    return text


def _day(text: str) -> str:
    if date.fromisoformat(text).isoformat() != text:
        raise ValueError("not a day")
    return text


def moment(seconds: float) -> str:
    """Seconds since the epoch as a ticket writes them: RFC 3339, UTC, with milliseconds."""
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def parsed(text: str) -> datetime:
    """The moment behind such a text. Raises ValueError."""
    return datetime.fromisoformat(text)


Sha256 = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
Commit = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{40}$")]
Moment = Annotated[str, StringConstraints(pattern=r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$"), AfterValidator(_moment)]
Day = Annotated[str, StringConstraints(pattern=r"^\d{4}-\d\d-\d\d$"), AfterValidator(_day)]
Text = Annotated[str, StringConstraints(max_length=400, pattern=r"^[^\x00-\x1f\x7f]*$")]
Name = Annotated[Text, StringConstraints(min_length=1)]
Names = tuple[Name, ...]


class _Part(BaseModel):
    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        strict=True,
        alias_generator=to_camel,
        validate_by_name=True,
        validate_by_alias=True,
        serialize_by_alias=True,
    )


class ArtifactFile(_Part):
    """A file of the artifact that the version was uploaded from."""

    name: Name
    sha256: Sha256


class Destination(_Part):
    """Where it is to be promoted to: another environment, and which part of its configuration is put live there."""

    environment: Name
    origin: Name
    declaration: Sha256
    platform: Name
    service: Name
    wrangler_env: Text | None


class Target(_Part):
    """What was verified, and is to be promoted.

    `service` is its name at its platform; `declaration` is the digest of the environment as declared; `versions` are the ids that answered:
    one for a ticket. `new` and `changed` are names of variables, secrets and bindings that the version before it has not, or not like this.
    """

    environment: Name
    tier: Tier
    origin: Name
    capabilities: Names
    declaration: Sha256
    platform: Name
    service: Name
    wrangler_env: Text | None
    versions: Names
    new: Names
    changed: Names
    promotes: Literal["artifact", "version"]
    destination: Destination | None
    commit: Commit
    repository: Text
    artifacts: tuple[ArtifactFile, ...]


class Counts(_Part):
    """How many checks were required, and how many of them passed."""

    required: NonNegativeInt
    passed: NonNegativeInt


class Results(_Part):
    """The rows of the ledger: how many, the digest that its seal and verdict.json state, and that of all rows as they were read."""

    rows: NonNegativeInt
    sealed: Sha256
    ledger: Sha256


class AppliedExemption(_Part):
    """A failure that did not decide: who answers for it, why, and until which day (in UTC); `of` says whose waiver or advice it is."""

    check: Name
    kind: Literal["waiver", "advice"]
    of: Literal["gonogo", "rules"]
    owner: Name
    reason: Name
    expires: Day


class Gate(_Part):
    """gonogo's own part of the predicate. `nonce` is the id of the run.

    `applied` is not there where nothing was applied: a ticket of a gonogo that wrote none down is spelt the same way.
    """

    verdict: Literal["pass", "fail", "inconclusive", "interrupted", "usage", "leak"]
    depth: Name
    target: Target
    started: Moment
    finished: Moment
    expires: Moment
    nonce: Name
    counts: Counts
    results: Results
    applied: tuple[AppliedExemption, ...] = Field(default=(), exclude_if=lambda value: not value)


class Sha256Digest(_Part):
    """A digest of content."""

    sha256: Sha256


class CommitDigest(_Part):
    """A digest of a commit."""

    git_commit: Commit


class Resource(_Part):
    """Something with a name and a digest: a subject of the statement, or a part of the suite's configuration."""

    name: Name
    digest: Sha256Digest | CommitDigest


class Predicate(_Part):
    """test-result v0.1. `failedTests` are required checks that did not pass, `warnedTests` others."""

    result: Literal["PASSED", "FAILED"]
    configuration: tuple[Resource, ...]
    passed_tests: Names
    warned_tests: Names
    failed_tests: Names
    gate: Gate

    def configured(self, name: str) -> str:
        """The digest of a part of the configuration; empty when the statement names none."""
        some = [part.digest for part in self.configuration if part.name == name]
        return next(("".join(digest.model_dump().values()) for digest in some), "")


class Statement(_Part):
    """The statement of a ticket."""

    type: Annotated[Literal["https://in-toto.io/Statement/v1"], Field(alias="_type")]
    subject: tuple[Resource, ...]
    predicate_type: Literal["https://in-toto.io/attestation/test-result/v0.1"]
    predicate: Predicate

    @classmethod
    def parse(cls, payload: bytes) -> "Statement":
        """Read the bytes that were signed. Raises pydantic's ValidationError."""
        return cls.model_validate_json(payload, by_alias=True, by_name=False)

    @property
    def payload(self) -> bytes:
        """The bytes that are signed."""
        return canonical.dump(self.model_dump(mode="json"))

    @property
    def target(self) -> Target:
        """What it is about."""
        return self.predicate.gate.target


def subjects(target: Target) -> tuple[Resource, ...]:
    """The subjects that follow from a target: the deployment, its source, and each file of its artifact."""
    deployment = f"deployment:{target.platform}/{target.service}@{target.environment}"
    return (
        Resource(name=deployment, digest=Sha256Digest(sha256=canonical.digest(target.model_dump(mode="json")))),
        Resource(name=f"git+{target.repository}" if target.repository else "git", digest=CommitDigest(git_commit=target.commit)),
        *(Resource(name=f"artifact:{file.name}"[:400], digest=Sha256Digest(sha256=file.sha256)) for file in target.artifacts),
    )
