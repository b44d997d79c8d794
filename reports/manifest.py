"""The manifest of checks: which checks exist, written down, so that one that vanished is missed.

`checks.toml` is generated from a collection of the suites and committed. The verdict reads it; a test demands that it is not stale.
"""

import hashlib
import json
import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from pydantic import ValidationError

from base import places
from reports.errors import ReportError
from reports.records import CheckFacts

FILE = "checks.toml"
HERE = places.REPORTS / FILE

_HEAD = """\
# Every check, by its stable id. Generated from the suites: `make manifest` writes it anew, and CI refuses a stale one.
# A verdict demands these checks, so that one which vanished is missed.
"""


class Row(CheckFacts):
    """One check: what it requires of an environment, how much it matters, and the requirement it verifies, in one sentence."""

    id: str
    suite: str
    requirement: str = ""


def check_id(node: str) -> str:
    """The stable id of the check behind a pytest node id.

    >>> check_id("suites/auth/test_sign_up.py::test_visitor_becomes_an_unverified_member[chromium]")
    'auth.sign_up::visitor_becomes_an_unverified_member'
    """
    path, _, names = node.split("[", 1)[0].partition("::")
    parts = [part for part in PurePosixPath(path.replace("\\", "/")).with_suffix("").parts if part not in ("..", ".", "/")]
    if parts and parts[0] == "suites":
        parts = parts[1:]
    parts = [*parts[:-1], parts[-1].removeprefix("test_")] if parts else []
    return ".".join(parts) + "::" + "::".join(name.removeprefix("test_") for name in names.split("::"))


def suite_of(check: str) -> str:
    """The suite a check belongs to: the first part of its id."""
    return check.split("::", 1)[0].split(".", 1)[0]


def first_sentence(docstring: str | None) -> str:
    """The requirement out of a docstring: its first sentence, on one line."""
    paragraph = re.split(r"\n\s*\n", (docstring or "").strip(), maxsplit=1)[0]
    text = " ".join(paragraph.split())
    return re.split(r"(?<=[.!?])\s+(?=[A-Z])", text, maxsplit=1)[0]


def render(rows: Iterable[Row]) -> str:
    """The text of a manifest: sorted, one table per check, the same for the same rows. Raises ReportError when two rows share an id."""
    tables: dict[str, str] = {}
    for row in rows:
        if row.id in tables:
            raise ReportError(f"two checks have the id {row.id}: rename one of the test functions")
        lines = [f"[{json.dumps(row.id)}]", f"suite = {json.dumps(row.suite)}", f"requires = {json.dumps(list(row.requires))}"]
        lines.append(f"severity = {json.dumps(row.severity)}")
        lines += [f"{flag} = true" for flag in ("smoke", "drill", "safe_in_production") if getattr(row, flag)]
        # The one character that JSON may write as it is and TOML may not.
        requirement = json.dumps(row.requirement, ensure_ascii=False).replace("\x7f", "\\u007f")
        lines.append(f"requirement = {requirement}")
        tables[row.id] = "\n".join(lines) + "\n"
    return _HEAD + "".join("\n" + tables[key] for key in sorted(tables))


@dataclass(frozen=True)
class Manifest:
    """The checks that are written down, by id, and the digest of the file."""

    rows: Mapping[str, Row] = field(default_factory=dict)
    digest: str = ""

    @classmethod
    def parse(cls, text: str, name: str = "checks.toml") -> "Manifest":
        """Read the text of a manifest. Raises ReportError naming what is wrong."""
        try:
            tables = tomllib.loads(text)
            rows = {key: Row.model_validate({"id": key, **table}) for key, table in tables.items()}
        except (tomllib.TOMLDecodeError, ValidationError, TypeError) as error:
            first = str(error).splitlines()[0]
            raise ReportError(f"{name} cannot be read ({first}); write it anew with `make manifest`") from error
        return cls(rows, hashlib.sha256(text.encode()).hexdigest())

    @classmethod
    def load(cls, path: Path = HERE) -> "Manifest":
        """Read a manifest file. Raises ReportError when there is none: without it nothing is required, and nothing could pass."""
        try:
            return cls.parse(path.read_text(encoding="utf-8"), str(path))
        except OSError as error:
            raise ReportError(f"cannot read the manifest {path} ({error.strerror}); write it with `make manifest`") from error

    def stale(self, rows: Iterable[Row]) -> list[str]:
        """How the written manifest differs from these rows, one sentence each; empty when it is current."""
        now = {row.id: row for row in rows}
        gone = [f"{key} is written down and no longer exists" for key in sorted(self.rows.keys() - now.keys())]
        new = [f"{key} exists and is not written down" for key in sorted(now.keys() - self.rows.keys())]
        changed = [
            f"{key} has another {name}: {getattr(self.rows[key], name)!r} is written down, it is {getattr(now[key], name)!r}"
            for key in sorted(now.keys() & self.rows.keys())
            for name in Row.model_fields
            if getattr(self.rows[key], name) != getattr(now[key], name)
        ]
        return gone + new + changed
