"""Secrets as people declare them, and forms in which they come back: a kind each, with the id of the case that it stands for."""

from __future__ import annotations

import base64
import gzip
import json
import secrets as tokens
import string
import zlib
from collections.abc import Callable
from urllib.parse import quote

LETTERS = string.ascii_letters + string.digits


def token(length: int = 24) -> str:
    """Random letters and digits, of each sort some."""
    while True:
        made = "".join(tokens.choice(LETTERS) for _ in range(length))
        if sum(c.isdigit() for c in made) > 2 and sum(c.isupper() for c in made) > 2 and sum(c.islower() for c in made) > 2:
            return made


def split(between: str) -> Callable[[str], bytes]:
    """The value with something in its middle."""
    return lambda v: f"{v[: len(v) // 2]}{between}{v[len(v) // 2 :]}".encode()


def numbers(pattern: str, between: str) -> Callable[[str], bytes]:
    """Each byte as a number."""
    return lambda v: between.join(pattern.format(byte) for byte in v.encode()).encode()


# How it comes back, and whether letters beyond ASCII are in it.
FORMS: dict[str, Callable[[str], bytes]] = {
    "F3 repr of a dictionary": lambda v: repr({"key": f"{v}'\""}).encode(),
    "F3 ascii": lambda v: ascii(v).encode(),
    "F3 latin-1": lambda v: v.encode("latin-1"),
    "F3 named entities": lambda v: v.replace("ä", "&auml;").replace("ß", "&szlig;").encode(),
    "F3 URL twice": lambda v: quote(quote(v, safe=""), safe="").encode(),
    "F3 URL three times": lambda v: quote(quote(quote(v, safe=""), safe=""), safe="").encode(),
    "F3 octal": numbers("\\{:03o}", ""),
    "F3 backslash x": numbers("\\x{:02x}", ""),
    "F3 braced": lambda v: "".join(f"\\u{{{ord(c):x}}}" for c in v).encode(),
    "F3 percent u": lambda v: "".join(f"%u{ord(c):04x}" for c in v).encode(),
    "F3 long entities": lambda v: "".join(f"&#{ord(c):07d};" for c in v).encode(),
    "F3 hexadecimal entities": lambda v: "".join(f"&#x{ord(c):X};" for c in v).encode(),
    "F3 quoted-printable": numbers("={:02X}", ""),
    "F3 capitals": lambda v: v.upper().encode(),
    "F3 small letters": lambda v: v.lower().encode(),
    "F4 hexadecimal with spaces": numbers("{:02x}", " "),
    "F4 hexadecimal with colons": numbers("{:02X}", ":"),
    "F4 a dump of words": lambda v: v.encode().hex(" ", 2).encode(),
    "F4 0x": numbers("0x{:02x}", ", "),
    "F4 decimal": numbers("{:d}", ","),
    "F4 base32": lambda v: base64.b32encode(b"xyz" + v.encode()),
    "F4 base32 in small letters": lambda v: base64.b32encode(v.encode()).lower(),
    "F4 base85": lambda v: base64.b85encode(v.encode()),
    "F4 zlib": lambda v: zlib.compress(b"a page that says " + v.encode()),
    "F4 zlib in base64": lambda v: base64.b64encode(zlib.compress(v.encode())),
    "F4 gzip in URL-safe base64": lambda v: base64.urlsafe_b64encode(gzip.compress(v.encode())),
    "F4 gzip in base64 behind a path": lambda v: b"/static/ab/" + base64.b64encode(gzip.compress(v.encode())),
    "F4 raw deflate in base64": lambda v: base64.b64encode(zlib.compress(v.encode())[2:-4]),
    "F4 UTF-32": lambda v: v.encode("utf-32-be"),
    "F4 UTF-16 in base64": lambda v: base64.b64encode(v.encode("utf-16-le")),
    "F5 colours": split("\x1b[0m\x1b[31m"),
    "F5 colours in JSON": lambda v: json.dumps(split("\x1b[1;31m")(v).decode()).encode(),
    "F5 colours in JUnit": split("#x1B[31m"),
    "F5 a link of the terminal": split("\x1b]8;;https://acme.example\x1b\\"),
    "F5 wbr": split("<wbr>"),
    "F5 an escaped tag": split("&lt;wbr/&gt;"),
    "F5 a tag in JSON": split("\\u003cb\\u003e"),
    "F5 spans": split("</span><span class='b'>"),
    "F5 a comment": split("<!-- -->"),
    "F5 soft hyphen": split("\u00ad"),
    "F5 soft hyphen by name": split("&shy;"),
    "F5 zero width": split("\u200b"),
    "F5 backslash and line": split("\\\n"),
    "F5 lines of pytest": split("\nE       "),
}
ODD = {"F3 ascii", "F3 latin-1", "F3 named entities"}


def _basic(v: str) -> str:
    return "Basic " + base64.b64encode(f"gate:{v}".encode()).decode()


def _base64(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


# What is declared, made of the secret in it.
DECLARED: dict[str, Callable[[str], str]] = {
    "F2 Basic": _basic,
    "F2 Basic as a header": lambda v: f"Authorization: {_basic(v)}",
    "F2 Bearer": lambda v: f"Bearer {v}",
    "F2 user and password": lambda v: f"gate:{v}",
    "F2 address of a database": lambda v: f"postgresql://app:{v}@db.acme.example:5432/app?sslmode=require",
    "F2 address without a user": lambda v: f"rediss://:{v}@cache.acme.example:6380",
    "F2 address with a key": lambda v: f"https://acme.example/hook?code={v}",
    "F2 driver's address": lambda v: f"app:{v}@tcp(db.acme.example:3306)/app",
    "F2 libpq": lambda v: f"host=db.acme.example user=app password={v} dbname=app",
    "F2 ADO": lambda v: f"Server=db.acme.example;User Id=app;Password={v};",
    "F2 JSON": lambda v: json.dumps({"type": "service", "private": {"secret": v}, "owner": "acme"}, indent=1),
    "F2 JSON in base64": lambda v: _base64(json.dumps({"client_email": "a@acme.example", "private_key": v})),
    "F2 spaces": lambda v: f"  {v} ",
    "F2 quotes": lambda v: f'"{v}"',
    "F2 variables": lambda v: f"HOST=db.acme.example\nAPI_KEY={v}\n",
    "F2 netrc": lambda v: f"machine acme.example\n  login app\n  password {v}\n",
    "F2 signature of a JWT": lambda v: f"eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.{v}",
}
# Nothing in these is a secret by itself.
HARMLESS = (
    "postgres://postgres:postgres@localhost/app",
    "redis://default:password@cache:6379/0",
    "amqp://guest:guest@localhost:5672/%2f",
    "mysql://acme_prod_1:acme_prod_1@db-1.acme.example/acme_prod_1",
    "Basic " + _base64("admin:admin"),
    "Basic " + _base64("staging:Welcome1"),
    "host=localhost user=postgres password=postgres",
    json.dumps({"type": "service_account", "project_id": "acme-prod-123456", "region": "eu-central-1", "owner": "acme", "secret": "none"}),
)
