"""Stories that hypothesis makes up: told once each, shortened, kept."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import assume
from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from journeys import Contradicted, Examined, StepCancelled
from journeys.stories import Otherwise, Story, StoryAct, StoryFile, StoryMachine, examine_stories

IN, OUT, LOOK = "walk in through the {by}", "walk out", "look around"


class House(StoryMachine):
    """Somebody walks in and out."""

    inside = False

    @precondition(lambda self: not self.inside)
    @rule(door=st.sampled_from(["door", "window"]))
    def walk_in(self, door: str) -> None:
        self.inside = True
        self.story.append(StoryAct(IN, door))

    @precondition(lambda self: self.inside)
    @rule()
    def walk_out(self) -> None:
        self.inside = False
        self.story.append(StoryAct(OUT))

    @rule()
    def look(self) -> None:
        self.story.append(StoryAct(LOOK))


class Played:
    """Plays stories; `broken` says which end otherwise."""

    def __init__(self, broken: StoryAct | None = None) -> None:
        self.stories: list[Story] = []
        self.broken = broken

    def __call__(self, story: Story) -> None:
        self.stories.append(story)
        if self.broken in story:
            raise Otherwise("the window is broken")


def examined(play: object, folder: Path, **options: int) -> Examined:
    return examine_stories(House, play, **{"stories": 20, "acts": 8, "number": 7, **options}, kept=StoryFile(folder / "kept.jsonl"))  # type: ignore[arg-type]


def test_stories_that_end_well_are_counted(tmp_path: Path) -> None:
    """Each is played once, from a fresh start, and the same number makes up the same ones."""
    first, second = Played(), Played()
    assert examined(first, tmp_path) == Examined("House", len(first.stories))
    examined(second, tmp_path)
    assert first.stories == second.stories
    assert len(set(first.stories)) == len(first.stories) > 5
    assert max(map(len, first.stories)) == 8


def test_failure_is_the_shortest_story_in_plain_words(tmp_path: Path) -> None:
    """One act is enough to show it, and that is what is said; it is kept."""
    play = Played(StoryAct(IN, "window"))
    with pytest.raises(Contradicted) as failure:
        examined(play, tmp_path, replays=50)
    assert str(failure.value) == "walk in through the window: the window is broken"
    assert StoryFile(tmp_path / "kept.jsonl").stories() == [(StoryAct(IN, "window"),)]


def test_looking_for_a_shorter_one_is_bounded(tmp_path: Path) -> None:
    """After the first failure no more than so many are played, and the shortest of those is the failure."""
    play = Played(StoryAct(IN, "window"))
    with pytest.raises(Contradicted) as failure:
        examined(play, tmp_path, replays=3)
    first = next(number for number, story in enumerate(play.stories) if StoryAct(IN, "window") in story)
    assert len(play.stories) - first - 1 <= 3
    assert len(failure.value.story.split("; ")) == min(len(story) for story in play.stories if StoryAct(IN, "window") in story)


def test_kept_stories_come_first(tmp_path: Path) -> None:
    """What has failed once is played before anything is made up; a file that is shipped comes before the one that is written."""
    shipped = tmp_path / "shipped.jsonl"
    StoryFile(shipped).keep((StoryAct(LOOK), StoryAct(OUT)))
    StoryFile(tmp_path / "kept.jsonl").keep((StoryAct(OUT),))
    play = Played()
    kept = StoryFile(tmp_path / "kept.jsonl", [shipped])
    examine_stories(House, play, stories=5, acts=3, number=1, kept=kept, first=kept.stories())
    assert play.stories[:2] == [(StoryAct(LOOK), StoryAct(OUT)), (StoryAct(OUT),)]
    play = Played(StoryAct(OUT))
    with pytest.raises(Contradicted, match="look around; walk out: the window is broken"):
        examine_stories(House, play, stories=5, acts=3, number=1, kept=kept, first=kept.stories())
    assert len(play.stories) == 1
    StoryFile(shipped).keep((StoryAct(OUT),))
    StoryFile(shipped).keep((StoryAct(OUT),))
    assert len(shipped.read_text().splitlines()) == 2


def test_what_says_nothing_about_a_story_ends_everything(tmp_path: Path) -> None:
    """A budget that is used up is raised as it is, at once, and nothing is kept."""
    tried: list[Story] = []

    def play(story: Story) -> None:
        tried.append(story)
        raise PermissionError("used up")

    with pytest.raises(PermissionError, match="used up"):
        examined(play, tmp_path)
    assert len(tried) == 1
    assert StoryFile(tmp_path / "kept.jsonl").stories() == []


def test_interrupt_is_no_contradiction(tmp_path: Path) -> None:
    """It ends at once, and hypothesis looks for no shorter story."""
    tried: list[Story] = []

    def play(story: Story) -> None:
        tried.append(story)
        raise StepCancelled("the run was interrupted")

    with pytest.raises(StepCancelled):
        examined(play, tmp_path)
    assert len(tried) == 1


def test_acts_that_do_not_matter_are_left_out(tmp_path: Path) -> None:
    """Whoever tells a story knows how far it has come."""

    def play(story: Story) -> None:
        if StoryAct(IN, "window") in story:
            raise Otherwise("the window is broken", story.index(StoryAct(IN, "window")) + 1)

    with pytest.raises(Contradicted) as failure:
        examined(play, tmp_path, replays=0)
    assert failure.value.story.endswith("walk in through the window")
    assert str(failure.value).endswith(": the window is broken")
    assert StoryFile(tmp_path / "kept.jsonl").stories()[0][-1] == StoryAct(IN, "window")


class Picky(House):
    """Gives up many stories half way."""

    @rule(number=st.integers(0, 3))
    def give_up(self, number: int) -> None:
        assume(number)


@pytest.mark.parametrize("numbers", [range(3), pytest.param(range(3, 20), marks=pytest.mark.nightly)], ids=["some", "many"])
def test_every_story_that_was_told_counts(tmp_path: Path, numbers: range) -> None:
    """Hypothesis takes no notice of how a story ended that it had dropped: such a one is not told at all."""
    for number in numbers:
        told: list[Story] = []

        def play(story: Story, told: list[Story] = told) -> None:
            told.append(story)
            if len(told) == 2:
                raise Otherwise("the second one")

        with pytest.raises(Contradicted, match="the second one"):
            examine_stories(Picky, play, stories=20, acts=6, number=number, replays=0, kept=StoryFile(tmp_path / f"{number}.jsonl"))
