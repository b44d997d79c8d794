"""Answers of caches in front of a deployment: how they are told, how to ask past them, and whether they are what the version gives out.

What a cache hands out was made some time ago, maybe by another version: it is no evidence of the one that runs.
"""

from __future__ import annotations

import hashlib
import re
import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from urllib.parse import urljoin, urlsplit

import httpx

from clients.errors import Unreachable

# Where caches say what they did: Cloudflare, Vercel, CloudFront and Fastly and Akamai, nginx, Bunny and Google. What they say where it came
# out of the cache, and LiteSpeed, Sucuri, Kinsta and Drupal: https://developers.cloudflare.com/cache/concepts/cache-responses/, https://vercel.com/docs/headers/response-headers,
# https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/standard-logs-reference.html (RefreshHit), Akamai's TCP_MEM_HIT.
_NAMES = (
    "cf-cache-status",
    "x-vercel-cache",
    "x-cache",
    "x-cache-status",
    "x-proxy-cache",
    "x-cache-remote",
    "x-litespeed-cache",
    "x-sucuri-cache",
    "x-kinsta-cache",
    "x-drupal-cache",
    "cdn-cache",
    "cdn-cache-status",
)
_KEPT = re.compile(r"(?:^|(?<!\bno)(?<!\bnot)[\s,_])(?:hit|refreshhit|stale|updating|revalidated)\b", re.IGNORECASE)
_QUOTED = re.compile(r'"[^"]*"')
_STANDARD = re.compile(r";\s*hit(?=\s*(?:[;,=]|$))(?!\s*=\s*\?0)", re.IGNORECASE)  # https://www.rfc-editor.org/rfc/rfc9211#section-2.1
# Those that say it in words of their own: Squid looks something up and may ask again, rack-cache says `fresh`, Varnish names the request
# that brought the answer behind this one (https://varnish-cache.org/docs/7.5/reference/varnishd.html), Akamai measures it.
_OWN_WORDS = {
    "x-cache-lookup": re.compile(r"^\s*hit\b", re.IGNORECASE),
    "x-rack-cache": re.compile(r"\b(?:fresh|stale|valid)\b", re.IGNORECASE),
    "x-varnish": re.compile(r"^\s*[0-9]+[\s,]+[0-9]+\s*$"),
    "server-timing": re.compile(r"(?:^|,)\s*(?:cdn-?)?cache\s*;(?:[^,]*;)?\s*desc\s*=\s*\"?\s*(?:hit|stale)\b", re.IGNORECASE),
}
_TOLD = (*_NAMES, *_OWN_WORDS, "age", "cache-status", "cache-control")
_LOADED = re.compile(rb"<(?:script\b[^>]*?\bsrc|link\b(?=[^>]*\brel=[\"']?stylesheet\b)[^>]*?\bhref)=[\"']?([^\"'\s>]+)", re.IGNORECASE)
_PATIENCE = 8.0  # s; whoever does not answer in this time shows nothing that was kept
MOST_ASSETS = 8


def kept_by(headers: Mapping[str, str] | Iterable[tuple[str, str]]) -> str:
    """The header by which a cache says that it had this answer already, empty when none does."""
    given = {name.lower(): value for name, value in (headers.items() if isinstance(headers, Mapping) else headers)}
    for name in _NAMES:
        if _KEPT.search(given.get(name, "")):
            return f"{name}: {given[name]}"
    if _STANDARD.search(_QUOTED.sub("", given.get("cache-status", ""))):
        return f"cache-status: {given['cache-status']}"
    for name, words in _OWN_WORDS.items():
        if words.search(given.get(name, "")) and not (name == "x-cache-lookup" and "x-cache" in given):
            return f"{name}: {given[name]}"
    age = given.get("age", "").strip()
    return f"age: {age}" if age.isascii() and age.isdecimal() and age.strip("0") else ""


def beside(path: str) -> str:
    """The same address with a query that nobody has asked with before: caches that go by the whole address do not know it."""
    return f"{path}{'&' if '?' in path else '?'}gonogo={secrets.token_hex(6)}"


def past_caches(http: httpx.Client, path: str) -> httpx.Response:
    """The answer to a GET, asked for once more beside the cache where one gave it; it may still be a cache's. Raises Unreachable."""
    answer = http.get(path)
    return http.get(beside(path), headers={"cache-control": "no-cache"}) if kept_by(answer.headers) else answer


@dataclass(frozen=True)
class KeptAnswer:
    """An address whose answer a cache gave: which headers said so, and what is wrong with it (empty: it is what the version gives out).

    ``compared`` is False where the cache cannot be passed: then nobody knows.
    """

    address: str
    told: str
    wrong: str = ""
    compared: bool = True


@dataclass(frozen=True)
class _Given:
    status: int
    kind: str
    version: str
    body: bytes = field(repr=False)

    @classmethod
    def of(cls, answer: httpx.Response, version: str) -> _Given:
        kind = answer.headers.get("content-type", "").partition(";")[0].strip().lower()
        return cls(answer.status_code, kind, answer.headers.get(version, "") if version else "", answer.content)

    @property
    def digest(self) -> str:
        return hashlib.sha256(self.body).hexdigest()

    @property
    def asset(self) -> bool:
        return "javascript" in self.kind or self.kind.startswith(("text/css", "font/", "application/wasm"))


def kept_answers(http: httpx.Client, pages: Iterable[str], version: str = "") -> tuple[KeptAnswer, ...]:
    """What caches keep of these pages, and of the scripts and stylesheets of their own host that they load, held against the version's.

    :param http: a client of somebody whom the deployment does not know.
    :param version: the header that names the version, if one does.
    """
    asked: dict[str, httpx.Response] = {}
    loaded: dict[str, None] = {}
    for page in dict.fromkeys(pages):
        answer = _answer(http, page)
        if answer is not None:
            asked[page] = answer
            loaded.update(dict.fromkeys(_loads(answer)))
    for address in list(loaded)[:MOST_ASSETS]:
        if address not in asked and (answer := _answer(http, address)) is not None:
            asked[address] = answer
    kept = {address: answer for address, answer in asked.items() if kept_by(answer.headers)}
    return tuple(_compared(http, address, answer, version) for address, answer in kept.items())


def _compared(http: httpx.Client, address: str, answer: httpx.Response, version: str) -> KeptAnswer:
    told = ", ".join(f"{name}: {answer.headers[name]}" for name in _TOLD if name in answer.headers)[:300]
    kept = _Given.of(answer, version)
    fresh = [_fresh(http, address, kept, version) for _ in range(2)]
    if fresh[0] is None or fresh[1] is None:
        return KeptAnswer(address, told, compared=False)
    return KeptAnswer(address, told, _wrong(http, kept, fresh[0], fresh[1], answer))


def _fresh(http: httpx.Client, address: str, kept: _Given, version: str) -> _Given | None:
    """What the version gives out, None where no way leads past the cache or somebody else answered there."""
    for path in (address, beside(address)):
        answer = _answer(http, path, {"cache-control": "no-cache"})
        if answer is None or answer.status_code == 429:
            return None
        if not kept_by(answer.headers):
            # Not every app takes a query that it does not know: then it says nothing about the address without one.
            refused = path != address and 400 <= answer.status_code < 500 and kept.status < 400
            return None if refused else _Given.of(answer, version)
    return None


def _wrong(http: httpx.Client, kept: _Given, first: _Given, second: _Given, answer: httpx.Response) -> str:
    if first.status != second.status or first.kind != second.kind:  # the version itself does not say the same twice
        return ""
    if kept.status != first.status:
        return f"it keeps {kept.status}, the version answers with {first.status}"
    if kept.kind != first.kind:
        return f"it keeps {kept.kind or 'no content type'}, the version answers with {first.kind or 'no content type'}"
    steady = first.digest == second.digest
    if kept.asset:
        return "it keeps other bytes than the version gives out" if steady and kept.digest != first.digest else ""
    if steady and kept.digest != first.digest and kept.version and first.version and kept.version != first.version:
        return f"it keeps what version {kept.version} said, version {first.version} says something else"
    gone = [address for address in dict.fromkeys(_loads(answer)) if _missing(http, address)]
    return (
        f"it keeps a page that loads {', '.join(urlsplit(each).path for each in gone[:3])}, which the version does not have" if gone else ""
    )


def _missing(http: httpx.Client, address: str) -> bool:
    answer = _answer(http, address)
    return answer is not None and (answer.status_code in (404, 410) or "html" in answer.headers.get("content-type", ""))


def _answer(http: httpx.Client, path: str, headers: Mapping[str, str] | None = None) -> httpx.Response | None:
    try:
        return http.get(path, headers=dict(headers or {}), timeout=_PATIENCE)
    except Unreachable:
        return None  # what nobody gives out no cache keeps; that it is not there is for other checks


def _loads(answer: httpx.Response) -> list[str]:
    """The scripts and stylesheets of its own host that a page loads."""
    if "html" not in answer.headers.get("content-type", "") or not answer.is_success:
        return []
    here = str(answer.request.url)
    found = [
        urljoin(here, name.decode("utf-8", "replace").replace("&amp;", "&")) for name in _LOADED.findall(answer.content)[: 4 * MOST_ASSETS]
    ]
    return [url for url in found if urlsplit(url)[:2] == urlsplit(here)[:2]][:MOST_ASSETS]
