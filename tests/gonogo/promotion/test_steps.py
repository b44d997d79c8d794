"""The steps of a promotion against a platform in memory: ids are explicit, what is live is read back, strangers are noticed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

import environments
from clients.errors import SecretsDiffer
from clients.platforms.base import Configuration, Platform, Release, Share, Tooling, Upload, Version
from gonogo.promotion import steps
from gonogo.promotion.errors import StepRefused, UnusableInput
from gonogo.promotion.records import Staged, Uploaded
from gonogo.promotion.target import PromotionTarget
from reports.ticket import annotation, digests

OLD, NEW, OTHER = (f"{digit * 8}-1111-4111-8111-111111111111" for digit in "abc")
NOW = datetime(2026, 11, 21, tzinfo=UTC)


class InMemory(Platform):
    """A service's deployments, newest last; what is uploaded gets the id NEW."""

    name = "cloudflare"
    settings = ()

    def __init__(self) -> None:
        self.service = "fm5"
        self.releases: list[Release] = []
        self.uploads: list[Upload] = []
        self.said: str | None = None
        self.secrets_changed = False
        self.meddling: tuple[tuple[str, float], ...] = ()

    @classmethod
    def open(cls, service: str, settings: Mapping[str, str], tooling: Tooling) -> InMemory:
        return cls()

    def put(self, *shares: tuple[str, float]) -> Release:
        """Somebody deploys."""
        self.releases.append(Release(f"d-{len(self.releases)}", tuple(Share(*share) for share in shares), NOW))
        return self.releases[-1]

    def current(self) -> Release:
        return self.releases[-1]

    def history(self) -> tuple[Release, ...]:
        return tuple(reversed(self.releases))

    def version(self, version_id: str) -> Version:
        return Version(version_id, NOW, message=f"of {version_id[0]}")

    def versions(self) -> tuple[Version, ...]:
        return ()

    def upload(self, wanted: Upload) -> Version:
        self.uploads.append(wanted)
        return Version(NEW, NOW, tag=wanted.tag, message=wanted.message if self.said is None else self.said)

    def deploy_beside(self, version_id: str, live: str, message: str) -> Release:
        return self.put((version_id, 0), (live, 100))

    def deploy(self, version_id: str, message: str) -> Release:
        if self.secrets_changed:
            raise SecretsDiffer("wrangler", "versions deploy", 1, "10220", "A, B")
        if self.meddling:
            self.put(*self.meddling)
        return self.put((version_id, 100))

    def roll_back(self, version_id: str, message: str, *, secrets_may_change: bool = False) -> Release:
        assert secrets_may_change
        return self.put((version_id, 100))


@dataclass
class Bench:
    """A target whose service runs OLD; `converged` are the versions that were waited for."""

    platform: InMemory
    target: PromotionTarget
    converged: list[str]

    @property
    def live(self) -> str:
        """What is live now."""
        return self.platform.current().shown


@pytest.fixture
def bench(monkeypatch: pytest.MonkeyPatch) -> Bench:
    """Production in the sandbox, with a platform in memory and no wire."""
    platform, converged = InMemory(), list[str]()
    platform.put((OLD, 100))
    monkeypatch.setattr(PromotionTarget, "converge", lambda _self, version_id: converged.append(version_id))
    environment = environments.load("local-production", variables=None)
    return Bench(platform, PromotionTarget(environment, "fm5", platform), converged)


def artifact(folder: Path, *names: str) -> tuple[Path, Path]:
    """What was built, and the platform's configuration."""
    for name in names:
        (folder / "dist").mkdir(exist_ok=True)
        (folder / "dist" / name).write_text(name)
    (folder / "wrangler.jsonc").write_text('{"vars": {"A": "b"}} // of the team')
    return folder / "dist", folder / "wrangler.jsonc"


def test_upload_names_what_it_was_made_from(bench: Bench, tmp_path: Path) -> None:
    """The message is the artifact's digest, the platform gets the configuration as it reads, and nothing gets traffic."""
    dist, configuration = artifact(tmp_path, "index.js", "page.css")
    promoted = bench.target.environment.promotion
    assert promoted is not None
    environment = bench.target.environment.model_copy(update={"promotion": promoted.model_copy(update={"wrangler_env": "live"})})
    given: dict[str, Any] = {"main": "index.js", "tag": "1.2.0", "variables": {"RELEASE": "1.2.0"}}
    uploaded, difference = steps.upload(replace(bench.target, environment=environment), dist, configuration, **given)
    message = annotation(digests([dist]))
    assert (uploaded, difference) == (Uploaded("cloudflare", "fm5", NEW, "1.2.0", message), None)
    read = Configuration(configuration, {"vars": {"A": "b"}})
    assert bench.platform.uploads == [Upload(dist, message, read, "live", **given)]
    assert bench.live == f"{OLD} 100 %"


def test_configuration_that_is_not_there_is_a_mistake(bench: Bench, tmp_path: Path) -> None:
    """Nothing is uploaded; a platform that needs none gets none."""
    dist, configuration = artifact(tmp_path, "index.js")
    with pytest.raises(UnusableInput, match="cannot read the configuration"):
        steps.upload(bench.target, dist, configuration.with_name("other.jsonc"), variables={})
    assert bench.platform.uploads == []
    steps.upload(bench.target, dist, None, variables={})
    assert [upload.configuration for upload in bench.platform.uploads] == [None]


def test_upload_that_lost_its_message_is_refused(bench: Bench, tmp_path: Path) -> None:
    """A version that does not say what it was uploaded from is not promoted."""
    bench.platform.said = ""
    with pytest.raises(StepRefused, match="instead of"):
        steps.upload(bench.target, *artifact(tmp_path, "index.js"), variables={})


def test_promotion_goes_through_zero_percent(bench: Bench) -> None:
    """Staged beside the live version, then released, and only then waited for."""
    staged = steps.stage(bench.target, NEW, "m")
    assert staged == Staged("cloudflare", "fm5", NEW, OLD, "d-1")
    assert bench.live == f"{NEW} 0 %, {OLD} 100 %"
    assert bench.converged == []
    steps.release(bench.target, staged, "m")
    assert (bench.live, bench.converged) == (f"{NEW} 100 %", [NEW])


def test_steps_can_be_done_again(bench: Bench) -> None:
    """A job that is run again finds its work done, deploys nothing, and looks again."""
    staged = steps.stage(bench.target, NEW, "m")
    assert steps.stage(bench.target, NEW, "m") == staged
    steps.release(bench.target, staged, "m")
    steps.release(bench.target, staged, "m")
    assert steps.restore(bench.target, OLD, "m", instead_of=NEW, secrets_may_change=False) == "is live again"
    assert steps.restore(bench.target, OLD, "m", instead_of=NEW, secrets_may_change=False) == "was live already"
    assert (len(bench.platform.releases), bench.converged) == (4, [NEW, NEW, OLD, OLD])


@pytest.mark.parametrize(
    "meanwhile",
    [((OTHER, 100),), ((OTHER, 100), (OLD, 0)), ((NEW, 50), (OLD, 50)), ((NEW, 0), (OLD, 100)), ((OLD, 100),)],
    ids=["another", "another beside", "a share", "the same again", "taken away"],
)
def test_release_has_one_writer(bench: Bench, meanwhile: tuple[tuple[str, float], ...]) -> None:
    """Whatever somebody deployed after `stage`, even the same: nothing is changed."""
    staged = steps.stage(bench.target, NEW, "m")
    bench.platform.put(*meanwhile)
    before = bench.live
    with pytest.raises(StepRefused, match=r"somebody deployed since; nothing was changed"):
        steps.release(bench.target, staged, "m")
    assert (bench.live, bench.converged) == (before, [])


def test_release_notices_who_deployed_in_the_same_moment(bench: Bench) -> None:
    """The platform knows no compare-and-swap, so the history is read afterwards."""
    staged = steps.stage(bench.target, NEW, "m")
    bench.platform.meddling = ((OTHER, 100),)
    with pytest.raises(StepRefused, match="somebody deployed fm5 while this step did"):
        steps.release(bench.target, staged, "m")


@pytest.mark.parametrize(
    ("live", "words"), [(((NEW, 100),), "all of the traffic already"), (((OTHER, 10), (OLD, 90)), "traffic of fm5 is split")]
)
def test_stage_wants_one_other_live_version(bench: Bench, live: tuple[tuple[str, float], ...], words: str) -> None:
    """What is live already, or somebody's gradual deployment, is left alone."""
    bench.platform.put(*live)
    with pytest.raises(StepRefused, match=words):
        steps.stage(bench.target, NEW, "m")
    assert len(bench.platform.releases) == 2


def test_restore_takes_a_staged_version_away(bench: Bench) -> None:
    """Also when it never got traffic."""
    staged = steps.stage(bench.target, NEW, "m")
    steps.restore(bench.target, staged.previous, "m", instead_of=staged.version, secrets_may_change=False)
    assert bench.live == f"{OLD} 100 %"


def test_restore_leaves_somebody_elses_fix_alone_unless_a_person_says_so(bench: Bench) -> None:
    """An automatic rollback undoes its own promotion and nothing else; a person with an id may do anything."""
    bench.platform.put((OTHER, 100))
    with pytest.raises(StepRefused, match="somebody has deployed since"):
        steps.restore(bench.target, OLD, "m", instead_of=NEW, secrets_may_change=False)
    assert steps.restore(bench.target, OLD, "m", instead_of=None, secrets_may_change=False) == "is live again"
    assert bench.live == f"{OLD} 100 %"


def test_restore_asks_before_secrets_go_back(bench: Bench) -> None:
    """Old secrets come back only when a person allows it."""
    bench.platform.put((NEW, 100))
    bench.platform.secrets_changed = True
    with pytest.raises(StepRefused, match=r"\(A, B\): with --secrets-may-change"):
        steps.restore(bench.target, OLD, "m", instead_of=None, secrets_may_change=False)
    steps.restore(bench.target, OLD, "m", instead_of=None, secrets_may_change=True)
    assert bench.live == f"{OLD} 100 %"


def test_description_is_of_the_live_version_or_a_named_one(bench: Bench) -> None:
    """What `sign` and `admit` compare with the artifact."""
    assert steps.describe(bench.target, None).version == OLD
    assert steps.describe(bench.target, OTHER).message == "of c"
    bench.platform.put((OTHER, 10), (OLD, 90))
    with pytest.raises(StepRefused, match="split"):
        steps.describe(bench.target, None)
    values: dict[str, Any] = vars(steps.describe(bench.target, OLD))
    assert set(values) == {"platform", "service", "version", "tag", "message", "new", "changed"}
