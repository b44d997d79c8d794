"""Redaction at the source: what leaves a client as evidence has no secret in it.

A hidden value becomes ``[hidden 1a2b3c4d]``: the first 8 hex digits of an HMAC keyed per run. The same value has the same mark
within a run, so that "the kept cookie was sent again" stays visible, while marks of two runs cannot be compared or guessed from.
"""

import hashlib
import hmac
import json
import re
import secrets
from collections.abc import Callable, Iterable, Mapping
from threading import Lock
from urllib.parse import quote, quote_plus, unquote

from clients.wire.documents import read_json

MARK = re.compile(r"\[hidden [0-9a-f]{8}\]")

_SECRET_FIELD = re.compile(r"passw|secret|token|api_?-?key|authorization|signature|cookie|credential|^otp$|^pin$", re.IGNORECASE)
_SECRET_HEADERS = frozenset(
    {
        "apikey",
        "authorization",
        "cf-access-client-secret",
        "cf-access-jwt-assertion",
        "proxy-authorization",
        "x-amz-security-token",
        "x-api-key",
        "set-auth-token",
        "x-auth-key",
        "x-vercel-protection-bypass",
    }
)
_PARAMETER = re.compile(
    r"(?P<lead>(?:[?&;#]|%26|%3F)(?:amp;)?)"
    r"(?P<name>[\w.-]{0,256}(?:token|password|secret|signature|api_?key)[\w-]{0,256}|X-Amz-Credential|code|otp|sig)(?P<eq>=|%3D)"
    r"(?!\[hidden )(?P<value>[^&#;\s\"'<>\\]+?)(?=%26|[&#;\s\"'<>\\]|$)",
    re.IGNORECASE,
)
_TOKEN_PATH = re.compile(r"(?P<lead>/(?:reset-password|verify-email|magic-link|invitation)/)(?P<value>[^/?#\s\"'<>\\]{8,})", re.IGNORECASE)
# Each run of letters is looked at once: whether three of them follow each other is asked before where the token begins.
_JWT = re.compile(r"(?<![\w-])(?=[\w-]*+\.[\w-]{4,}+\.[\w-]{4})(?P<lead>[\w-]*?)(?P<value>\beyJ[\w-]{4,}\.[\w-]{4,}\.[\w-]{4,})")
_BEARER = re.compile(r"(?P<lead>\b(?:Bearer|Basic)\s+)(?P<value>[\w.~+/=-]{8,})", re.IGNORECASE)
_LARGEST_BODY = 4096
_LEARNT_LENGTH = 8
_COOKIE_LENGTH = 16  # shorter ones carry a choice such as a language, not a secret
_LEARNT_COUNT = 4000


class Redactor:
    """Hides secrets in headers, URLs and bodies, and remembers them so that an echo elsewhere is hidden as well."""

    def __init__(
        self, *, key: bytes | None = None, hide: Callable[[str], str] | None = None, tell: Callable[[str, str], None] | None = None
    ) -> None:
        """
        :param key: keys the marks (default: random).
        :param hide: a further pass over every text, for secrets known elsewhere.
        :param tell: called with what it is and its value for each secret learnt, so that others can look for it too.
        """
        self._key = key or secrets.token_bytes(32)
        self._hide, self._tell = hide, tell
        self._learnt: dict[str, str] = {}
        self._fields: frozenset[str] = frozenset()
        self._lock = Lock()

    def mark(self, value: str) -> str:
        """The mark that stands for ``value`` in this run."""
        digest = hmac.new(self._key, value.encode("utf-8", "surrogateescape"), hashlib.sha256).hexdigest()
        return f"[hidden {digest[:8]}]"

    def hide_fields(self, *paths: str) -> None:
        """Hide these fields of JSON bodies, by their dotted paths: what a deployment calls a secret is not always called so."""
        self._fields |= frozenset(paths)

    def learn(self, *values: str, what: str = "a secret of this run", shortest: int = _LEARNT_LENGTH) -> None:
        """Hide these values wherever they occur from now on; those with less than ``shortest`` characters would hide ordinary text."""
        for value in values:
            if len(value) < shortest or MARK.search(value) or value in self._learnt:
                continue
            if self._tell is not None:
                for form in {value, unquote(value)}:
                    self._tell(what, form)
            with self._lock:
                for form in {value, unquote(value), quote(value, safe=""), quote_plus(value)}:
                    self._learnt.setdefault(form, self.mark(value))
                while len(self._learnt) > _LEARNT_COUNT:
                    del self._learnt[next(iter(self._learnt))]

    def learnt(self) -> tuple[tuple[str, str], ...]:
        """Every value that is hidden by now, in each of its encodings, with its mark; longest first."""
        with self._lock:
            return tuple(sorted(self._learnt.items(), key=lambda pair: -len(pair[0])))

    def headers(self, headers: Iterable[tuple[str, str]]) -> tuple[tuple[str, str], ...]:
        """Headers with cookies' values, credentials and tokens hidden; names and cookie attributes stay."""
        return tuple((name, self._header(name.lower(), value)) for name, value in headers)

    def url(self, url: str) -> str:
        """A URL with secret query parameters and token-bearing path segments hidden."""
        return self.text(url)

    def text(self, text: str) -> str:
        """Free text, HTML or a URL: token parameters of links, JWTs, bearer credentials, and everything learnt."""
        text = _PARAMETER.sub(
            lambda found: found["lead"] + found["name"] + found["eq"] + self._secret(found["value"], f"parameter {found['name']}"), text
        )
        text = _TOKEN_PATH.sub(lambda found: found["lead"] + self._secret(found["value"], "token in a path"), text)
        text = _JWT.sub(lambda found: found["lead"] + self._secret(found["value"], "a JSON web token"), text)
        text = _BEARER.sub(lambda found: found["lead"] + self._secret(found["value"], "credentials"), text)
        with self._lock:
            present = [(value, mark) for value, mark in self._learnt.items() if value in text]
        # Longest first: a token may be a part of the cookie that carries it.
        for value, mark in sorted(present, key=lambda pair: -len(pair[0])):
            text = text.replace(value, mark)
        return self._hide(text) if self._hide else text

    def _parameter(self, found: re.Match[str]) -> str:
        return found["lead"] + found["name"] + found["eq"] + self._secret(found["value"], f"parameter {found['name']}")

    def body(self, body: bytes, content_type: str) -> str:
        """A body as redacted text; binary ones and those above 4 KiB as their size and SHA-256."""
        kind = content_type.partition(";")[0].strip().lower()
        if not body:
            return ""
        if len(body) > _LARGEST_BODY:
            # Secrets in it are learnt all the same: they may be echoed in a small one.
            self._learn_json(body, kind)
            return _summary(body, kind)
        try:
            text = body.decode("utf-8")
        except UnicodeDecodeError:
            return _summary(body, kind)
        if "\x00" in text:
            return _summary(body, kind)
        if kind == "application/x-www-form-urlencoded":
            return self.text("?" + text)[1:]
        return self.text(self._json(text))

    def _header(self, name: str, value: str) -> str:
        if name == "cookie":
            return "; ".join(self._pair(pair) for pair in value.split("; "))
        if name == "set-cookie":
            pair, semicolon, attributes = value.partition(";")
            return self._pair(pair) + semicolon + attributes
        if name in _SECRET_HEADERS:
            scheme, space, rest = value.partition(" ")
            return f"{scheme}{space}{self._secret(rest, f'header {name}')}" if space else self._secret(value, f"header {name}")
        return self.text(value)

    def learn_cookie(self, value: str, name: str = "") -> None:
        """Hide a cookie's value, and the token in it: of ``<token>.<signature>``, the token alone may open a session (bearer plugin)."""
        self.learn(value, unquote(value).rpartition(".")[0], what=f"cookie {name}".strip(), shortest=_COOKIE_LENGTH)

    def _pair(self, pair: str) -> str:
        name, equals, value = pair.partition("=")
        if not value:
            return pair
        self.learn_cookie(value, name)
        return f"{name}{equals}{self.mark(value)}"

    def _secret(self, value: str, what: str) -> str:
        if not value or MARK.fullmatch(value):
            return value
        self.learn(value, what=what)
        return self.mark(value)

    def _json(self, text: str) -> str:
        if text.lstrip()[:1] not in ("{", "["):
            return text
        try:
            value = read_json(text.encode())
            hidden = self._walk(value)
            return text if hidden == value else json.dumps(hidden, ensure_ascii=False, separators=(",", ":"))
        except (ValueError, RecursionError):  # nested deeper than Python reads: its fields are not told apart, what is learnt is hidden
            return text

    def _learn_json(self, body: bytes, kind: str) -> None:
        if kind.endswith("json") and len(body) <= 1 << 20:
            try:
                self._walk(read_json(body))
            except (ValueError, RecursionError):
                return

    def _walk(self, value: object, path: str = "") -> object:
        if isinstance(value, Mapping):
            return {key: self._field(str(key), inner, f"{path}.{key}".lstrip(".")) for key, inner in value.items()}
        if isinstance(value, list):
            return [self._walk(inner, path) for inner in value]
        return value

    def _field(self, key: str, value: object, path: str) -> object:
        if not _SECRET_FIELD.search(key) and path not in self._fields:
            return self._walk(value, path)
        if isinstance(value, str):
            return self._secret(value, f"field {key}")
        if isinstance(value, int) and not isinstance(value, bool):
            return self.mark(str(value))
        if isinstance(value, list):  # backup codes, for example
            return [self._field(key, inner, path) for inner in value]
        return self._walk(value, path)


def _summary(body: bytes, kind: str) -> str:
    return f"[{len(body)} bytes, {kind or 'no content type'}, sha256 {hashlib.sha256(body).hexdigest()}]"


def shown_path(url: str) -> str:
    """The path of a URL as error messages may show it: no query, no token in a segment."""
    path = re.sub(r"^[a-z][a-z0-9+.-]*://[^/?#]*", "", url, flags=re.IGNORECASE)
    path = re.split(r"[?#]", path, maxsplit=1)[0] or "/"
    return _JWT.sub(r"\g<lead>[hidden]", _TOKEN_PATH.sub(r"\g<lead>[hidden]", path))
