"""The catalogue of faults: defects that real teams have shipped, each a folder `sandbox/faults/SYSTEM/ID_name` with its `fault.toml`.

A fault says what people saw (`symptom`), where it was reported (`links`), how it gets into the sandbox (`inject`), and what gonogo has to
say about it: the verdict, the check that notices, and words that its message contains. `also` lists checks (or patterns: `storage.*`) that
may fail beside it, each with the reason why that is no misattribution.
"""

from __future__ import annotations

import hashlib
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from base.places import FAULTS
from sandbox.errors import SandboxError
from sandbox.reading import names, read
from sandbox.system import System

VERDICTS = ("fail", "inconclusive")
FIELDS = {"id", "symptom", "cause", "links", "environment", "simulated", "awaiting", "proof", "expect", "also", "inject"}
EXPECTED = {"verdict", "check", "reason", "words"}
INJECTED = {"vars", "secrets", "configuration", "source", "bundle", "database", "buckets", "conditions"}


class FaultError(SandboxError):
    """A fault cannot be used; the message names its file and every mistake in it."""


@dataclass(frozen=True)
class Patch:
    """Text of the app that is replaced: in one of its files before bundling, or (without `file`) in the built bundle."""

    find: str
    replace: str
    file: str = ""

    def apply(self, text: str, where: str) -> str:
        """The changed text. Raises FaultError when there is not exactly one place to change."""
        found = text.count(self.find)
        if found != 1:
            what = "nothing to change" if found == 0 else f"{found} places to change instead of one"
            raise FaultError(f"{where}: the patch finds {what} ({self.find.strip().splitlines()[0]!r}): fit it to today's app")
        return text.replace(self.find, self.replace)


@dataclass(frozen=True)
class Injection:
    """How a fault gets in. `vars` and `secrets`: a value, or False to take it away."""

    vars: Mapping[str, str | bool] = field(default_factory=dict)
    secrets: Mapping[str, str | bool] = field(default_factory=dict)
    configuration: Mapping[str, Any] = field(default_factory=dict)
    """Top-level keys of the wrangler configuration: bindings, compatibility flags."""
    source: Sequence[Patch] = ()
    bundle: Sequence[Patch] = ()
    database: Mapping[str, str] = field(default_factory=dict)
    """`on` and `off`: statements on the Worker's database."""
    buckets: Sequence[str] = ()
    """Empty buckets that the account has besides, so that a configuration can name them."""
    conditions: Sequence[Mapping[str, Any]] = ()

    @property
    def deploys(self) -> bool:
        """Whether a version of its own has to be deployed."""
        return bool(self.vars or self.secrets or self.configuration or self.source or self.bundle)


@dataclass(frozen=True)
class Expectation:
    """What gonogo has to say: the verdict, by this check or (without one) for this kind of reason, with these words."""

    verdict: str
    check: str = ""
    reason: str = ""
    words: Sequence[str] = ()


@dataclass(frozen=True)
class Fault:
    """One entry of the catalogue."""

    folder: Path
    id: str
    symptom: str
    cause: str
    expect: Expectation
    inject: Injection
    links: Sequence[str] = ()
    also: Mapping[str, str] = field(default_factory=dict)
    environment: str = "local"
    """Which environment of the system is verified: the fault is put into its Worker."""
    simulated: str = ""
    """Why it is an imitation, where the sandbox cannot have the fault itself."""
    awaiting: str = ""
    """What is still missing for it to be noticed; empty when nothing is."""
    proof: str = ""
    """What has to be shown first, so that the fault is known to be there (`gonogo/proving/proofs.py`)."""

    @cached_property
    def digest(self) -> str:
        """12 digits that change with any file of the fault, but not with what it is waiting for."""
        hashed = hashlib.sha256()
        for path in sorted(path for path in self.folder.rglob("*") if path.is_file()):
            lines = path.read_bytes().splitlines(keepends=True)
            content = b"".join(line for line in lines if not line.startswith(b"awaiting = "))
            hashed.update(f"{path.relative_to(self.folder).as_posix()} {len(content)}\n".encode() + content)
        return hashed.hexdigest()[:12]


def catalogue(system: System | None = None, root: Path = FAULTS) -> list[Fault]:
    """The faults of a system by id, or those of every system. Raises FaultError for the first folder that is no fault."""
    systems = [system] if system else [read(name) for name in names()]
    faults = [load(path.parent, each) for each in systems for path in sorted((root / each.name).glob("*/fault.toml"))]
    twice = {fault.id for fault in faults if sum(other.id == fault.id for other in faults) > 1}
    if twice:
        raise FaultError(f"{root}: {', '.join(sorted(twice))}: there are two faults of that id")
    return faults


def find(name: str, system: System, root: Path = FAULTS) -> Fault:
    """The fault of the system with this id, or (with a slash) the one in this folder. Raises FaultError naming those that exist."""
    if "/" in name:
        return load(Path(name).resolve(), system)
    faults = {fault.id: fault for fault in catalogue(system, root)}
    try:
        return faults[name]
    except KeyError:
        known = f"`python -m sandbox fault list` shows {', '.join(faults)}" if faults else f"the system {system.name} has none"
        raise FaultError(f"there is no fault {name!r}: {known}") from None


def load(folder: Path, system: System) -> Fault:
    """Reads one fault of a system. Raises FaultError with every mistake."""
    path = folder / "fault.toml"
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise FaultError(f"{path}: cannot be read: {error}") from error
    content.setdefault("environment", next(iter(system.targets), ""))
    wrong = _mistakes(folder, content, system)
    if wrong:
        raise FaultError(f"{path}: {'; '.join(wrong)}")
    inject = content["inject"]
    patches = {kind: [Patch(**patch) for patch in inject.get(kind, [])] for kind in ("source", "bundle")}
    return Fault(
        folder,
        expect=Expectation(**content["expect"]),
        inject=Injection(**{**inject, **patches}),
        **{name: value for name, value in content.items() if name not in ("expect", "inject")},
    )


def _mistakes(folder: Path, content: Mapping[str, Any], system: System) -> list[str]:
    expect, inject = content.get("expect", {}), content.get("inject", {})
    wrong = [f"{name} is unknown" for name in sorted(content.keys() - FIELDS)]
    wrong += [f"expect.{name} is unknown" for name in sorted(expect.keys() - EXPECTED)]
    wrong += [f"inject.{name} is unknown" for name in sorted(inject.keys() - INJECTED)]
    wrong += [f"{name} is missing" for name in ("id", "symptom", "cause") if not content.get(name)]
    if not folder.name.startswith(f"{content.get('id')}_"):
        wrong.append(f"the folder {folder.name} must begin with the id and an underscore")
    if content["environment"] not in system.targets:
        wrong.append(f"environment must be one of {', '.join(system.targets) or 'those that a Worker of the system names: there is none'}")
    if not inject:
        wrong.append("inject says nothing: the fault would be no fault")
    if expect.get("verdict") not in VERDICTS:
        wrong.append(f"expect.verdict must be one of {', '.join(VERDICTS)}")
    if bool(expect.get("check")) == bool(expect.get("reason")):
        wrong.append("expect must name the check that notices, or the kind of reason when no check does")
    if not expect.get("words"):
        wrong.append("expect.words is empty: a message has to say what is wrong")
    if inject.get("database") and inject["database"].keys() != {"on", "off"}:
        wrong.append("inject.database must have on and off")
    for kind, keys in (("source", {"file", "find", "replace"}), ("bundle", {"find", "replace"})):
        wrong += [f"inject.{kind} must have {', '.join(sorted(keys))}" for patch in inject.get(kind, []) if patch.keys() != keys]
    return wrong
