"""What lets a run past a wall, and whom it asks for the network: as files declare it."""

from __future__ import annotations

from pathlib import Path

import pytest

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


def test_hosts_of_a_version_are_declared_ones(tmp_path: Path) -> None:
    """The origin's by default; another one is the deployment's, or a mistake."""
    version = '[version]\nheader = "x-version-id"\nhosts = ["{}"]\n'
    assert loaded(tmp_path, '[version]\nheader = "x-version-id"\n').version_hosts == ("acme.example",)
    assert loaded(tmp_path, version.format("cdn.acme.example")).version_hosts == ("cdn.acme.example",)
    with pytest.raises(EnvironmentProblem, match="version.hosts names other.example, which is neither the origin's host nor among hosts"):
        loaded(tmp_path, version.format("other.example"))
