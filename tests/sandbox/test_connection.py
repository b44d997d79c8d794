"""What a run is told about a sandbox."""

from __future__ import annotations

import pytest

from sandbox import Connection
from sandbox.credentials import Credentials, create
from sandbox.reading import read

CONNECTION = Connection(
    connect="127.0.0.1:1", ca="/ca.pem", api="http://127.0.0.1:2/client/v4", state="/state", run="abc", variables={"KEY": "hush"}
)


def test_connection_travels_as_json() -> None:
    """Another process gets the same connection."""
    assert Connection.from_json(CONNECTION.to_json()) == CONNECTION


def test_connection_shows_no_secret() -> None:
    """Neither repr nor str shows a variable's value."""
    assert "hush" not in f"{CONNECTION!r} {CONNECTION}"


@pytest.mark.parametrize("text", ["", "{}", '{"connect":"x"}', "[]"])
def test_other_words_are_refused(text: str) -> None:
    """What is no connection is not taken for one."""
    with pytest.raises((TypeError, ValueError)):
        Connection.from_json(text)


def test_marker_names_the_run() -> None:
    """The marker is one environment variable."""
    assert CONNECTION.marker == {"GONOGO_RUN": "abc"}


def test_credentials_are_random_and_unseen(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Two states share no secret, none is shown, and what is saved is what is read."""
    system = read("fm5")
    one, other = create(system), create(system)
    first, second = one.variables(system, "http://a"), other.variables(system, "http://a")
    shared = {name for name in first if first[name] == second[name]}
    assert shared == {"CLOUDFLARE_ACCOUNT_ID", "CLOUDFLARE_API_BASE_URL"}
    assert not any(value in repr(one) for value in (one.token, one.superuser, one.mail_full))
    folder = tmp_path_factory.mktemp("credentials")
    one.save(folder)
    assert Credentials.load(folder) == one
    assert (folder / "credentials.json").stat().st_mode & 0o777 == 0o600
