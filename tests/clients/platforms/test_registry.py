"""The registry of platforms: filled by walking the package, asked by name."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

from base.tools import ToolMissing
from clients.errors import Misconfigured, Unavailable
from clients.platforms import cloudflare
from clients.platforms.registry import demand, known, named, open_platform
from environments.schema.deploy_rollback import Rollback
from environments.schema.registry import model
from tests.house import ROOT

PAGE = ROOT / "docs" / "add-a-platform.md"


def test_platforms_that_ship() -> None:
    """Helpers beside them are none."""
    assert {name: platform.__module__ for name, platform in known().items()} == {"cloudflare": "clients.platforms.cloudflare"}


def test_module_is_all_it_takes(depot_module: Path) -> None:
    """A file in the package is a platform, in the order of the names."""
    assert list(known()) == ["cloudflare", depot_module.stem]
    assert named("depot").__module__ == "clients.platforms.depot"


def test_unknown_platform_names_the_known_ones(depot_module: Path) -> None:
    """Whatever is asked of the registry."""
    words = "there is no platform 'vercle'; known: cloudflare, depot"
    for act in (lambda: named("vercle"), lambda: demand("vercle", ()), lambda: open_platform("vercle", "s", {}, home=Path())):
        with pytest.raises(Misconfigured, match=words):
            act()


def test_everything_that_is_missing_is_named_at_once() -> None:
    """By the keys of the section."""
    with pytest.raises(Misconfigured, match="the platform cloudflare needs token and account$"):
        demand("cloudflare", ["api"])
    demand("cloudflare", ["token", "account"])


def test_platform_is_told_its_own_settings_only(depot_module: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What else the section holds is for others; the folder for its tool is there, and private."""
    handed: list[object] = []
    monkeypatch.setattr(named("depot"), "open", lambda service, settings, tooling: handed.extend((service, settings)))
    open_platform("depot", "shop", {"api": str(tmp_path), "token": "of another platform"}, home=tmp_path / "a" / "home")
    assert handed == ["shop", {"api": str(tmp_path)}]
    assert (tmp_path / "a" / "home").stat().st_mode & 0o777 == 0o700


def test_tool_that_is_missing_is_said_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Before anything is asked: what to install."""

    def toolchain() -> object:
        raise ToolMissing("wrangler is missing: run `make setup`")

    monkeypatch.setattr(cloudflare, "toolchain", toolchain)
    with pytest.raises(Unavailable, match="wrangler is missing: run `make setup`"):
        open_platform("cloudflare", "shop", {"token": "t", "account": "a"}, home=tmp_path)


def blocks(language: str) -> list[str]:
    """The examples of the page in a language."""
    return re.findall(rf"^```{language}\n(.*?)^```", PAGE.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)


def test_page_shows_the_platform_that_is_tested(depot_module: Path) -> None:
    """The very file that keeps the contract."""
    assert depot_module.read_text(encoding="utf-8") in blocks("python")


def test_page_shows_the_test_that_is_played() -> None:
    """The class that brings its bench, as it stands in the tests."""
    [shown] = [text for text in blocks("python") if "class TestDepot(Contract)" in text]
    played = (ROOT / "tests" / "clients" / "platforms" / "test_platforms.py").read_text(encoding="utf-8")
    assert shown in played


def test_section_of_the_page_is_one(depot_module: Path, tmp_path: Path) -> None:
    """An environment with it has a platform that opens."""
    [section] = blocks("toml")
    content = {"name": "shop", "title": "A shop", "tier": "staging", "origin": "https://shop.example", "version": {"header": "x-version"}}
    environment = model().model_validate({**content, **tomllib.loads(section)}, context={"variables": {"SHOP_DEPOT": str(tmp_path)}})
    rollback = environment.section(Rollback)
    assert rollback is not None
    assert (environment.platform, environment.service) == ("depot", "shop-staging")
    demand(rollback.platform, rollback.told)
    assert open_platform(rollback.platform, rollback.worker, rollback.settings, home=tmp_path / "home").service == "shop-staging"


def test_page_names_what_there_is_to_write() -> None:
    """Every method and attribute of the port, and every method of a bench."""
    from clients.platforms.base import Deployments, Platform
    from tests.clients.platforms.contract import Bench

    text = PAGE.read_text(encoding="utf-8")
    port = {name for kind in (Deployments, Platform) for name in (*vars(kind), *kind.__annotations__) if not name.startswith("_")}
    wanted = port | Bench.__abstractmethods__
    assert {"current", "deploy_beside", "override", "settings", "garbled"} <= wanted
    assert not {name for name in wanted if f"`{name}`" not in text}
