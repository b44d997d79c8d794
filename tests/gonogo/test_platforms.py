"""The platform that an environment's file names: what a run and a promotion make of an unknown one, and of one that lacks something."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from clients.platforms.base import Setting
from clients.platforms.registry import named
from environments import Environment, EnvironmentProblem
from environments.schema.deploy_rollback import Rollback
from gonogo.commands.live import live
from gonogo.promotion.command import main
from gonogo.run import platforms
from reports.errors import ReportError
from tests.clients.platforms.conftest import depot_module
from tests.gonogo.fakes import ROLLBACK, environment

__all__ = ["depot_module"]

ROOT = Path(__file__).resolve().parents[2]
FILE = """
title = "A shop"
tier = "staging"
origin = "https://shop.example"
[version]
header = "x-version"
"""
DEPOT: dict[str, Any] = {"platform": "depot", "worker": "shop", "api": "CF_API"}
V1, V2 = "v1", "v2"


def written(folder: Path, sections: str) -> str:
    """An environment's file with these sections."""
    (folder / "shop.toml").write_text(FILE + sections, encoding="utf-8")
    return str(folder / "shop.toml")


def on(**rollback: Any) -> Environment:
    """An environment with a drill."""
    return environment(deploy={"rollback": rollback})


def test_unknown_platform_is_an_error_of_usage(tmp_path: Path) -> None:
    """Before anything is sent, with the place and the names that there are; exit code 4."""
    file = written(tmp_path, '[deploy.rollback]\nplatform = "vercle"\nworker = "shop"\n')
    words = [sys.executable, "-m", "pytest", f"--env={file}", f"--out={tmp_path / 'out'}"]
    done = subprocess.run(words, cwd=ROOT, env=os.environ, capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 4, done.stdout + done.stderr
    assert "shop.toml" in done.stderr
    assert "deploy.rollback: there is no platform 'vercle'; known: cloudflare" in done.stderr
    assert not (tmp_path / "out").exists()


def test_platform_says_what_it_needs(depot_module: Path) -> None:
    """Cloudflare an account and a token, the made-up one neither."""
    with pytest.raises(EnvironmentProblem, match=r"target.toml: deploy.rollback: the platform cloudflare needs token and account"):
        platforms.demand(on(worker="fm5"))
    platforms.demand(on(**ROLLBACK))
    with pytest.raises(EnvironmentProblem, match="deploy.rollback: the platform depot needs api"):
        platforms.demand(on(platform="depot", worker="shop"))
    platforms.demand(on(**DEPOT))


def test_file_names_one_platform() -> None:
    """Without a name it is Cloudflare's; [promotion] and the drill are about the same one."""
    assert (environment().platform, on(**DEPOT).platform) == ("cloudflare", "depot")
    assert environment(promotion={"platform": "depot", "worker": "shop"}).platform == "depot"
    assert environment(promotion={"worker": "shop"}, deploy={"rollback": DEPOT}).platform == "depot"
    with pytest.raises(ValueError, match="one platform answers here, and the file names cloudflare and depot"):
        environment(promotion={"platform": "depot", "worker": "fm5"}, deploy={"rollback": ROLLBACK})
    with pytest.raises(EnvironmentProblem, match="promotion: there is no platform 'vercle'; known: cloudflare"):
        platforms.demand(environment(promotion={"platform": "vercle", "worker": "shop"}))


def test_platform_is_told_what_the_file_says() -> None:
    """Every key of the section that is not gonogo's own; the values of variables, where they are there."""
    rollback = on(**ROLLBACK, api="CF_API").section(Rollback)
    assert rollback is not None
    assert rollback.settings == {"account": "value-of-cf_account", "token": "value-of-cf_token", "api": "value-of-cf_api"}


def test_version_cannot_be_asked_for_everywhere(depot_module: Path) -> None:
    """A platform without version overrides says so: for a run an error of usage, for `admit` unusable input."""
    target = on(**DEPOT)
    assert platforms.override(V1, on(**ROLLBACK)) == V1
    assert platforms.override(None, target) is None
    with pytest.raises(pytest.UsageError, match="--version-override: the platform depot cannot be asked for one version of a service"):
        platforms.override(V1, target)
    with pytest.raises(ReportError, match="--override: the platform depot cannot be asked for one version of shop"):
        live(target, version_override=V1)


@pytest.fixture
def shop(depot_module: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The options that name an environment on the made-up platform, where V1 is live and V2 was uploaded."""
    assert named("depot").settings == (Setting("api", "DEPOT_FOLDER"),)
    monkeypatch.setenv("DEPOT_FOLDER", str(tmp_path))
    versions = [{"id": name, "at": f"2026-11-20T12:0{number}:00+00:00", "why": "built"} for number, name in enumerate((V1, V2))]
    release = {"id": "r0", "at": "2026-11-20T12:00:00+00:00", "shares": {V1: 100}, "why": "first"}
    (tmp_path / "shop.json").write_text(json.dumps({"versions": versions, "releases": [release]}), encoding="utf-8")
    return ["--environment", written(tmp_path, '[promotion]\nplatform = "depot"\nworker = "shop"\n')]


def test_promotion_on_another_platform(shop: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """What each platform can, with its own variable of the process, and its own ids."""
    assert main(["annotation", *shop, "--version", V2, "--out", str(tmp_path / "said.json")]) == 0
    assert capsys.readouterr().out == "READ  shop version v2: built\n"
    said = {"platform": "depot", "service": "shop", "version": V2, "tag": "", "message": "built", "new": [], "changed": []}
    assert json.loads((tmp_path / "said.json").read_text(encoding="utf-8")) == said


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["stage", "--record", "r", "--version", V2], "the platform depot cannot put v2 beside v1: shop has to be promoted in another way"),
        (
            ["upload", "--artifact", "{folder}/shop.toml", "--out", "u"],
            "the platform depot cannot take shop.toml as a version without traffic",
        ),
        (["restore", "--version", "no id"], "'no id' is not the id of a version on depot"),
    ],
    ids=["stage", "upload", "id"],
)
def test_what_a_platform_lacks_is_one_sentence(
    shop: list[str], words: list[str], said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Unusable, and nothing is done."""
    before = (tmp_path / "shop.json").read_bytes()
    assert main([*(word.format(folder=tmp_path) for word in words), *shop]) == 4
    told = capsys.readouterr()
    assert said in told.err
    assert (told.err.count("\n"), told.out) == (1, "")
    assert (tmp_path / "shop.json").read_bytes() == before


def test_promotion_names_what_is_missing(shop: list[str], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """The variables of the platform that the file names, and an unknown platform."""
    monkeypatch.delenv("DEPOT_FOLDER")
    assert main(["restore", "--version", V1, *shop]) == 4
    assert "DEPOT_FOLDER must be set: what depot has to be told by whoever may deploy shop" in capsys.readouterr().err
    file = Path(shop[1])
    file.write_text(file.read_text(encoding="utf-8").replace("depot", "vercle"), encoding="utf-8")
    assert main(["restore", "--version", V1, *shop]) == 4
    assert "there is no platform 'vercle'; known: cloudflare, depot" in capsys.readouterr().err
