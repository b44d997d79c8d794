"""Which addresses `--origin` may name, once a file has secrets that would be sent there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from environments import Environment, EnvironmentProblem, load

HEAD = 'title = "Acme"\ntier = "{tier}"\norigin = "{origin}"\n{top}\n[health]\npath = "/status"\n'
WALL = '[access.headers]\nx-bypass = "ACME_BYPASS"\n'
ACCOUNT = (
    '[auth.email]\naddresses = "a+{label}@acme.example"\nreset = false\n[auth.standing]\nemail = "ACME_EMAIL"\npassword = "ACME_PASSWORD"\n'
)
MEMBERS = "[auth.bearer]\n" + '[[auth.bearer.accounts]]\nemail = "ACME_EMAIL"\npassword = "ACME_PASSWORD"\n' * 2
BUCKET = '[storage.s3]\nendpoint = "https://bucket.example"\nbucket = "b"\naccess_key_id = "ACME_ID"\nsecret_access_key = "ACME_KEY"\n'
MAIL = '[mail.delivery]\nkey = "ACME_MAIL"\nsender = "a@acme.example"\n'
PLATFORM = '[version]\nheader = "x-version"\n[deploy.rollback]\nworker = "acme"\naccount = "ACME_ID"\ntoken = "ACME_TOKEN"\n'
KNOWN = '[deployments]\nproject = "prj_a1"\ntoken = "ACME_TOKEN"\n'
VARIABLES = {f"ACME_{name}": f"value-of-{name}" for name in ("BYPASS", "EMAIL", "PASSWORD", "ID", "KEY", "MAIL", "TOKEN")}
OWN = "https://acme.example"


def loaded(
    folder: Path, origin: str | None, sections: str = WALL, *, top: str = "", own: str = OWN, tier: str = "preview", secrets: bool = True
) -> Environment:
    """A file with these sections, and another origin in place of its own."""
    file = folder / "acme.toml"
    file.write_text(HEAD.format(origin=own, top=top, tier=tier) + sections, encoding="utf-8")
    return load(str(file), variables=VARIABLES if secrets else None, origin=origin)


def refused(folder: Path, origin: str, sections: str = WALL, **options: str) -> str:
    """What is said of an origin that is not allowed; no value of a secret is in it."""
    with pytest.raises(EnvironmentProblem) as problem:
        loaded(folder, origin, sections, **options)  # type: ignore[arg-type]
    text = str(problem.value)
    assert not [value for value in VARIABLES.values() if value in text]
    assert len(text) < 600
    return text


ALLOWED = 'previews = ["*.acme.vercel.app"]'
# Of each address, whether it may be chosen where *.acme.vercel.app may (S3), and what tries to look like it.
ADDRESSES = {
    "https://acme.example": True,
    "https://acme.example/": True,
    "https://ACME.example": True,
    "https://acme.example:443": True,
    "https://pr-12.acme.vercel.app": True,
    "https://PR-12.Acme.Vercel.App": True,
    "https://pr-12.acme.vercel.app:443": True,
    "https://a.b.acme.vercel.app": True,
    "https://xn--bcher-kva.acme.vercel.app": True,
    "https://evil.example": False,
    "https://acme.vercel.app": False,
    "https://acme.vercel.app.evil.example": False,
    "https://pr-12.acme.vercel.app.evil.example": False,
    "https://evilacme.vercel.app": False,
    "https://pr-12-acme.vercel.app": False,
    "https://pr-12.acme.vercel.app:8443": False,
    "https://acme.example:8443": False,
    "https://sub.acme.example": False,
    "https://pr-12.acme.vercel.app.": False,
    "https://.acme.vercel.app": False,
    "https://pr-12..acme.vercel.app": False,
    "https://pr-12.acme.vercel.app\u3002": False,
    "https://evil.example\u3002acme.vercel.app": False,
    "https://b\u00fccher.acme.vercel.app": False,
    "https://evil.example%2eacme.vercel.app": False,
    "https://evil.example\\.acme.vercel.app": False,
    "https://evil.example#.acme.vercel.app": False,
    "https://evil.example?.acme.vercel.app": False,
    "https://evil.example/.acme.vercel.app": False,
    "https://pr-12.acme.vercel.app@evil.example": False,
    "https://evil.example@pr-12.acme.vercel.app": False,
    "https://*.acme.vercel.app": False,
    "https://localhost:8443": False,
    "https://127.0.0.1": False,
    "https://[::1]": False,
    "http://pr-12.acme.vercel.app": False,
    "http://acme.example": False,
    "http://pr-12.acme.vercel.app:443": False,
    "ftp://pr-12.acme.vercel.app": False,
    "//pr-12.acme.vercel.app": False,
    "https://pr-12.acme.vercel.app\n": False,
    "https://": False,
    "": False,
}


@pytest.mark.parametrize("origin", ADDRESSES, ids=ascii)
def test_address_is_what_the_file_allows(tmp_path: Path, origin: str) -> None:
    """As it is written, label by label; the origin in use is the one that was compared."""
    if ADDRESSES[origin]:
        made = loaded(tmp_path, origin, top=ALLOWED)
        assert made.origin == origin.lower().rstrip("/")
        assert made.elsewhere == ("acme.example" not in origin.lower())
    else:
        refused(tmp_path, origin, top=ALLOWED)


def test_message_says_what_would_be_sent_and_what_to_do(tmp_path: Path) -> None:
    """By the names of the variables."""
    said = refused(tmp_path, "https://evil.example:8443", WALL + ACCOUNT)
    assert "--origin: https://evil.example:8443 is not allowed by the file, and it would be sent what " in said
    assert "what ACME_BYPASS, ACME_EMAIL, ACME_PASSWORD hold" in said
    assert "name its host in previews, such as previews = " in said
    assert "https://" + "a" * 40 in refused(tmp_path, "https://" + "a" * 3000 + ".example")


@pytest.mark.parametrize("sections", [WALL, ACCOUNT, MEMBERS, MAIL + WALL], ids=["wall", "account", "members", "wall and mail"])
@pytest.mark.parametrize("secrets", [True, False], ids=["values", "no values"])
def test_secret_that_is_sent_there_is_kept(tmp_path: Path, sections: str, secrets: bool) -> None:
    """What opens a wall, and accounts; whoever signs or promotes knows the names of the variables alone."""
    with pytest.raises(EnvironmentProblem, match="--origin: https://evil.example is not allowed"):
        loaded(tmp_path, "https://evil.example", sections, secrets=secrets)
    assert not loaded(tmp_path, None, sections, secrets=secrets).elsewhere


@pytest.mark.parametrize("sections", ["", BUCKET, MAIL, PLATFORM], ids=["none", "bucket", "mail", "platform"])
def test_file_without_secrets_for_the_deployment_is_for_any_address(tmp_path: Path, sections: str) -> None:
    """Others get what is theirs, wherever the deployment is; previews that are declared hold all the same."""
    assert loaded(tmp_path, "https://pr-7.example.org", sections).origin == "https://pr-7.example.org"
    assert "and previews names others" in refused(tmp_path, "https://pr-7.example.org", sections, top=ALLOWED)


def test_hosts_of_the_file_may_be_chosen(tmp_path: Path) -> None:
    """Under scheme and port of its origin."""
    top, own = 'hosts = ["www.acme.example"]\nconnect = "127.0.0.1:1"', "https://acme.example:8443"
    assert not loaded(tmp_path, "https://www.acme.example:8443", top=top, own=own).elsewhere
    for origin in ("https://www.acme.example", "http://www.acme.example:8443", "https://a.www.acme.example:8443"):
        refused(tmp_path, origin, top=top, own=own, tier="sandbox")


def test_own_origin_on_loopback_stays(tmp_path: Path) -> None:
    """It may be an address that no pattern could name; another port is another deployment."""
    for own, other in (("http://127.0.0.1:8080", "http://127.0.0.1:8081"), ("https://[::1]:8443", "https://[::1]:8444")):
        top = 'connect = "127.0.0.1:1"'
        assert loaded(tmp_path, own, top=top, own=own, tier="sandbox").origin == own
        refused(tmp_path, other, top=top, own=own, tier="sandbox")


@pytest.mark.parametrize(
    ("pattern", "allowed", "not_allowed"),
    [
        ("pr.acme.example", ["pr.acme.example"], ["a.pr.acme.example", "b.acme.example"]),
        (
            "pr-*.acme.example",
            ["pr-7.acme.example", "pr-.acme.example"],
            ["pr-7.x.acme.example", "xpr-7.acme.example", "pr-7.acme.example.evil"],
        ),
        ("*-pr.acme.example", ["7-pr.acme.example"], ["7.pr.acme.example", "evil.example.7-pr.acme.example"]),
        ("*.PR.acme.example", ["7.pr.acme.example"], ["pr.acme.example"]),
    ],
)
def test_pattern(tmp_path: Path, pattern: str, allowed: list[str], not_allowed: list[str]) -> None:
    """One host; all below a domain; or a part of the first label, which has no dot in it."""
    for host in allowed:
        assert loaded(tmp_path, f"https://{host}", top=f'previews = ["{pattern}"]').host == host
    for host in not_allowed:
        refused(tmp_path, f"https://{host}", top=f'previews = ["{pattern}"]')


@pytest.mark.parametrize(
    "pattern",
    [
        *("*", "*.", "*.example", "", "a.*.acme.example", "**.acme.example", "*.*.acme.example", ".acme.example", "acme..example"),
        *("https://a.acme.example", "a.acme.example:443", "u@a.acme.example", "a.acme.example/", "a.acme.example.", "a.acme.example\\n"),
        "b\u00fccher.example",
    ],
)
def test_pattern_that_is_none_is_a_mistake(tmp_path: Path, pattern: str) -> None:
    """By its place, with and without `--origin`."""
    for origin in (None, OWN):
        with pytest.raises(EnvironmentProblem, match=r"previews.0: must be a host name without scheme, port or path"):
            loaded(tmp_path, origin, top=f'previews = ["{pattern}"]')


@pytest.mark.parametrize("pattern", ["*.vercel.app", "acme-*.vercel.app", "*.pages.dev", "*.workers.dev", "*.co.uk", "*.github.io"])
def test_pattern_for_anybodys_hosts_needs_somebody_who_knows(tmp_path: Path, pattern: str) -> None:
    """Anybody can have a host there; below an own name it is one's own."""
    top = f'previews = ["{pattern}"]'
    with pytest.raises(
        EnvironmentProblem, match=r"previews: .* allows hosts of anybody, below .*name a domain of your own, or single hosts"
    ):
        loaded(tmp_path, None, top=top)
    assert loaded(tmp_path, None, WALL + KNOWN, top=top).deployments is not None
    assert loaded(tmp_path, None, top=f'previews = ["*.acme.{pattern.partition(".")[2]}"]').previews


@pytest.mark.parametrize(
    "domain", ["nip.io", "10.0.0.7.nip.io", "sslip.io", "westeurope.cloudapp.azure.com", "ws-eu120.gitpod.io", "loca.lt"]
)
def test_names_for_any_address_are_anybodys(tmp_path: Path, domain: str) -> None:
    """Also at any depth below: the public list does not have them, and whoever asks gets a host there."""
    with pytest.raises(EnvironmentProblem, match=rf"previews: .* allows hosts of anybody, below {domain}"):
        loaded(tmp_path, None, top=f'previews = ["*.{domain}"]')


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ('project = "acme"', "deployments.project: string should match pattern"),
        ('project = "prj_a1\\n"', "deployments.project: string should match pattern"),
        ('project = "prj_a1"\nteam = "acme"', "deployments.team: string should match pattern"),
        ('project = "prj_a1"\napi = "http://api.example"', "deployments: api must be https: the token goes there"),
        ('project = "prj_a1"\nplatform = "netlify"', "deployments.platform: "),
        ("", "deployments.project: missing"),
    ],
)
def test_who_knows_the_deployments_is_named_by_ids(tmp_path: Path, line: str, said: str) -> None:
    """A project of the same name can be somebody else's; and the token travels over TLS."""
    with pytest.raises(EnvironmentProblem) as problem:
        loaded(tmp_path, None, f'[deployments]\ntoken = "ACME_TOKEN"\n{line}\n')
    assert any(found.startswith(said) for found in problem.value.lines), problem.value.lines


@pytest.mark.parametrize(
    ("pattern", "host", "allowed"),
    [
        ("*.railway.app", "evil.up.railway.app", False),
        ("*.amazonaws.com", "evil.s3.amazonaws.com", False),
        ("*.previews.acme.example", "pr-1.previews.acme.example", True),
        ("*.acme.workers.dev", "x.acme.workers.dev", True),
    ],
)
def test_pattern_reaches_no_domain_below_which_anybody_has_a_host(tmp_path: Path, pattern: str, host: str, allowed: bool) -> None:
    """A star stands for several labels, and further down the domain may be somebody else's to give away."""
    top = f'previews = ["{pattern}"]'
    if allowed:
        assert loaded(tmp_path, f"https://{host}", top=top).host == host
    else:
        assert re.search("is not allowed by the file|allows hosts of anybody", refused(tmp_path, f"https://{host}", top=top))
