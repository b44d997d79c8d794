"""What no program of the deployment's own would send: bodies that are not what they say, odd headers, names from all alphabets."""

from __future__ import annotations

import json
from dataclasses import dataclass, field

from hypothesis import strategies as st

#: Makes up what is sent ahead of a promotion: among it a plus sign, an empty password, and one that is too long.
GATE_NUMBER = 51
#: Below the base path of better-auth. Requests to sign-in and sign-up have a rate limit of their own and are made up elsewhere.
FREE_PATHS = ("/sign-out", "/revoke-session", "/reset-password", "/delete-user", "/get-session", "/verify-email", "/no-such-path")
FIELDS = ("email", "password", "name", "token", "newPassword", "currentPassword", "callbackURL", "rememberMe")
TYPES = (
    "application/json",
    "application/json; charset=utf-16",
    "text/plain",
    "text/json",
    "application/x-www-form-urlencoded",
    "multipart/form-data",
    "multipart/form-data; boundary=",
    "application/octet-stream",
    "application/json/json",
    ";",
    "",
)


@dataclass(frozen=True)
class Sent:
    """A request that nobody expects. Its body is shown by its beginning."""

    method: str
    path: str
    body: bytes = field(repr=False)
    headers: tuple[tuple[str, str], ...] = ()

    def __str__(self) -> str:
        shown = self.body[:60].decode("utf-8", "backslashreplace") + ("…" if len(self.body) > 60 else "")
        headers = ", ".join(f"{name}: {value[:40]}{'…' if len(value) > 40 else ''}" for name, value in self.headers)
        return f"{self.method} {self.path} with {len(self.body)} bytes {shown!r} and {headers or 'no header'}"


_VALUES = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=30)),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(st.text(max_size=8), inner, max_size=3)),
    max_leaves=8,
)
_OBJECTS = st.dictionaries(st.sampled_from(FIELDS), _VALUES, min_size=1, max_size=4)
_JSON = st.one_of(_OBJECTS, _VALUES).map(lambda value: json.dumps(value).encode())
_BROKEN = st.sampled_from(
    [b"", b"{", b"[", b"null", b"{}}", b'{"email":}', b'{"__proto__":{"a":1}}', b"\xff\xfe\x00", b'"\\ud800"', b"{" * 3000, b"[" * 3000]
)
# Below 64 KiB: of more than that workerd cuts off what the Worker did not read (https://github.com/capnproto/capnproto, kj/compat/http).
_LARGE = st.sampled_from([b'{"email":"' + b"a" * 60_000 + b'"}', b'{"a":' * 2000 + b"1" + b"}" * 2000, b"[" + b"0," * 30_000 + b"0]"])
BODIES = st.one_of(_JSON, _BROKEN, st.binary(max_size=200), _LARGE)

# What HTTP allows in a header's value (RFC 9110, 5.5), and nothing that would end it.
_VISIBLE = st.text(st.characters(min_codepoint=0x21, max_codepoint=0x7E), max_size=60)
HEADERS = st.lists(
    st.one_of(
        st.tuples(st.sampled_from(["accept", "accept-language", "x-forwarded-for", "referer", "if-none-match", "range"]), _VISIBLE),
        st.tuples(st.just("cookie"), st.one_of(_VISIBLE, st.just("__Secure-better-auth.session_token=" + "a" * 3000), st.just("=; =; a"))),
        st.tuples(st.just("authorization"), st.sampled_from(["Bearer", "Bearer " + "x" * 500, "Basic %%%", "Bearer a.b.c"])),
        st.tuples(st.just("content-type"), st.sampled_from(TYPES)),
    ),
    max_size=3,
    unique_by=lambda pair: pair[0],
).map(tuple)

REQUESTS = st.builds(Sent, st.sampled_from(["POST", "POST", "POST", "GET", "PUT", "DELETE"]), st.sampled_from(FREE_PATHS), BODIES, HEADERS)

_ANYTHING = st.text(st.characters(codec="utf-8"), max_size=80)
_ODD = (
    *("a+b", "a.b+c-d_e", "A.B", "o'brien", "ünïcode", "用户", "a b", "a" * 64),
    *("\u202ea", "a\u0000b", "%00", "<script>", "'--"),
)
_LOCAL = st.one_of(st.sampled_from(_ODD), _ANYTHING)
ADDRESSES = st.one_of(_LOCAL.map(lambda local: f"{local}@gonogo-nobody.example"), _ANYTHING)
PASSWORDS = st.one_of(_ANYTHING, st.sampled_from(["a" * 7, "a" * 8, "a" * 128, "a" * 129, " " * 20, "\u0000" * 10, "🔑" * 40]))
