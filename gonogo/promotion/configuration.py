"""What wrangler would add to an upload by its configuration alone, although it lies in no artifact and no ticket.

A configuration can make wrangler run a command (with `--no-bundle` too, and beside the token), or take further files from the checkout
that it lies in. It is read as wrangler reads it: of an environment with `--env`, what it does not say itself is taken from the top.
"""

import json
import os
import re
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from gonogo.promotion.errors import Unusable

_STRING = r'"(?:[^"\\]|\\.)*"'
_COMMENT = re.compile(rf"({_STRING})|//[^\r\n]*|/\*.*?\*/", re.DOTALL)
_LAST_COMMA = re.compile(rf"({_STRING})|,(?=\s*[\]}}])", re.DOTALL)
# wrangler looks for these at the top of the file only: https://developers.cloudflare.com/workers/wrangler/configuration/#top-level-only-keys
_TOP_ONLY = frozenset({"site", "wasm_modules", "text_blobs", "data_blobs"})
# What an environment has to say itself: https://developers.cloudflare.com/workers/wrangler/configuration/#non-inheritable-keys
_NOT_INHERITED = frozenset({"containers"})
# Names of files for one kind of Worker, each with a path.
_FILES = ("wasm_modules", "text_blobs", "data_blobs")


def demand_bound(configuration: Path, artifact: Path, environment: str | None = None) -> None:
    """Raises Unusable unless an upload with this configuration consists of the artifact's files and of nothing else.

    `environment` names the `[env.NAME]` that is uploaded, empty for the top of the file. Where there are environments it must be named:
    without a name wrangler takes the top, which as a rule is a developer's, and all that follows would succeed.
    """
    content = _chosen(_read(configuration), configuration, environment)
    problems = [
        *_builds(content, configuration),
        *(
            f"{key} = {value!r} lies outside of the artifact {artifact}, so no ticket binds it: put it into the artifact's folder, "
            "and name it there, as seen from the configuration"
            for key, value in _paths(content)
            if not _within(artifact, configuration, value)
        ),
    ]
    if problems:
        raise Unusable(f"{configuration}: {'; '.join(problems)}")


def _chosen(content: Mapping[str, Any], configuration: Path, environment: str | None) -> Mapping[str, Any]:
    """What wrangler reads for that environment. Raises Unusable when it is not clear which one is meant, or there is none of that name."""
    known = sorted(_table(content, "env"))
    if environment is None and known:
        named, choice = ", ".join(f"[env.{name}]" for name in known), ", ".join(f'"{name}"' for name in known)
        text = f"has {named}, and nobody says which one is put live: without a name wrangler would take the top of the file"
        raise Unusable(
            f'{configuration} {text}; add wrangler_env to [promotion] of the environment\'s file: one of {choice}, or "" for the top'
        )
    if not environment:
        return content
    if environment not in known:
        text = f"and it has {', '.join(known)}" if known else "and it has none"
        raise Unusable(f"{configuration} has no [env.{environment}], {text}: mend wrangler_env in [promotion] of the environment's file")
    own = _table(_table(content, "env"), environment)
    top = {key: value for key, value in content.items() if key not in _NOT_INHERITED}
    # What is null there wrangler takes from the top as well.
    return {**top, **{key: value for key, value in own.items() if key not in _TOP_ONLY and value is not None}}


def without_comments(text: str) -> str:
    """JSON of what may be JSON with comments and last commas."""
    return _LAST_COMMA.sub(lambda match: match[1] or "", _COMMENT.sub(lambda match: match[1] or " ", text))


def _read(configuration: Path) -> Mapping[str, Any]:
    try:
        text = configuration.read_text(encoding="utf-8-sig")
        if configuration.suffix == ".toml":
            return tomllib.loads(text)
        if configuration.suffix in (".json", ".jsonc"):
            content = json.loads(without_comments(text))
            if isinstance(content, dict):
                return content
    except OSError as error:
        raise Unusable(f"cannot read the configuration {configuration}: {error.strerror}") from error
    except ValueError as error:  # of either kind, or no text
        raise Unusable(f"the configuration {configuration} cannot be read: {error}") from error
    # Of a file with another name wrangler reads nothing, and says nothing.
    raise Unusable(f"{configuration} is no configuration of wrangler's: name a .jsonc, .json or .toml file with a table of keys")


def _builds(content: Mapping[str, Any], configuration: Path) -> Iterator[str]:
    if _table(content, "build").get("command"):
        yield "build.command would run beside the token, and may change what was verified: build before, and take it out"
    containers = content.get("containers")
    for container in containers if isinstance(containers, list) else []:
        image = container.get("image") if isinstance(container, dict) else None
        if isinstance(image, str) and _place(configuration, image).exists():
            yield f"the container's image {image!r} would be built beside the token: build and push it before, and name it by its registry"


def _paths(content: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    named = {
        "base_dir": content.get("base_dir"),
        "assets.directory": _table(content, "assets").get("directory"),
        "site.bucket": _table(content, "site").get("bucket"),
    }
    named |= {f"{table}.{name}": path for table in _FILES for name, path in _table(content, table).items()}
    return ((key, value) for key, value in named.items() if isinstance(value, str) and value)


def _table(content: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    value = content.get(key)
    return value if isinstance(value, dict) else {}  # anything else wrangler refuses


def _within(artifact: Path, configuration: Path, value: str) -> bool:
    return artifact.is_dir() and _place(configuration, value).resolve().is_relative_to(artifact.resolve())


def _place(configuration: Path, value: str) -> Path:
    # wrangler takes `..` away before it looks at links.
    return Path(os.path.normpath(configuration.absolute().parent / value))
