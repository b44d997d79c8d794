"""What every platform has to do: its own class of tests inherits these, and brings a `bench` fixture."""

from __future__ import annotations

import re
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event

import pytest

from clients.errors import Cancelled, DeploymentRefused, Misconfigured, PlatformMalformed, PlatformTrouble, Unreachable, Unsupported
from clients.platforms.base import Platform, Upload, previous_version
from clients.platforms.registry import known, open_platform

WHY = "gonogo 20261201T115300-1a2b3c4d restores cccccccc-1111-4111-8111-111111111111 within 3600 s"
TOKEN = "token-of-the-platform-0123456789"


@dataclass
class Bench(ABC):
    """A service on a platform that does what a test wants. `old` and `new` are ids of versions, `unknown` is one that there is not."""

    name: str
    settings: Mapping[str, str]
    home: Path
    old: str
    new: str
    unknown: str
    service: str = "shop"
    cancelled: Event = field(default_factory=Event)

    def open(self) -> Platform:
        """The client, made as a run makes it."""
        return open_platform(self.name, self.service, self.settings, home=self.home, timeout=20, cancelled=self.cancelled)

    @abstractmethod
    def released(self, *releases: Mapping[str, float]) -> None:
        """What has been put live, oldest first: version = its share in percent."""

    @abstractmethod
    def deaf(self) -> None:
        """From now on the platform says yes to every change, and changes nothing."""

    @abstractmethod
    def garbled(self) -> None:
        """From now on nobody can read its answers."""

    @abstractmethod
    def silent(self) -> None:
        """From now on it does not answer."""

    @abstractmethod
    def slow(self) -> None:
        """From now on an answer takes longer than anybody waits."""

    @abstractmethod
    def asked(self) -> bool:
        """Whether the platform was asked anything."""

    def live(self) -> str:
        """What is live, by a client that remembers nothing."""
        return self.open().current().shown


Change = Callable[[Platform, str], object]
CHANGES: dict[str, Change] = {
    "deploy": lambda platform, version: platform.deploy(version, WHY),
    "roll back": lambda platform, version: platform.roll_back(version, WHY),
}


@pytest.fixture(params=sorted(CHANGES))
def change(request: pytest.FixtureRequest) -> Change:
    """Each way to put a version live."""
    return CHANGES[request.param]


class Contract:
    """The tests. A platform's own class of tests is `class TestX(Contract)` with a fixture `bench` that returns a :class:`Bench`."""

    def test_registry_knows_it(self, bench: Bench) -> None:
        """By a name as a file spells it; what it has to be told has a key and a variable each."""
        platform = known()[bench.name]
        assert re.fullmatch(r"[a-z][a-z0-9-]*", platform.name)
        assert isinstance(bench.open(), platform)
        keys, variables = ([getattr(setting, name) for setting in platform.settings] for name in ("key", "variable"))
        assert len(set(keys)) == len(keys)
        assert all(re.fullmatch(r"[A-Z][A-Z0-9_]*", variable) for variable in variables)

    def test_what_is_missing_is_named(self, bench: Bench) -> None:
        """Each required setting by its key, before anybody is asked."""
        for setting in known()[bench.name].settings:
            rest = {key: value for key, value in bench.settings.items() if key != setting.key}
            if setting.required:
                with pytest.raises(Misconfigured, match=rf"{bench.name} needs {setting.key}$"):
                    open_platform(bench.name, bench.service, rest, home=bench.home)
        assert not bench.asked()

    def test_current_is_the_latest_release(self, bench: Bench) -> None:
        """With the share of each version."""
        bench.released({bench.old: 100}, {bench.new: 100})
        current = bench.open().current()
        assert (current.sole, current.version_ids, current.shown) == (bench.new, (bench.new,), f"{bench.new} 100 %")

    def test_split_traffic_has_no_sole_version(self, bench: Bench) -> None:
        """Two versions at once are never taken for one."""
        bench.released({bench.new: 90, bench.old: 10})
        current = bench.open().current()
        assert current.sole is None
        assert {share.version_id: share.percentage for share in current.shares} == {bench.new: 90, bench.old: 10}

    def test_history_is_newest_first(self, bench: Bench) -> None:
        """Each release has an id and a moment of its own, and the way back can be read off."""
        bench.released({bench.old: 100}, {bench.new: 100})
        history = bench.open().history()
        assert [release.sole for release in history] == [bench.new, bench.old]
        assert len({release.id for release in history}) == 2
        assert history[0].created > history[1].created
        assert all(release.created.tzinfo for release in history)
        assert previous_version(history, bench.new) == bench.old

    def test_versions_are_those_that_can_be_named(self, bench: Bench) -> None:
        """Newest first; each can be looked at by its id."""
        bench.released({bench.old: 100}, {bench.new: 100})
        platform = bench.open()
        versions = platform.versions()
        assert {bench.old, bench.new} <= {version.id for version in versions}
        assert [version.created for version in versions] == sorted((version.created for version in versions), reverse=True)
        assert platform.version(bench.old).id == bench.old

    def test_change_is_live_when_it_returns(self, bench: Bench, change: Change) -> None:
        """All of the traffic is on the version, also for another client."""
        bench.released({bench.old: 100}, {bench.new: 100})
        before = bench.open().current().id
        platform = bench.open()
        change(platform, bench.old)
        assert (platform.current().sole, bench.live()) == (bench.old, f"{bench.old} 100 %")
        assert platform.current().id != before

    def test_release_keeps_its_message(self, bench: Bench, change: Change) -> None:
        """Also for another client: by it whoever comes next knows a drill."""
        bench.released({bench.old: 100}, {bench.new: 100})
        change(bench.open(), bench.old)
        assert bench.open().current().message == WHY

    def test_success_without_effect_is_refused(self, bench: Bench, change: Change) -> None:
        """What counts is what is live."""
        bench.released({bench.old: 100}, {bench.new: 100})
        bench.deaf()
        with pytest.raises(DeploymentRefused, match=f"{bench.old} was asked for, but live is {bench.new} 100 %"):
            change(bench.open(), bench.old)

    def test_version_that_is_not_there_is_refused(self, bench: Bench, change: Change) -> None:
        """It is trouble of the platform's, says nothing about the deployment, and changes nothing."""
        bench.released({bench.old: 100}, {bench.new: 100})
        platform = bench.open()
        acts: tuple[Callable[[], object], ...] = (lambda: platform.version(bench.unknown), lambda: change(platform, bench.unknown))
        for act in acts:
            with pytest.raises(DeploymentRefused) as caught:
                act()
            assert isinstance(caught.value, PlatformTrouble)
            assert str(caught.value).strip()
        assert bench.live() == f"{bench.new} 100 %"

    @pytest.mark.parametrize("text", ["", "--help", "../secrets", "two words"])
    def test_only_an_id_will_do(self, bench: Bench, change: Change, text: str) -> None:
        """Without an explicit one a platform chooses, or takes an option for it: it is not asked."""
        platform = bench.open()
        for act in (platform.version, lambda version: change(platform, version)):
            with pytest.raises(ValueError, match="is not a version id"):
                act(text)
        assert not bench.asked()

    def test_answer_of_another_shape_is_not_guessed_at(self, bench: Bench) -> None:
        """What cannot be read for certain is malformed, and trouble of the platform's."""
        bench.released({bench.old: 100})
        bench.garbled()
        for act in (bench.open().current, bench.open().history, bench.open().versions):
            with pytest.raises(PlatformMalformed) as caught:
                act()
            assert isinstance(caught.value, PlatformTrouble)

    def test_platform_that_does_not_answer_is_unreachable(self, bench: Bench) -> None:
        """It has refused nothing."""
        bench.released({bench.old: 100})
        bench.silent()
        with pytest.raises(Unreachable):
            bench.open().current()

    def test_interrupt_ends_what_is_under_way(self, bench: Bench) -> None:
        """A drill that is interrupted waits for nobody."""
        bench.released({bench.old: 100})
        bench.slow()
        bench.cancelled.set()
        began = time.monotonic()
        with pytest.raises(Cancelled):
            bench.open().current()
        assert time.monotonic() - began < 15, "it waited for the platform"

    def test_no_secret_is_told(self, bench: Bench, change: Change) -> None:
        """Neither in a message, nor where a client is shown."""
        bench.released({bench.old: 100})
        platform = bench.open()
        said = [repr(platform), str(platform)]
        with pytest.raises(PlatformTrouble) as caught:
            change(platform, bench.unknown)
        said += [str(caught.value), repr(caught.value)]
        bench.garbled()
        with pytest.raises(PlatformTrouble) as caught:
            bench.open().current()
        assert TOKEN not in " ".join([*said, str(caught.value), repr(caught.value)])

    def test_override_names_the_version_or_is_none(self, bench: Bench) -> None:
        """Headers that ask for one version, where the platform has such a thing."""
        headers = known()[bench.name].override(bench.service, bench.new)
        assert headers is None or any(bench.new in value for value in headers.values())

    def test_beside_has_none_of_the_traffic_or_is_not_possible(self, bench: Bench) -> None:
        """A version stands beside the live one, or one sentence says that this platform cannot do it, and nothing is changed."""
        bench.released({bench.old: 100})
        platform, lacking, beside = bench.open(), "", False
        try:
            beside = platform.deploy_beside(bench.new, bench.old, "why").beside(bench.new, bench.old)
        except Unsupported as error:
            lacking = str(error)
        if lacking:
            assert re.fullmatch(rf"the platform {bench.name} cannot [^\n]+: {bench.service} [^\n]+", lacking)
            assert bench.live() == f"{bench.old} 100 %"
        else:
            assert beside
            assert known()[bench.name].override(bench.service, bench.new), "nobody could ask for it"

    def test_upload_without_what_it_needs_sends_nothing(self, bench: Bench, tmp_path: Path) -> None:
        """An artifact whose first module nobody knows, or a platform that takes no uploads: the way out is said."""
        (tmp_path / "empty").mkdir()
        with pytest.raises((Misconfigured, Unsupported)) as caught:
            bench.open().upload(Upload(tmp_path / "empty", "artifact sha256:x"))
        assert str(caught.value).strip()
        assert not bench.asked()
