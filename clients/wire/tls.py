"""A TLS handshake as evidence: which version is spoken, for how long the certificate is good, or why it failed."""

from __future__ import annotations

import socket
import ssl
import time
import warnings
from dataclasses import dataclass
from pathlib import Path

from clients.errors import Unreachable


@dataclass(frozen=True)
class Handshake:
    """``version`` such as ``TLSv1.3``; ``days_left`` of the certificate; ``refusal`` when there was no handshake."""

    version: str | None
    days_left: int | None
    refusal: str | None


def shake_hands(
    host: str,
    port: int = 443,
    *,
    connect: tuple[str, int] | None = None,
    ca: Path | None = None,
    only: str | None = None,
    timeout: float = 10,
) -> Handshake:
    """Shakes hands with ``host`` as a browser would, or offering the one version ``only``.

    ``timeout`` is in seconds. Raises Unreachable when there is no TCP connection: that says nothing about TLS.
    """
    context = ssl.create_default_context(cafile=ca)
    if only is not None:
        version = ssl.TLSVersion[only.replace(".", "_")]
        with warnings.catch_warnings():
            # The point is to offer what is outdated; OpenSSL needs its security level lowered to do so.
            warnings.simplefilter("ignore", DeprecationWarning)
            context.minimum_version = ssl.TLSVersion.MINIMUM_SUPPORTED
            context.maximum_version = version
            context.minimum_version = version
        context.set_ciphers("ALL:@SECLEVEL=0")
    try:
        plain = socket.create_connection(connect or (host, port), timeout=timeout)
    except OSError as error:
        raise Unreachable(host, "network", f"no connection for a TLS handshake: {error}") from error
    with plain:
        try:
            with context.wrap_socket(plain, server_hostname=host) as secure:
                certificate = secure.getpeercert() or {}
                ends = ssl.cert_time_to_seconds(str(certificate["notAfter"]))
                return Handshake(secure.version(), int((ends - time.time()) // 86400), None)
        except (ssl.SSLError, ConnectionError) as error:
            return Handshake(None, None, str(error) or type(error).__name__)
