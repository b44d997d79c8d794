"""The reference of environment files, written from the schema: `python -m environments reference > docs/environments.md`."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, get_args, get_origin

from pydantic import BaseModel, RootModel
from pydantic.fields import FieldInfo

from base.places import RUNBOOKS
from environments.loading import HERE, load, names
from environments.plain import model_of, toml, words
from environments.schema.environment import DEEPER, Environment
from environments.schema.registry import model

EXAMPLE = HERE / "examples" / "every-key.toml"
# Members come in by one way: the further ways stand in files of their own.
EXAMPLES = (EXAMPLE, *sorted(path for path in EXAMPLE.parent.glob("*.toml") if path != EXAMPLE))
PAGE = Path("docs") / "environments.md"
COMMAND = f"python -m environments reference > {PAGE.as_posix()}"

_HEAD = f"""\
<!-- Written by `{COMMAND}` from environments/schema/: change those, not this page. -->

# Environments

An environment is a named target: one TOML file, `environments/NAME.toml` for `--env NAME`, or any file for `--env=path/to/file.toml`
(with the equals sign: a path that stands alone is one from which pytest looks for its configuration).

A section declares that the deployment has something. What is declared and absent is a failure; what is not declared is
`not applicable`, and the report names the section to add. Nothing is probed to decide what to run.

All mistakes of a file are reported at once, with their places, before anything is sent: unknown keys, values that cannot be, secret
variables that are not set. How to write one: [add an environment](add-an-environment.md).

## Which ones ship here
"""
_AFTER_SHIPPED = """
A file with the mark *never run* has not been run against the real thing yet: its host names are examples. `--origin URL` replaces the
origin of a file, for a preview per pull request, where `hosts` or `previews` of the file allow it. An environment of the sandbox needs
nothing, because the sandbox supplies the variables.

What they declare:
"""
_KEYS = """
## What a file may say

Secrets are never in a file: it names the variable that holds one. What is required has to be there if its section is.

| section | declares | for |
|---|---|---|
"""


@dataclass(frozen=True)
class ReferenceSection:
    """A table of the file: its dotted name ("" for the top), its model (None, or a RootModel: free keys of one type), the field that holds
    it."""

    name: str
    model: type[BaseModel] | None
    field: FieldInfo | None

    @property
    def heading(self) -> str:
        """How the file writes it."""
        if not self.name:
            return "Top of the file"
        return f"`[[{self.name}]]`" if self.many else f"`[{self.name}]`"

    @property
    def text(self) -> str:
        """What it is for: the text of its class behind the name, or the description of the field that holds it."""
        if self.field is None:
            return "Which deployment this is, and where it answers."
        written = (self.model.__doc__ or "").partition("]: ")[2].strip() if self.model else ""
        text = written or self.field.description or ""
        return text[:1].upper() + text[1:]

    @property
    def many(self) -> bool:
        """Whether the file may have several of them, one after the other."""
        return self.field is not None and get_origin(self.field.annotation) is list

    @property
    def keys(self) -> dict[str, FieldInfo]:
        """Its own keys, without those that are sections themselves. The name of an environment is that of its file."""
        fields = self.model.model_fields if self.model and not issubclass(self.model, RootModel) else {}
        return {key: field for key, field in fields.items() if not _is_section(self.name, field) and (self.name or key != "name")}


def sections() -> list[ReferenceSection]:
    """Every table that a file may have, in the order of the schema. What only groups others is none."""
    return list(_sections("", model(), None))


def _sections(name: str, model: type[BaseModel] | None, field: FieldInfo | None) -> Iterator[ReferenceSection]:
    section = ReferenceSection(name, model, field)
    if section.keys or model is None or issubclass(model, RootModel):
        yield section
    for key, inner in model.model_fields.items() if model else ():
        if _is_section(name, inner):
            yield from _sections(f"{name}.{key}".lstrip("."), model_of(inner.annotation), inner)


def _is_section(of: str, field: FieldInfo) -> bool:
    return model_of(field.annotation) is not None or (not of and dict in [get_origin(part) for part in get_args(field.annotation)])


# --- capabilities: what a file with every key no longer declares when a part of it is taken out ---


def declared_by_key(section: ReferenceSection, key: str) -> frozenset[str]:
    """The capabilities that come with one key of a section."""
    return _lost(f"{section.name}.{key}".lstrip("."))


def declared_by(section: ReferenceSection) -> frozenset[str]:
    """The capabilities that come with a section, whatever its keys say."""
    inner = [declared_by_key(section, key) for key in section.keys]
    inner += [_lost(each.name) for each in sections() if each.name.startswith(f"{section.name}.")]
    return _lost(section.name).difference(*inner) if section.name else frozenset()


def _lost(path: str) -> frozenset[str]:
    lost = (whole.capabilities - _without(whole, path.split(".")).capabilities for whole in _complete())
    return frozenset().union(*lost) - {DEEPER}  # of the last section that shows more than health


def _without(model: Any, path: list[str]) -> Any:
    head, *rest = path
    inner = getattr(model, head)
    if inner is None or (isinstance(inner, list) and rest):  # another example's, or a key of a table of which there may be several
        return model
    return model.model_copy(update={head: _without(inner, rest) if rest else _nothing(type(model).model_fields[head])})


def _nothing(field: FieldInfo) -> Any:
    """What is there where the file says nothing of it: a section or a table with its defaults, an empty list, or nothing at all."""
    default = _value(field)
    if isinstance(default, (BaseModel, dict)):
        return default
    return [] if get_origin(field.annotation) is list else None


@cache
def _complete() -> tuple[Environment, ...]:
    files = ((file.stem, tomllib.loads(file.read_text(encoding="utf-8"))) for file in EXAMPLES)
    return tuple(model().model_validate({**content, "name": name}, context={"variables": None}) for name, content in files)


def capabilities() -> frozenset[str]:
    """Everything that can be declared."""
    return frozenset().union(*(whole.capabilities for whole in _complete()))


# --- the page ---


def example(section: ReferenceSection) -> str:
    """The section's part of the examples."""
    top, *tables = re.split(r"^(?=\[)", "\n".join(file.read_text(encoding="utf-8") for file in EXAMPLES), flags=re.MULTILINE)
    if not section.name:
        return "\n".join(line for line in top.strip().splitlines()[1:])
    return next((table.strip() for table in tables if re.match(rf"\[+{re.escape(section.name)}\]", table)), "")


def render() -> str:
    """The whole page."""
    shipped = {name: load(name, variables=None) for name in names()}
    every = sections()
    parts = [_HEAD, *_shipped(shipped), _AFTER_SHIPPED, *_matrix(shipped), _KEYS.rstrip("\n")]
    parts += [f"| [{s.heading}](#{_anchor(s.heading)}) | {_list(declared_by(s)) or '-'} | {s.text} |" for s in every]
    for section in every:
        parts.append("\n" + "\n".join(_section(section)))
    return "\n".join(parts) + "\n"


def _shipped(shipped: dict[str, Environment]) -> Iterator[str]:
    yield "| name | is | tier | mark | needs |"
    yield "|---|---|---|---|---|"
    for name, environment in shipped.items():
        variables = dict.fromkeys(secret.variable for secret in environment.secrets)
        needs = "nothing" if environment.sandbox else ", ".join(f"`{variable}`" for variable in variables) or "nothing"
        yield f"| `{name}` | {environment.title} | {environment.tier} | {'never run' if environment.never_run else '-'} | {needs} |"


def _matrix(shipped: dict[str, Environment]) -> Iterator[str]:
    yield "| capability | " + " | ".join(f"`{name}`" for name in shipped) + " |"
    yield "|---" * (len(shipped) + 1) + "|"
    for capability in sorted(capabilities()):
        yield f"| `{capability}` | " + " | ".join("yes" if capability in e.capabilities else "-" for e in shipped.values()) + " |"


def _section(section: ReferenceSection) -> Iterator[str]:
    yield f"### {section.heading}\n"
    declares = _list(declared_by(section))
    yield section.text + (f" Declares {declares}." if declares else "")
    if (RUNBOOKS / f"{section.name}.md").is_file():
        yield f"\nWhen a check of it is red: [the runbook](runbooks/{section.name}.md)."
    if section.keys:
        yield "\n| key | takes | default | means |"
        yield "|---|---|---|---|"
    for key, field in section.keys.items():
        capability = _list(declared_by_key(section, key))
        means = (field.description or "") + (f" Declares {capability}." if capability else "")
        yield f"| `{key}` | {words(field)} | {_default(field)} | {means} |"
    if section.many and section.field and _value(section.field):
        yield f"\n{section.field.description} When the file does not say:\n"
        yield "\n".join(f"- `{toml(rule)}`" for rule in _value(section.field))
    yield f"\n```toml\n{example(section)}\n```"


def _default(field: FieldInfo) -> str:
    if field.is_required():
        return "required"
    value = _value(field)
    return "-" if value is None else f"`{toml(value)}`"


def _value(field: FieldInfo) -> Any:
    return None if field.is_required() else field.get_default(call_default_factory=True, validated_data={})


def _list(capabilities: frozenset[str]) -> str:
    return ", ".join(f"`{name}`" for name in sorted(capabilities))


def _anchor(heading: str) -> str:
    return re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")
