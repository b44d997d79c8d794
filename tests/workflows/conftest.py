"""What a promotion needs around it: a sandbox, a clean checkout of gonogo, and a team with something to promote."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import pytest

from base.places import PROJECT
from sandbox import Connection, boot
from sandbox.threads import together
from tests.end_to_end.command import clean
from tests.workflows.team import CHECK, TIERS, System, Team, committed, git, wrangler

SHOP = Path(__file__).parent / "shop"
FM5 = PROJECT / "sandbox" / "apps" / "fm5"
RELEASES = {"staging": ("1.0.0", "1.1.0"), "production": ("1.0.0", "1.1.0", "1.2.0")}
"""Of the shop: the newest is live, one was before it, and in production there is one that is neither."""


@pytest.fixture(scope="session")
def connection() -> Iterator[Connection]:
    """A sandbox of these tests' own."""
    with boot(lambda _: None) as sandbox:
        yield sandbox.connection


@pytest.fixture(scope="session")
def gonogo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A checkout of gonogo at a commit, as it is here, whatever was changed since the last commit."""
    folder = tmp_path_factory.mktemp("checkout") / "gonogo"
    for name in git(PROJECT, "ls-files", "-z", "--cached", "--others", "--exclude-standard").split("\0"):
        if name and (PROJECT / name).is_file() and not (PROJECT / name).is_symlink():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(PROJECT / name, folder / name)
    committed(folder)
    for linked in (".venv", "node_modules"):
        (folder / linked).symlink_to(PROJECT / linked)
    return folder


@pytest.fixture(scope="session")
def listed(gonogo: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the team's checks, with its list of those that are due."""
    folder = tmp_path_factory.mktemp("team") / "checks"
    folder.mkdir()
    (folder / "test_own.py").write_text(CHECK.format(holds="True"), encoding="utf-8")
    words = [".venv/bin/pytest", "-c", "pyproject.toml", "--manifest", "write", "suites", str(folder)]
    subprocess.run(words, cwd=gonogo, env=clean(os.environ), capture_output=True, check=True)
    assert (folder / "checks.toml").is_file()
    assert not git(gonogo, "status", "--porcelain", "--untracked-files=no")
    return folder


@pytest.fixture(scope="session")
def shop(connection: Connection, tmp_path_factory: pytest.TempPathFactory) -> System:
    """Two Workers of the team's own that do next to nothing: what a play over them takes, the workflow takes."""
    folder = tmp_path_factory.mktemp("shop") / "shop"
    shutil.copytree(SHOP, folder)
    # The first deployment leaves what a team's build leaves; all others are of that.
    first, *further = RELEASES["staging"]

    def deploy(tier: str, releases: Sequence[str], *how: str) -> None:
        for release in releases:
            wrangler(connection, folder, "deploy", *how, "-c", f"wrangler.{tier}.jsonc", "--var", f"RELEASE:{release}")

    deploy("staging", [first], "--outdir", "dist")
    rest = {"staging": further, "production": RELEASES["production"]}
    together(partial(deploy, tier, releases, "dist/index.js", "--no-bundle") for tier, releases in rest.items())
    files = {tier: folder / f"{tier}.toml" for tier in TIERS}
    return System(folder, files, ("version", "limits", "health"), folder / "dist")


@pytest.fixture(scope="session")
def fm5(connection: Connection, tmp_path_factory: pytest.TempPathFactory) -> System:
    """FM5, as the sandbox has it deployed."""
    built = tmp_path_factory.mktemp("fm5") / "dist"
    wrangler(connection, FM5, "deploy", "--dry-run", "--outdir", str(built), "-c", "wrangler.staging.jsonc")
    files = {"staging": PROJECT / "environments" / "local.toml", "production": PROJECT / "environments" / "local-production.toml"}
    return System(FM5, files, ("version", "limits", "health", "headers"), built)


@contextmanager
def as_it_was(team: Team) -> Iterator[Team]:
    """A team whose Workers serve afterwards what they serve now, however its test ends."""
    before = [(worker, worker.live) for worker in (team.staging, team.production)]
    try:
        yield team
    finally:
        for worker, version in before:
            if worker.current.sole != version:
                worker.deploy(version, "as it was")


@pytest.fixture
def team(tmp_path: Path, gonogo: Path, shop: System, connection: Connection, listed: Path) -> Iterator[Team]:
    """A team with a shop."""
    with as_it_was(Team.made(tmp_path, gonogo, shop, connection, listed)) as team:
        yield team


@pytest.fixture
def fm5_team(tmp_path: Path, gonogo: Path, fm5: System, connection: Connection, listed: Path) -> Iterator[Team]:
    """FM5's team."""
    with as_it_was(Team.made(tmp_path, gonogo, fm5, connection, listed)) as team:
        yield team
