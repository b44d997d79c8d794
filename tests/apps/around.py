"""What stands beside an app of others while it is verified."""

from __future__ import annotations

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
