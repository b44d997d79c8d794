"""`[storage.objects] client = "module:Class"`: a class of the team's that speaks to the app, found and looked at before a run."""

from __future__ import annotations

import inspect
import sys
from collections.abc import Iterator
from pathlib import Path

from environments.sentences import shown

NOT_CODE = ("test_", "conftest")
"""How files begin whose modules a run does not load."""
LOADED: dict[str, Path] = {}
"""The folders of other teams that this process has loaded, by the name of their package."""

METHODS = {
    "__init__": (("http",), "the connection of a member, an httpx.Client whose addresses begin at the origin"),
    "put": (("name", "data", "content_type"), "stores a file and returns what get takes: its id, or the name"),
    "get": (("file",), "returns the bytes and the media type"),
    "list": ((), "returns a mapping for each file: id, name, and size where it is known"),
    "delete": (("file",), "deletes it"),
    "presign": (("name", "content_type", "size"), "returns a PresignedUrl"),
    "complete": (("ticket",), "tells the app that a presigned upload is done, and returns what get takes"),
}
"""What a client may have: the arguments, by place, and what it does. ``put`` and ``get`` have to be there."""
NEEDED = ("put", "get")


class NoClient(Exception):
    """There is no such class; the message says what is missing."""


def resolve(named: str) -> type:
    """The class. Raises NoClient."""
    module, colon, name = named.partition(":")
    if not colon or not name.isidentifier() or not all(part.isidentifier() for part in module.split(".")):
        raise NoClient(f"must be module:Class, such as checks.files:Files, not {shown(named)}")
    package, _, inner = module.partition(".")
    if package not in LOADED:
        raise NoClient(f"{package} is none of the folders that the file names: add it to `extends`")
    if inner.rpartition(".")[2].startswith(NOT_CODE):
        raise NoClient(f"{module} is a file of tests, which a run does not load: put the class into another one")
    found = sys.modules.get(module)
    if found is None:
        raise NoClient(f"there is no {inner.replace('.', '/')}.py in the folder {LOADED[package].name}")
    kind = getattr(found, name, None)
    if not isinstance(kind, type):
        raise NoClient(f"{module} has no class {name}" if kind is None else f"{name} of {module} is no class: write `class {name}:`")
    return kind


def has(named: str | None, method: str) -> bool:
    """Whether there is such a class, and it has the method."""
    if not named:
        return False
    try:
        return callable(getattr(resolve(named), method, None))
    except NoClient:
        return False


def mistakes(where: str, named: str) -> Iterator[str]:
    """Why the class is of no use, a sentence each."""
    try:
        kind = resolve(named)
    except NoClient as error:
        yield f"{where}: {error}"
        return
    for method, (arguments, does) in METHODS.items():
        made = getattr(kind, method, None)
        call = f"{method}({', '.join(arguments)})"
        if made is None:
            if method in NEEDED:
                yield f"{where}: {named} has no {method}: write `def {call}`, which {does}"
            continue
        if not callable(made):
            yield f"{where}: {method} of {named} is no method: write `def {call}`"
            continue
        try:
            inspect.signature(made).bind(None, *arguments)  # itself, and what it is called with
        except (TypeError, ValueError):
            yield f"{where}: {method} of {named} is called as {call}, and does not take that"
    if callable(getattr(kind, "complete", None)) and not callable(getattr(kind, "presign", None)):
        yield f"{where}: {named} has complete and no presign: an upload past the app begins with an address"
