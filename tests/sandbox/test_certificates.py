"""The edge's certificate and its CA."""

from __future__ import annotations

import socket
import ssl
import stat
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography.x509 import load_pem_x509_certificate

from sandbox.certificates import issue, key_pin
from sandbox.reading import read


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("certificates")
    issue(made, read("fm5").names)
    return made


def shake_hands(folder: Path, name: str, trusted: Path | None, shown: str = "edge") -> None:
    """One TLS handshake for a name, over a socket pair."""
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(folder / f"{shown}.pem", folder / f"{shown}.key")
    client = ssl.create_default_context(cafile=str(trusted) if trusted else None)
    one, other = socket.socketpair()

    def serve() -> None:
        try:
            server.wrap_socket(other, server_side=True).close()
        except OSError:
            other.close()

    thread = threading.Thread(target=serve)
    thread.start()
    try:
        with client.wrap_socket(one, server_hostname=name):
            pass
    finally:
        one.close()
        thread.join()


NAMES = (
    "staging.fm5.test",
    "fm5.test",
    "files.fm5.test",
    "mail.fm5.test",
    "api.resend.com",
    "github.com",
    "accounts.google.com",
    "plain.fm5.workers.test",
    "1a2b3c4d-fm5.fm5.workers.test",
)


@pytest.mark.parametrize("name", NAMES)
def test_certificate_is_good_for_the_sandboxs_names(folder: Path, name: str) -> None:
    """A client that trusts the CA verifies every name of the sandbox."""
    shake_hands(folder, name, folder / "ca.pem")


def test_certificate_is_good_for_no_other_name(folder: Path) -> None:
    """The certificate does not stretch to hosts that the sandbox does not play."""
    with pytest.raises(ssl.SSLCertVerificationError, match="Hostname mismatch"):
        shake_hands(folder, "gitlab.com", folder / "ca.pem")


def test_certificate_is_refused_without_the_ca(folder: Path) -> None:
    """Only who was given the CA trusts it."""
    with pytest.raises(ssl.SSLCertVerificationError, match="self-signed certificate in certificate chain"):
        shake_hands(folder, "fm5.test", None)


def test_private_key_is_private(folder: Path) -> None:
    """The leaves' keys are their owner's, and the CA's is nowhere: nobody can issue another certificate."""
    assert sorted(path.name for path in folder.iterdir()) == ["ca.pem", "edge.key", "edge.pem", "ending.key", "ending.pem"]
    assert {stat.S_IMODE(path.stat().st_mode) for path in folder.glob("*.key")} == {0o600}
    assert not [path for path in folder.glob("*.pem") if "PRIVATE KEY" in path.read_text()]


def test_one_certificate_ends_within_a_week(folder: Path) -> None:
    """The one for the fault is good today and not for a week; the other one outlives every prepared state."""
    left = {name: load_pem_x509_certificate((folder / f"{name}.pem").read_bytes()).not_valid_after_utc for name in ("edge", "ending")}
    assert left["edge"] - datetime.now(UTC) > timedelta(days=365)
    assert timedelta(days=5) < left["ending"] - datetime.now(UTC) < timedelta(days=7)
    shake_hands(folder, "fm5.test", folder / "ca.pem", "ending")


def test_pin_is_the_digest_of_the_public_key(folder: Path) -> None:
    """44 characters of base64; another CA has another one."""
    assert len(key_pin(folder / "ca.pem")) == 44
    assert key_pin(folder / "ca.pem") != key_pin(folder / "edge.pem")
