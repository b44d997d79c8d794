"""A TLS handshake as evidence, with a real server."""

import socket

import pytest

from clients.errors import Unreachable
from clients.wire.tls import shake_hands
from tests.clients.servers import Server

HOST = "staging.fm5.test"


def test_handshake_names_version_and_days(edge: Server) -> None:
    """What a browser would get."""
    hands = shake_hands(HOST, connect=("127.0.0.1", edge.port), ca=edge.ca)
    assert hands.version in {"TLSv1.2", "TLSv1.3"}
    assert hands.refusal is None
    assert hands.days_left is not None


def test_outdated_version_is_refused(edge: Server) -> None:
    """The server of this test speaks TLS 1.2 and newer, as it should; the one version that is offered is the one that is spoken."""
    old = shake_hands(HOST, connect=("127.0.0.1", edge.port), ca=edge.ca, only="TLSv1.1")
    assert old.version is None
    assert old.refusal
    assert shake_hands(HOST, connect=("127.0.0.1", edge.port), ca=edge.ca, only="TLSv1.2").version == "TLSv1.2"


def test_wrong_name_or_authority_is_a_refusal(edge: Server) -> None:
    """A certificate that does not fit ends the handshake, and says so."""
    refusal = shake_hands("other.fm5.test", connect=("127.0.0.1", edge.port), ca=edge.ca).refusal
    assert refusal is not None
    assert "other.fm5.test" in refusal
    assert shake_hands(HOST, connect=("127.0.0.1", edge.port)).version is None


def test_no_connection_says_nothing_about_tls() -> None:
    """A refused connection is Unreachable, not a refused handshake."""
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        port = unused.getsockname()[1]
        with pytest.raises(Unreachable, match=f"{HOST} cannot be reached"):
            shake_hands(HOST, connect=("127.0.0.1", port))
