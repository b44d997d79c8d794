"""Environment files: every mistake at once, by name, before anything is sent."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from environments import EnvironmentProblem, Tier, hosts_of_others, load, names, read
from environments.schema.mail_delivery import DeliverySection

HEALTH_ONLY = 'title = "x"\ntier = "staging"\norigin = "https://app.example.org"\n[health]\n'


def written(folder: Path, text: str) -> str:
    file = folder / "target.toml"
    file.write_text(text, encoding="utf-8")
    return str(file)


def mistakes(folder: Path, text: str) -> list[str]:
    with pytest.raises(EnvironmentProblem) as caught:
        load(written(folder, text), variables={})
    return caught.value.lines


@pytest.mark.parametrize("name", names())
def test_shipped_environment_is_valid(name: str) -> None:
    """Every file that ships here can be loaded, before its secret variables have values."""
    environment = load(name, variables=None)
    assert environment.name == name
    assert "health" in environment.capabilities
    assert not any(secret.known for secret in environment.secrets)


def test_shipped_environments_are_those_of_fm5() -> None:
    """The names that the documentation and the workflows use exist."""
    assert {"local", "local-production", "staging", "production", "preview"} <= set(names())


def test_every_mistake_is_reported_at_once(tmp_path: Path) -> None:
    """Unknown keys, wrong types, missing variables and wrong values of one file come together, each with its place."""
    lines = mistakes(
        tmp_path,
        'title = "x"\ntier = "stagin"\norigin = "https://x.example/app"\ncolour = 1\n[limits]\nat_once = "5"\n'
        '[health]\npaht = "/x"\n[mail.delivery]\nkey = "RESEND_API_KEY"\nsender = "a@b.c"\n',
    )
    places = {line.split(":")[0] for line in lines}
    assert places == {"tier", "origin", "colour", "limits.at_once", "health.paht", "mail.delivery.key"}
    assert any("RESEND_API_KEY is not set" in line for line in lines)


def test_secret_in_the_file_is_refused_and_not_repeated(tmp_path: Path) -> None:
    """A file names the variable; a value pasted into it is refused without being printed."""
    lines = mistakes(tmp_path, HEALTH_ONLY + '[mail.delivery]\nkey = "re_9x8y7z"\nsender = "a@b.c"\n')
    assert any("mail.delivery.key" in line and "NAME" in line for line in lines)
    assert "re_9x8y7z" not in "".join(lines)


def test_secret_is_revealed_to_clients_only(tmp_path: Path) -> None:
    """The value is in neither the text nor the representation of the environment."""
    file = written(tmp_path, HEALTH_ONLY + '[mail.delivery]\nkey = "RESEND_API_KEY"\nsender = "a@b.c"\n')
    environment = load(file, variables={"RESEND_API_KEY": "canary7f3a"})
    delivery = environment.section(DeliverySection)
    assert delivery is not None
    assert delivery.key.reveal() == "canary7f3a"
    assert "canary7f3a" not in f"{environment!r} {environment}"


def test_http_is_refused_outside_the_sandbox(tmp_path: Path) -> None:
    """A deployment that people use is verified over https."""
    lines = mistakes(tmp_path, HEALTH_ONLY.replace("https://", "http://"))
    assert lines == ["file: origin must be https in tier staging, not http://app.example.org"]


def test_verification_needs_a_way_to_read_mail(tmp_path: Path) -> None:
    """Sections that need one another say so, with what to add."""
    lines = mistakes(tmp_path, HEALTH_ONLY + '[auth.email]\naddresses = "a+{label}@b.example"\n')
    assert "add [mail.delivery]" in lines[0]


def test_origin_can_be_replaced(tmp_path: Path) -> None:
    """A preview per pull request is the same file with another origin, and the origin is checked alike."""
    file = written(tmp_path, HEALTH_ONLY)
    assert load(file, variables={}, origin="https://pr-7.example.org/").origin == "https://pr-7.example.org"
    for origin, said in {
        "pr-7.example.org": "origin: must be a base URL such as https://staging.example.org, not 'pr-7.example.org'",
        "https://pr-7.example.org/app": "origin: must end after the host (no path, query, fragment or user)",
        "http://pr-7.example.org": "origin must be https in tier staging, not http://pr-7.example.org",
    }.items():
        with pytest.raises(EnvironmentProblem, match=re.escape(said)):
            load(file, variables={}, origin=origin)


def test_unknown_name_lists_the_known_ones() -> None:
    """A typing mistake in --env is answered with the names that exist."""
    with pytest.raises(EnvironmentProblem, match=r"unknown environment; known: .*local.*staging"):
        load("stagging", variables={})


def test_broken_toml_is_one_sentence(tmp_path: Path) -> None:
    """A file that is not TOML is a mistake of the file, with line and column."""
    assert "not valid TOML" in mistakes(tmp_path, "title = \n")[0]


def test_production_declares_no_rollback() -> None:
    """The drill changes the running version: production never declares it."""
    for name in names():
        environment = load(name, variables=None)
        if environment.tier is Tier.PRODUCTION:
            assert "deploy.rollback" not in environment.capabilities


def test_sandbox_is_recognised_before_loading() -> None:
    """Whether the sandbox has to be booted is known from the file alone."""
    assert read("local").sandboxed
    assert not read("staging").sandboxed


def test_digest_is_that_of_what_is_declared(tmp_path: Path) -> None:
    """Another value is another digest; where the sandbox answers and what secrets hold make no difference; the origin in use does."""
    text = 'title = "t"\ntier = "staging"\norigin = "https://staging.example.org"\n[health]\npath = "/health"\n'
    standing = '[auth.standing]\nemail = "EMAIL"\npassword = "PASSWORD"\n'

    def digest(content: str, **options: Any) -> str:
        (tmp_path / "target.toml").write_text(content, encoding="utf-8")
        return load(str(tmp_path / "target.toml"), **{"variables": {"EMAIL": "a", "PASSWORD": "b"}, **options}).digest

    plain = digest(text)
    assert len(plain) == 64
    assert plain == digest("# a comment\n" + text, supplied={"connect": "127.0.0.1:4711"})
    assert digest(text + standing) == digest(text + standing, variables={"EMAIL": "c", "PASSWORD": "d"})
    others = [digest(text.replace("/health", "/up")), digest(text + standing), digest(text, origin="https://pr-7.example.org")]
    others += [digest(text + standing.replace('"PASSWORD"', '"OTHER"'), variables=None)]
    assert len({plain, *others}) == 5
    assert digest(text, origin="https://STAGING.example.org/") == plain


@pytest.mark.parametrize(
    ("section", "said"),
    [
        ("[auth.jwt]", "[auth.jwt] needs [auth.email]"),
        ("[auth.oauth]\npkce = true", "auth.oauth: add a section for a provider, for example [auth.oauth.github]"),
        (
            '[auth.oauth.gitlba]\nclient_id = "x"',
            "where gitlba asks people is not known: name better-auth's provider",
        ),
        ('[auth.oauth.gitlab]\nclientid = "x"', "auth.oauth.gitlab.clientid: unknown key"),
        ('[auth.oauth]\ncalback = "/x"\ngithub = { client_id = "x" }', "calback is no key, and no provider's table"),
        ('[auth.oauth]\nstand_in = true\ngithub = { client_id = "x" }', "auth.oauth.stand_in makes members"),
        ('[auth.cors]\norigins = ["https://a.example/path"]', "must end after the host"),
    ],
)
def test_sections_about_coming_in_fit_together(tmp_path: Path, section: str, said: str) -> None:
    """Tokens, providers and origins need to know where better-auth is mounted, and name what they are about."""
    file = tmp_path / "acme.toml"
    file.write_text(f'title = "Acme"\ntier = "staging"\norigin = "https://acme.example"\n\n{section}\n', encoding="utf-8")
    with pytest.raises(EnvironmentProblem) as problem:
        load(str(file), variables=None)
    assert any(said in line for line in problem.value.lines), problem.value.lines


def test_hosts_of_other_environments_are_known_by_name(tmp_path: Path) -> None:
    """Those beside the file, but for what is its own, and for files that say nothing."""
    (tmp_path / "other.toml").write_text('origin = "https://other.example.org"\nhosts = ["files.example.org", "app.example.org"]\n')
    (tmp_path / "broken.toml").write_text("origin = \n")
    (tmp_path / "odd.toml").write_text("origin = 3\nhosts = 4\n")
    assert hosts_of_others(written(tmp_path, HEALTH_ONLY), {"app.example.org"}) == {
        "other.example.org": "other",
        "files.example.org": "other",
    }
    assert hosts_of_others("local", {"staging.fm5.test"})["fm5.test"] == "local-production"
    with pytest.raises(EnvironmentProblem):
        hosts_of_others("nowhere", set())


@pytest.mark.parametrize(
    ("mine", "other", "found"),
    [
        ('origin = "https://app.acme.example"', 'origin = "https://acme.example"', True),
        ('origin = "https://app.acme.example"', 'origin = "https://app.other.example"', False),
        ('origin = "https://app.acme.example"', 'origin = "https://b.example"\nhosts = ["cdn.acme.example"]', True),
        ('origin = "https://a.co.uk"', 'origin = "https://b.co.uk"', False),
        ('origin = "https://acme-a.vercel.app"', 'origin = "https://somebody.vercel.app"', False),
        ('origin = "https://a.up.railway.app"', 'origin = "https://b.up.railway.app"', False),
        ('system = "Acme"\norigin = "https://acme-a.vercel.app"', 'system = "Acme"\norigin = "https://acme.example"', True),
        ('system = "Acme"\norigin = "https://a.acme.example"', 'system = "Blog"\norigin = "https://b.acme.example"', False),
        ('system = "Acme"\norigin = "https://a.acme.example"', 'origin = "https://b.acme.example"', False),
        ('origin = "http://127.0.0.1:3000"', 'origin = "http://localhost:4000"', False),
        ('system = "Acme"\norigin = "https://acme.example"', 'system = "Acme"\norigin = "http://localhost:4000"', False),
        ('origin = "https://192.0.2.1"', 'origin = "https://192.0.2.2"', False),
        ('origin = "https://fm5.test"\n[sandbox]\nworker = "a"', 'origin = "https://x.test"\n[sandbox]\nworker = "b"', True),
        (
            'origin = "https://fm5.test"\n[sandbox]\nworker = "a"',
            'origin = "https://b.fm5.test"\n[sandbox]\nworker = "b"\nsystem = "x"',
            False,
        ),
    ],
)
def test_other_environments_are_those_of_the_same_system(tmp_path: Path, mine: str, other: str, found: bool) -> None:
    """A folder may hold the files of several products; what one of them is built with says nothing about another."""
    (tmp_path / "mine.toml").write_text(mine, encoding="utf-8")
    (tmp_path / "other.toml").write_text(other, encoding="utf-8")
    assert bool(hosts_of_others(str(tmp_path / "mine.toml"), set())) is found


@pytest.mark.parametrize(("named", "meant"), [("", None), ('system = "plain"', "plain"), ('system = "../x.toml"', "/x.toml")])
def test_environment_says_which_system(tmp_path: Path, named: str, meant: str | None) -> None:
    """By name, or as a file beside the environment's; what only looks for it before the rest is read hears the same."""
    (tmp_path / "here").mkdir()
    meant = f"{tmp_path}{meant}" if meant and meant.startswith("/") else meant
    text = f'title = "x"\ntier = "sandbox"\norigin = "https://x.test"\n[sandbox]\nworker = "x"\n{named}\n[health]\n'
    file = written(tmp_path / "here", text)
    environment = load(file, variables=None)
    assert environment.sandbox
    assert environment.sandbox.system == read(file).system == meant


def test_environment_without_a_table_names_no_system(tmp_path: Path) -> None:
    """Its mistakes are said by whoever understands it."""
    assert read(written(tmp_path, "sandbox = 1")).system is None
    assert mistakes(tmp_path, HEALTH_ONLY + "[sandbox]\nworker = 1\nsystem = 2\n")


@pytest.mark.parametrize(
    ("origin", "connect", "https"),
    [
        ("http://127.0.0.1:8080", "", False),
        ("http://localhost:8080", "", False),
        ("http://acme.example", "127.0.0.1:8080", False),
        ("http://acme.example", "[::1]:8080", False),
        ("http://127.0.0.1", "10.0.0.7:80", True),
        ("https://127.0.0.1:8443", "", True),
    ],
)
def test_only_http_on_this_machine_is_excused_from_tls(tmp_path: Path, origin: str, connect: str, https: bool) -> None:
    """H4: where nothing leaves this machine TLS is not checked; everywhere else an http origin fails its checks."""
    more = f'connect = "{connect}"\n' if connect else ""
    environment = load(written(tmp_path, f'title = "x"\ntier = "sandbox"\norigin = "{origin}"\n{more}[health]\n'), variables={})
    assert ("origin.https" in environment.capabilities) is https
