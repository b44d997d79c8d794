"""Types and values of the schema in plain words, for the reference."""

from __future__ import annotations

import json
from collections.abc import Iterable
from enum import Enum
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from environments.schema import storage_recipe, values

_VALUES = {
    values.SecretVariable: "name of a secret variable",
    values.HeaderSecret: "name of a secret variable",
    values.Origin: "base URL",
    values.BaseUrl: "base URL",
    values.Path: "path",
    storage_recipe.Request: "method and path",
    storage_recipe.Where: "place in an answer",
    storage_recipe.MediaType: "media type",
    values.Page: "path",
    values.Paths: "path, or list of paths",
    values.Statuses: '`200` to `299`, list of them, or `"2xx"`',
    values.Host: "host name",
    values.Preview: "host name or pattern of one",
    values.Connect: "`HOST:PORT`",
    values.HeaderName: "header",
    values.LabelledAddress: "e-mail address with `{label}`",
}
# An annotated type loses its name in a field; what checks its values stays.
_BY_VALIDATOR = {id(get_args(alias)[1].func): words for alias, words in _VALUES.items()}
_SIMPLE = {Any: "anything", str: "text", bool: "true or false", int: "whole number", float: "number"}
_PLURAL = {
    "text": "texts",
    "path": "paths",
    "host name": "host names",
    "host name or pattern of one": "host names or patterns",
    "`HOST:PORT`": "`HOST:PORT`",
}


def model_of(annotation: Any) -> type[BaseModel] | None:
    """The section behind a field's type: itself, or what an optional or a list of it holds. None for a plain value."""
    for candidate in (annotation, *get_args(annotation)):
        if isinstance(candidate, type) and issubclass(candidate, BaseModel):
            return candidate
    return None


def words(field: FieldInfo) -> str:
    """What a key takes, with its bounds: `whole number, 1 to 64`. Raises KeyError for a type that has no words yet."""
    bounds = _bounds(field.metadata)
    return _type(Annotated[(field.annotation, *field.metadata)] if field.metadata else field.annotation) + (f", {bounds}" if bounds else "")


def toml(value: Any) -> str:
    """A value as the file would say it."""
    if isinstance(value, BaseModel):
        return toml(value.model_dump())
    if isinstance(value, dict):
        pairs = ", ".join(f"{key if key.isidentifier() else json.dumps(key)} = {toml(inner)}" for key, inner in value.items())
        return f"{{ {pairs} }}" if pairs else "{}"
    if isinstance(value, (list, tuple)):
        return f"[{', '.join(map(toml, value))}]"
    return json.dumps(value, ensure_ascii=False)


def _type(annotation: Any) -> str:
    origin, inner = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        named = [_BY_VALIDATOR[id(mark.func)] for mark in inner[1:] if id(getattr(mark, "func", None)) in _BY_VALIDATOR]
        return named[0] if named else _type(inner[0])
    if origin in (Union, UnionType):
        return _one_of(_type(part) for part in inner if part is not NoneType)
    if origin is Literal:
        return _one_of(f"`{toml(value)}`" for value in inner)
    if origin is list:
        one = _type(inner[0])
        return f"list of {_PLURAL.get(one, one)}"
    if origin is dict:
        return f"table: {_type(inner[0])} = {_type(inner[1])}"
    if isinstance(annotation, type) and issubclass(annotation, Enum):
        return _one_of(f"`{toml(member.value)}`" for member in annotation)
    return _SIMPLE[annotation]


def _bounds(metadata: list[Any]) -> str:
    found = {
        name: next((getattr(mark, name) for mark in metadata if hasattr(mark, name)), None) for name in ("ge", "le", "gt", "min_length")
    }
    if found["ge"] is not None and found["le"] is not None:
        return f"{found['ge']} to {found['le']}"
    said = {"ge": "at least {}", "le": "at most {}", "gt": "more than {}", "min_length": "at least {} of them"}
    return ", ".join(text.format(found[name]) for name, text in said.items() if found[name] is not None)


def _one_of(parts: Iterable[str]) -> str:
    *others, last = dict.fromkeys(parts)
    return f"{', '.join(others)} or {last}" if others else last
