"""A TLS handshake as evidence: which version is spoken, for how long the certificate is good, or why it failed."""

from __future__ import annotations

import socket
import ssl
import time
import warnings
from dataclasses import dataclass
from pathlib import Path

import httpcore

from clients.errors import Unreachable
from clients.wire.proxies import Proxies, dial


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
    proxies: Proxies = Proxies(),  # noqa: B008 - immutable
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
    if connect is None and proxies != Proxies():
        return _through(proxies, host, port, context, timeout)
    try:
        plain = socket.create_connection(connect or (host, port), timeout=timeout)
    except OSError as error:
        raise Unreachable(host, "network", f"no connection for a TLS handshake: {error}") from error
    with plain:
        try:
            with context.wrap_socket(plain, server_hostname=host) as secure:
                return _shaken(secure)
        except (ssl.SSLError, ConnectionError) as error:
            return Handshake(None, None, str(error) or type(error).__name__)


def _shaken(secure: ssl.SSLSocket | ssl.SSLObject) -> Handshake:
    certificate = secure.getpeercert() or {}
    ends = ssl.cert_time_to_seconds(str(certificate["notAfter"]))
    return Handshake(secure.version(), int((ends - time.time()) // 86400), None)


def _through(proxies: Proxies, host: str, port: int, context: ssl.SSLContext, timeout: float) -> Handshake:
    try:
        plain = dial(httpcore.SyncBackend(), proxies, host, port, timeout)
    except httpcore.ProxyError as error:
        raise Unreachable(host, "proxy", str(error)) from error
    except (httpcore.NetworkError, httpcore.TimeoutException) as error:
        raise Unreachable(host, "network", f"no connection for a TLS handshake: {error}") from error
    try:
        secure = plain.start_tls(context, host, timeout)
    except (httpcore.NetworkError, httpcore.TimeoutException) as error:  # it has closed the connection
        return Handshake(None, None, str(error) or type(error).__name__)
    try:
        return _shaken(secure.get_extra_info("ssl_object"))
    finally:
        secure.close()
