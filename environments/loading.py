"""Reads an environment file and reports every mistake in it at once."""

from __future__ import annotations

import hashlib
import ssl
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from base import places
from environments.documents import UnusableDocument, read_toml
from environments.sentences import LONGEST_SOURCE, bounded, cut, of_model, printable, shown, together

if TYPE_CHECKING:  # with pydantic, which takes 0.15 s to load: an environment that is not there is answered without
    from environments.schema.environment import Environment

HERE = places.ENVIRONMENTS
LONGEST_NAME = 100
MOST_OF_AUTHORITIES = 4 * 1024 * 1024
"""Bytes of a file of certificate authorities: that of Mozilla has a sixteenth of it."""
_NAMED = f"at most {LONGEST_NAME} characters long"


class EnvironmentProblem(Exception):
    """The environment cannot be used; ``lines`` says each mistake once."""

    def __init__(self, source: str, lines: list[str]) -> None:
        self.source = cut(printable(source), LONGEST_SOURCE)
        self.lines = bounded(lines)
        super().__init__(f"{self.source}: " + "; ".join(self.lines))


def names() -> list[str]:
    """Names of the environments that ship here."""
    return sorted(path.stem for path in HERE.glob("*.toml"))


def locate(name: str) -> Path:
    """The file of an environment given by name or path. Raises EnvironmentProblem."""
    if "/" in name or name.endswith(".toml"):
        path = Path(name)
        if not usable_name(path.stem) or "\0" in name:
            raise EnvironmentProblem(
                name, [f"the file's name is the environment's: begin it with a letter, a digit or _, on one line, {_NAMED}"]
            )
        if not _exists(path):
            raise EnvironmentProblem(name, [f"there is no such file; --env takes a path to a .toml file or one of: {', '.join(names())}"])
        return path
    path = HERE / f"{name}.toml"
    if not usable_name(name) or not path.is_file():
        raise EnvironmentProblem(f"--env {name}", [f"unknown environment; known: {', '.join(names())} (or give the path of a .toml file)"])
    return path


def usable_name(name: str) -> bool:
    """Whether an environment may be called so: what a run leaves behind is named after it."""
    return (name[:1].isalnum() or name[:1] == "_") and name.isprintable() and len(name) <= LONGEST_NAME


def _exists(path: Path) -> bool:
    """Whether anything is there; what it is, is seen when it is read."""
    try:
        return path.exists()
    except OSError:  # a name that no file can have, or a folder that nobody may look into
        return False


@dataclass(frozen=True)
class Declaration:
    """A file that was read. Nothing of it was understood yet."""

    path: Path
    content: Mapping[str, Any]

    @property
    def sandboxed(self) -> bool:
        """Whether the file says that the sandbox serves this environment."""
        return "sandbox" in self.content

    @property
    def system(self) -> str | None:
        """The system that an environment of the sandbox names, a file by its whole path; None without one."""
        source = self.content.get("sandbox")
        named = source.get("system") if isinstance(source, dict) else None
        if not isinstance(named, str) or not _possible(named):
            return None
        return str((self.path.parent / named).resolve()) if "/" in named or named.endswith(".toml") else named

    def environment(
        self,
        *,
        variables: Mapping[str, str] | None,
        origin: str | None = None,
        supplied: Mapping[str, str] | None = None,
        foreign: bool = True,
    ) -> Environment:
        """The environment that the file declares.

        ``variables`` are the secret variables (normally the process environment); None leaves an environment of the sandbox
        without values. ``origin`` replaces the file's (a preview per pull request), where the file allows that address. ``supplied``
        are keys that the sandbox knows better than the file: connect and ca. Without ``foreign`` no code of the folders that the file
        names is loaded, and what they would declare counts for the digest alone. Raises EnvironmentProblem with every mistake.
        """
        from environments.previews import is_own, refused

        content = {**self.content, "name": self.path.stem}
        elsewhere = origin is not None and not is_own(origin, self.content)
        if origin is not None:
            content["origin"] = origin
        declared = _declared(self.path, content)
        content |= supplied or {}
        untrusted: list[str] = []
        if _possible(content.get("ca")):
            content["ca"] = str((self.path.parent / content["ca"]).resolve())
            untrusted = _untrusted(content["ca"])
        if self.system:
            content["sandbox"] = {**content["sandbox"], "system": self.system}
        lines = _extended(self.path, content) if foreign else []
        from pydantic import ValidationError

        from environments.schema.registry import model

        # A table that nobody knows is a mistake, unless it may be one of those that are not loaded, or could not be.
        kind = model(foreign=not (lines or (not foreign and content.get("extends"))))
        try:
            environment = kind.model_validate(content, context={"variables": variables, "declared": declared, "elsewhere": elsewhere})
        except ValidationError as error:
            mistakes = [
                *of_model(error.errors()),
                *_without_values(kind, content),
                *untrusted,
            ]
            lines = together([*lines, *mistakes])
            if origin is not None:  # the option's mistake, not the file's
                lines = [f"--{line}" if line.startswith("origin: ") else line for line in lines]
            raise EnvironmentProblem(self.path.name, lines) from None
        if origin is not None and not origin.isascii():  # two spellings of a name look alike to whoever reads them
            lines.append(f"--origin: {shown(origin)}: write an international name as it is asked for, with xn--")
        lines += refused(environment) if elsewhere else []
        if lines or untrusted:
            raise EnvironmentProblem(self.path.name, [*lines, *untrusted])
        return environment


def read(name: str) -> Declaration:
    """The file of an environment given by name or path. Raises EnvironmentProblem."""
    path = locate(name)
    try:
        content = read_toml(path)
    except UnusableDocument as error:
        raise EnvironmentProblem(path.name, [str(error)]) from error
    if "name" in content:
        raise EnvironmentProblem(path.name, ["name: not a key of the file, the file's own name is used"])
    return Declaration(path, content)


def load(
    name: str,
    *,
    variables: Mapping[str, str] | None,
    origin: str | None = None,
    supplied: Mapping[str, str] | None = None,
    foreign: bool = True,
) -> Environment:
    """The environment ``name`` (or the file at that path): `read`, and `Declaration.environment`. Raises EnvironmentProblem."""
    return read(name).environment(variables=variables, origin=origin, supplied=supplied, foreign=foreign)


def demand_subject(environment: Environment) -> None:
    """Raises EnvironmentProblem where the file names nothing that a run could find out about the deployment."""
    if {"health", "deeper"}.isdisjoint(environment.capabilities):
        text = "nothing in the file says how the deployment is: add [health], or a section that looks into it, such as [auth.email]"
        raise EnvironmentProblem(f"{environment.name}.toml", [text])


def folders(declaration: Declaration) -> tuple[Path, ...]:
    """The folders of other teams that a file names."""
    named = declaration.content.get("extends")
    given = named if isinstance(named, list) else ()
    return tuple((declaration.path.parent / folder).resolve() for folder in given if _possible(folder))


def _possible(name: object) -> bool:
    """Whether it can be the path of a file; where not, the model says so."""
    from base.places import usable_file

    return usable_file(name)


def _extended(path: Path, content: Mapping[str, Any]) -> list[str]:
    """Loads the folders that the file names. Returns why that did not work, if so."""
    named = content.get("extends")
    if not isinstance(named, list) or not all(_possible(folder) for folder in named):
        return []  # the model says so
    from environments.extensions import ExtensionProblem, load_folders

    problems: list[str] = []
    for folder in named:  # one after the other, so that each says what is wrong with it
        try:
            load_folders([(path.parent / folder).resolve()])
        except ExtensionProblem as problem:
            problems.append(str(problem))
    return problems


def _declared(path: Path, content: dict[str, Any]) -> dict[str, Any]:
    """What the file declares, for its digest. Where a certificate authority lies differs from machine to machine, what it is does not."""
    authority = path.parent / content["ca"] if _possible(content.get("ca")) else None
    if authority is None or _unreadable(authority):
        return dict(content)
    try:
        return {**content, "ca": hashlib.sha256(authority.read_bytes()).hexdigest()}
    except OSError:  # opened, and failed to be read: `_untrusted` says so
        return dict(content)


def _unreadable(authority: Path) -> str:
    """Why the file cannot be read, empty where it can."""
    try:
        if not authority.is_file():
            return f"there is no file {authority}"
        if authority.stat().st_size > MOST_OF_AUTHORITIES:
            return f"{authority} has more than {MOST_OF_AUTHORITIES} bytes: name a file with the authorities alone"
        with authority.open("rb"):
            return ""
    except OSError as error:
        return f"cannot read {authority}: {error.strerror}"


def _untrusted(authority: str) -> list[str]:
    """Why no certificate can be read from the file, if so: later, that would end a run in the middle of its start."""
    if why := _unreadable(Path(authority)):
        return [f"ca: {why}"]
    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_verify_locations(cafile=authority)
    except ssl.SSLError:
        return [f"ca: must be a file with certificates in PEM, and {authority} holds none that can be read"]
    except OSError as error:
        return [f"ca: cannot read {authority}: {error.strerror}"]
    return []


def _without_values(kind: type[Environment], content: dict[str, Any]) -> list[str]:
    """Mistakes that hide behind variables without a value: what does not fit together is looked at last."""
    from pydantic import ValidationError

    try:
        kind.model_validate(content, context={"variables": None})
    except ValidationError as error:
        return of_model(error.errors())
    return []


def hosts_of_others(name: str, own: Collection[str]) -> dict[str, str]:
    """Host names that environments of the same system declare beside this one, each with the name of its environment; those that are
    ``own`` are not, nor are names of this machine, which every environment has.

    A file that cannot be read counts as declaring none: the run is not about it. Raises EnvironmentProblem for ``name`` itself only.
    """
    from environments.systems import hosts_in, same_system

    found: dict[str, str] = {}
    here = locate(name)
    try:
        mine = read_toml(here)
    except UnusableDocument:
        return found
    for path in sorted(here.parent.glob("*.toml")):
        try:
            content = read_toml(path)
        except UnusableDocument:
            continue
        if path.resolve() != here.resolve() and same_system(mine, content):
            found |= {host: path.stem for host in hosts_in(content) if host not in own and host not in found}
    return found
