"""What lets a run past a wall, and whom it asks for the network: as files declare it."""

from __future__ import annotations

from pathlib import Path

import pytest
import trustme

from environments import Environment, EnvironmentProblem, load

HEAD = 'title = "Acme"\ntier = "{tier}"\norigin = "https://acme.example"\nhosts = ["cdn.acme.example"]\n{top}\n'


def written(folder: Path, sections: str, *, tier: str = "staging") -> str:
    """The path of a file with these sections."""
    file = folder / "acme.toml"
    top = 'connect = "127.0.0.1:1"' if tier == "sandbox" else ""
    file.write_text(HEAD.format(tier=tier, top=top) + sections, encoding="utf-8")
    return str(file)


def loaded(folder: Path, sections: str, *, tier: str = "staging") -> Environment:
    """The environment of these sections; the variable ACME_BYPASS is set."""
    return load(written(folder, sections, tier=tier), variables={"ACME_BYPASS": "open-sesame-4711"})


def test_header_takes_its_value_from_a_secret_variable(tmp_path: Path) -> None:
    """The value is one of the environment's secrets, so that it is known and hidden wherever it turns up."""
    made = loaded(tmp_path, '[access.headers]\nX-Bypass = "ACME_BYPASS"\n')
    assert made.access is not None
    assert {name: secret.reveal() for name, secret in made.access.headers.items()} == {"x-bypass": "open-sesame-4711"}
    assert [secret.variable for secret in made.secrets] == ["ACME_BYPASS"]
    assert made.access_hosts == {"acme.example", "cdn.acme.example"}
    assert "open-sesame-4711" not in repr(made)


@pytest.mark.parametrize(
    ("header", "said"),
    [
        ('"bad header" = "ACME_BYPASS"', "access.headers.bad header: must be the name of a request header"),
        ('cookie = "ACME_BYPASS"', "access.headers.cookie: cookie belongs to the requests themselves"),
        ('Host = "ACME_BYPASS"', "access.headers.Host: host belongs to the requests themselves"),
        ('x-bypass = "open-sesame-4711"', "access.headers.x-bypass: must be the NAME of a secret variable"),
        ('x-bypass = "ACME_OTHER"', "access.headers.x-bypass: the variable ACME_OTHER is not set"),
        ("", "access.headers: "),
    ],
)
def test_header_that_cannot_be_is_a_mistake(tmp_path: Path, header: str, said: str) -> None:
    """By its place, before anything is sent, and without the secret that somebody pasted."""
    with pytest.raises(EnvironmentProblem) as problem:
        loaded(tmp_path, f"[access.headers]\n{header}\n")
    assert any(line.startswith(said) for line in problem.value.lines), problem.value.lines
    assert "sesame" not in str(problem.value)


def test_network_is_asked_for_by_default_outside_of_sandboxes(tmp_path: Path) -> None:
    """Two well-known addresses; a sandbox needs no network, and a file may name its own or nobody."""
    assert loaded(tmp_path, "").control_addresses == ("one.one.one.one:443", "github.com:443")
    assert loaded(tmp_path, "", tier="sandbox").control_addresses == ()
    assert loaded(tmp_path, '[control]\naddresses = ["10.0.0.1:443"]\n', tier="sandbox").control_addresses == ("10.0.0.1:443",)
    assert loaded(tmp_path, "[control]\naddresses = []\n").control_addresses == ()


@pytest.mark.parametrize(
    "address", ["h", "h:", ":443", "h:0", "h:65536", "h:99999", "h:443\\n", "h:٤٤٣", "a b:443", "h:00080", "::1:80", "255.255.255.255:80"]
)
@pytest.mark.parametrize(
    ("place", "text"),
    [("connect", 'connect = "{}"\n'), ("control.addresses.0", '[control]\naddresses = ["{}"]\n')],
    ids=["connect", "control"],
)
def test_address_that_nobody_can_connect_to_is_a_mistake(tmp_path: Path, place: str, text: str, address: str) -> None:
    """Before anything is sent: a port that cannot be would only be noticed by the first connection."""
    with pytest.raises(EnvironmentProblem) as problem:
        loaded(tmp_path, text.format(address))
    [line] = problem.value.lines
    assert line.startswith(f"{place}: must be HOST:PORT"), line


@pytest.mark.parametrize("address", ["127.0.0.1:1", "[::1]:8443", "cdn.acme.example:65535"])
def test_every_port_that_can_be_is_taken(tmp_path: Path, address: str) -> None:
    """From the first to the last."""
    assert loaded(tmp_path, f'connect = "{address}"\n').connect == address


@pytest.mark.parametrize(
    ("origin", "said"),
    [
        ("https://h:99999", "must have a port from 1 to 65535"),
        ("https://h:0", "must have a port from 1 to 65535"),
        ("https://h:abc", "must have a port from 1 to 65535"),
        ("https://h:", "must have a port from 1 to 65535"),
        ("https://ex ample.com", "must have no white space"),
        ("https://example.com ", "must have no white space"),
        ("https://exa\\nmple.com", "must have no white space"),
        ("https://[::1", "must be a base URL"),
        ("https://:open-sesame-4711@h", "must have no user or password"),
        ("https://me:open-sesame-4711@h", "must have no user or password"),
        ("https://me@h", "must have no user or password"),
        ("https://open-sesame-4711 @h", "must have no user or password"),
    ],
)
@pytest.mark.parametrize("place", ["origin", "auth.cors.origins.0"])
def test_origin_that_no_request_reaches_is_a_mistake(tmp_path: Path, place: str, origin: str, said: str) -> None:
    """Its port, its host and who it is for are looked at, and a password that somebody pasted is not repeated."""
    file = written(tmp_path, f'[auth.cors]\norigins = ["{origin}"]\n' if "cors" in place else "")
    if place == "origin":
        Path(file).write_text(Path(file).read_text(encoding="utf-8").replace("https://acme.example", origin), encoding="utf-8")
    with pytest.raises(EnvironmentProblem) as problem:
        load(file, variables={})
    assert any(line.startswith(f"{place}: {said}") for line in problem.value.lines), problem.value.lines
    assert "sesame" not in str(problem.value)


def test_origin_may_have_a_port(tmp_path: Path) -> None:
    """In the option as in the file."""
    assert load(written(tmp_path, ""), variables={}, origin="https://acme.example:8443/").origin == "https://acme.example:8443"
    with pytest.raises(EnvironmentProblem, match="--origin: must have a port"):
        load(written(tmp_path, ""), variables={}, origin="https://acme.example:84433")


def test_host_with_a_line_end_is_a_mistake(tmp_path: Path) -> None:
    """What is compared with names of hosts is one, to its last character."""
    with pytest.raises(EnvironmentProblem, match="version.hosts.0: must be a host name"):
        loaded(tmp_path, '[version]\nheader = "x-version-id"\nhosts = ["acme.example\\n"]\n')


def test_file_without_certificates_is_no_authority(tmp_path: Path) -> None:
    """It is said together with the other mistakes of the file, and not by the first handshake."""
    file, authority = written(tmp_path, "[health]\npaht = 1\n"), tmp_path / "ca.pem"
    Path(file).write_text('ca = "ca.pem"\n' + Path(file).read_text(encoding="utf-8"), encoding="utf-8")
    for content in (b"", b"not a certificate", b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"):
        authority.write_bytes(content)
        with pytest.raises(EnvironmentProblem) as problem:
            load(file, variables={})
        said = f"ca: must be a file with certificates in PEM, and {authority.resolve()} holds none that can be read"
        assert problem.value.lines == ["health.paht: unknown key", said]
    authority.unlink()
    with pytest.raises(EnvironmentProblem, match="ca: there is no file"):
        load(file, variables={})
    trustme.CA().cert_pem.write_to_path(str(authority))
    with pytest.raises(EnvironmentProblem) as problem:
        load(file, variables={})
    assert problem.value.lines == ["health.paht: unknown key"]


@pytest.mark.parametrize(
    ("section", "place"),
    [
        ('[auth.email]\naddresses = "a+{label}@b.example"\nsession_days = inf\n', "auth.email.session_days"),
        (
            '[auth.email]\naddresses = "a+{label}@b.example"\n[[auth.email.limits]]\npaths = ["/x"]\nmax = 1\nwindow = inf\n',
            "auth.email.limits.0.window",
        ),
        ("[storage.objects]\noverwrite_seconds = nan\n", "storage.objects.overwrite_seconds"),
    ],
    ids=["days", "window", "nan"],
)
def test_number_is_finite(tmp_path: Path, section: str, place: str) -> None:
    """TOML knows `inf` and `nan`; nobody can wait for either."""
    with pytest.raises(EnvironmentProblem) as problem:
        loaded(tmp_path, section)
    assert any(line.startswith(f"{place}: input should be a finite number") for line in problem.value.lines), problem.value.lines


def test_hosts_of_a_version_are_declared_ones(tmp_path: Path) -> None:
    """The origin's by default; another one is the deployment's, or a mistake."""
    version = '[version]\nheader = "x-version-id"\nhosts = ["{}"]\n'
    assert loaded(tmp_path, '[version]\nheader = "x-version-id"\n').version_hosts == ("acme.example",)
    assert loaded(tmp_path, version.format("cdn.acme.example")).version_hosts == ("cdn.acme.example",)
    with pytest.raises(EnvironmentProblem, match="version.hosts names other.example, which is neither the origin's host nor among hosts"):
        loaded(tmp_path, version.format("other.example"))
