"""The records of a ledger: one typed line per thing that happened in a run.

Every record carries the run's id, the moment it was written (`at`, seconds since the epoch) and the process that wrote it (`by`). The
ledger fills these three in, so whoever records an event states only what is special about it. Seconds are seconds, ids are check ids
(`auth.sign_up::visitor_becomes_an_unverified_member`), and texts are for people.
"""

import hashlib
import re
from collections.abc import Iterable
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, NonNegativeInt, TypeAdapter, model_validator

from base.plain_text import plain, plain_name, visible

Tier = Literal["sandbox", "preview", "staging", "production"]
Severity = Literal["blocker", "critical", "normal", "minor", "trivial"]
Phase = Literal["setup", "call", "teardown"]
Outcome = Literal["passed", "failed", "skipped", "errored", "not_reached", "not_applicable", "inconclusive"]
Ids = tuple[str, ...]
# What the search for secrets writes when the run is over and its ledger sealed.
AFTERWARDS = ("leak", "searched")


class CheckFacts(BaseModel):
    """What is known of a check besides its id, wherever it is written down: in a list of checks, in a ledger, as due from outside."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    requires: Ids = ()
    severity: Severity = "normal"
    smoke: bool = False
    drill: bool = False
    safe_in_production: bool = False

    @property
    def facts(self) -> "CheckFacts":
        """These alone, to write them down elsewhere: ``Collected(check=..., **vars(row.facts))``."""
        return CheckFacts(**{name: getattr(self, name) for name in CheckFacts.model_fields})


# Names by which records find each other are never cut, and those of versions early: they stand in every line about them.
_SHOWN = dict.fromkeys(("run", "check", "node", "nodes", "digest"), visible) | {"ids": plain_name, "host": plain_name}


class Event(BaseModel):
    """What all records share.

    A ledger is read by people, and by what people read: whoever writes or reads a record gets its texts as plain ones, each on one line.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    run: str = ""
    at: float = 0.0
    by: str = ""

    @model_validator(mode="before")
    @classmethod
    def _plain(cls, given: Any) -> Any:
        return {key: _plainly(key, value) for key, value in given.items()} if isinstance(given, dict) else given


def _sentence(text: str) -> str:
    return plain(re.sub(r"\s*\n\s*", " ", text) if "\n" in text else text)


def _plainly(key: str, value: Any) -> Any:
    if isinstance(value, str):
        return _SHOWN.get(key, _sentence)(value)
    return tuple(_plainly(key, each) for each in value) if isinstance(value, (tuple, list)) else value


class RunStarted(Event):
    """The first record: what this run set out to verify, and under which rules.

    `passes` names every process that must report its own finish: the drill pass is one of its own. `version_readable` says that the
    environment declares where its version can be read, so that a run which never read it cannot pass. `environment_digest` is that of the
    environment as declared (names of secret variables, no values); `checks` names the folders of checks that lie outside, each
    `NAME@REVISION`. `rules` is the digest of the file with the team's waivers and advice. `drills`: whether checks that change the running
    version belong to this environment. `shards` is how many shards share the run's id (0: it is not sharded), `shard` which of them this is
    (0: the drills).
    """

    kind: Literal["run"] = "run"
    environment: str
    tier: Tier
    origin: str
    selection: Literal["whole", "part"]
    arguments: str = ""
    started: float
    suite_revision: str
    capabilities: Ids
    policy: str
    # Left out where there are none, so that the seal over an older ledger, which knows no such field, stays what it was.
    rules: str = Field(default="", exclude_if=lambda value: not value)
    passes: Ids = ("main",)
    version_readable: bool = True
    environment_digest: str = ""
    checks: Ids = ()
    depth: str = "gate"
    drills: bool = False
    shard: NonNegativeInt = 0
    shards: NonNegativeInt = 0


class Collected(CheckFacts, Event):
    """A case of a check that pytest found. A parametrised check has one record per case. `journeys` are those that it reads, with all that
    they come after.
    """

    kind: Literal["collected"] = "collected"
    check: str
    node: str
    journeys: Ids = ()


class Deselected(Event):
    """Cases that the user's `-k`, `-m` or paths left out. Drills that wait for their own pass are not deselected: do not record them."""

    kind: Literal["deselected"] = "deselected"
    nodes: Ids
    reason: str


class Elsewhere(Event):
    """Cases that were collected and that another shard of the run plays."""

    kind: Literal["elsewhere"] = "elsewhere"
    nodes: Ids


class Due(CheckFacts, Event):
    """A check that a folder of checks outside of gonogo has written down as due, in a `checks.toml` of its own; `of` names the folder."""

    kind: Literal["due"] = "due"
    of: str
    check: str


class CollectionError(Event):
    """A file that could not be imported, so nobody knows which checks it held."""

    kind: Literal["collection_error"] = "collection_error"
    path: str
    reason: str


class VersionObserved(Event):
    """The version ids that answered, and when.

    `before` and `after` frame the run, `during` is any observation in between. A drill writes `drill_start` (what it found) and
    `drill_end` (what it left); what answered between these two moments is its own business (`drill`). `host` is the host name that was
    asked, empty when that is the origin's.
    """

    kind: Literal["version"] = "version"
    where: Literal["before", "during", "after", "drill_start", "drill", "drill_end"]
    ids: Ids
    source: str = ""
    host: str = ""


class StepEnded(Event):
    """How a step of a journey ended. `cause` is the first line of what broke it."""

    kind: Literal["step"] = "step"
    journey: str
    step: str
    state: Literal["done", "broken", "not_reached", "cancelled"]
    seconds: float = 0.0
    cause: str = ""


class PhaseEnded(Event):
    """How one phase of one case ended.

    `failed`: the deployment does not do what the check demands. `errored`: gonogo itself broke. `inconclusive`: something that is not the
    deployment's fault stood in the way. `journey` and `step` name the step that broke, for the check that reports it as for all checks
    that were not reached because of it: that is how one explains the others.
    """

    kind: Literal["result"] = "result"
    check: str
    node: str
    phase: Phase
    outcome: Outcome
    reason: str = ""
    seconds: float = 0.0
    journey: str = ""
    step: str = ""


class TroubleMet(Event):
    """Something between gonogo and the deployment, with the fix if one is known.

    Walls, challenges and a runner without network spoil what was seen; a third party that is down, or a host that never answered, only
    leaves something unknown. `no_deployment`: the platform says that nothing is deployed at this host; at the origin that leaves everything
    unknown, unless a deployment had been seen there; elsewhere it is a failure, as is a `platform_error` in the deployment's place.
    """

    kind: Literal["trouble"] = "trouble"
    what: Literal["wall", "challenge", "no_network", "third_party", "unreachable", "no_deployment", "platform_error"]
    host: str
    text: str
    fix: str = ""


class StartDelayed(Event):
    """Readings of the version that failed before the run could begin: how many, the last of them, and how long was waited in seconds."""

    kind: Literal["start_delayed"] = "start_delayed"
    seconds: float
    readings: int
    last: str


class WorkerStarted(Event):
    """A worker process was started. One that never says that it finished leaves nobody knows what: there is no pass then."""

    kind: Literal["worker_started"] = "worker_started"
    worker: str


class WorkerFinished(Event):
    """A worker has written down all that it played, spent and left behind: its last record."""

    kind: Literal["worker_finished"] = "worker_finished"
    worker: str


class WorkerLost(Event):
    """A worker process that died, with what it was doing."""

    kind: Literal["worker_lost"] = "worker_lost"
    worker: str
    reason: str
    node: str = ""


class ProbeRetry(Event):
    """A request that was sent again after a named transport error. `check` is empty when a journey sent it."""

    kind: Literal["probe_retry"] = "probe_retry"
    probe: str
    error: str
    check: str = ""
    journey: str = ""


class CostReported(Event):
    """What the run took from the deployment and its third parties. Several records add up."""

    kind: Literal["cost"] = "cost"
    requests: int = 0
    mails: int = 0
    accounts: int = 0
    objects: int = 0


class TimingsReported(Event):
    """How long the run took, in seconds, and the two bounds under which it cannot get."""

    kind: Literal["timings"] = "timings"
    wall: float
    longest_chain: float
    chain: str = ""
    pacing_bound: float = 0.0


class Residue(Event):
    """Something the run created and could not remove. ``unknown``: nobody has seen it, and it may be there all the same."""

    kind: Literal["residue"] = "residue"
    what: str
    name: str
    reason: str = ""
    unknown: bool = False


class DrillRestored(Event):
    """A version that this run has put back before it began, because the drill of an earlier one was cut short."""

    kind: Literal["drill_restored"] = "drill_restored"
    version: str
    text: str


class Leak(Event):
    """A secret in an artifact. Holds the secret's name and the file's, never the value."""

    kind: Literal["leak"] = "leak"
    secret: str
    where: str


class Searched(Event):
    """The search for secrets in what the run leaves came to its end and found none. Written after the seal; without it there is no pass."""

    kind: Literal["searched"] = "searched"


class Finish(Event):
    """The last record of a pass. The main pass also seals the ledger: it states how many records there are, and their digest."""

    kind: Literal["finish"] = "finish"
    of: str = "main"
    exit_status: int
    interrupted: bool = False
    records: int = 0
    digest: str = ""


Record = Annotated[
    RunStarted
    | Collected
    | Deselected
    | Elsewhere
    | Due
    | CollectionError
    | VersionObserved
    | StepEnded
    | PhaseEnded
    | TroubleMet
    | StartDelayed
    | WorkerStarted
    | WorkerFinished
    | WorkerLost
    | ProbeRetry
    | CostReported
    | TimingsReported
    | Residue
    | DrillRestored
    | Leak
    | Searched
    | Finish,
    Field(discriminator="kind"),
]

_adapter: TypeAdapter[Record] = TypeAdapter(Record)


def parse(line: str | bytes) -> Record:
    """Read one line of a ledger. Raises pydantic's ValidationError when it is no record."""
    return _adapter.validate_json(line)


def sealed(record: Record) -> bool:
    """Whether the seal counts this record: all but the seal itself and what the search for secrets adds after it."""
    return not (record.kind in AFTERWARDS or (record.kind == "finish" and record.of == "main"))


def seal(records: Iterable[Record]) -> tuple[int, str]:
    """Number and digest of the sealed records, whatever their order: several processes write at the same time."""
    lines = sorted(record.model_dump_json() for record in records if sealed(record))
    return len(lines), hashlib.sha256("\n".join(lines).encode()).hexdigest()
