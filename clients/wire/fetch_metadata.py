"""What a browser sends beside a request, so that a deployment can tell what the request is for.

https://www.w3.org/TR/fetch-metadata/, https://html.spec.whatwg.org/multipage/browsing-the-web.html (navigations),
https://www.w3.org/TR/referrer-policy/ (strict-origin-when-cross-origin, which browsers start from).
"""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import urlsplit

from clients.wire.cookies import registrable

#: Of a page or a program that no page led to: a mail client, an address that somebody typed.
BY_HAND = "none"
CROSS_SITE = "cross-site"
_PAGE = "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8"


def clicked(site: str = BY_HAND) -> dict[str, str]:
    """Of a link that somebody clicks: the whole window goes there. ``site`` says how the link's own page is related to where it leads."""
    return {
        "accept": _PAGE,
        "upgrade-insecure-requests": "1",
        "sec-fetch-site": site,
        "sec-fetch-mode": "navigate",
        "sec-fetch-user": "?1",
        "sec-fetch-dest": "document",
    }


def submitted(page: str, target: str) -> dict[str, str]:
    """Of a form that a page of the origin ``page`` sends by itself to ``target``: a navigation as well, without anybody's click."""
    headers = {**clicked(related(page, target)), "origin": page, **_referred(page, target)}
    del headers["sec-fetch-user"]
    return headers


def fetched(page: str, target: str) -> dict[str, str]:
    """Of a script's ``fetch`` on a page of the origin ``page``."""
    return {
        "accept": "*/*",
        "origin": page,
        "sec-fetch-site": related(page, target),
        "sec-fetch-mode": "cors",
        "sec-fetch-dest": "empty",
        **_referred(page, target),
    }


def asked_ahead(page: str, target: str, method: str = "POST", headers: str = "content-type") -> dict[str, str]:
    """Of the browser's own question ahead of a request across origins (CORS preflight)."""
    return {
        **fetched(page, target),
        "access-control-request-method": method,
        "access-control-request-headers": headers,
    }


def may_send(answer: Mapping[str, str], status: int, page: str) -> bool:
    """Whether a browser goes on to send JSON with cookies after this answer to its question (Fetch standard, CORS-preflight fetch).

    :param answer: headers of the answer, in lower case.
    """
    allowed = {name.strip().lower() for name in answer.get("access-control-allow-headers", "").split(",")}
    return 200 <= status < 300 and may_read(answer, page) and "content-type" in allowed


def may_read(answer: Mapping[str, str], page: str) -> bool:
    """Whether a script on a page of that origin is shown the answer to a request with cookies."""
    return answer.get("access-control-allow-origin") == page and answer.get("access-control-allow-credentials") == "true"


def related(page: str, target: str) -> str:
    """How the origin of a page is related to that of an address: ``same-origin``, ``same-site`` or ``cross-site``."""
    one, other = urlsplit(page), urlsplit(target)
    if (one.scheme, one.netloc) == (other.scheme, other.netloc):
        return "same-origin"
    here, there = one.hostname or "", other.hostname or ""
    if one.scheme == other.scheme and here and registrable(here) == registrable(there):
        return "same-site"
    return CROSS_SITE


def _referred(page: str, target: str) -> dict[str, str]:
    """The page's origin; nothing from a sandboxed frame, and nothing from https to http."""
    if page == "null" or (page.startswith("https:") and target.startswith("http:")):
        return {}
    return {"referer": f"{page}/"}
