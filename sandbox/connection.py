"""What a run needs to know to talk to a running sandbox."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field

MARKER = "GONOGO_RUN"


@dataclass(frozen=True)
class Connection:
    """Addresses, trust and credentials of one running sandbox; `repr` shows no credential."""

    connect: str
    """`HOST:PORT` of the edge; every name of the sandbox is reached there (curl's --connect-to)."""
    ca: str
    """Path of the CA certificate, PEM (curl's --cacert)."""
    api: str
    """Base URL of the control plane: CLOUDFLARE_API_BASE_URL."""
    state: str
    """Folder of this run; it is gone when the sandbox has stopped."""
    run: str
    """Id of this run."""
    variables: Mapping[str, str] = field(repr=False)
    """Secret variables, by the names that the environment files use."""

    @property
    def marker(self) -> dict[str, str]:
        """Environment variable for every process that a run starts: the supervisor ends what carries it when the run ends or is killed."""
        return {MARKER: self.run}

    def to_json(self) -> str:
        """All of it, credentials included: write it to private places only."""
        return json.dumps(asdict(self))

    @classmethod
    def from_json(cls, text: str) -> Connection:
        """Reads what `to_json` wrote. Raises TypeError or ValueError when it is something else."""
        return cls(**json.loads(text))
