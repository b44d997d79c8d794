"""An upload as wrangler makes it: its first module, and what a configuration would add, although it lies in no artifact and no ticket.

A configuration can make wrangler run a command (with `--no-bundle` too, and beside the token), or take further files from the checkout
that it lies in. It is looked at as wrangler reads it: of an environment with `--env`, what it does not say itself is taken from the top.
"""

import os
import re
import shutil
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from clients.errors import Misconfigured
from clients.platforms.base import Configuration

_MAIN = ("index.js", "worker.js", "index.mjs", "worker.mjs")
# wrangler looks for these at the top of the file only: https://developers.cloudflare.com/workers/wrangler/configuration/#top-level-only-keys
_TOP_ONLY = frozenset({"site", "wasm_modules", "text_blobs", "data_blobs"})
# What an environment has to say itself: https://developers.cloudflare.com/workers/wrangler/configuration/#non-inheritable-keys
_NOT_INHERITED = frozenset({"containers"})
# Names of files for one kind of Worker, each with a path.
_FILES = ("wasm_modules", "text_blobs", "data_blobs")

# Cloudflare's refusal of a version with a migration, and that of one bound to a class that no deployment has made yet.
_MIGRATION_CODES = frozenset({"10211", "100406"})
_MIGRATION_WORDS = re.compile(r"pending\s+Durable\s+Object\s+migration", re.IGNORECASE)


def wants_migration(code: str, message: str) -> bool:
    """Whether an upload was refused because of a migration of a Durable Object: by wrangler, ahead of it, or by Cloudflare.

    https://developers.cloudflare.com/workers/versions-and-deployments/gradual-deployments/with-durable-objects/
    """
    return code in _MIGRATION_CODES or bool(_MIGRATION_WORDS.search(message))


def migration_first(service: str, environment: str | None, unknown: Sequence[str] = ()) -> str:
    """What to do about it; ``unknown`` are migrations that were applied, and that the configuration does not name."""
    if unknown:
        text = f"{service} has had the Durable Object migration {unknown[0]!r}, which the configuration does not name"
        return f"{text}: add it there, in its place, and begin again"
    which = f" --env {environment}" if environment else ""
    return (
        f"the configuration has a migration of a Durable Object that {service} has not had yet, and a version without traffic cannot carry "
        f"one: apply it by `wrangler deploy{which}`, in a release that does nothing else, and promote what follows"
    )


def migrations(configuration: Configuration, environment: str | None) -> tuple[str, ...]:
    """The tags of the migrations that wrangler reads there, in their order."""
    listed = _chosen(configuration.content, configuration.path, environment).get("migrations")
    entries = listed if isinstance(listed, list) else []
    return tuple(str(entry.get("tag", "")) for entry in entries if isinstance(entry, dict))


def demand_bound(configuration: Configuration, artifact: Path, environment: str | None = None) -> None:
    """Raises Misconfigured unless an upload with this configuration consists of the artifact's files and of nothing else.

    `environment` names the `[env.NAME]` that is uploaded, empty for the top of the file. Where there are environments it must be named:
    without a name wrangler takes the top, which as a rule is a developer's, and all that follows would succeed.
    """
    path, content = configuration.path, _chosen(configuration.content, configuration.path, environment)
    problems = [
        *_builds(content, path),
        *(
            f"{key} = {value!r} lies outside of the artifact {artifact}, so no ticket binds it: put it into the artifact's folder, "
            "and name it there, as seen from the configuration"
            for key, value in _paths(content)
            if not _within(artifact, path, value)
        ),
    ]
    if problems:
        raise Misconfigured(f"{path}: {'; '.join(problems)}")


def _chosen(content: Mapping[str, Any], configuration: Path, environment: str | None) -> Mapping[str, Any]:
    """What wrangler reads for that environment. Raises Misconfigured when it is not clear which one is meant, or there is none."""
    known = sorted(_table(content, "env"))
    if environment is None and known:
        named, choice = ", ".join(f"[env.{name}]" for name in known), ", ".join(f'"{name}"' for name in known)
        text = f"has {named}, and nobody says which one is put live: without a name wrangler would take the top of the file"
        raise Misconfigured(
            f'{configuration} {text}; add wrangler_env to [promotion] of the environment\'s file: one of {choice}, or "" for the top'
        )
    if not environment:
        return content
    if environment not in known:
        text = f"and it has {', '.join(known)}" if known else "and it has none"
        raise Misconfigured(
            f"{configuration} has no [env.{environment}], {text}: mend wrangler_env in [promotion] of the environment's file"
        )
    own = _table(_table(content, "env"), environment)
    top = {key: value for key, value in content.items() if key not in _NOT_INHERITED}
    # What is null there wrangler takes from the top as well.
    return {**top, **{key: value for key, value in own.items() if key not in _TOP_ONLY and value is not None}}


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


def entry(artifact: Path, main: str | None) -> Path:
    """The module that the Worker starts with. Raises Misconfigured where it is not clear, or lies elsewhere."""
    if artifact.is_file() and main is None:
        return artifact
    found = [artifact / name for name in ((main,) if main else _MAIN) if (artifact / name).is_file()]
    if len(found) != 1:
        raise Misconfigured(f"the module that {artifact} starts with is not clear: name it with --main")
    if not found[0].resolve().is_relative_to(artifact.resolve()):
        raise Misconfigured(f"--main {main} lies outside of the artifact {artifact}: name a module in it")
    return found[0]


@contextmanager
def alone(entry: Path, artifact: Path) -> Iterator[Path]:
    """The module where only the artifact is beside it: wrangler uploads what it finds there."""
    if artifact.is_dir():
        yield entry
        return
    with tempfile.TemporaryDirectory(prefix="gonogo-") as folder:
        yield Path(shutil.copy(entry, folder))
