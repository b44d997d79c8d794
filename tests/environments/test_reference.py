"""The reference of environment files: current, complete, and true."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest
import trustme
from pydantic import BaseModel, Field

from environments import load, names
from environments.__main__ import main
from environments.plain import words
from environments.reference import (
    COMMAND,
    EXAMPLE,
    EXAMPLES,
    PAGE,
    ReferenceSection,
    capabilities,
    declared_by,
    declared_by_key,
    example,
    render,
    sections,
)
from environments.schema.environment import DEEPER
from environments.schema.limits import Limits
from tests.house import ROOT

SECTIONS = {section.name: section for section in sections()}
KEYS = [(section.name, key) for section in sections() for key in section.keys]


def test_page_is_current() -> None:
    """docs/environments.md says what the schema says now."""
    assert (ROOT / PAGE).read_text(encoding="utf-8") == render(), f"run `{COMMAND}`"


def test_command_prints_the_page(capsys: pytest.CaptureFixture[str]) -> None:
    """The command that the page names writes the page, and refuses what it does not know."""
    assert main(["reference"]) == 0
    assert capsys.readouterr().out == render()
    assert main(["refrence"]) == 4
    assert "python -m environments reference" in capsys.readouterr().err


def test_sections_are_those_of_the_schema() -> None:
    """Tables that only group others are not sections; lists of tables are."""
    assert {"", "headers", "auth.email", "auth.email.limits", "browser.labels"} <= SECTIONS.keys()
    assert not {"auth", "storage", "mail", "deploy"} & SECTIONS.keys()
    assert "name" not in SECTIONS[""].keys
    assert SECTIONS["auth.email.limits"].heading == "`[[auth.email.limits]]`"


@pytest.mark.parametrize("name", SECTIONS)
def test_section_is_described(name: str) -> None:
    """Every section says in a sentence what it is for."""
    assert re.fullmatch(r"[A-Z].{15,}\.", SECTIONS[name].text), f"write it behind `[{name}]: ` in the docstring of its class"


@pytest.mark.parametrize(("section", "key"), KEYS)
def test_field_is_described(section: str, key: str) -> None:
    """Every key has a description of its own, a sentence."""
    described = SECTIONS[section].keys[key].description or ""
    assert re.fullmatch(r".{10,}\.", described), f"give {section}.{key} a Field(description=...)"


@pytest.mark.parametrize(("section", "key"), KEYS)
def test_example_shows_the_key(section: str, key: str) -> None:
    """Every key is in its section's example; where two exclude each other, one is a comment."""
    assert re.search(rf"^(# )?{key} = ", example(SECTIONS[section]), re.MULTILINE), f"add {key} to {EXAMPLE.name}"


def test_page_for_beginners_names_sections_that_there_are() -> None:
    """Who reads how to add an environment is told of no table that a file may not have; all of them are in the reference."""
    page = (ROOT / "docs" / "add-an-environment.md").read_text(encoding="utf-8")
    named = {name for line in page.splitlines() if line.startswith("| `[") for name in re.findall(r"`\[+([a-z0-9_.]+)\]+`", line)}
    assert named
    assert named <= SECTIONS.keys(), f"no such section: {sorted(named - SECTIONS.keys())}"
    assert "environments.md" in page


def test_example_is_a_valid_environment(tmp_path: Path) -> None:
    """The example can be loaded, and so can what it shows as a comment."""
    written = EXAMPLE.read_text(encoding="utf-8")
    assert load(str(EXAMPLE), variables=None).title == "Acme staging"
    other = written.replace("# ca =", "ca =").replace('header = "x-version-id"\n# ', "")
    trustme.CA().cert_pem.write_to_path(str(tmp_path / "acme-ca.pem"))
    (tmp_path / "acme.toml").write_text(other, encoding="utf-8")
    environment = load(str(tmp_path / "acme.toml"), variables=None)
    assert environment.ca == str(tmp_path / "acme-ca.pem")
    assert environment.version is not None
    assert environment.version.health_field == "build.version"


def test_example_declares_whatever_a_check_can_require() -> None:
    """No check asks for a capability that the reference does not know how to declare."""
    checks = tomllib.loads((ROOT / "reports" / "checks.toml").read_text(encoding="utf-8"))
    required = {capability for check in checks.values() for capability in check["requires"]}
    assert required
    assert required <= capabilities()


def test_example_is_not_shipped() -> None:
    """None is a target: `--env every-key` does not exist."""
    assert not {file.stem for file in EXAMPLES} & set(names())


@pytest.mark.parametrize("file", EXAMPLES, ids=lambda file: file.stem)
def test_every_example_is_valid(file: Path) -> None:
    """Ways in that exclude each other have an example each, and each can be loaded as it stands."""
    assert load(str(file), variables=None).capabilities <= capabilities()


@pytest.mark.parametrize(
    ("section", "found"),
    [
        ("", set()),
        ("limits", set()),
        ("headers", {"headers"}),
        ("version", {"version"}),
        ("health", {"health"}),
        ("auth.email", {"auth.email", "auth.email.sign_up", "members", "members.cookies", "members.newcomers"}),
        ("auth.bearer", {"auth.bearer", "members"}),
        ("auth.email.invitation", {"members.invitation"}),
        ("auth.bearer.accounts", set()),
        ("auth.code", {"auth.code", "members", "members.cookies", "members.mailed"}),
        ("auth.magic_link", {"auth.magic_link", "members", "members.cookies", "members.mailed"}),
        ("auth.two_factor", {"auth.two_factor"}),
        ("auth.standing", {"auth.standing"}),
        ("auth.jwt", {"auth.jwt"}),
        ("auth.cors", {"auth.cors"}),
        ("auth.oauth.github", {"auth.oauth.github"}),
        ("storage.s3", {"storage.s3"}),
        ("deploy.rollback", {"deploy.rollback"}),
        ("browser.labels", set()),
    ],
)
def test_capability_of_a_section(section: str, found: set[str]) -> None:
    """A section's capability is what an environment no longer declares without it."""
    assert declared_by(SECTIONS[section]) == found


@pytest.mark.parametrize(
    ("section", "key", "found"),
    [
        ("health", "services", {"health.services", "health.services.others"}),
        ("health", "path", set()),
        ("auth.email", "verification", {"auth.email.verification"}),
        ("auth.email", "deletion", {"auth.email.deletion"}),
        ("auth.email", "duplicates", {"auth.email.duplicates"}),
        ("auth.email", "personal", {"auth.email.personal"}),
        ("auth.bearer", "sign_up", {"auth.bearer.sign_up", "members.newcomers"}),
        ("auth.bearer", "deletion", {"auth.bearer.deletion"}),
        ("auth.oauth", "stand_in", {"auth.oauth.stand_in"}),
        ("auth.cors", "origins", {"auth.cors.origins"}),
        ("limits", "addresses", {"limits.addresses"}),
        ("storage.objects", "presign", {"storage.objects.presign"}),
        ("browser", "files", {"browser.files"}),
    ],
)
def test_capability_of_a_key(section: str, key: str, found: set[str]) -> None:
    """Some keys declare a capability of their own."""
    assert declared_by_key(SECTIONS[section], key) == found


def test_every_capability_is_declared_somewhere() -> None:
    """What the whole example declares is the sum of what its sections and keys declare, and that there is more than health."""
    of_sections = {capability for section in SECTIONS.values() for capability in declared_by(section)}
    of_keys = {capability for section, key in KEYS for capability in declared_by_key(SECTIONS[section], key)}
    assert of_sections | of_keys | {DEEPER} == capabilities()


@pytest.mark.parametrize("name", names())
def test_shipped_environment_is_in_the_table(name: str) -> None:
    """Title, tier and mark of a shipped environment stand beside its name, and so do the variables that it needs."""
    environment = load(name, variables=None)
    row = next(line for line in render().splitlines() if line.startswith(f"| `{name}` |"))
    _, _, title, tier, mark, needs, _ = (cell.strip() for cell in row.split("|"))
    assert (title, tier) == (environment.title, environment.tier)
    assert mark == ("never run" if environment.never_run else "-")
    expected = set() if environment.sandbox else {secret.variable for secret in environment.secrets}
    assert set(re.findall(r"`(\w+)`", needs)) == expected


def test_shipped_environment_is_in_the_matrix() -> None:
    """Each column of the matrix lists what that environment declares."""
    lines = render().splitlines()
    head = next(number for number, line in enumerate(lines) if line.startswith("| capability |"))
    columns = re.findall(r"`(.+?)`", lines[head])
    rows = [[cell.strip() for cell in line.split("|")[1:-1]] for line in lines[head + 2 : lines.index("", head)]]
    found = {name: {row[0].strip("`") for row in rows if row[number] == "yes"} for number, name in enumerate(columns, 1)}
    assert found == {name: set(load(name, variables=None).capabilities) for name in names()}


@pytest.mark.parametrize(
    ("section", "key", "said"),
    [
        ("", "title", "text"),
        ("", "tier", '`"sandbox"`, `"preview"`, `"staging"` or `"production"`'),
        ("", "origin", "base URL"),
        ("", "hosts", "list of host names"),
        ("", "connect", "`HOST:PORT`"),
        ("", "never_run", "`true`"),
        ("limits", "at_once", "whole number, 1 to 64"),
        ("limits", "run_seconds", "whole number, at least 10"),
        ("health", "expect", "table: text = text, true or false or whole number"),
        ("auth.email", "addresses", "e-mail address with `{label}`"),
        ("auth.email", "session_days", "number, more than 0"),
        ("auth.email.limits", "paths", "list of texts, at least 1 of them"),
        ("auth.standing", "password", "name of a secret variable"),
        ("storage.objects", "presign", "path"),
        ("deploy.rollback", "api", "name of a secret variable"),
    ],
)
def test_types_are_in_plain_words(section: str, key: str, said: str) -> None:
    """A reader who knows no Python understands what a key takes, and within which bounds."""
    assert words(SECTIONS[section].keys[key]) == said


def test_type_without_words_is_an_error() -> None:
    """A new type in the schema is given words, instead of appearing on the page as Python."""

    class New(BaseModel):
        size: complex = Field(description="Something new.")

    with pytest.raises(KeyError):
        words(New.model_fields["size"])


def test_section_without_text_would_be_seen() -> None:
    """A class whose docstring says nothing behind its name, in a field without a description, has no text."""

    class Bare(BaseModel):
        """[bare]"""

    class Top(BaseModel):
        bare: Bare

    assert ReferenceSection("bare", Bare, Top.model_fields["bare"]).text == ""
    assert SECTIONS["limits"] == ReferenceSection("limits", Limits, SECTIONS["limits"].field)


def test_no_secret_has_a_value_on_the_page(monkeypatch: pytest.MonkeyPatch) -> None:
    """The page is written without looking at the variables of whoever writes it."""
    monkeypatch.setenv("RESEND_API_KEY", "canary5d41")
    monkeypatch.setenv("FM5_RESEND_API_KEY", "canary5d41")
    assert "canary5d41" not in render()


def test_example_file_has_no_lost_section() -> None:
    """Every table of the examples belongs to a section of the schema, so that all of it is shown."""
    tables = [table for file in EXAMPLES for table in re.findall(r"^\[+([\w.]+)\]", file.read_text(encoding="utf-8"), re.MULTILINE)]
    assert set(tables) == SECTIONS.keys() - {""}
