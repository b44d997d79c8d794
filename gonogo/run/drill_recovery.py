"""Before a run begins: what somebody's drill has left live is restored, and one that is still under way is waited for."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from urllib.parse import urlsplit

import httpx

from base.waiting import Overdue, until
from clients.errors import Trouble
from clients.platforms.base import Platform, Release
from clients.platforms.drill_mark import LONGEST_SECONDS, DrillMark, put_back
from clients.platforms.registry import open_platform
from environments.schema.deploy_rollback import Rollback
from fixtures.folder import WRANGLER_HOME
from fixtures.versions import read_versions
from fixtures.wiring import Wiring
from gonogo.run.drill_record import Begun, DrillRecord
from gonogo.run.state import Run
from reports.records import DrillRestored, TroubleMet

GRACE = 5.0
"""s after a deadline, for the platform and the guard to come to their end."""
LANDING = 75.0
"""s after its beginning in which the switch of a drill that left no mark may still come: longer than a question to a platform takes."""
BETWEEN_LOOKS = 3.0
PERSISTS = 30.0
"""s for which a platform that refuses to restore is asked again."""


def recover(run: Run, wiring: Wiring, say: Callable[[str], object]) -> str | None:
    """Restores what a drill that is over its deadline has left, after waiting for the deadline; a sentence when the run cannot go on.

    A platform that cannot be asked keeps no run from beginning, unless this machine knows of a drill there: drills ask it themselves.
    """
    terms = run.environment.section(Rollback)
    if terms is None or not run.drilled or run.alone:
        return None
    record = DrillRecord.of(terms)
    try:
        platform = open_platform(terms.platform, terms.worker, terms.settings, home=run.out / WRANGLER_HOME)
        text = _Recovery(run, wiring, say, terms, platform, record, time.monotonic()).settle()
    except Trouble as trouble:
        left = record.read()
        if left is None:
            say(f"nobody knows whether a drill has left another version live: {trouble}")
            return None
        text = f"a drill of run {left.mark.run} was begun on this machine and has not said that it is over, and now: {trouble}"
    if text:
        host = urlsplit(terms.settings.get("api", "")).hostname or terms.platform
        run.ledger.append(TroubleMet(what="third_party", host=host, text=text))
    return text


@dataclass
class _Recovery:
    run: Run
    wiring: Wiring
    say: Callable[[str], object]
    terms: Rollback
    platform: Platform
    record: DrillRecord
    began: float
    dues: dict[str, float] = field(default_factory=dict)
    said: set[str] = field(default_factory=set)

    def settle(self) -> str | None:
        """Looks until no drill is under way. Bounded by the deadlines that drills have. Raises what the platform raises."""
        while True:
            # In this order: a guard that has let go has restored before.
            held, left = self.record.held, self.record.read()
            live = self.platform.current()
            mark = DrillMark.read(live)
            if mark and (mark.seconds > LONGEST_SECONDS or not self.platform.version_ids.fullmatch(mark.version_id)):
                return f"what {self.terms.worker} serves has a message that no drill writes: {live.message!r}; deploy what belongs there"
            due = self._due(mark, live) if mark else self._begun(left, held=held)
            wait = min(due, self.began + LONGEST_SECONDS) - time.monotonic()
            if mark and due <= time.monotonic():
                return self._restore(mark, live)
            if wait <= 0 and not held and not mark:
                self._forget(left)
                return None
            known = mark or (left.mark if left else None)
            whose = f"a drill of run {known.run}" if known else "a drill of another run"
            if wait <= 0:
                return f"{whose} is still under way on this machine past its deadline: end it, and run again"
            what = known.version_id if known else "what was live"
            self._tell(whose, f"{whose} is under way: waiting up to {wait:.0f} s until it has restored {what}")
            time.sleep(min(BETWEEN_LOOKS, wait))

    def _due(self, mark: DrillMark, live: Release) -> float:
        """When (of this machine's monotonic clock) the drill has to be over; the same at each look.

        The platform says when the release was made. What time it is now two clocks say: this machine's and that of whoever answers at the
        origin. One that is wrong may make this run wait, up to the whole deadline from now on, and never restore too early.
        """
        if live.id not in self.dues:
            due = mark.due(live)
            left = max((due - now).total_seconds() for now in (datetime.now(UTC), *self._elsewhere()))
            self.dues[live.id] = time.monotonic() + min(max(left + GRACE, 0.0), mark.seconds + GRACE)
        return self.dues[live.id]

    def _elsewhere(self) -> list[datetime]:
        with suppress(Trouble, httpx.HTTPError, ValueError, TypeError, KeyError):
            environment = self.run.environment
            with self.wiring.wire.client(environment.origin) as http:
                said = parsedate_to_datetime(http.get(environment.health_path).headers["date"])
            return [said if said.tzinfo else said.replace(tzinfo=UTC)]
        return []

    def _begun(self, left: Begun | None, *, held: bool) -> float:
        """When a drill of this machine that shows no mark has to be over, or its switch has to have come; now where there is none."""
        if not held and not left:
            return time.monotonic()
        key = f"{left.at if left else ''} {held}"
        if key not in self.dues:
            # Its guard may have ended it right ahead of its deadline, and then it restores.
            within = LANDING + (left.mark.seconds if left and held else 0)
            gone = time.time() - left.at if left else 0.0
            self.dues[key] = time.monotonic() + min(within - gone, within)
        return self.dues[key]

    def _restore(self, mark: DrillMark, found: Release) -> str | None:
        until_then = time.monotonic() + PERSISTS
        while True:
            try:
                did, live = put_back(self.platform, mark, f"gonogo {mark.run}: restored by run {self.run.id}")
                break
            except Trouble as trouble:
                if time.monotonic() > until_then:
                    return (
                        f"a drill of run {mark.run} has left {found.shown} live, and {mark.version_id} could not be restored: {trouble}; "
                        f"deploy it, or run again"
                    )
            time.sleep(BETWEEN_LOOKS)
        if not did:  # somebody was faster: another run, or a person
            return self.settle()
        text = f"restored {mark.version_id}: run {mark.run} left {found.shown} live by its drill, and its deadline is over"
        self.say(text)
        self.run.ledger.append(DrillRestored(version=mark.version_id, text=text))
        self._forget(self.record.read())
        return self._served(live)

    def _served(self, live: Release) -> str | None:
        """Until what was restored answers; a wall or a deployment that does not answer is for the gate."""
        within = self.terms.serve_within_seconds
        try:
            until(
                lambda: set(read_versions(self.run.environment, self.wiring, self.terms.fresh_connections)),
                lambda seen: not seen or seen == {live.sole},
                within=within,
                what=f"version {live.sole}, which was restored after a drill",
            )
        except Overdue as overdue:
            return str(overdue)
        except Trouble:
            pass
        return None

    def _forget(self, left: Begun | None) -> None:
        """Removes a record that nobody else is about to write anew."""
        if left and not self.record.held:
            self.record.remove()

    def _tell(self, kind: str, text: str) -> None:
        """Says what is waited for, once a drill."""
        if kind not in self.said:
            self.said.add(kind)
            self.say(text)
