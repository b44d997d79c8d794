"""What stands in front of a deployment and answers in its place: login walls, bot challenges, parked domains, captive portals.

Told from the answer alone, by marks that only the wall's maker sets; a deployment's own 401, 403 or redirection carries none of them.

============================ ======================================================================================================
Vercel's login               302 to vercel.com/sso-api, or 401 with its cookie or callback (superset-sh/superset#6993,
                             https://vercel.com/docs/deployment-protection)
Cloudflare Access            302 to TEAM.cloudflareaccess.com/cdn-cgi/access/login where people may sign in, 403 with ``cf-access-domain``
                             and ``cf-access-aud`` where only service tokens may (https://developers.cloudflare.com/cloudflare-one/
                             access-controls/service-credentials/service-tokens/)
Cloudflare's challenge       ``cf-mitigated: challenge``, whatever the status (https://developers.cloudflare.com/cloudflare-challenges/
                             challenge-types/challenge-pages/detect-response; 429 was seen, Good-Native/hover#382)
Cloudflare's block           403 with ``error code: 10xx`` (https://developers.cloudflare.com/support/troubleshooting/
                             http-status-codes/cloudflare-1xxx-errors/); 1015 (429) is a rate limit, 1101 a Worker's own failure
Vercel's checkpoint          ``x-vercel-mitigated: challenge`` or ``deny`` with 403 or 429 (elevenlabs/ui#80, vercel-labs/vgpu#228)
captive portal               511 (https://www.rfc-editor.org/rfc/rfc6585#section-6)
parked domain                a page of, or a redirection to, a parking service (intrigueio/intrigue-ident, checks/http/sedo.rb)
============================ ======================================================================================================
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Literal
from urllib.parse import urlsplit

_LOOKED_AT = 65536
_PARKING = ("sedoparking.com", "parkingcrew.net", "bodis.com", "parklogic.com", "hugedomains.com", "afternic.com", "dan.com")
_PARKED = re.compile(
    r"//[\w.-]*(?:sedoparking\.com|parkingcrew\.net|bodis\.com)/|/parking-lander/|\bwindow\.park\s*=|\bthis domain (?:name )?is parked\b",
    re.IGNORECASE,
)
_BLOCKED = re.compile(
    r"\A\s*error code: 10\d\d\b|<title>\s*(?:attention required! \| cloudflare|access denied \| .{1,80} used cloudflare)", re.IGNORECASE
)
# Bounded, and without two parts that take the same: a page is no match that takes minutes.
_TITLE = re.compile(r"<title[^>]{0,200}>([^<]{0,1000})</title>", re.IGNORECASE)


@dataclass(frozen=True)
class Wall:
    """Something that answers in the deployment's place: what it is (completes "HOST answers with ..."), and what opens it."""

    kind: Literal["wall", "challenge"]
    what: str
    fix: str


VERCEL_LOGIN = Wall(
    "wall",
    "Vercel's login page (Deployment Protection)",
    "make a secret under Settings > Deployment Protection > Protection Bypass for Automation, and declare the variable that holds it: "
    '[access.headers] x-vercel-protection-bypass = "VARIABLE"',
)
CLOUDFLARE_ACCESS = Wall(
    "wall",
    "the login page of Cloudflare Access",
    "make a service token under Zero Trust > Access > Service credentials, let a policy with the action Service Auth accept it, and "
    'declare both halves: [access.headers] cf-access-client-id = "VARIABLE", cf-access-client-secret = "VARIABLE"',
)
CLOUDFLARE_CHALLENGE = Wall(
    "challenge",
    "a bot challenge of Cloudflare",
    "add a WAF custom rule with the action Skip for requests with a secret header (Bot Fight Mode knows no exceptions: turn it off there), "
    'and declare that header: [access.headers] NAME = "VARIABLE"',
)
CLOUDFLARE_BLOCK = Wall(
    "challenge",
    "Cloudflare's refusal of this machine (a firewall rule of the zone)",
    "look the request up under Security > Events, add a WAF custom rule with the action Skip for requests with a secret header, and "
    'declare that header: [access.headers] NAME = "VARIABLE"',
)
VERCEL_CHECKPOINT = Wall(
    "challenge",
    "Vercel's security checkpoint",
    "declare a Protection Bypass for Automation, which passes it as well: "
    '[access.headers] x-vercel-protection-bypass = "VARIABLE"; or add a bypass rule under Firewall',
)
CAPTIVE_PORTAL = Wall(
    "wall",
    "a captive portal: the network of this machine wants a login before it lets anything through",
    "sign in to the network, or run where there is none in between",
)
PARKED = Wall("wall", "a parked domain's page", "check the origin: the name does not lead to the deployment (any more)")


def recognise(status: int, headers: Iterable[tuple[str, str]], body: bytes = b"") -> Wall | None:
    """The wall that gave this answer; None when it carries no wall's mark. Of the body, only its beginning is looked at."""
    answer = _Answer.of(status, headers, body)
    return next((wall for wall, marks in _MARKS if marks(answer)), None)


@dataclass(frozen=True)
class _Answer:
    status: int
    headers: Mapping[str, str]
    to: str
    path: str
    text: str

    @classmethod
    def of(cls, status: int, headers: Iterable[tuple[str, str]], body: bytes) -> _Answer:
        found: dict[str, str] = {}
        for name, value in headers:
            found[name.lower()] = f"{found[name.lower()]}\n{value}" if name.lower() in found else value
        target = urlsplit("")
        with suppress(ValueError):  # no address: a bracket, or a letter that turns into a slash
            target = urlsplit(found.get("location", "")) if 300 <= status < 400 else target
        text = body[:_LOOKED_AT].decode("utf-8", "replace")
        return cls(status, found, (target.hostname or "").lower(), target.path, text)

    @property
    def page(self) -> bool:
        return "html" in self.headers.get("content-type", "")

    @property
    def title(self) -> str:
        found = _TITLE.search(self.text) if self.page else None
        return found[1].strip().lower() if found else ""

    def leads_to(self, *domains: str) -> bool:
        return any(self.to == domain or self.to.endswith(f".{domain}") for domain in domains)


def _vercel_login(answer: _Answer) -> bool:
    if answer.leads_to("vercel.com") and answer.path.startswith("/sso-api"):
        return True
    if re.search(r"^_vercel_sso_nonce=", answer.headers.get("set-cookie", ""), re.MULTILINE):
        return True
    return answer.status == 401 and "vercel.com/sso-api" in answer.text


def _cloudflare_access(answer: _Answer) -> bool:
    # An app may have Access as its own identity provider (/cdn-cgi/access/sso/oidc/...): that is no wall.
    if answer.leads_to("cloudflareaccess.com") and answer.path.startswith("/cdn-cgi/access/login"):
        return True
    if answer.status in (401, 403) and ("cf-access-domain" in answer.headers or "cf-access-aud" in answer.headers):
        return True
    return answer.title.endswith("cloudflare access")


def _cloudflare_challenge(answer: _Answer) -> bool:
    if answer.headers.get("cf-mitigated", "").lower() == "challenge":
        return True
    page = answer.status in (403, 429, 503) and answer.title.startswith("just a moment")
    return page and ("/cdn-cgi/challenge-platform/" in answer.text or "_cf_chl_opt" in answer.text or _by_cloudflare(answer))


def _cloudflare_block(answer: _Answer) -> bool:
    return answer.status == 403 and _by_cloudflare(answer) and bool(_BLOCKED.search(answer.text))


def _by_cloudflare(answer: _Answer) -> bool:
    return "cf-ray" in answer.headers or answer.headers.get("server", "").lower() == "cloudflare"


def _vercel_checkpoint(answer: _Answer) -> bool:
    if answer.headers.get("x-vercel-mitigated", "").lower() in ("challenge", "deny"):
        return True
    return answer.status in (403, 429) and answer.title == "vercel security checkpoint"


def _captive_portal(answer: _Answer) -> bool:
    return answer.status == 511


def _parked(answer: _Answer) -> bool:
    if answer.leads_to(*_PARKING):
        return True
    return answer.page and answer.status < 400 and bool(_PARKED.search(answer.text))


_MARKS = (
    (VERCEL_LOGIN, _vercel_login),
    (CLOUDFLARE_ACCESS, _cloudflare_access),
    (CLOUDFLARE_CHALLENGE, _cloudflare_challenge),
    (VERCEL_CHECKPOINT, _vercel_checkpoint),
    (CLOUDFLARE_BLOCK, _cloudflare_block),
    (CAPTIVE_PORTAL, _captive_portal),
    (PARKED, _parked),
)
