"""The key of a server's certificate, as Chromium wants it named.

Chromium reads CAs from the system's store only, and there is no flag for one more. What it has is
``--ignore-certificate-errors-spki-list``, which accepts a chain that contains a certificate with one of these keys. Measured with Chromium
156: the key of the CA is of no use, because servers do not send their root; the key of the server's own certificate is. So that
certificate is fetched here, and *verified* with the CA under each name, before Chromium is told to accept it.
"""

import base64
import hashlib
import socket
import ssl
from collections.abc import Iterable
from pathlib import Path

from clients.errors import Unreachable
from clients.wire.network import parse_connect, tls_context
from clients.wire.transport import cause_of


def fingerprint(der: bytes) -> str:
    """Base64 of the SHA-256 of a certificate's public key (its SubjectPublicKeyInfo, RFC 7469 section 2.4)."""
    from cryptography import x509
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    key = x509.load_der_x509_certificate(der).public_key()
    return base64.b64encode(hashlib.sha256(key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)).digest()).decode()


def server_keys(hosts: Iterable[str], *, connect: str | None, ca: Path | None, timeout: float = 10) -> tuple[str, ...]:
    """The keys of the certificates that these hosts show, each once; every certificate is verified first.

    :raises Unreachable: when a host does not answer, or shows a certificate that the CA does not vouch for.
    """
    context = tls_context(ca)
    return tuple(dict.fromkeys(fingerprint(_certificate(host, context, connect, timeout)) for host in hosts))


def _certificate(host: str, context: ssl.SSLContext, connect: str | None, timeout: float) -> bytes:
    address = parse_connect(connect) if connect else (host, 443)
    try:
        with socket.create_connection(address, timeout) as plain, context.wrap_socket(plain, server_hostname=host) as secure:
            der = secure.getpeercert(binary_form=True)
    except TimeoutError as error:
        raise Unreachable(host, "timeout", f"timed out after {timeout:g} s", connect or "") from error
    except OSError as error:
        raise Unreachable(host, *cause_of(error), connect or "") from error
    assert der is not None
    return der
