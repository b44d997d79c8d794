"""What Vercel answers in the place of what is deployed on it (https://vercel.com/docs/errors)."""

from __future__ import annotations

import re

from clients.platforms.errors import Answered, PlatformError

# Code: what it means, and whether nothing is deployed there.
CODES: dict[str, tuple[str, bool]] = {
    "BODY_NOT_A_STRING_FROM_FUNCTION": ("the function's answer has a body that is no text", False),
    "DEPLOYMENT_BLOCKED": ("the deployment is blocked: the account, its plan or the terms of use do not allow it", False),
    "DEPLOYMENT_DELETED": ("the deployment was deleted", True),
    "DEPLOYMENT_DISABLED": ("the deployment is disabled: not paid, or the plan's limits are used up (402)", False),
    "DEPLOYMENT_NOT_FOUND": ("no deployment is found at this name", True),
    "DEPLOYMENT_NOT_READY_REDIRECTING": ("the deployment is not ready yet", True),
    "DEPLOYMENT_PAUSED": ("the deployment is paused: by its owner, or by the limit of what may be spent", False),
    "DNS_HOSTNAME_EMPTY": ("a rewrite leads to an address without a name", False),
    "DNS_HOSTNAME_NOT_FOUND": ("a rewrite leads to a name that is not found", False),
    "DNS_HOSTNAME_RESOLVED_PRIVATE": ("a rewrite leads to a private address", False),
    "DNS_HOSTNAME_RESOLVE_FAILED": ("a rewrite leads to a name that cannot be resolved", False),
    "DNS_HOSTNAME_SERVER_ERROR": ("a rewrite leads to a name whose DNS server fails", False),
    "EDGE_FUNCTION_INVOCATION_FAILED": ("the edge function crashed", False),
    "EDGE_FUNCTION_INVOCATION_TIMEOUT": ("the edge function did not answer in time", False),
    "FALLBACK_BODY_TOO_LARGE": ("the page that was to be stored is too large", False),
    "FUNCTION_INVOCATION_FAILED": ("the function crashed: it threw, or its process ended", False),
    "FUNCTION_INVOCATION_TIMEOUT": ("the function did not answer in time", False),
    "FUNCTION_PAYLOAD_TOO_LARGE": ("the request is larger than a function may get", False),
    "FUNCTION_RESPONSE_PAYLOAD_TOO_LARGE": ("the function's answer is larger than it may be", False),
    "FUNCTION_THROTTLED": ("too many functions run at once", False),
    "INFINITE_LOOP_DETECTED": ("the deployment asks itself in a circle", False),
    "MIDDLEWARE_INVOCATION_FAILED": ("the middleware crashed", False),
    "MIDDLEWARE_INVOCATION_TIMEOUT": ("the middleware did not answer in time", False),
    "MIDDLEWARE_RUNTIME_DEPRECATED": ("the middleware was built for a runtime that is gone", False),
    "NOT_FOUND": ("the deployment has nothing at this path", False),
    "NO_RESPONSE_FROM_FUNCTION": ("the function ended without an answer", False),
    "RESOURCE_NOT_FOUND": ("the deployment has nothing at this path", False),
    "ROUTER_CANNOT_MATCH": ("no route of the deployment fits the request", False),
    "ROUTER_EXTERNAL_TARGET_CONNECTION_ERROR": ("a rewrite leads to a server that cannot be reached", False),
    "ROUTER_EXTERNAL_TARGET_ERROR": ("a rewrite leads to a server that gave no proper answer", False),
    "ROUTER_EXTERNAL_TARGET_HANDSHAKE_ERROR": ("the TLS handshake with the server that a rewrite leads to failed", False),
    "ROUTER_TOO_MANY_HAS_SELECTIONS": ("the routes of the deployment are too many for the router", False),
    "TOO_MANY_FILESYSTEM_CHECKS": ("the routes of the deployment look for files too often", False),
    "TOO_MANY_FORKS": ("the routes of the deployment branch too often", False),
}
_CODE = re.compile(r"^(?:Code:\s*)?`?([A-Z][A-Z_]{7,60})`?\s*$", re.MULTILINE)
_TAGS = re.compile(r"<[^>]*>")


def recognise(answer: Answered) -> PlatformError | None:
    """The code in Vercel's own header, or where that was taken away, the one that its error page shows."""
    code = answer.headers.get("x-vercel-error", "").strip()
    by_vercel = "x-vercel-id" in answer.headers or answer.headers.get("server", "").lower() == "vercel"
    if not code and by_vercel and (answer.status >= 400 or answer.status == 303):
        text = _TAGS.sub("\n", answer.text) if "<" in answer.text else answer.text
        code = next((found for found in _CODE.findall(text) if found in CODES), "")
    if not re.fullmatch(r"[A-Z][A-Z0-9_]{2,80}", code):
        return None
    meaning, absent = CODES.get(code, ("the platform could not serve the request", False))
    page = f"https://vercel.com/docs/errors/{code}" if code in CODES else "https://vercel.com/docs/errors"
    return PlatformError("Vercel", code, meaning, page, absent)
