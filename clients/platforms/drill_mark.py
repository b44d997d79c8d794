"""The mark of a drill: what a release says in its own message, so that whoever finds it live knows whose it is and what belongs there.

It stands at the platform, because the state of the machine that drilled may be gone, and other machines never see it.
"""

import hashlib
import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Self

from clients.errors import Trouble
from clients.platforms.base import Deployments, Release

LONGEST_SECONDS = 3600
"""The longest deadline that a drill may give itself."""
# Cloudflare has cut messages after 100 bytes (https://developers.cloudflare.com/api/resources/workers/): with a version id of theirs, the
# mark has 100 at most.
_LONGEST_RUN = 28
_TEXT = re.compile(
    r"gonogo (?P<run>[A-Za-z0-9._~-]{1,28}) restores (?P<version>[A-Za-z0-9][A-Za-z0-9._-]{0,99}) within (?P<seconds>[1-9][0-9]{0,8}) s"
)


@dataclass(frozen=True)
class DrillMark:
    """A drill of ``run`` puts ``version_id`` back within so many ``seconds`` after its switch.

    The deadline counts from the moment at which the platform says the release was made, so the clock of whoever drilled has no part in it.
    """

    run: str
    version_id: str
    seconds: int

    @classmethod
    def of(cls, run_id: str, version_id: str, seconds: int) -> Self:
        """The mark that a drill of this run makes; a long id is cut, and stays one that no other run has."""
        if len(run_id) > _LONGEST_RUN:
            run_id = f"{run_id[: _LONGEST_RUN - 9]}~{hashlib.sha256(run_id.encode()).hexdigest()[:8]}"
        return cls(run_id, version_id, seconds)

    @classmethod
    def read(cls, release: Release) -> Self | None:
        """The mark of a release; ``None`` when no drill made it, or all is as it was before the drill."""
        found = _TEXT.fullmatch(release.message.strip())
        return cls(found["run"], found["version"], int(found["seconds"])) if found else None

    @property
    def text(self) -> str:
        """The message of the switch."""
        return f"gonogo {self.run} restores {self.version_id} within {self.seconds} s"

    def on(self, release: Release) -> bool:
        """Whether this very drill made the release."""
        return DrillMark.read(release) == self

    def due(self, release: Release) -> datetime:
        """When the version from before has to be back."""
        return release.created + timedelta(seconds=min(self.seconds, LONGEST_SECONDS))


def put_back(platform: Deployments, mark: DrillMark, message: str) -> tuple[bool, Release]:
    """Deploys the version of the mark if what is live is still what the drill left there. Returns whether it did, and what is live then.

    Whatever somebody has put live since stays. Raises what the platform raises, and ValueError when the mark names no version.
    """
    live = platform.current()
    if not mark.on(live):
        return False, live
    made = platform.deploy(mark.version_id, message)
    # A platform does not compare and swap: somebody may have deployed between the look and this. Then theirs is what is wanted.
    try:
        newest, *before = platform.history()
    except Trouble:  # what was restored is restored
        return True, made
    if newest.id == made.id and before and before[0].id != live.id and before[0].sole not in (None, mark.version_id):
        return False, platform.deploy(str(before[0].sole), f"gonogo {mark.run}: back, it was deployed while a drill was restored")
    return True, made
