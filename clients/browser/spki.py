"""The key of a server's certificate, as Chromium wants it named.

Chromium reads CAs from the system's store only, and there is no flag for one more. What it has is
``--ignore-certificate-errors-spki-list``, which accepts a chain that contains a certificate with one of these keys. Measured with Chromium
156: the key of the CA is of no use, because servers do not send their root; the key of the server's own certificate is. So that
certificate is fetched here, and *verified* with the CA under each name, before Chromium is told to accept it.
"""

import base64
import hashlib
import ssl
from collections.abc import Iterable
from pathlib import Path

import httpcore

from clients.errors import Unreachable
from clients.wire.network import parse_connect, tls_context
from clients.wire.proxies import Proxies, dial
from clients.wire.transport import cause_of


def fingerprint(der: bytes) -> str:
    """Base64 of the SHA-256 of a certificate's public key (its SubjectPublicKeyInfo, RFC 7469 section 2.4)."""
    from cryptography import x509
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    key = x509.load_der_x509_certificate(der).public_key()
    return base64.b64encode(hashlib.sha256(key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)).digest()).decode()


def server_keys(
    hosts: Iterable[str],
    *,
    connect: str | None,
    ca: Path | None,
    timeout: float = 10,
    port: int = 443,
    proxies: Proxies = Proxies(),  # noqa: B008 - immutable
) -> tuple[str, ...]:
    """The keys of the certificates that these hosts show, each once; every certificate is verified first.

    :raises Unreachable: when a host does not answer, or shows a certificate that the CA does not vouch for.
    """
    context, way = tls_context(ca), Proxies() if connect else proxies
    return tuple(
        dict.fromkeys(
            fingerprint(_certificate(host, context, parse_connect(connect) if connect else (host, port), timeout, way)) for host in hosts
        )
    )


def _certificate(host: str, context: ssl.SSLContext, address: tuple[str, int], timeout: float, proxies: Proxies) -> bytes:
    tried = ":".join(map(str, address)) if address[0] != host else ""
    try:
        secure = dial(httpcore.SyncBackend(), proxies, *address, timeout).start_tls(context, host, timeout)
    except httpcore.TimeoutException as error:
        raise Unreachable(host, "timeout", f"timed out after {timeout:g} s", tried) from error
    except httpcore.ProxyError as error:
        raise Unreachable(host, "proxy", str(error)) from error
    except (httpcore.NetworkError, OSError) as error:
        raise Unreachable(host, *cause_of(error), tried) from error
    try:
        der: bytes | None = secure.get_extra_info("ssl_object").getpeercert(True)  # noqa: FBT003 - a C object takes no names
    finally:
        secure.close()
    assert der is not None
    return der
