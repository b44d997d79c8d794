"""Reads an environment file and reports every mistake in it at once."""

from __future__ import annotations

import hashlib
import ssl
import tomllib
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from base import places

if TYPE_CHECKING:  # with pydantic, which takes 0.15 s to load: an environment that is not there is answered without
    from environments.schema.environment import Environment

HERE = places.ENVIRONMENTS


class EnvironmentProblem(Exception):
    """The environment cannot be used; ``lines`` says each mistake once."""

    def __init__(self, source: str, lines: list[str]) -> None:
        self.source = source
        self.lines = lines
        super().__init__(f"{source}: " + "; ".join(lines))


def names() -> list[str]:
    """Names of the environments that ship here."""
    return sorted(path.stem for path in HERE.glob("*.toml"))


def locate(name: str) -> Path:
    """The file of an environment given by name or path. Raises EnvironmentProblem."""
    if "/" in name or name.endswith(".toml"):
        path = Path(name)
        if not path.is_file():
            raise EnvironmentProblem(name, [f"there is no such file; --env takes a path to a .toml file or one of: {', '.join(names())}"])
        return path
    path = HERE / f"{name}.toml"
    if not path.is_file():
        raise EnvironmentProblem(f"--env {name}", [f"unknown environment; known: {', '.join(names())} (or give the path of a .toml file)"])
    return path


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
        if not isinstance(named, str):
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
        if isinstance(content.get("ca"), str):
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
            mistakes = [*(_sentence(problem) for problem in error.errors()), *_without_values(kind, content), *untrusted]
            lines = list(dict.fromkeys([*lines, *mistakes]))
            if origin is not None:  # the option's mistake, not the file's
                lines = [f"--{line}" if line.startswith("origin: ") else line for line in lines]
            raise EnvironmentProblem(self.path.name, lines) from None
        lines += refused(environment) if elsewhere else []
        if lines or untrusted:
            raise EnvironmentProblem(self.path.name, [*lines, *untrusted])
        return environment


def read(name: str) -> Declaration:
    """The file of an environment given by name or path. Raises EnvironmentProblem."""
    path = locate(name)
    try:
        content: dict[str, Any] = tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise EnvironmentProblem(path.name, [f"not valid TOML: {error}"]) from error
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


def folders(declaration: Declaration) -> tuple[Path, ...]:
    """The folders of other teams that a file names."""
    named = declaration.content.get("extends")
    return tuple((declaration.path.parent / str(folder)).resolve() for folder in (named if isinstance(named, list) else ()))


def _extended(path: Path, content: Mapping[str, Any]) -> list[str]:
    """Loads the folders that the file names. Returns why that did not work, if so."""
    named = content.get("extends")
    if not isinstance(named, list) or not all(isinstance(folder, str) for folder in named):
        return []  # the model says so
    from environments.extensions import ExtensionProblem, load_folders

    try:
        load_folders((path.parent / folder).resolve() for folder in named)
    except ExtensionProblem as problem:
        return [str(problem)]
    return []


def _declared(path: Path, content: dict[str, Any]) -> dict[str, Any]:
    """What the file declares, for its digest. Where a certificate authority lies differs from machine to machine, what it is does not."""
    authority = path.parent / content["ca"] if isinstance(content.get("ca"), str) else None
    if authority is None or not authority.is_file():
        return dict(content)
    return {**content, "ca": hashlib.sha256(authority.read_bytes()).hexdigest()}


def _untrusted(authority: str) -> list[str]:
    """Why no certificate can be read from the file, if so: later, that would end a run in the middle of its start."""
    if not Path(authority).is_file():
        return [f"ca: there is no file {authority}"]
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
        return [_sentence(problem) for problem in error.errors()]
    return []


def hosts_of_others(name: str, own: Collection[str]) -> dict[str, str]:
    """Host names that the environments beside this one declare, each with the name of its environment; those that are ``own`` are not.

    A file that cannot be read counts as declaring none: the run is not about it. Raises EnvironmentProblem for ``name`` itself only.
    """
    found: dict[str, str] = {}
    here = locate(name)
    for path in sorted(here.parent.glob("*.toml")):
        try:
            content = tomllib.loads(path.read_text(encoding="utf-8"))
        except (OSError, tomllib.TOMLDecodeError, UnicodeDecodeError):
            continue
        if path.resolve() != here.resolve():
            further = content.get("hosts", [])
            hosts = [urlsplit(str(content.get("origin", ""))).hostname, *(further if isinstance(further, list) else [])]
            found |= {str(host): path.stem for host in hosts if host and host not in own and host not in found}
    return found


def _sentence(problem: Any) -> str:
    where = ".".join(str(part) for part in problem["loc"] if part != "[key]") or "file"
    if problem["type"] == "extra_forbidden":
        return f"{where}: unknown key"
    if problem["type"] == "missing":
        return f"{where}: missing"
    message = problem["msg"].removeprefix("Value error, ")
    message = message[0].lower() + message[1:] if message[:1].isupper() and not message[:2].isupper() else message
    shown = problem.get("input")
    if problem["type"] != "value_error" and isinstance(shown, (str, int, float, bool)) and "key" not in where and "password" not in where:
        return f"{where}: {message}, not {shown!r}"
    return f"{where}: {message}"
