"""Stories that hypothesis makes up: a state machine invents them, and the shortest one that ends as it must not is the failure."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import ClassVar, NamedTuple

from hypothesis import HealthCheck, Phase, Verbosity, seed, settings
from hypothesis.stateful import RuleBasedStateMachine, run_state_machine_as_test

from journeys.context import current
from journeys.errors import Contradicted
from journeys.properties import Examined


class StoryAct(NamedTuple):
    """One act of a story: what is done, by which means, to what. Plain words, never a secret: stories are kept and printed."""

    verb: str
    by: str = ""
    to: str = ""

    def __str__(self) -> str:
        return " ".join(self.verb.format(by=self.by, to=self.to).split())


Story = tuple[StoryAct, ...]


def told(story: Story) -> str:
    """A story in one line of plain words."""
    return "; ".join(map(str, story))


class Otherwise(AssertionError):
    """What a story has led to, where the model says that it leads elsewhere; raised by whoever tells it, with one sentence.

    `acts` is how many acts it took, where what comes after them does not matter any more.
    """

    def __init__(self, reason: str, acts: int | None = None) -> None:
        self.acts = acts
        super().__init__(reason)


class StoryFile:
    """Stories that have failed once, one to a line; those of `known` files come first, new ones go to the file at `path`."""

    def __init__(self, path: Path, known: Iterable[Path] = ()) -> None:
        self._path, self._known = path, tuple(known)

    def stories(self) -> list[Story]:
        """All of them, once each."""
        files = [path for path in (*self._known, self._path) if path.is_file()]
        lines = [line for path in files for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]
        return list(dict.fromkeys(tuple(StoryAct(*act) for act in json.loads(line)) for line in lines))

    def keep(self, story: Story) -> None:
        """Writes a story down, unless it is known."""
        if story not in self.stories():
            self._path.parent.mkdir(parents=True, exist_ok=True)
            with self._path.open("a", encoding="utf-8") as file:
                file.write(json.dumps(story, ensure_ascii=False) + "\n")


class Teller:
    """Has each story played once, and remembers how it ended: hypothesis may ask again, and every playing is real requests.

    play      plays a story from a fresh start; raises Otherwise when it does not end as it must
    most      how many stories are played at all: hypothesis makes up more than it counts as examples
    replays   how many further ones are played, after one has failed, to find a shorter one
    """

    def __init__(self, play: Callable[[Story], None], *, most: int, replays: int) -> None:
        self._play, self._most, self._replays = play, most, replays
        self._ended: dict[Story, str] = {}
        self._failed: list[tuple[Story, str]] = []
        #: What ended everything and is no contradiction: a machine without network, a budget that is used up.
        self.stopped: Exception | None = None

    @property
    def played(self) -> int:
        """How many stories were played."""
        return len(self._ended)

    @property
    def shortest(self) -> tuple[Story, str] | None:
        """The shortest story that ended otherwise, and how."""
        return min(self._failed, key=lambda failed: len(failed[0]), default=None)

    def tell(self, story: Story) -> None:
        """Plays a story, if it was not played before. Raises Otherwise."""
        if self.stopped is None and story not in self._ended:
            self._first_time(story)
        # One place to raise from: hypothesis takes failures that come from several for several defects.
        if self.stopped is not None or self._ended.get(story):
            raise Otherwise(self._ended.get(story, ""))

    def _first_time(self, story: Story) -> None:
        act = current()
        if act is not None:
            act.check()
        if self.shortest is None:
            self._most -= 1
        else:
            self._replays -= 1
        if min(self._most, self._replays) < 0:
            return  # long enough looked: as if this one ended well
        try:
            self._play(story)
        except Otherwise as reason:
            self._ended[story] = str(reason)
            self._failed.append((story[: reason.acts], str(reason)))
        except Exception as error:  # noqa: BLE001 - whatever it is, it says nothing about the story
            self.stopped = error
        else:
            self._ended[story] = ""


class StoryMachine(RuleBasedStateMachine):
    """Base of machines whose rules do nothing but add acts to the story. It is told when it is complete.

    So a story depends on nothing that the deployment has answered, can be played again, and shortened without a request.
    """

    teller: ClassVar[Teller]

    def __init__(self) -> None:
        super().__init__()
        self.story: list[StoryAct] = []

    def teardown(self) -> None:
        """Tells the story, unless hypothesis has dropped it half made up: of how such a one ends it would take no notice."""
        if self.story and sys.exc_info()[0] is None:
            self.teller.tell(tuple(self.story))


def examine_stories(
    machine: type[StoryMachine],
    play: Callable[[Story], None],
    *,
    stories: int,
    acts: int,
    number: int,
    kept: StoryFile,
    replays: int = 12,
    first: Sequence[Story] = (),
) -> Examined:
    """Have a machine make up `stories` stories of up to `acts` acts, and `play` them, inside a step.

    The stories `first` come first. `number` is the seed: with the same one the same stories are made up. Raises Contradicted with
    the shortest story that ended otherwise, and keeps it; raises what else `play` has raised as it is. Cancelled ends it at once.
    """
    teller = Teller(play, most=len(first) + stories, replays=replays)
    try:
        for story in first:
            teller.tell(story)
        settled = settings(
            max_examples=stories,
            stateful_step_count=acts,
            deadline=None,
            database=None,
            phases=(Phase.generate, Phase.shrink),
            verbosity=Verbosity.quiet,
            print_blob=False,
            report_multiple_bugs=False,
            suppress_health_check=list(HealthCheck),
        )
        run_state_machine_as_test(seed(number)(type(machine.__name__, (machine,), {"teller": teller})), settings=settled)
    except Exception as error:
        if teller.stopped is not None:
            raise teller.stopped from None
        if teller.shortest is None:
            raise
        story, reason = teller.shortest
        kept.keep(story)
        raise Contradicted(told(story), reason) from error
    return Examined(machine.__name__, teller.played)
