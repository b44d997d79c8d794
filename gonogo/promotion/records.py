"""The files that one job of a promotion hands to the next. None of them holds a secret."""

import json
import os
import secrets
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, TypeVar

from base.plain_text import visible
from gonogo.promotion.errors import UnusableInput

T = TypeVar("T", "Uploaded", "Staged")


@dataclass(frozen=True)
class Uploaded:
    """A version as the platform describes it: which service it is of, and what it says it was uploaded from.

    `new` and `changed` are the names of variables, secrets and bindings that the version before it has not, or not like this. No values.
    """

    platform: str
    service: str
    version: str
    tag: str
    message: str
    new: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()


@dataclass(frozen=True)
class Staged:
    """A version that stands beside the live one: what `release` may release, and what `restore` goes back to."""

    platform: str
    service: str
    version: str
    previous: str
    deployment: str


_OF_A_RECORD = frozenset({"version", "message"}), frozenset({"version", "previous"})


def demand_own(path: Path) -> None:
    """Raises UnusableInput where a file is there that no step has written: it would be replaced. Asked before the step does anything."""
    try:
        content: Any = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return
    except (OSError, ValueError, RecursionError):
        content = None
    if (
        not isinstance(content, dict)
        or not any(keys <= content.keys() for keys in _OF_A_RECORD)
        or not {"service", "worker"} & content.keys()
    ):
        raise UnusableInput(f"{path} is not the record of a step, and is not replaced: name a new file, or one that a step has written")


def write(path: Path, record: Uploaded | Staged) -> None:
    """Write a record, whole or not at all. Raises UnusableInput."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        beside = path.with_name(f".{path.name}.{secrets.token_hex(6)}")
        beside.write_text(json.dumps(asdict(record), indent=2, sort_keys=True) + "\n", encoding="utf-8")
        beside.replace(path)
    except OSError as error:
        raise UnusableInput(f"cannot write {path}: {error.strerror}; name a file that can be written") from error


def read(path: Path, kind: type[T], platform: str, service: str) -> T:
    """Read a record about this service. Raises UnusableInput for anything else."""
    try:
        content: Any = json.loads(path.read_text(encoding="utf-8"))
        if isinstance(content, dict) and "worker" in content:
            text = "is of an earlier gonogo, with `worker` in the place of `platform` and `service`: begin again with this one"
            raise UnusableInput(f"{path} {text}")
        record = kind(**content)
    except OSError as error:
        raise UnusableInput(f"cannot read {path}: {error.strerror}; name the file that the step before wrote") from error
    except (ValueError, TypeError):
        raise UnusableInput(f"{path} is not the record of a step: name the file that the step before wrote") from None
    if not all(_text(value) for value in asdict(record).values()):
        raise UnusableInput(f"{path} is not the record of a step: name the file that the step before wrote")
    if (record.platform, record.service) != (platform, service):
        text = f"is about {record.platform}/{record.service}, the environment about {platform}/{service}: give both the same one"
        raise UnusableInput(f"{path} {text}")
    return record


def _text(value: object) -> bool:
    return isinstance(value, str) or (isinstance(value, list | tuple) and all(isinstance(name, str) for name in value))


def output(**values: str) -> None:
    """Hand values to later steps of a GitHub job, where one is running (GITHUB_OUTPUT)."""
    file = os.environ.get("GITHUB_OUTPUT")
    if file:
        with Path(file).open("a", encoding="utf-8") as outputs:
            outputs.writelines(f"{name}={visible(value)}\n" for name, value in values.items())


def summary(title: str, lines: Sequence[str]) -> None:
    """Show lines on the page of a GitHub job, where one is running (GITHUB_STEP_SUMMARY)."""
    file = os.environ.get("GITHUB_STEP_SUMMARY")
    if file and lines:
        with Path(file).open("a", encoding="utf-8") as page:
            page.write("\n".join((f"### {title}\n\n```text", *(visible(line).replace("`", "'") for line in lines), "```\n")))
