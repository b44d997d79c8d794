"""Secrets in artifacts: every form that hides one is found, and what was scrubbed is clean.

Each test plants a secret first and demands that it is found: a scanner that finds nothing would pass all others.
"""

from __future__ import annotations

import base64
import bz2
import gzip
import html
import io
import json
import lzma
import secrets as tokens
import tarfile
import time
import urllib.parse
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reports.encodings import needles
from reports.errors import ReportError
from reports.scan import scan
from reports.scrub import scrub
from reports.secrets import Secrets

NAME = "RESEND_API_KEY"
PLAIN = "re_" + tokens.token_hex(12)
ODD = 'pa"ss/w+rd&<ü>\\ ' + tokens.token_hex(4)


def zipped(data: bytes, name: str = "trace.trace") -> bytes:
    """A zip archive with one member."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, data)
    return buffer.getvalue()


def tarred(data: bytes) -> bytes:
    """A tar archive with one member."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        entry = tarfile.TarInfo("member.txt")
        entry.size = len(data)
        archive.addfile(entry, io.BytesIO(data))
    return buffer.getvalue()


ROUTES: dict[str, Callable[[str], bytes]] = {
    "plain": lambda v: f"Authorization: Bearer {v}\n".encode(),
    "JSON": lambda v: json.dumps({"key": v}).encode(),
    "JSON without escapes": lambda v: json.dumps({"key": v}, ensure_ascii=False).encode(),
    "JSON with escaped slashes": lambda v: json.dumps({"key": v}).replace("/", "\\/").encode(),
    "JSON in JSON": lambda v: json.dumps({"body": json.dumps({"key": v})}).encode(),
    "JSON for a script tag": lambda v: (
        json.dumps({"key": v}).replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026").encode()
    ),
    "HTML": lambda v: f"<td>{html.escape(v)}</td>".encode(),
    "HTML text": lambda v: f"<td>{html.escape(v, quote=False)}</td>".encode(),
    "URL path": lambda v: f"GET /x/{urllib.parse.quote(v, safe='')}".encode(),
    "URL query": lambda v: ("GET /x?" + urllib.parse.urlencode({"token": v})).encode(),
    "hexadecimal": lambda v: v.encode().hex().encode(),
    "upper-case hexadecimal": lambda v: v.encode().hex().upper().encode(),
    "UTF-16": lambda v: f"x{v}y".encode("utf-16-le"),
    "reversed": lambda v: v[::-1].encode(),
    "base64": lambda v: base64.b64encode(v.encode()),
    "base64, one byte in": lambda v: base64.b64encode(b"x" + v.encode()),
    "base64, two bytes in": lambda v: base64.b64encode(b"xy" + v.encode() + b"z"),
    "URL-safe base64": lambda v: base64.urlsafe_b64encode(b"\xff\xfe\xfd" + v.encode()),
    "base64 of base64": lambda v: base64.b64encode(base64.b64encode(v.encode())),
    "Basic credentials": lambda v: b"Authorization: Basic " + base64.b64encode(f"user:{v}".encode()),
    "mixed-case hexadecimal": lambda v: "".join(c.upper() if i % 3 else c for i, c in enumerate(v.encode().hex())).encode(),
    "base64 in wrapped lines": lambda v: base64.encodebytes(b"before " * 5 + v.encode() + b" after" * 20),
    "base64 in wrapped lines in JSON": lambda v: json.dumps({"pem": base64.encodebytes(b"x" * 50 + v.encode() * 2).decode()}).encode(),
    "base64 with escaped slashes": lambda v: base64.b64encode(b"\xff\xff\xfe" * 9 + v.encode() + b"\xff" * 9).replace(b"/", b"\\/"),
    "base64 in hexadecimal": lambda v: base64.b64encode(v.encode()).hex().encode(),
    "over two lines": lambda v: f"{v[:9]}\n    {v[9:]}".encode(),
    "quoted-printable": lambda v: f"{v[:9]}=\r\n{v[9:]}".encode(),
    "JSON, every character escaped": lambda v: "".join(f"\\u{ord(c):04X}" for c in v).encode(),
    "URL, every byte escaped": lambda v: "".join(f"%{byte:02x}" for byte in v.encode()).encode(),
    "HTML, every character escaped": lambda v: "".join(f"&#{ord(c)};" for c in v).encode(),
    "zip": lambda v: zipped(v.encode()),
    "zip member name": lambda v: zipped(b"", name=v),
    "zip in zip": lambda v: zipped(zipped(v.encode()), "inner.zip"),
    "gzip": lambda v: gzip.compress(v.encode()),
    "bzip2": lambda v: bz2.compress(v.encode()),
    "xz": lambda v: lzma.compress(v.encode()),
    "zip after something else": lambda v: b"#!/bin/sh\n" + zipped(v.encode()),
    "tar": lambda v: tarred(v.encode()),
    "tar.gz": lambda v: gzip.compress(tarred(v.encode())),
    "zip in base64 in HTML": lambda v: b'<script src="data:application/zip;base64,' + base64.b64encode(zipped(v.encode())) + b'"></script>',
    "JSON in base64 in HTML": lambda v: b'd("x.json","' + base64.b64encode(json.dumps({"k": v}).encode() * 3) + b'")',
}


def known(value: str) -> Secrets:
    """A registry with one secret, among others that are not planted."""
    secrets = Secrets()
    secrets.register("OTHER", tokens.token_hex(16))
    secrets.register(NAME, value)
    return secrets


# These are a file each, from their first byte.
WHOLE = {"zip", "zip member name", "zip in zip", "gzip", "bzip2", "xz", "zip after something else", "tar", "tar.gz", "UTF-16"}
# Raw results hold none of these, and nothing could be hidden in them without breaking them: they are for the scan.
BEYOND_SCRUB = {
    *("gzip", "bzip2", "xz", "tar", "tar.gz", "zip member name", "zip after something else"),
    *("zip in base64 in HTML", "JSON in base64 in HTML", "mixed-case hexadecimal", "base64 in hexadecimal"),
    *("base64 in wrapped lines", "base64 in wrapped lines in JSON", "base64 with escaped slashes"),
    *("over two lines", "quoted-printable"),
    *("JSON, every character escaped", "URL, every byte escaped", "HTML, every character escaped"),
}
# No file name can hold the odd value.
PLANTED = [(route, value) for route in ROUTES for value in (PLAIN, ODD) if not (route == "zip member name" and value == ODD)]


@pytest.mark.parametrize(("route", "value"), PLANTED, ids=[f"{route}-{'plain' if value == PLAIN else 'odd'}" for route, value in PLANTED])
def test_planted_secret_is_found(tmp_path: Path, route: str, value: str) -> None:
    """Whatever form a secret takes on its way into a file, the scan names it and the file, and shows nothing of it."""
    around = b"" if route in WHOLE else b"before " * 9 + b"\n"
    (tmp_path / "artifact.bin").write_bytes(around + ROUTES[route](value))
    hits = scan([tmp_path], known(value))
    assert {hit.secret for hit in hits} == {NAME}
    assert all(hit.where.startswith("artifact.bin") for hit in hits)
    assert value not in " ".join(map(str, hits))


@pytest.mark.parametrize("route", [route for route in ROUTES if route not in BEYOND_SCRUB])
def test_scrubbed_file_is_clean(tmp_path: Path, route: str) -> None:
    """What the scrub has been through holds the secret no more, and what was JSON or a zip archive still is."""
    path = tmp_path / "artifact.bin"
    path.write_bytes(ROUTES[route](PLAIN))
    secrets = known(PLAIN)
    assert scan([tmp_path], secrets)
    assert scrub(tmp_path, secrets) == 1
    assert scan([tmp_path], secrets) == []
    if route in ("JSON", "JSON in JSON"):
        json.loads(path.read_bytes())
    if route == "zip":
        with zipfile.ZipFile(path) as archive:
            assert archive.read("trace.trace") == f"[hidden {NAME}]".encode()


def test_clean_folder_has_no_hit(tmp_path: Path) -> None:
    """No false alarm over ordinary artifacts, and scrubbing leaves them as they are."""
    (tmp_path / "a.json").write_text(json.dumps({"name": "Create account", "status": "passed"}))
    (tmp_path / "b.zip").write_bytes(zipped(b"hello"))
    (tmp_path / "c.png").write_bytes(b"\x89PNG\r\n\x1a\n" + tokens.token_bytes(5000))
    before = {path: path.read_bytes() for path in tmp_path.iterdir()}
    assert scan([tmp_path], known(PLAIN)) == []
    assert scrub(tmp_path, known(PLAIN)) == 0
    assert {path: path.read_bytes() for path in tmp_path.iterdir()} == before


def test_file_name_is_searched_too(tmp_path: Path) -> None:
    """A secret in the name of a file is a hit that does not repeat it."""
    (tmp_path / PLAIN).mkdir()
    (tmp_path / PLAIN / "x.txt").write_text("")
    hits = scan([tmp_path], known(PLAIN))
    assert {hit.secret for hit in hits} == {NAME}
    assert PLAIN not in " ".join(map(str, hits))


@pytest.mark.parametrize(
    "data",
    [
        zipped(b"x" * 2000)[:-40],
        gzip.compress(b"x" * 2000)[:-10],
        b"PK\x03\x04 and nothing else",
        b"7z\xbc\xaf\x27\x1c rest",
        b"\x28\xb5\x2f\xfd rest",
        zipped(zipped(b"x" * 2000)[:-40], "inner.zip"),
    ],
    ids=["cut zip", "cut gzip", "no zip at all", "7z", "Zstandard", "cut zip in a zip"],
)
def test_unreadable_archive_is_a_hit(tmp_path: Path, data: bytes) -> None:
    """Nobody knows what is in an archive that cannot be opened, so it must not be published."""
    (tmp_path / "trace.zip").write_bytes(data)
    assert [hit.secret for hit in scan([tmp_path], known(PLAIN))] == ["(an archive that cannot be opened)"]


def test_encrypted_archive_is_a_hit(tmp_path: Path) -> None:
    """An archive with a password is one that cannot be opened."""
    data = bytearray(zipped(b"hello"))
    for marker, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        data[data.index(marker) + offset] |= 1
    (tmp_path / "trace.zip").write_bytes(bytes(data))
    assert len(scan([tmp_path], known(PLAIN))) == 1


@pytest.mark.parametrize("mark", ["...", "…", "\\u2026"])
def test_pieces_beside_a_cut_are_found_and_hidden(tmp_path: Path, mark: str) -> None:
    """pytest and our own titles cut long values: what is left of them is a secret too, until it is too short to tell anything."""
    path, secrets = tmp_path / "result.json", known(PLAIN)
    text = f"assert '{PLAIN[:12]}{mark}{PLAIN[-13:]}' == ''"
    path.write_text(text)
    assert {(hit.secret, hit.how) for hit in scan([path], secrets)} == {(NAME, "a piece of it")}
    scrub(tmp_path, secrets)
    assert path.read_text() == f"assert '[hidden {NAME}]{mark}[hidden {NAME}]' == ''"
    assert scan([path], secrets) == []
    assert secrets.redact(f"said {PLAIN[:-4]}") == f"said [hidden {NAME}]", "a text that was cut at its end"
    assert secrets.redact(f"{PLAIN[:4]}{mark}{PLAIN[-4:]}") == f"{PLAIN[:4]}{mark}{PLAIN[-4:]}"


def test_single_file_can_be_scanned(tmp_path: Path) -> None:
    """The ledger is one file, and is searched like a folder."""
    path = tmp_path / "ledger.jsonl"
    path.write_text(f'{{"reason": "said {PLAIN}"}}\n')
    assert [hit.where for hit in scan([path], known(PLAIN))] == ["ledger.jsonl"]


def test_short_secret_is_refused() -> None:
    """A value that cannot be told from ordinary text is refused by name, and not shown."""
    with pytest.raises(ReportError, match="the value of PIN has fewer than 6 characters") as caught:
        Secrets().register("PIN", "a1b2")
    assert "a1b2" not in str(caught.value)


def test_longer_secret_is_hidden_first() -> None:
    """Of two secrets, one inside the other, nothing remains."""
    secrets = Secrets()
    secrets.register("SHORT", "abcdef123456")
    secrets.register("LONG", "xx-abcdef123456-yy")
    assert secrets.redact("is xx-abcdef123456-yy or abcdef123456") == "is [hidden LONG] or [hidden SHORT]"


def test_registry_shows_names_only() -> None:
    """Neither the registry nor its needles show a value, wherever they are printed."""
    secrets = known(PLAIN)
    assert repr(secrets) == f"Secrets(OTHER, {NAME})"
    assert PLAIN not in repr(secrets.found(PLAIN.encode()))
    assert (secrets.register("EMPTY", ""), len(secrets)) == ("", 2)


@pytest.mark.parametrize(
    "value",
    [
        "undefined",
        "client_secret_post",
        "https://staging.fm5.test/api/auth/oauth2/token",
        "20261120103000",
        "person@fm5.example",
        "/run/agent.sock",
    ],
)
def test_word_under_a_secret_name_is_no_secret(value: str) -> None:
    """What a deployment hands out as a token and any page may say is not searched for: every report would be a leak."""
    secrets = Secrets()
    secrets.learn("field token", value)
    assert len(secrets) == 0


@pytest.mark.parametrize(
    "value",
    [tokens.token_hex(12), tokens.token_urlsafe(24), "qmzkwpxnvbrtlghdsyfjcoae", "aBCdefGHijKL"],
    ids=["hex", "url", "small", "short"],
)
def test_token_of_a_deployment_is_learnt(value: str) -> None:
    """Whatever form tokens have, once learnt they are found."""
    secrets = Secrets()
    secrets.learn("field token", value)
    assert secrets.redact(f"is {value}") == "is [hidden field token]"


def test_secret_variables_are_learnt_by_their_names() -> None:
    """An assertion may show the whole environment of the process: what its names call secret is searched for."""
    secrets, value = Secrets(), tokens.token_hex(12)
    secrets.learn_variables({"GITHUB_TOKEN": value, "SSH_AUTH_SOCK": "/run/ssh/agent.12345", "HOME": "/home/person1234"})
    assert (len(secrets), secrets.redact(value)) == (1, "[hidden GITHUB_TOKEN]")


def test_thousand_secrets_are_searched_for_in_a_moment(tmp_path: Path) -> None:
    """The time of a search is that of reading the data, not that of the number of secrets."""
    secrets = Secrets()
    values = [secrets.register(f"S{number}", tokens.token_urlsafe(24)) for number in range(1000)]
    path = tmp_path / "report.html"
    path.write_bytes(tokens.token_bytes(2_000_000) + values[500].encode() + tokens.token_bytes(2_000_000))
    started = time.process_time()
    assert [hit.secret for hit in scan([path], secrets)] == ["S500"]
    assert time.process_time() - started < 10


@given(data=st.binary(max_size=60), value=st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=6, max_size=60))
def test_every_position_is_looked_at(data: bytes, value: str) -> None:
    """A value is found wherever it begins and however long it is."""
    secrets = Secrets()
    secrets.register("S", value)
    assert ("S", "plain") in {(name, needle.how) for name, needle in secrets.found(data + value.encode() + data)}


@given(
    value=st.text(st.characters(min_codepoint=33, exclude_categories=["Cs", "Cc"]), min_size=6, max_size=40), around=st.text(max_size=20)
)
def test_redacted_text_holds_no_form(value: str, around: str) -> None:
    """After redaction no escaped or plain form of any secret is left in a text that held it."""
    secrets = Secrets()
    secrets.register("S", value)
    text = secrets.redact("".join((around, value, json.dumps(value), html.escape(value), urllib.parse.quote(value))))
    plain = [n.form for n in needles(value) if n.how == "plain"]
    assert not any(form in text.encode() for form in plain if form not in b"[hidden S]" + around.encode())
