"""What stands beside an app of others while it is verified."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Around:
    """Something beside an app, such as an inbox: variables for the app, variables for the run, and words for its file."""

    app: Mapping[str, str] = field(default_factory=dict, repr=False)
    run: Mapping[str, str] = field(default_factory=dict, repr=False)
    file: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def together(cls, several: Iterable[Around]) -> Around:
        """All of it at once."""
        found = list(several)
        app, run, file = ({name: value for each in found for name, value in getattr(each, part).items()} for part in ("app", "run", "file"))
        return cls(app, run, file)


def without_ours() -> dict[str, str]:
    """The variables of this process, without those of the pytest of these tests."""
    return {name: value for name, value in os.environ.items() if not name.startswith(("PYTEST_", "GONOGO_HANDED_DOWN", "GONOGO_RUN"))}
