"""A drill's mark at the platform, its own way there and back, and its guard: over a made-up platform."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from clients.errors import Inconclusive
from clients.platforms.base import Release, Share
from clients.platforms.drill_mark import DrillMark
from fixtures.context import Guarding
from fixtures.deploy_rollback import Switch
from gonogo.run.drill_watchdog import restore
from tests.gonogo.drilled import BEGINNING, OTHER, SWITCHED, WANTED, Clock, Memory

SECONDS = 120
MARK = DrillMark.of("run-0", WANTED, SECONDS)


@pytest.mark.parametrize("run_id", ["r", "20261201T115300-1a2b3c4d", "a" * 28, "a" * 29, "a-run_of.ci-" + "9" * 68])
def test_mark_is_read_as_it_was_written(run_id: str) -> None:
    """Within the hundred bytes that Cloudflare has kept of a message, whatever the run is called."""
    mark = DrillMark.of(run_id, WANTED, 3600)
    assert len(mark.text.encode()) <= 100
    release = Release("d", (Share(SWITCHED, 100),), BEGINNING, message=mark.text)
    assert DrillMark.read(release) == mark
    assert mark.on(release)
    assert not DrillMark.of(f"{run_id[:79]}x", WANTED, 3600).on(release)


Meanwhile = Callable[[Memory], object]
FOREIGN: dict[str, Meanwhile] = {
    "another version": lambda platform: platform.put(OTHER, "hotfix"),
    "the same by hand": lambda platform: platform.put(SWITCHED, ""),
    "another drill": lambda platform: platform.put(SWITCHED, DrillMark.of("run-9", WANTED, SECONDS).text),
}


@pytest.fixture(params=FOREIGN)
def meanwhile(request: pytest.FixtureRequest) -> Meanwhile:
    """What somebody else does in the middle of a drill."""
    return FOREIGN[request.param]


def test_drill_leaves_alone_what_somebody_has_deployed_meanwhile(meanwhile: Meanwhile) -> None:
    """It is inconclusive, and says what was live before."""
    platform = Memory(Clock())
    switch = Switch(platform, MARK, Guarding())
    switch.away(SWITCHED)
    assert platform.releases[-1].message == MARK.text
    meanwhile(platform)
    live = platform.releases[-1]
    with pytest.raises(Inconclusive, match=f"during the drill somebody else put live: .*before the drill {WANTED} was live"):
        switch.back()
    assert platform.releases[-1] is live


def test_drill_does_not_begin_over_another(meanwhile: Meanwhile) -> None:
    """Two runners have looked at the same moment: whoever switches second sees the first."""
    platform = Memory(Clock())
    meanwhile(platform)
    guarding = Guarding()
    with pytest.raises(Inconclusive, match=f"{WANTED} was live, and now it is"):
        Switch(platform, MARK, guarding).away(SWITCHED)
    assert (len(platform.releases), guarding.certain) == (2, True)


def test_drill_goes_and_comes_back() -> None:
    """Twice is the same as once: what is back already is not deployed anew."""
    platform = Memory(Clock())
    switch = Switch(platform, MARK, Guarding())
    switch.away(SWITCHED)
    assert platform.live == SWITCHED
    switch.back()
    switch.back()
    assert [release.sole for release in platform.releases] == [WANTED, SWITCHED, WANTED]


def test_switch_that_was_not_answered_is_not_certain() -> None:
    """The guard looks after it then."""
    platform = Memory(Clock())
    guarding, platform.failing_deploys = Guarding(), 1
    with pytest.raises(Exception, match="503"):
        Switch(platform, MARK, guarding).away(SWITCHED)
    assert not guarding.certain


def test_guard_leaves_alone_what_somebody_has_deployed_meanwhile(meanwhile: Meanwhile, capsys: pytest.CaptureFixture[str]) -> None:
    """It restores only while the drill's own release is live."""
    clock = Clock()
    platform = Memory(clock)
    platform.put(SWITCHED, MARK.text)
    meanwhile(platform)
    live = platform.releases[-1]
    assert restore(platform, MARK, 4.0, sleep=clock.sleep)
    assert platform.releases[-1] is live
    assert "which somebody else has put there: left alone" in capsys.readouterr().out


@pytest.mark.parametrize("look", [1, 2, 3])
def test_guard_restores_what_lands_late(look: int) -> None:
    """The run ended while the switch was on its way."""
    clock = Clock()
    platform = Memory(clock)
    platform.before_look[look] = lambda: platform.put(SWITCHED, MARK.text)
    assert restore(platform, MARK, 4.0, sleep=clock.sleep)
    assert platform.live == WANTED


@pytest.mark.parametrize(("failing", "deploys"), [(3, 0), (0, 3), (2, 2)])
def test_guard_goes_on_while_the_platform_is_in_trouble(failing: int, deploys: int) -> None:
    """5xx at the look or at the restore."""
    clock = Clock()
    platform = Memory(clock)
    platform.put(SWITCHED, MARK.text)
    platform.failing, platform.failing_deploys = failing, deploys
    assert restore(platform, MARK, 4.0, sleep=clock.sleep)
    assert platform.live == WANTED


def test_guard_gives_up_and_says_so(capsys: pytest.CaptureFixture[str]) -> None:
    """The mark stays at the platform: whoever starts next restores."""
    platform = Memory(Clock())
    platform.put(SWITCHED, MARK.text)
    platform.failing_deploys = 10**6
    assert not restore(platform, MARK, 0.0, persists=0.01, sleep=lambda _: None)
    assert f"cannot restore {WANTED} yet: memory versions deploy" in capsys.readouterr().out
