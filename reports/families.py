"""The parts of a declared value that are secrets by themselves: the password in an address, the lines of a key, the strings of a document.

What could be a word, a name or an address is no part: every report says `postgres`, and none would be without a leak.
"""

import base64
import binascii
import json
import re
from collections.abc import Iterator
from urllib.parse import unquote

from reports.likelihood import SECRET_NAME, known_by_its_name, random

_DEEPEST = 4
_SHORTEST = 6
_PEM = re.compile(r"-----BEGIN ([A-Z0-9 ]+)-----(.*?)(?:-----END [A-Z0-9 ]+-----|\Z)", re.DOTALL)
_OPEN_TO_ALL = re.compile(r"CERTIFICATE|PUBLIC")
_PEM_LINE = 16
_SCHEME = re.compile(r"(?:[A-Za-z][\w-]*:\s+)?(?:[A-Za-z][\w-]*\s+)?(\S+)")
_URL = re.compile(r"(?:[a-z]+:)?[a-z][a-z0-9+.-]*://(.*)", re.IGNORECASE | re.DOTALL)
_PAIR = re.compile(r"([^\s:/@]{1,128}):([^\s]+?)(?:@[^@\s]*)?")
_JWT = re.compile(r"eyJ[\w-]+\.([\w-]+)\.([\w-]+)")
_BASE64 = re.compile(r"[A-Za-z0-9+/_-]{12,}={0,2}")
_ASSIGNED = re.compile(r"""["']?([A-Za-z_][\w .-]*?)["']?\s*[=:]\s*("[^"\n]*"|'[^'\n]*'|[^\s;&,"']+)""")
_SPACED = re.compile(r"\b([A-Za-z_][\w.-]*)[ \t]+([^\s;&,\"']+)")
_TOKEN = re.compile(r"[A-Za-z0-9+/_=-]{16,}")
_PATH_TOKEN = 20
# Of a key in JSON (RFC 7517) the other members are everybody's to see.
_PRIVATE_MEMBERS = frozenset({"d", "p", "q", "dp", "dq", "qi", "k", "oth"})

Part = tuple[str, bool]
"""A candidate, and whether something beside it says that it is a secret."""


def parts(value: str) -> tuple[str, ...]:
    """Every part of a declared value that is secret by itself, without the value."""
    found: dict[str, None] = {}
    inner = _inner(value)
    if len(inner) >= _SHORTEST:
        found[inner] = None  # it is what was declared, whatever it looks like
    for text, named in _parts(inner, 0):
        if len(text) >= _SHORTEST and (known_by_its_name(text) if named else random(text)):
            found[text] = None
    found.pop(value, None)
    return tuple(found)


def password_of(address: str) -> tuple[str, ...]:
    """What is secret in an address: its password, what is called so in its query, and a user that is none (`https://KEY@host/1`)."""
    whole = _URL.fullmatch(address.strip())
    found = _of_address(whole[1]) if whole else ()
    return tuple(dict.fromkeys(text for text, named in found if named and known_by_its_name(text)))


def _inner(value: str) -> str:
    """Without spaces and quotes around it."""
    text = value.strip()
    return text[1:-1].strip() if len(text) > 2 and text[0] == text[-1] and text[0] in "\"'" else text


def _parts(value: str, depth: int) -> Iterator[Part]:
    if depth > _DEEPEST:
        return
    if "-----BEGIN " in value:
        yield from _of_pem(value)
    elif value[:1] in ("{", "["):
        yield from _of_json(value, depth)
    elif whole := _URL.fullmatch(value):
        yield from _of_address(whole[1])
    elif "\n" in value or "=" in value.rstrip("=") or ";" in value:
        yield from _of_lines(value, depth)
    elif (last := _SCHEME.fullmatch(value)) and last[1] != value:  # `Basic ...`, `Bearer ...`, `Authorization: Basic ...`
        yield last[1], True
        yield from _parts(last[1], depth + 1)
    else:
        yield from _of_word(value, depth)


def _of_word(value: str, depth: int) -> Iterator[Part]:
    if token := _JWT.fullmatch(value):
        yield from ((part, True) for part in token.groups())
    elif (pair := _PAIR.fullmatch(value)) and pair[1] != pair[2]:
        yield pair[2], True
    elif (decoded := _decoded(value)) is not None:
        yield from _parts(decoded, depth + 1)
    if "%" in value and (plain := unquote(value)) != value:
        yield plain, True
        yield from _parts(plain, depth + 1)


def _of_pem(value: str) -> Iterator[Part]:
    """The lines of a key between its marks; breaks may be written as `\\n`, as variables often hold them."""
    for kind, body in _PEM.findall(value.replace("\\r", "").replace("\\n", "\n")):
        if not _OPEN_TO_ALL.search(kind):
            lines = [line for line in body.split() if len(line) >= _PEM_LINE and _BASE64.fullmatch(line)]
            yield from ((line, True) for line in (*lines, "".join(lines)))


def _of_json(value: str, depth: int) -> Iterator[Part]:
    try:
        document = json.loads(value)
    except (ValueError, RecursionError):
        yield from _of_lines(value, depth)
    else:
        yield from _of_document(document, depth, named=False)


def _of_document(document: object, depth: int, *, named: bool) -> Iterator[Part]:
    if depth > 5 * _DEEPEST:
        return
    if isinstance(document, dict):
        jwk = "kty" in document
        for key, inner in document.items():
            if jwk and key not in _PRIVATE_MEMBERS:
                continue
            if isinstance(inner, str) and (jwk or SECRET_NAME.says_so(key)):
                yield inner, True
            elif isinstance(inner, str) and SECRET_NAME.says_no(key):
                continue
            elif isinstance(inner, str):
                yield inner, named or SECRET_NAME.search(key)
            else:
                yield from _of_document(inner, depth + 1, named=named or SECRET_NAME.search(key))
                continue
            yield from _parts(inner, min(depth, _DEEPEST - 1) + 1)
    elif isinstance(document, list):
        for inner in document:
            yield from _of_document(inner, depth + 1, named=named)
    elif isinstance(document, str):
        yield document, named
        yield from _parts(document, min(depth, _DEEPEST - 1) + 1)


def _of_address(rest: str) -> Iterator[Part]:
    """An address behind its scheme. A password may hold what would have to be escaped there."""
    authority = re.split(r"[/?#]", rest, maxsplit=1)[0]
    head = authority if "@" in authority else rest.partition("?")[0]
    user, at, host = head.rpartition("@")
    if at:
        name, colon, password = user.partition(":")
        secret = password if colon else name
        others = {*re.split(r"[^\w.-]+", f"{name if colon else ''} {rest[len(user) :]}".lower())}
        if (colon or len(unquote(name)) >= _PEM_LINE) and secret.lower() not in others:  # `app_1:app_1@localhost/app_1` is a name
            yield from ((text, True) for text in (secret, unquote(secret)))
    tail = rest[len(user) + len(at) + len(host if at else authority) :] if at else rest[len(authority) :]
    path, _, query = tail.partition("?")
    for name, text in re.findall(r"(?:^|[&;#])([\w.-]+)=([^&;#]+)", query or path.partition("#")[2]):
        yield from ((form, SECRET_NAME.search(name)) for form in (text, unquote(text)) if not SECRET_NAME.says_no(name))
    for segment in path.partition("#")[0].split("/"):
        if len(segment) >= _PATH_TOKEN and re.search("[a-z]", segment) and re.search("[A-Z]", segment) and re.search("[0-9]", segment):
            yield segment, False  # of the address of a webhook


def _of_lines(value: str, depth: int) -> Iterator[Part]:
    """Names and values (`Password=...;`, `host=... password=...`, a file of variables), and what looks random in anything else."""
    known: set[str] = set()
    for name, quoted in (*_ASSIGNED.findall(value), *(_SPACED.findall(value) if "\n" in value else ())):
        text = _inner(quoted)
        known.add(text)
        if SECRET_NAME.says_no(name):
            continue
        if SECRET_NAME.search(name):
            yield text, True
        yield from _parts(text, depth + 1)
    for text in _TOKEN.findall(value):
        if text not in known and not any(text in whole for whole in known):
            yield text, False
    if (pair := _PAIR.fullmatch(value)) and pair[1] != pair[2]:
        yield pair[2], True
    if "\n" not in value and (last := _SCHEME.fullmatch(value)) and last[1] != value:
        yield last[1], True
        yield from _parts(last[1], depth + 1)


def _decoded(value: str) -> str | None:
    """The text that base64 holds; None where it holds none."""
    if not _BASE64.fullmatch(value):
        return None
    body = value.rstrip("=")
    try:
        text = base64.b64decode(body + "=" * (-len(body) % 4), altchars=b"-_" if "-" in body or "_" in body else None).decode()
    except (binascii.Error, ValueError):
        return None
    return text if text.isprintable() or all(c.isprintable() or c in "\r\n\t" for c in text) else None
