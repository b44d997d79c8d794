"""Whether the network works: told by whoever accepts a connection."""

from __future__ import annotations

import socket
from collections.abc import Iterator

import pytest

from clients.wire.control import reachable, resolved


@pytest.fixture
def open_port() -> Iterator[str]:
    """Somebody who accepts connections."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield f"127.0.0.1:{listener.getsockname()[1]}"


@pytest.fixture
def closed_port() -> str:
    """Nobody."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return f"127.0.0.1:{listener.getsockname()[1]}"


def test_those_that_accept_are_named(open_port: str, closed_port: str) -> None:
    """In their order; one is enough to know that there is a network."""
    assert reachable([closed_port, open_port, "nowhere.invalid:443"], within=2) == (open_port,)


def test_nobody_accepts(closed_port: str) -> None:
    """Refused connections and unknown names are the same: not reached."""
    assert reachable([closed_port, "nowhere.invalid:443"], within=2) == ()


def test_nobody_is_asked() -> None:
    """An empty list asks nobody."""
    assert reachable([]) == ()


def test_names_that_are_found_are_told() -> None:
    """Without a connection; an address of numbers is no name."""
    assert resolved(["nowhere.invalid:443", "localhost:1", "localhost:2", "127.0.0.1:3"]) == ("localhost",)
    assert resolved([]) == ()


def test_address_that_is_none_is_a_mistake() -> None:
    """The environment's file is checked before, so this is ours."""
    with pytest.raises(ValueError, match="HOST:PORT"):
        reachable(["github.com"])
