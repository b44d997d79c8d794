"""The contracts of import-linter in pyproject.toml: each of them breaks where it must, on a tree that breaks them all."""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from tests.house import ROOMS, ROOT

LINTER = Path(sys.executable).with_name("lint-imports")
CONTRACTS = {
    contract["id"]: contract["name"]
    for contract in tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["importlinter"]["contracts"]
}
PROGRAM = ("commands", "plugin", "promotion", "proving", "run", "sweep")

# Contract, file, its text, and how import-linter names the offence.
OFFENCES = [
    ("rooms", "clients/a.py", "from environments import load", "clients.a -> environments"),
    ("rooms", "clients/deep/a.py", "from sandbox import boot", "clients.deep.a -> sandbox"),
    ("rooms", "journeys/a.py", "def f():\n    import clients.b", "journeys.a -> clients.b"),
    ("rooms", "environments/a.py", "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import sandbox", "environments.a -> sandbox"),
    ("rooms", "base/a.py", "import journeys", "base.a -> journeys"),
    ("rooms", "reports/a.py", "import fixtures", "reports.a -> fixtures"),
    ("rooms", "fixtures/a.py", "from suites.auth import Joining", "fixtures.a -> suites"),
    ("rooms", "gonogo/run/a.py", "import suites", "gonogo.run.a -> suites"),
    ("rooms", "suites/a.py", "import gonogo.run", "suites.a -> gonogo.run"),
    ("rooms", "sandbox/a.py", "import tests.b", "sandbox.a -> tests.b"),
    ("suites", "suites/b.py", "from environments.schema import Environment", "suites.b -> environments.schema"),
    ("suites", "suites/c.py", "from reports.verdict import conclude", "suites.c -> reports.verdict"),
    ("suites-are-found", "tests/a.py", "import suites.a", "tests.a -> suites.a"),
    ("fixtures", "fixtures/b.py", "import sandbox", "fixtures.b -> sandbox"),
    ("reports", "reports/b.py", "from clients import b", "reports.b -> clients"),
    ("setup", "setup/a.py", "import base", "setup.a -> base"),
    ("conftest", "fixtures/c.py", "import conftest", "fixtures.c -> conftest"),
    ("program", "gonogo/sweep/a.py", "import gonogo.promotion", "gonogo.sweep.a -> gonogo.promotion"),
    ("program", "gonogo/run/b.py", "import gonogo.commands", "gonogo.run.b -> gonogo.commands"),
    ("program", "gonogo/run/c.py", "import gonogo.__main__", "gonogo.run.c -> gonogo.__main__"),
    ("program", "gonogo/attic/__init__.py", "", "gonogo.attic"),
    ("commands", "gonogo/proving/a.py", "from gonogo import run", "gonogo.proving.a -> gonogo.run"),
    ("commands", "gonogo/commands/a.py", "import gonogo.plugin", "gonogo.commands.a -> gonogo.plugin"),
    ("sandbox", "gonogo/promotion/a.py", "import sandbox", "gonogo.promotion.a -> sandbox"),
    ("journeys", "gonogo/sweep/b.py", "import journeys", "gonogo.sweep.b -> journeys"),
    ("test-tools", "clients/c.py", "import pytest", "clients.c -> pytest"),
    ("test-tools", "reports/c.py", "def f():\n    from _pytest import mark", "reports.c -> _pytest"),
    ("configuration", "clients/d.py", "import tomllib", "clients.d -> tomllib"),
    ("circles", "journeys/one.py", "def f():\n    import journeys.other", "No cycles are allowed in journeys."),
    ("circles", "gonogo/plugin/one.py", "import gonogo.plugin.other", "No cycles are allowed in gonogo.plugin."),
]
BESIDE = {
    "clients/b.py": "",
    "tests/b.py": "",
    "gonogo/__main__.py": "",
    "environments/schema.py": "",
    "reports/verdict.py": "",
    "journeys/other.py": "import journeys.one",
    "gonogo/plugin/other.py": "import gonogo.plugin.one",
}


def looked_at(root: Path, files: dict[str, str]) -> subprocess.CompletedProcess[str]:
    """What import-linter says about a tree of these files and the contracts of this one."""
    rooms = [*ROOMS, *(f"gonogo/{part}" for part in PROGRAM)]
    (root / "pyproject.toml").write_bytes((ROOT / "pyproject.toml").read_bytes())
    for name, text in ({f"{room}/__init__.py": "" for room in rooms} | BESIDE | files).items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text, encoding="utf-8")
        (root / name).with_name("__init__.py").touch()
    return subprocess.run([LINTER, "--no-cache", "--no-logo"], cwd=root, capture_output=True, text=True, timeout=60, check=False)


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """What is said about each contract, on the tree with all offences."""
    done = looked_at(tmp_path_factory.mktemp("broken"), {file: text for _, file, text, _ in OFFENCES})
    assert done.returncode == 1, done.stdout + done.stderr
    parts = re.split(r"\n(.+)\n-+\n", done.stdout)
    return dict(zip(parts[1::2], parts[2::2], strict=True))


def test_tree_keeps_the_contracts() -> None:
    """Nobody imports upwards, and nowhere is a circle."""
    done = subprocess.run([LINTER, "--no-cache", "--no-logo"], cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert f"Contracts: {len(CONTRACTS)} kept, 0 broken." in done.stdout


def test_every_contract_is_tried() -> None:
    """A contract that no offence breaks could be empty words."""
    assert {contract for contract, *_ in OFFENCES} == CONTRACTS.keys()


@pytest.mark.parametrize(("contract", "file", "words"), [(contract, file, words) for contract, file, _, words in OFFENCES])
def test_contract_breaks(told: dict[str, str], contract: str, file: str, words: str) -> None:
    """Each contract names the import that breaks it."""
    assert words in told.get(CONTRACTS[contract], "kept"), file


def test_contracts_accept_what_is_allowed(tmp_path: Path) -> None:
    """None of the contracts refuses the ordinary."""
    ordinary = {
        "suites/a.py": "import pytest\nfrom journeys import Journey\nfrom fixtures import people\nimport clients.b\nimport base",
        "gonogo/run/a.py": "import sandbox, fixtures, journeys, reports, environments, clients",
        "gonogo/plugin/a.py": "import gonogo.run.a\nimport pytest",
        "gonogo/proving/a.py": "import sandbox, reports",
        "gonogo/sweep/a.py": "import fixtures, clients",
        "fixtures/people.py": "import journeys, clients, environments",
        "reports/a.py": "import environments",
        "tests/a.py": "import gonogo.run.a, setup, pytest",
        "journeys/other.py": "",
        "gonogo/plugin/other.py": "",
    }
    done = looked_at(tmp_path, ordinary)
    assert done.returncode == 0, done.stdout + done.stderr
