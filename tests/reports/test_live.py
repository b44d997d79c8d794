"""The live version behind a wall: named when it stands, passed where the secret is at hand."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from clients.errors import Inconclusive, Malformed
from environments import Environment
from gonogo.commands.live import CONNECTIONS, live
from tests.clients.servers import Answer, Server, serving


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    """A deployment that answers v1."""
    with serving(tmp_path, "twin.fm5.test") as server:
        server.routes["/"] = lambda _: Answer(headers=(("x-version-id", "v1"),))
        yield server


def twin(server: Server) -> Environment:
    """It, as whoever admits a ticket knows it: without the values of secrets."""
    content = {
        "name": "twin",
        "title": "A twin",
        "tier": "staging",
        "origin": "https://twin.fm5.test",
        "connect": server.connect,
        "ca": str(server.ca),
        "version": {"header": "x-version-id"},
        "access": {"headers": {"x-bypass": "TWIN_BYPASS"}},
    }
    return Environment.model_validate(content, context={"variables": None})


@pytest.mark.parametrize("value", ["open-sesame-4711", ""])
def test_live_version_is_read_past_a_wall(server: Server, monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    """With the secret where its variable is set; without it the deployment is asked all the same."""
    monkeypatch.setenv("TWIN_BYPASS", value)
    assert live(twin(server)).versions == ("v1",) * CONNECTIONS
    assert {arrived.headers.get("x-bypass", "") for arrived in server.arrived} == {value}


def test_wall_in_front_of_the_live_version_is_named(server: Server) -> None:
    """With what opens it, instead of a version that was not found."""
    server.routes["/"] = lambda _: Answer(403, headers=(("cf-mitigated", "challenge"),))
    with pytest.raises(Inconclusive, match=r"twin.fm5.test answers with a bot challenge of Cloudflare: .*\[access.headers\]"):
        live(twin(server))


def test_deployment_without_a_version_is_no_wall(server: Server) -> None:
    """What is missing is said as before."""
    server.routes["/"] = lambda _: Answer()
    with pytest.raises(Malformed, match="a version in x-version-id"):
        live(twin(server))
