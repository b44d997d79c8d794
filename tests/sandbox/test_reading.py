"""The files of systems: what they may say, and that each mistake is said at once."""

from __future__ import annotations

import dataclasses
import json
import re
from pathlib import Path
from typing import Any

import pytest

from base.places import APPS, PROJECT, SYSTEMS
from sandbox import reading, system
from sandbox.errors import SandboxError
from sandbox.reading import names, read
from sandbox.system import System

GOOD = (SYSTEMS / "fm5.toml").read_text(encoding="utf-8")


def written(folder: Path, *changes: tuple[str, str]) -> str:
    """The path of a file with FM5's text, changed in one place each."""
    text = GOOD
    for old, new in changes:
        assert text.count(old) >= 1, old
        text = text.replace(old, new, 1)
    path = folder / "other.toml"
    path.write_text(text, encoding="utf-8")
    return str(path)


@pytest.mark.parametrize("name", names())
def test_what_ships_can_be_read(name: str) -> None:
    """Every file is a system, and travels to the supervisor and into the run's record as JSON."""
    found = read(name)
    assert found.name == name
    assert System.restored(json.loads(json.dumps(found.content))) == found


def test_page_names_every_key() -> None:
    """docs/sandbox.md says what a file may say."""
    page = (PROJECT / "docs" / "sandbox.md").read_text(encoding="utf-8").partition("## Systems")[2].partition("## Conditions")[0]
    tables: list[Any] = [each for each in vars(system).values() if isinstance(each, type) and dataclasses.is_dataclass(each)]
    keys = {field.name for table in tables if issubclass(table, system.Declared) for field in dataclasses.fields(table)} - {"folder"}
    assert len(keys) > 20
    assert [key for key in sorted(keys) if not re.search(rf"\b{key}\b", page)] == []


def test_one_system_is_the_default() -> None:
    """Which one is meant when none is named stands in its file."""
    assert read() == read(reading.default())
    assert [name for name in names() if read(name).default] == [reading.default()]


def test_two_defaults_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody could say which is meant; one by its name can still be read."""
    for name in ("a", "b"):
        (tmp_path / f"{name}.toml").write_text(GOOD, encoding="utf-8")
    monkeypatch.setattr(reading, "SYSTEMS", tmp_path)
    with pytest.raises(SandboxError, match="exactly one system must say default = true, not a, b"):
        read()
    assert read("b").title == "FM5"


@pytest.mark.parametrize(("name", "what"), [("nothing", "unknown system"), ("a/nothing.toml", "there is no such file")])
def test_unknown_system_names_the_known(name: str, what: str) -> None:
    with pytest.raises(SandboxError, match=f"{name}: {what}; known: fm5, plain"):
        read(name)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('title = "FM5"', 'title = "FM5"\ncolour = "red"', "colour: unknown key"),
        ('subdomain = "fm5"', 'subdomain = "fm5"\nplan = "free"', "account.plan: unknown key"),
        ('environment = "local"', 'environment = "local"\ncron = "1"', "workers.fm5-staging.cron: unknown key"),
        ('title = "FM5"', "", "title: missing"),
        ('title = "FM5"', "title = 5", "title: input should be a valid string"),
        ('app = "fm5"', 'app = "nothing"', f"workers.fm5-staging.app: there is no app {APPS / 'nothing'}"),
        ('"wrangler.staging.jsonc"', '"x.jsonc"', "workers.fm5-staging.configuration: the app has no file x.jsonc"),
        ('migrate = "migrate.mjs"', 'migrate = "x.mjs"', "workers.fm5-staging.migrate: the app has no file x.mjs"),
        ('hosts = ["fm5.test"]', 'hosts = ["staging.fm5.test"]', "the host staging.fm5.test is given twice"),
        ('[storage]\nhost = "files', '[storage]\nhost = "mail', "the host mail.fm5.test is given twice"),
        ('domain = "fm5.test"', 'domain = "https://fm5.test"', "'https://fm5.test' is no host name: write it in lower case"),
        ('database = "fm5_staging"', 'database = "gone"', "workers.fm5-staging.database: 'gone' is none of fm5_staging, fm5, guest"),
        ('database = "fm5_staging"\n', "", "workers.fm5-staging.migrate: say which `database`"),
        ("fm5_staging = {", '"a-b" = {', "databases.a-b: the name must be an identifier"),
        ("0000000000000000002", "0000000000000000001", "the Hyperdrive id 0a5f0000000000000000000000000001 is given twice"),
        ('id = "fm5-google"', 'id = "fm5-github"', "the client id fm5-github is given twice"),
        ("github = { id", "gitlab = { id", "workers.fm5-staging.clients: 'gitlab' is none of github, google"),
        ('"/api/auth/callback/github"', '"api"', "workers.fm5-staging.clients.github.redirect: must be a path, such as /health, not 'api'"),
        ('"clients.github"', '"clients.gitlab"', "workers.fm5-staging.secrets.GITHUB_CLIENT_SECRET: 'clients.gitlab' is none of mail.full"),
        ('worker = "fm5-staging" }', 'worker = "x" }', "buckets.fm5-staging-files.worker: 'x' is none of fm5-staging, fm5"),
        ('worker = "fm5"\nlanding', 'worker = "x"\nlanding', "standing.worker: 'x' is none of fm5-staging, fm5"),
        ('"mail.full"', '"random"', "variables.RESEND_API_KEY: 'random' is none of mail.full, mail.sending"),
        ('environment = "local-production"', 'environment = "local"', "the environment local verifies two Workers"),
        ('environment = "local"', 'after = ["x"]', "workers.fm5-staging.after: 'x' is none of fm5-staging, fm5"),
        ('environment = "local"', 'after = ["fm5-staging"]', "fm5-staging would wait for each other for ever"),
        ("[mail]\n", "[mail\n", "cannot be read"),
    ],
)
def test_mistakes_are_named(tmp_path: Path, old: str, new: str, said: str) -> None:
    with pytest.raises(SandboxError) as raised:
        read(written(tmp_path, (old, new)))
    assert said in str(raised.value)
    assert str(tmp_path / "other.toml") in str(raised.value)


def test_all_mistakes_are_said_at_once(tmp_path: Path) -> None:
    """Unknown keys, at the top and further in, and what does not fit together: one sentence each, in one message."""
    path = written(
        tmp_path,
        ('title = "FM5"', 'title = "FM5"\ncolour = "red"'),
        ('environment = "local"', 'environment = "local"\ncron = "1"'),
        ('app = "fm5"', 'app = "nothing"'),
        ('hosts = ["fm5.test"]', 'hosts = ["staging.fm5.test"]'),
    )
    with pytest.raises(SandboxError) as raised:
        read(path)
    said = str(raised.value).removeprefix(f"{path}: ").split("; ")
    assert said == [
        "colour: unknown key",
        "workers.fm5-staging.cron: unknown key",
        "the host staging.fm5.test is given twice",
        f"workers.fm5-staging.app: there is no app {APPS / 'nothing'}",
    ]


def test_mail_is_what_a_standing_account_needs(tmp_path: Path) -> None:
    """Without it, nobody could confirm it; and its keys are no sources."""
    with pytest.raises(SandboxError) as raised:
        read(written(tmp_path, ('[mail]\ndomains = ["mail.fm5.test"]\nhost = "mail.fm5.test"\n', "")))
    assert "standing: the member confirms a mailed link, so there must be [mail]" in str(raised.value)
    assert "variables.RESEND_API_KEY: 'mail.full' is none of buckets.fm5-staging-files.id" in str(raised.value)


def test_workers_are_deployed_after_those_that_they_need(tmp_path: Path) -> None:
    """What nothing waits for comes first, beside each other."""
    assert read("fm5").waves == [["fm5-staging", "fm5"]]
    path = written(tmp_path, ('environment = "local"', 'environment = "local"\nafter = ["fm5"]'))
    assert read(path).waves == [["fm5"], ["fm5-staging"]]


def test_app_lies_beside_the_file(tmp_path: Path) -> None:
    """A name is a folder of the sandbox's apps, a path leads from the system's file; environments likewise."""
    (tmp_path / "apps" / "shop").mkdir(parents=True)
    for name in ("wrangler.staging.jsonc", "migrate.mjs"):
        (tmp_path / "apps" / "shop" / name).write_text("")
    path = written(tmp_path, ('app = "fm5"', 'app = "apps/shop"'), ('environment = "local"', 'environment = "shop.toml"'))
    found = read(path)
    assert [found.app(worker) for worker in found.workers.values()] == [tmp_path / "apps" / "shop", APPS / "fm5"]
    assert found.targets == {"shop.toml": "fm5-staging", "local-production": "fm5"}
    assert [found.option(name) for name in found.targets] == [str(tmp_path / "shop.toml"), "local-production"]
