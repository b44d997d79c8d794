"""Where things lie: what ships, the state of sandboxes, and what runs put out. The only module that asks for its own place."""

from __future__ import annotations

import re
from pathlib import Path

PROJECT = Path(__file__).resolve().parent.parent
"""What ships. A command that plays modules by name is started here."""

ENVIRONMENTS = PROJECT / "environments"
"""One file an environment."""
SUITES = PROJECT / "suites"
"""The checks, and the journeys that they read."""
REPORTS = PROJECT / "reports"
"""Beside the code of a conclusion: the policy, the list of checks that are due, waivers, and what was retired."""
RUNBOOKS = PROJECT / "docs" / "runbooks"
"""What to do after a failure, a page for each suite."""
DETECTION = PROJECT / "docs" / "detection.md"
"""Which faults are noticed, for people."""
MEASURED_PROOFS = PROJECT / "gonogo" / "proving" / "results.json"
"""Which faults are noticed, as it was measured last."""
SANDBOX = PROJECT / "sandbox"
"""The local deployment: services, apps, systems."""
APPS = SANDBOX / "apps"
"""One folder an app."""
FAULTS = SANDBOX / "faults"
"""The catalogue: a folder for each system, in it one folder a fault."""
SYSTEMS = SANDBOX / "systems"
"""One file a system."""
STATE = PROJECT / ".sandbox"
"""Where sandboxes live, unless GONOGO_STATE names another folder."""
OUTPUT = REPORTS / "out"
"""Below it the folders of runs lie that nobody has named: all that is there is gonogo's."""
ENVIRONMENT_OF_PYTHON = PROJECT / ".venv"
"""Python's packages, as set-up has installed them."""
NODE_MODULES = PROJECT / "node_modules"
"""Node's packages, as set-up has installed them."""
BIN = ".venv/bin"
"""How a person who stands in the project names the folder of its programs."""


_LONGEST = 2000
_NO_NAME = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]")


def usable_file(value: object) -> bool:
    """Whether the operating system could be asked for a file of that name, and people could read it."""
    if not isinstance(value, str) or not value or _NO_NAME.search(value) or len(value) > _LONGEST:
        return False
    return all(len(part.encode(errors="surrogatepass")) <= 255 for part in value.split("/"))


def is_there(path: Path) -> bool:
    """Whether something lies there. What cannot be a path, a long expression of `-k` for one, is nowhere; `Path.exists` would raise."""
    try:
        return path.exists()
    except (OSError, ValueError):
        return False
