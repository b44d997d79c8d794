"""The steps of a promotion against a platform in memory: ids are explicit, what is live is read back, strangers are noticed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, cast

import pytest

import environments
from clients.errors import DeploymentRefused
from clients.platforms.base import Release, Share, Version
from clients.platforms.cloudflare import CloudflareWorker
from gonogo.promotion import steps
from gonogo.promotion.errors import Refused, Unusable
from gonogo.promotion.records import Staged
from gonogo.promotion.target import Target
from reports.ticket import annotation, digests

OLD, NEW, OTHER = (f"{digit * 8}-1111-4111-8111-111111111111" for digit in "abc")
NOW = datetime(2026, 11, 21, tzinfo=UTC)


@dataclass
class Platform:
    """A Worker's deployments, newest last; what is uploaded gets the id NEW."""

    releases: list[Release] = field(default_factory=list)
    uploads: list[tuple[Path, Path, Mapping[str, str]]] = field(default_factory=list)
    environments: list[str | None] = field(default_factory=list)
    looked: Callable[[Path], None] = lambda _main: None
    said: str | None = None
    secrets_changed: bool = False
    meddling: tuple[tuple[str, float], ...] = ()

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

    def upload(
        self, main: Path, configuration: Path, message: str, *, environment: str | None, tag: str, variables: Mapping[str, str]
    ) -> Version:
        self.uploads.append((main, configuration, variables))
        self.environments.append(environment)
        self.looked(main)
        return Version(NEW, NOW, tag=tag, message=message if self.said is None else self.said)

    def deploy_beside(self, version_id: str, live: str, message: str) -> Release:
        return self.put((version_id, 0), (live, 100))

    def deploy(self, version_id: str, message: str) -> Release:
        if self.secrets_changed:
            raise DeploymentRefused("wrangler", "versions deploy", 1, "10220", "A, B")
        if self.meddling:
            self.put(*self.meddling)
        return self.put((version_id, 100))

    def roll_back(self, version_id: str, message: str, *, secrets_may_change: bool) -> Release:
        assert secrets_may_change
        return self.put((version_id, 100))


@dataclass
class Bench:
    """A target whose Worker runs OLD; `converged` are the versions that were waited for."""

    platform: Platform
    target: Target
    converged: list[str]

    @property
    def live(self) -> str:
        """What is live now."""
        return self.platform.current().shown


@pytest.fixture
def bench(monkeypatch: pytest.MonkeyPatch) -> Bench:
    """Production in the sandbox, with a platform in memory and no wire."""
    platform, converged = Platform(), list[str]()
    platform.put((OLD, 100))
    monkeypatch.setattr(Target, "converge", lambda _self, version_id: converged.append(version_id))
    environment = environments.load("local-production", variables=None)
    return Bench(platform, Target(environment, "fm5", cast("CloudflareWorker", platform)), converged)


def artifact(folder: Path, *names: str) -> tuple[Path, Path]:
    """A built Worker, and wrangler's configuration."""
    for name in names:
        (folder / "dist").mkdir(exist_ok=True)
        (folder / "dist" / name).write_text(name)
    (folder / "wrangler.jsonc").write_text("{}")
    return folder / "dist", folder / "wrangler.jsonc"


def test_upload_names_what_it_was_made_from(bench: Bench, tmp_path: Path) -> None:
    """The message is the artifact's digest, the module that starts is found, and nothing gets traffic."""
    dist, configuration = artifact(tmp_path, "index.js", "page.css")
    uploaded = steps.upload(bench.target, dist, configuration, tag="1.2.0", variables={"RELEASE": "1.2.0"})
    assert uploaded.message == annotation(digests([dist]))
    assert (uploaded.worker, uploaded.version, uploaded.tag) == ("fm5", NEW, "1.2.0")
    assert bench.platform.uploads == [(dist / "index.js", configuration, {"RELEASE": "1.2.0"})]
    assert bench.live == f"{OLD} 100 %"


@pytest.mark.parametrize("named", ["production", ""])
def test_upload_is_of_the_named_environment(bench: Bench, tmp_path: Path, named: str) -> None:
    """What the environment's file names is what wrangler is told; where nobody names one of several, nothing is sent."""
    dist, configuration = artifact(tmp_path, "index.js")
    configuration.write_text('{"vars": {"STAGE": "dev"}, "env": {"production": {"vars": {"STAGE": "production"}}}}')
    with pytest.raises(Unusable, match=r"has \[env\.production\], and nobody says which one is put live"):
        steps.upload(bench.target, dist, configuration, variables={})
    assert bench.platform.uploads == []
    promoted = bench.target.environment.promotion
    assert promoted is not None
    environment = bench.target.environment.model_copy(update={"promotion": promoted.model_copy(update={"wrangler_env": named})})
    steps.upload(replace(bench.target, environment=environment), dist, configuration, variables={})
    assert bench.platform.environments == [named]


def test_upload_that_lost_its_message_is_refused(bench: Bench, tmp_path: Path) -> None:
    """A version that does not say what it was uploaded from is not promoted."""
    bench.platform.said = ""
    with pytest.raises(Refused, match="instead of"):
        steps.upload(bench.target, *artifact(tmp_path, "index.js"), variables={})


@pytest.mark.parametrize(("names", "main"), [(("a.js",), None), (("index.js", "worker.js"), None), (("index.js",), "b.js")])
def test_module_that_starts_must_be_clear(bench: Bench, tmp_path: Path, names: tuple[str, ...], main: str | None) -> None:
    """Not found, or more than one: nothing is uploaded."""
    with pytest.raises(Unusable, match="name it with --main"):
        steps.upload(bench.target, *artifact(tmp_path, *names), main=main, variables={})
    assert bench.platform.uploads == []


def test_module_outside_of_the_artifact_is_not_uploaded(bench: Bench, tmp_path: Path) -> None:
    """`--main` names a module of the artifact: another one is in no digest."""
    dist, configuration = artifact(tmp_path, "index.js")
    (tmp_path / "other.js").touch()
    with pytest.raises(Unusable, match="--main ../other.js lies outside of the artifact"):
        steps.upload(bench.target, dist, configuration, main="../other.js", variables={})
    assert bench.platform.uploads == []


def test_file_is_uploaded_without_its_neighbours(bench: Bench, tmp_path: Path) -> None:
    """wrangler attaches what lies beside the module; when the artifact is one file, nothing does."""
    seen: list[tuple[Path, list[str]]] = []
    dist, configuration = artifact(tmp_path, "index.js", "page.html")
    bench.platform.looked = lambda main: seen.append((main, [path.name for path in main.parent.iterdir()]))
    uploaded = steps.upload(bench.target, dist / "index.js", configuration, variables={})
    [(main, beside)] = seen
    assert (beside, main.exists()) == (["index.js"], False)
    assert uploaded.message == annotation(digests([dist / "index.js"]))


def test_configuration_that_adds_to_the_artifact_is_not_used(bench: Bench, tmp_path: Path) -> None:
    """Neither a command nor a folder of the checkout: nothing is uploaded."""
    dist, configuration = artifact(tmp_path, "index.js")
    for text in ('{"build": {"command": "make"}}', '{"assets": {"directory": "public"}}'):
        configuration.write_text(text)
        with pytest.raises(Unusable, match="wrangler.jsonc: "):
            steps.upload(bench.target, dist, configuration, variables={})
    assert bench.platform.uploads == []


def test_promotion_goes_through_zero_percent(bench: Bench) -> None:
    """Staged beside the live version, then released, and only then waited for."""
    staged = steps.stage(bench.target, NEW, "m")
    assert staged == Staged("fm5", NEW, OLD, "d-1")
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
    with pytest.raises(Refused, match=r"somebody deployed since; nothing was changed"):
        steps.release(bench.target, staged, "m")
    assert (bench.live, bench.converged) == (before, [])


def test_release_notices_who_deployed_in_the_same_moment(bench: Bench) -> None:
    """The platform knows no compare-and-swap, so the history is read afterwards."""
    staged = steps.stage(bench.target, NEW, "m")
    bench.platform.meddling = ((OTHER, 100),)
    with pytest.raises(Refused, match="somebody deployed fm5 while this step did"):
        steps.release(bench.target, staged, "m")


@pytest.mark.parametrize(
    ("live", "words"), [(((NEW, 100),), "all of the traffic already"), (((OTHER, 10), (OLD, 90)), "traffic of fm5 is split")]
)
def test_stage_wants_one_other_live_version(bench: Bench, live: tuple[tuple[str, float], ...], words: str) -> None:
    """What is live already, or somebody's gradual deployment, is left alone."""
    bench.platform.put(*live)
    with pytest.raises(Refused, match=words):
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
    with pytest.raises(Refused, match="somebody has deployed since"):
        steps.restore(bench.target, OLD, "m", instead_of=NEW, secrets_may_change=False)
    assert steps.restore(bench.target, OLD, "m", instead_of=None, secrets_may_change=False) == "is live again"
    assert bench.live == f"{OLD} 100 %"


def test_restore_asks_before_secrets_go_back(bench: Bench) -> None:
    """Old secrets come back only when a person allows it."""
    bench.platform.put((NEW, 100))
    bench.platform.secrets_changed = True
    with pytest.raises(Refused, match=r"\(A, B\): with --secrets-may-change"):
        steps.restore(bench.target, OLD, "m", instead_of=None, secrets_may_change=False)
    steps.restore(bench.target, OLD, "m", instead_of=None, secrets_may_change=True)
    assert bench.live == f"{OLD} 100 %"


def test_description_is_of_the_live_version_or_a_named_one(bench: Bench) -> None:
    """What `sign` and `admit` compare with the artifact."""
    assert steps.describe(bench.target, None).version == OLD
    assert steps.describe(bench.target, OTHER).message == "of c"
    bench.platform.put((OTHER, 10), (OLD, 90))
    with pytest.raises(Refused, match="split"):
        steps.describe(bench.target, None)
    values: dict[str, Any] = vars(steps.describe(bench.target, OLD))
    assert set(values) == {"worker", "version", "tag", "message"}
