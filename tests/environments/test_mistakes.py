"""Files that somebody got wrong, by accident or on purpose: read, or a short sentence for each mistake, never a traceback."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from environments import EnvironmentProblem, load
from environments.reference import EXAMPLE
from environments.schema.headers import Headers
from environments.sentences import LONGEST, LONGEST_SOURCE, MOST

LONGEST_SENTENCE = 600
"""Characters, with the file's name before it."""
HEAD = 'title = "Acme"\ntier = "{tier}"\norigin = "{origin}"\nconnect = "127.0.0.1:9"\n{top}\n[health]\npath = "{path}"\n{more}\n'
MADE = HEAD.format(tier="staging", origin="https://acme.example", top="", path="/status", more="")
ODD = (
    *('""', '" "', '"\\n"', '"\\u0000"', '"\\u202e"', '"ä"', '"\\u001b[2J"', '"--help"', '"//x.example"', '"../../x"', '"/etc/passwd"'),
    *("-1", "0", "1.5", "1e400", "nan", "inf", "true", "[]", "{}", "[[[]]]", '["a", 1]', "2027-01-01", "07:00:00", "0x" + "f" * 5000),
    *("9" * 25, "9" * 5000, '"' + "z" * 2000 + '"', '"{label}"', '"{label.__class__}"', '"$(id)"', "'''\na\n'''", "[" * 3000 + "]" * 3000),
)


def said(folder: Path, text: str | bytes, name: str = "acme.toml", **variables: str) -> list[str]:
    """The mistakes of a file, each with the file's name; none where it can be read."""
    file = folder / name
    file.write_bytes(text if isinstance(text, bytes) else text.encode())
    try:
        load(str(file), variables=variables)
    except EnvironmentProblem as problem:
        lines = [f"{problem.source}: {line}" for line in problem.lines]
        assert lines
        assert all(line.isprintable() and len(line) < LONGEST_SENTENCE for line in lines)
        return lines
    return []


def file(*, tier: str = "sandbox", origin: str = "https://acme.example", top: str = "", path: str = "/status", more: str = "") -> str:
    return HEAD.format(tier=tier, origin=origin, top=top, path=path, more=more)


CASES: dict[str, tuple[str | bytes, str]] = {
    "E1 two dots": (file(origin="https://acme..example"), "origin: must be a base URL with a host name that can be"),
    "E2 a star": (file(origin="https://*.acme.example"), "a host name has letters, digits, hyphens and dots"),
    "E2 percent signs": (file(origin="https://acme.example%0d%0aset-cookie"), "a host name has letters"),
    "E3 an emoji": (file(origin="https://🚀.example"), "no zone has such a name"),
    "a long label": (file(origin=f"https://{'a' * 64}.example"), "63 between dots"),
    "a long name": (file(origin=f"https://{('a' * 60 + '.') * 5}example"), "at most 253 characters"),
    "a zone": (file(origin="https://[fe80::1%eth0]"), "an address has no zone here"),
    "no address in brackets": (file(origin="https://[acme.example]"), "origin: must be a base URL"),
    "a number": (file(origin="https://2130706433"), "an address is written as"),
    "E5 a line break in a path": (file(path="/status\\r\\nHost: elsewhere.example"), "health.path: must have no white space"),
    "E6 another host in a path": (file(path="//elsewhere.example/status"), "health.path: must start with one '/'"),
    "a backslash in a path": (file(path="/\\\\elsewhere.example"), "health.path: must start with one '/'"),
    "a long path": (file(path="/" + "a" * 100_000), "health.path: must have at most 2000 characters"),
    "E7 an empty header": (file(more='[version]\nheader = ""'), "version.header: must be the name of a response header"),
    "E8 letters in a header": (file(more='[version]\nheader = "x-versión"'), "version.header: must be the name of a response header"),
    "E9 NUL in ca": (file(top='ca = "ca\\u0000.pem"'), "ca: must be the path of a file"),
    "a long ca": (file(top=f'ca = "{"a" * 5000}"'), "ca: must be the path of a file"),
    "a device as ca": (file(top='ca = "/dev/zero"'), "ca: there is no file /dev/zero"),
    "E10 brackets": (file(top='[control]\naddresses = ["[[:]]:443"]'), "control.addresses.0: must be HOST:PORT"),
    "a name in brackets": (file(top='[control]\naddresses = ["[a.example]:443"]'), "control.addresses.0: must be HOST:PORT"),
    "E11 an option": (file(more='[promotion]\nworker = "--help"'), "promotion.worker: must be a name in one word"),
    "E12 a line break in a header": (file(more='[headers]\n"x-frame\\r\\n" = "DENY"'), "must be the name of a response header"),
    "E14 a line break in addresses": (
        file(more='[auth.email]\naddresses = "{label}@a.example\\r\\nBcc: x@b.example"'),
        "auth.email.addresses: must be an e-mail address with {label} in it",
    ),
    "many hosts": (file(top=f"hosts = {[f'h{number}.example' for number in range(3000)]}"), "hosts: list should have at most 100 items"),
    "a long title": (file().replace("Acme", "A" * 200_000), "title: must have at most 500 characters"),
    "a large number": (file(more="[limits]\nrun_seconds = 9000000000000000000"), "limits: run_seconds must be at most"),
    "a number of 80 bits": (file(more="[limits]\nrun_seconds = " + "9" * 25), "a whole number of more than 64 bits"),
    "a number of 5,000 digits": (file(more="[limits]\nrun_seconds = " + "9" * 5000), "a whole number of thousands of digits"),
    "hex of 6,000 digits": (file(more="[limits]\nrun_seconds = 0x" + "f" * 6000), "a whole number of more than 64 bits"),
    "3,000 lists": (file(top="x = " + "[" * 3000 + "]" * 3000), "32 levels deep"),
    "40 tables": (file(top="x = " + "{a = " * 40 + "1" + "}" * 40), "32 levels deep"),
    "a key of 100,000 parts": ("a" + ".a" * 100_000 + " = 1", "a key of more than 128 parts (at line 1)"),
    "a quoted key of many parts": (file(top='"a"' + '."a"' * 200 + " = 1"), "a key of more than 128 parts (at line 5)"),
    "a long key": (file(top="k" * 3000 + " = 1"), "a key of more than 200 characters"),
    "an escape in a key": (file(top='"\\u001b[2J" = 1'), "\\x1b[2J: unknown key"),
    "a fragment in a path": (file(path="/#/status"), "health.path: must have no '#' in it"),
    "a place without a name": (file(more='present = [""]'), "health.present.0: must be a dotted path"),
    "a gap in a place": (file(more='expect = {"a..b" = 1}'), "health.expect.a..b: must be a dotted path"),
    "no health field": (file(more='[version]\nhealth_field = ""'), "version.health_field: must be a dotted path"),
    "a header of any answer": (
        file(more='[version]\nheader = "Set-Cookie"'),
        "version.header: must be a response header that names the version",
    ),
    "a header twice": (file(more='[headers]\nX-A = "a"\nx-a = "b"'), "headers: 'x-a' stands there twice"),
    "a wall's header twice": (file(more='[access.headers]\nX-A = "A"\nx-a = "B"'), "access.headers: 'x-a' stands there twice"),
    "a wall that wants a range": (file(more='[access.headers]\nRange = "A"'), "range belongs to the requests themselves"),
    "a wall that wants another fetch": (file(more='[access.headers]\nSec-Fetch-Mode = "A"'), "belongs to the requests themselves"),
    "three kinds, and none of them": (
        file(more="expect = {status = [1]}"),
        "health.expect.status: must be a text, true or false or a whole number, not [1]",
    ),
    "large": ("#" * 1_000_000, "larger than 256 KiB"),
    "not UTF-8": (b'title = "\xe4"', "not UTF-8 at byte 10"),
    "a byte order mark": (b"\xef\xbb\xbf" + MADE.encode(), "byte order mark"),
    "a NUL": (MADE + "\0", "not valid TOML"),
}


@pytest.mark.parametrize("case", CASES)
def test_mistake_is_a_sentence(tmp_path: Path, case: str) -> None:
    """File, place, and what may stand there."""
    text, sentence = CASES[case]
    lines = said(tmp_path, text)
    assert any(sentence in line for line in lines), lines


def test_one_mistake_is_one_line(tmp_path: Path) -> None:
    """A value that may be of several kinds is named once, and two of them are two."""
    assert len(said(tmp_path, file(more="expect = {status = [1]}"))) == 1
    assert len(said(tmp_path, file(more="expect = {status = [1], other = [1]}"))) == 2


SIGN_UP = '[auth.bearer]\nsign_up = "/signup"\n'
MEMBER = '[[auth.bearer.accounts]]\nemail = "E"\npassword = "{}"\n'


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        (
            file(more=SIGN_UP + MEMBER.format("E")),
            ["auth.bearer.accounts.0.email, auth.bearer.accounts.0.password: the variable E is not set"],
        ),
        (
            file(more=SIGN_UP + MEMBER.format("E") * 2),
            ["auth.bearer.accounts.0.email, auth.bearer.accounts.0.password, auth.bearer.accounts.1.email and 1 more: the variable E is"],
        ),
        (
            file(more=SIGN_UP + MEMBER.format("P")),
            ["auth.bearer.accounts.0.email: the variable E is not set", "auth.bearer.accounts.0.password: the variable P is not set"],
        ),
        (file(tier="staging", origin="http://127.0.0.1:3000"), ["127.0.0.1 is an address of this machine"]),
        (file(tier="staging", origin="http://acme.example"), ["origin must be https in tier staging"]),
        (file(top='extends = ["here", "there"]'), ["extends: there is no folder", "extends: there is no folder"]),
        (file(more='[headers]\npath = "app"\nx-a = "b"'), ["headers.path: must start with '/', not 'app'"]),
        (file(more='[headers]\npath = ["/a", 3]\nx-a = "b"'), ["headers.path: must be a path such as /app, or a list of paths"]),
        (file(more="[headers]\nx-a = 3"), ["headers.x-a: "]),
        (file(more="status = 404"), ["health.status: must be a status of a success such as 204, a list of them"]),
    ],
)
def test_each_mistake_is_said_once(tmp_path: Path, text: str, lines: list[str]) -> None:
    """Also one that shows in several keys, and one that breaks several rules."""
    found = [line.removeprefix("acme.toml: ").removeprefix("file: ") for line in said(tmp_path, text)]
    assert len(found) == len(lines), found
    assert all(line.startswith(part) for line, part in zip(found, lines, strict=True)), found


def test_headers_have_pages(tmp_path: Path) -> None:
    """The first one where the file names none; names of headers keep their letters."""
    for written, pages in (("", ("/",)), ('path = "/app"\n', ("/app",)), ('path = ["/", "/app", "/"]\n', ("/", "/app"))):
        assert said(tmp_path, file(more=f'[headers]\n{written}X-Frame-Options = "DENY"')) == []
        headers = load(str(tmp_path / "acme.toml"), variables={}).section(Headers)
        assert headers is not None
        assert (headers.path, dict(headers.expected)) == (pages, {"X-Frame-Options": "DENY"})
    assert said(tmp_path, file(more='[headers]\npath = "/app"')) == []
    assert load(str(tmp_path / "acme.toml"), variables={}).section(Headers) is None


def test_pages_may_stand_behind_a_fragment(tmp_path: Path) -> None:
    """Some apps keep them there, and a browser opens them; a server is never asked for it."""
    account = '[auth.email]\naddresses = "a+{label}@acme.example"\nreset = false\nverification = false\n'
    assert said(tmp_path, file(more=f'{account}[browser]\nhome = "/#/start"\nsign_in = "/#/sign-in"')) == []


def test_port_is_a_number(tmp_path: Path) -> None:
    """One port in two spellings is one origin."""
    named = tmp_path / "acme.toml"
    named.write_text(file(origin="https://acme.example:08443"), encoding="utf-8")
    assert load(str(named), variables={}).origin == "https://acme.example:8443"


UNSENDABLE = ["naïve-secret-4711", "secret-4711\n", "secret-4711\r\nx: y", " secret-4711", "secret-4711\udcff", "🚀secret-4711"]


@pytest.mark.parametrize("value", UNSENDABLE, ids=range(len(UNSENDABLE)))
def test_secret_that_no_header_carries_is_named_and_not_shown(tmp_path: Path, value: str) -> None:
    """E13: by its variable, before anything is sent."""
    (line,) = said(tmp_path, file(more='[access.headers]\nx-pass = "CASE_WALL"'), CASE_WALL=value)
    assert "access.headers.x-pass: the variable CASE_WALL holds" in line
    assert "4711" not in line


OWN = (
    *(
        "localhost",
        "LOCALHOST:8443",
        "a.localhost",
        "localhost.",
        "localhost.localdomain",
        "127.0.0.1",
        "127.9.9.9",
        "0.0.0.0",  # noqa: S104
        "[::1]",
    ),
    *("[::]", "[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "[::127.0.0.1]", "[64:ff9b::7f00:1]", "[2002:7f00:1::]", "[0:0:0:0:0:0:0:1]:99"),
    *("2130706433", "0x7f000001", "0177.0.0.1", "127.1", "0x7f.1", "0"),
)


@pytest.mark.parametrize("host", OWN)
@pytest.mark.parametrize("tier", ["preview", "staging", "production"])
def test_address_of_this_machine_is_tier_sandbox(tmp_path: Path, tier: str, host: str) -> None:
    """E4: in every spelling, in the file and in the option; otherwise whatever stands at the port would be verified as what people use."""
    (line,) = said(tmp_path, file(tier=tier, origin=f"https://{host}"))
    assert "is an address of this machine" in line or "an address is written as" in line
    assert said(tmp_path, file(tier=tier)) == [], "connect may lead there"
    with pytest.raises(EnvironmentProblem, match="is an address of this machine|an address is written as"):
        load(str(tmp_path / "acme.toml"), variables={}, origin=f"https://{host}")


def test_further_host_is_none_of_this_machine(tmp_path: Path) -> None:
    """The same of hosts; a sandbox may name them."""
    for host in ("localhost", "127.0.0.1"):
        assert "is an address of this machine" in said(tmp_path, file(tier="staging", top=f'hosts = ["{host}"]'))[0]
        assert said(tmp_path, file(top=f'hosts = ["{host}"]')) == []


@pytest.mark.parametrize(
    ("given_origin", "origin"),
    [
        ("https://acme.example.", "https://acme.example."),
        ("https://app-git-x-.vercel.app", "https://app-git-x-.vercel.app"),
        ("https://my_app.example:8443/", "https://my_app.example:8443"),
        ("https://staging", "https://staging"),
        ("https://10.0.0.5", "https://10.0.0.5"),
        ("https://[2001:db8::1]:8443", "https://[2001:db8::1]:8443"),
        ("https://bücher.example:8443", "https://xn--bcher-kva.example:8443"),
    ],
)
def test_origin_that_can_be_is_taken(tmp_path: Path, given_origin: str, origin: str) -> None:
    """Names with letters of any language as the network knows them."""
    (tmp_path / "acme.toml").write_text(file(tier="staging", origin=given_origin), encoding="utf-8")
    assert load(str(tmp_path / "acme.toml"), variables={}).origin == origin


def test_what_is_no_file_is_said_so(tmp_path: Path) -> None:
    """A pipe is not waited for, a device not read to its end, and a name that no file can have is none."""
    os.mkfifo(tmp_path / "pipe.toml")
    (tmp_path / "folder.toml").mkdir()
    (tmp_path / "loop.toml").symlink_to("loop.toml")
    for name in ("pipe.toml", "folder.toml", "/dev/zero", "/dev/null"):
        with pytest.raises(EnvironmentProblem, match="no file, but a folder, a pipe or a device"):
            load(str(tmp_path / name), variables={})
    for name in (str(tmp_path / "loop.toml"), "x/" * 3000 + "a.toml"):
        with pytest.raises(EnvironmentProblem, match="there is no such file"):
            load(name, variables={})
    for name in ("...toml", "..toml", "-x.toml", "a\nb.toml", "a\0.toml", "a" * 101 + ".toml"):
        with pytest.raises(EnvironmentProblem, match="the file's name is the environment's"):
            load(str(tmp_path / name), variables={})


def test_very_many_mistakes_are_not_all_told(tmp_path: Path) -> None:
    """The first of them, and how many there are."""
    lines = said(tmp_path, MADE.replace("[health]", "".join(f"k{number} = 1\n" for number in range(5000)) + "[health]"))
    assert len(lines) == MOST + 1
    assert lines[-1].endswith("more mistakes: mend these first")
    assert LONGEST + LONGEST_SOURCE < LONGEST_SENTENCE


KEYS = [at for at, line in enumerate(EXAMPLE.read_text(encoding="utf-8").splitlines()) if " = " in line and not line.startswith("#")]


def odd_values(folder: Path, odd: str, keys: list[int]) -> None:
    """The file of every key with this value for each of these."""
    for at in keys:
        changed = EXAMPLE.read_text(encoding="utf-8").splitlines()
        changed[at] = f"{changed[at].partition(' = ')[0]} = {odd}"
        said(folder, "\n".join(changed))


@pytest.mark.parametrize("number", range(len(ODD)))
def test_odd_value_is_read_or_a_sentence(tmp_path: Path, number: int) -> None:
    """E15: a share of the keys takes each odd value, or says why not."""
    odd_values(tmp_path, ODD[number], KEYS[number % 15 :: 15])


@pytest.mark.nightly
@pytest.mark.parametrize("number", range(len(ODD)))
def test_odd_value_of_any_key_is_read_or_a_sentence(tmp_path: Path, number: int) -> None:
    """E15: every key of the schema with every odd value."""
    odd_values(tmp_path, ODD[number], KEYS)


NOISE = st.text(st.characters() | st.sampled_from("\0\x1b\u202e\u2028.[]{}\"'=#"), max_size=40)
CHANGES = st.lists(st.tuples(st.integers(0, 400), st.integers(0, 3), NOISE), min_size=1, max_size=4)


@given(CHANGES)
@settings(deadline=None)
def test_no_changed_file_breaks_the_loader(tmp_path_factory: pytest.TempPathFactory, changes: list[tuple[int, int, str]]) -> None:
    """E15: lines that are gone, doubled, cut, or full of anything."""
    lines = EXAMPLE.read_text(encoding="utf-8").splitlines()
    for where, what, noise in changes:
        at = where % len(lines)
        lines[at : at + 1] = [[], [lines[at]] * 2, [lines[at][: len(noise)]], [lines[at] + noise]][what]
    said(tmp_path_factory.getbasetemp(), "\n".join(lines).encode("utf-8", "replace"))
