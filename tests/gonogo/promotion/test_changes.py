"""A promotion keeps the environment: what the live version has the next one has as well, but for what the environment's file names."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from clients.platforms.base import Upload, Version
from clients.platforms.bindings import Planned
from clients.platforms.worker_bindings import bound, planned
from gonogo.promotion import command, steps
from gonogo.promotion.errors import StepRefused, UnusableInput
from gonogo.promotion.target import PromotionTarget
from tests.gonogo.promotion.test_steps import NEW, NOW, OLD, OTHER, Bench, InMemory, artifact, bench

__all__ = ["bench"]

STAGE = {"name": "STAGE", "type": "plain_text", "text": "production"}
RELEASE = {"name": "RELEASE", "type": "plain_text", "text": "1"}
FILES = {"name": "FILES", "type": "r2_bucket", "bucket_name": "files"}
KEY = {"name": "KEY", "type": "secret_text"}
LIVE = [STAGE, RELEASE, FILES, KEY]
DEV = {**STAGE, "text": "dev-value"}
SCRATCH = {**FILES, "bucket_name": "scratch"}
Entries = list[dict[str, Any]]


class Telling(InMemory):
    """A platform that says what its versions are bound to; `configured` is what the configuration of an upload says."""

    def __init__(self) -> None:
        super().__init__()
        self.bound: dict[str, Entries] = {OLD: LIVE}
        self.configured: Entries = []
        self.keep = ["secret_text"]
        self.lost: set[str] = set()
        self.note = ""

    def planned(self, wanted: Upload) -> Planned:
        set_ = [{"name": name, "type": "plain_text", "text": value} for name, value in wanted.variables.items()]
        kept = [entry for entry in self.configured if entry["name"] not in wanted.variables]
        return planned({"bindings": [*kept, *set_], "keep_bindings": self.keep, "compatibility_date": "2026-02-02"}, "fm5")

    def upload(self, wanted: Upload) -> Version:
        kept = [entry for entry in LIVE if entry["type"] in self.keep]
        set_ = [{"name": name, "type": "plain_text", "text": value} for name, value in wanted.variables.items()]
        everything = {entry["name"]: entry for entry in (*kept, *self.configured, *set_)}
        self.bound[NEW] = [entry for name, entry in everything.items() if name not in self.lost]
        self.note = super().upload(wanted).message
        return self.version(NEW)

    def version(self, version_id: str) -> Version:
        told = self.bound.get(version_id)
        date = {"compatibility_date": "2026-01-01" if version_id == OLD else "2026-02-02"}
        return Version(version_id, NOW, message=self.note, bound=None if told is None else bound(told, date, "fm5"))


@pytest.fixture
def telling(bench: Bench) -> Bench:
    """Production, on a platform that says what its versions are bound to."""
    platform = Telling()
    platform.put((OLD, 100))
    return replace(bench, platform=platform, target=replace(bench.target, platform=platform))


def promoting(bench: Bench, *changes: str) -> tuple[PromotionTarget, Telling]:
    """Where it goes, with `changes` in its file, and the platform there."""
    environment, platform = bench.target.environment, bench.platform
    assert environment.promotion is not None
    assert isinstance(platform, Telling)
    promoted = environment.promotion.model_copy(update={"changes": list(changes)})
    return replace(bench.target, environment=environment.model_copy(update={"promotion": promoted})), platform


CASES: list[tuple[str, Entries, dict[str, str], str]] = [
    ("P1", [DEV, RELEASE, FILES], {}, r"STAGE \(variable\) has another value"),
    ("P2", [STAGE, RELEASE, SCRATCH], {}, r"FILES is R2 bucket scratch instead of R2 bucket files"),
    ("renamed", [STAGE, RELEASE, {**FILES, "name": "BUCKET"}], {}, r"FILES \(R2 bucket files\) is gone"),
    ("removed", [STAGE, RELEASE], {}, r"FILES \(R2 bucket files\) is gone"),
    ("unset", [RELEASE, FILES], {}, r"STAGE \(variable\) is gone"),
    ("open", [STAGE, RELEASE, FILES, {**STAGE, "name": "KEY"}], {}, r"KEY is variable instead of secret"),
    ("both", [DEV, SCRATCH], {}, r"FILES is R2 .+; RELEASE .+ is gone; STAGE .+ another value"),
    ("given over a binding", [STAGE, RELEASE, FILES], {"FILES": "text"}, r"FILES is variable instead of R2 bucket files"),
]


@pytest.mark.parametrize(("configured", "given", "words"), [case[1:] for case in CASES], ids=[case[0] for case in CASES])
def test_loss_is_refused_before_the_upload(configured: Entries, given: dict[str, str], words: str, telling: Bench, tmp_path: Path) -> None:
    """What is gone or leads elsewhere is named, with the way out; no value of a variable is."""
    target, platform = promoting(telling)
    platform.configured = configured
    with pytest.raises(UnusableInput, match=words) as caught:
        steps.upload(target, *artifact(tmp_path, "index.js"), variables=given)
    said = str(caught.value)
    assert "nothing was uploaded" in said
    assert "changes = [" in said
    assert not [value for value in ("dev-value", 'production"', 'text"') if value in said]
    assert platform.uploads == []
    lost = {name for name in ("STAGE", "FILES", "RELEASE", "KEY") if f'"{name}"' in said}
    allowed, _ = promoting(telling, *lost)
    _, difference = steps.upload(allowed, *artifact(tmp_path, "index.js"), variables=given)
    assert difference is not None
    assert set(difference.lost) == lost


FINE: list[tuple[str, Entries, list[str], dict[str, str], set[str]]] = [
    ("the same", [STAGE, RELEASE, FILES], ["secret_text"], {}, set()),
    ("given", [STAGE, RELEASE, FILES], ["secret_text"], {"RELEASE": "2"}, set()),
    ("kept", [FILES], ["secret_text", "plain_text"], {}, set()),
    (
        "new",
        [STAGE, RELEASE, FILES, {**KEY, "name": "MORE"}, {**FILES, "name": "SECOND"}],
        ["secret_text"],
        {"ADDED": "x"},
        {"ADDED", "MORE", "SECOND"},
    ),
]


@pytest.mark.parametrize(("configured", "keep", "given", "new"), [case[1:] for case in FINE], ids=[case[0] for case in FINE])
def test_what_is_kept_goes_on_and_what_is_new_is_listed(
    configured: Entries, keep: list[str], given: dict[str, str], new: set[str], telling: Bench, tmp_path: Path
) -> None:
    """Through all three steps; the value that whoever uploads gives is no change."""
    target, platform = promoting(telling)
    platform.configured, platform.keep = configured, keep
    uploaded, _ = steps.upload(target, *artifact(tmp_path, "index.js"), variables=given)
    assert (set(uploaded.new), uploaded.changed) == (new, ())
    staged = steps.stage(target, uploaded.version, "m")
    steps.release(target, staged, "m")
    described = steps.describe(target, None)
    assert set(described.new) == new
    assert described.changed == (("RELEASE",) if "RELEASE" in given else ())


def test_what_only_the_uploaded_version_shows_is_refused_then(telling: Bench, tmp_path: Path) -> None:
    """A secret that the version before had lost already: the platform says it, the configuration cannot."""
    target, platform = promoting(telling)
    platform.configured, platform.lost = [STAGE, RELEASE, FILES], {"KEY"}
    with pytest.raises(UnusableInput, match=rf"KEY \(secret\) is gone; version {NEW} was uploaded, and has no traffic"):
        steps.upload(target, *artifact(tmp_path, "index.js"), variables={})
    assert telling.live == f"{OLD} 100 %"


@pytest.mark.parametrize(
    ("told", "refused"),
    [([DEV, RELEASE, FILES, KEY], "STAGE"), ([STAGE, RELEASE, SCRATCH, KEY], "FILES"), ([STAGE, RELEASE, FILES], "KEY"), (LIVE, "")],
)
def test_version_that_others_uploaded_is_compared_when_it_is_staged(told: Entries, refused: str, telling: Bench) -> None:
    """By wrangler, or in the dashboard: nothing is changed."""
    target, platform = promoting(telling)
    platform.bound[OTHER] = told
    if refused:
        with pytest.raises(UnusableInput, match=rf"live version {OLD}, {refused} .+; nothing was changed"):
            steps.stage(target, OTHER, "m")
        assert telling.live == f"{OLD} 100 %"
    target, _ = promoting(telling, *[refused] * bool(refused))
    steps.stage(target, OTHER, "m")
    assert telling.live == f"{OTHER} 0 %, {OLD} 100 %"


def test_version_of_which_nothing_is_told_is_not_staged(telling: Bench) -> None:
    """What cannot be compared is not taken for the same."""
    target, platform = promoting(telling)
    assert OTHER not in platform.bound
    with pytest.raises(StepRefused, match="and not what the candidate is: nothing can be compared; nothing was changed"):
        steps.stage(target, OTHER, "m")


def test_every_version_with_traffic_counts(telling: Bench, tmp_path: Path) -> None:
    """While somebody's gradual deployment is under way, what either of them has is kept; what has no traffic does not count."""
    target, platform = promoting(telling)
    platform.configured = [STAGE, RELEASE, FILES]
    platform.bound[OTHER] = [*LIVE, {**FILES, "name": "SECOND"}]
    platform.put((OTHER, 0), (OLD, 100))
    steps.upload(target, *artifact(tmp_path, "index.js"), variables={})
    platform.put((OTHER, 10), (OLD, 90))
    with pytest.raises(UnusableInput, match=rf"live version {OTHER}, SECOND \(R2 bucket files\) is gone"):
        steps.upload(target, *artifact(tmp_path, "index.js"), variables={})


def test_many_losses_are_one_bounded_sentence(telling: Bench, tmp_path: Path) -> None:
    """A configuration of another Worker altogether; names are what others have written."""
    target, platform = promoting(telling)
    platform.bound[OLD] = [{"name": f"V{number:03}\n::error::", "type": "plain_text", "text": ""} for number in range(300)]
    with pytest.raises(UnusableInput, match="; 292 more; nothing was uploaded") as caught:
        steps.upload(target, *artifact(tmp_path, "index.js"), variables={})
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 1200


def test_summary_lists_what_is_new_and_what_was_allowed(
    telling: Bench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """On the terminal and on the page of the job: names, what resources they are, what it runs on, and leave that nobody needs any more."""
    from contextlib import nullcontext

    target, platform = promoting(telling, "STAGE", "OLDER")
    platform.configured = [DEV, RELEASE, FILES, {**RELEASE, "name": "ADDED", "text": "sesame"}]
    monkeypatch.setattr(command, "target", lambda *_, **__: nullcontext(target))
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(tmp_path / "page.md"))
    dist, configuration = artifact(tmp_path, "index.js")
    words = ["--environment", "x", "--artifact", str(dist), "--config", str(configuration), "--out", str(tmp_path / "u.json")]
    assert command.main(["upload", *words]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith(f"UPLOADED  fm5 version {NEW}, artifact")
    assert lines[1:] == [
        "NEW      ADDED (variable)",
        "CHANGED  STAGE (variable) has another value, as changes in [promotion] allows",
        "RUNTIME  compatibility_date 2026-02-02 instead of 2026-01-01",
        "NOTE     changes in [promotion] names OLDER, which does not change: take it out",
    ]
    page = (tmp_path / "page.md").read_text()
    assert all(line in page for line in lines[1:])
    assert "sesame" not in page
    monkeypatch.setattr(command, "target", lambda *_, **__: nullcontext(promoting(telling)[0]))
    assert command.main(["upload", *words]) == 4
    assert "STAGE (variable) has another value" in capsys.readouterr().err
