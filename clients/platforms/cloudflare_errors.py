"""What Cloudflare answers in the place of what is deployed on it, or behind it."""

from __future__ import annotations

import re

from clients.platforms.errors import Answered, PlatformError

_WORKERS = "https://developers.cloudflare.com/workers/observability/errors/"
_1XXX = "https://developers.cloudflare.com/support/troubleshooting/http-status-codes/cloudflare-1xxx-errors/"
_5XX = "https://developers.cloudflare.com/support/troubleshooting/http-status-codes/cloudflare-5xx-errors/"
_DOMAINS = "https://developers.cloudflare.com/workers/configuration/routing/workers-dev/"
_PAGES = "https://developers.cloudflare.com/pages/"

# Code: what it means, the page that says so, and whether nothing is deployed there.
CODES: dict[str, tuple[str, str, bool]] = {
    "520": ("the server behind Cloudflare gave an answer that is none (empty, cut off or malformed)", _5XX, False),
    "521": ("the server behind Cloudflare refuses connections", _5XX, True),
    "522": ("the server behind Cloudflare does not accept a connection in time; so ends a name that no Worker is bound to", _5XX, True),
    "523": ("the server behind Cloudflare cannot be reached: its address leads nowhere", _5XX, True),
    "524": ("the server behind Cloudflare took the connection, and did not answer in time", _5XX, False),
    "525": ("the TLS handshake between Cloudflare and the server behind it failed", _5XX, False),
    "526": ("the certificate of the server behind Cloudflare is not valid", _5XX, False),
    "530": ("Cloudflare does not find the server behind this name", _5XX, True),
    "1000": ("the name's DNS record leads to an address of Cloudflare's own", _1XXX, True),
    "1001": ("the name cannot be resolved at Cloudflare", _1XXX, True),
    "1002": ("the name's DNS record leads to an address that is not allowed", _1XXX, True),
    "1014": ("the name is an alias (CNAME) of a name in another account, which is not allowed", _1XXX, True),
    "1015": ("rate limited: too many requests of this machine within the time that a rule allows", _1XXX, False),
    "1016": ("origin DNS: the name of the server behind Cloudflare is not found", _1XXX, True),
    "1018": ("the host is not set up at Cloudflare (yet)", _1XXX, True),
    "1019": ("loop limit: the Worker asks itself, or others in a circle", _WORKERS, False),
    "1021": ("the Worker asked for a host that it must not reach", _WORKERS, False),
    "1022": ("Cloudflare could not route the request to the Worker", _WORKERS, False),
    "1024": ("the Worker asked for an address of Cloudflare's own", _WORKERS, False),
    "1027": ("the Worker's daily number of free requests is used up", _WORKERS, False),
    "1033": ("the tunnel to the server behind this name is not connected", _1XXX, True),
    "1042": ("no Worker answers at this name, or one fetches another Worker of its own zone, which is not supported", _WORKERS, True),
    "1101": ("the Worker threw an exception", _WORKERS, False),
    "1102": ("the Worker used up its processor time (CPU time limit), or its memory", _WORKERS, False),
    "1103": ("the Worker's owner has to ask Cloudflare's support", _WORKERS, False),
    "1104": ("the Worker's script is not found in the place that the route names", _WORKERS, False),
}  # fmt: skip
_STATUSES = frozenset(code for code in CODES if len(code) == 3)
_PLAIN = re.compile(r"\A\s*error code: (\d{3,4})\s*\Z")
_PAGE = re.compile(
    r'<span class="(?:cf-error-code|code-label)">\s*(?:Error(?: code:?)?\s*)?(\d{3,4})|\| (\d{3}): |<title>\s*Error (\d{4})\b',
    re.IGNORECASE,
)
_NOTHING_YET = re.compile(r"there is nothing here yet|nothing is here yet", re.IGNORECASE)


def recognise(answer: Answered) -> PlatformError | None:
    """An error page or text of Cloudflare's, or the page that workers.dev and pages.dev show before the first deployment."""
    if any(_NOTHING_YET.search(head) for head in answer.heads):
        page = _PAGES if "pages" in answer.text else _DOMAINS
        return PlatformError("Cloudflare", "placeholder", '"There is nothing here yet"', page, absent=True)
    if answer.status < 400 or not ("cf-ray" in answer.headers or answer.headers.get("server", "").lower() == "cloudflare"):
        return None
    found = _PLAIN.search(answer.text) or _PAGE.search(answer.text)
    code = next((group for group in found.groups() if group), "") if found else ""
    if not code and str(answer.status) in _STATUSES:
        code = str(answer.status)
    if not code or (len(code) == 3 and code not in CODES):
        return None
    meaning, page, absent = CODES.get(code, ("the platform itself could not serve the request", _1XXX, False))
    return PlatformError("Cloudflare", f"error {code}", meaning, page, absent)
