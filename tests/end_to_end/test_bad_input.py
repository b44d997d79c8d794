"""Bad input: one clear sentence, the right exit code, no traceback."""

from __future__ import annotations

import re
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.clients.servers import Answer, Arrived, Server, serving
from tests.end_to_end.command import Ended, verify
from tests.end_to_end.servers import HOST, declare, declared, healthy, wall

CLOSED = "127.0.0.1:9"
ENVIRONMENT = """\
title = "Acme"
tier = "staging"
origin = "https://acme.example"
{before}
[health]
path = "/status"
{after}
"""
KEYED = '[mail.delivery]\nkey = "ACME_RESEND_API_KEY"\nsender = "Acme <hello@acme.example>"'


def written(folder: Path, before: str = "", after: str = "") -> str:
    """The option for an environment file with further lines."""
    file = folder / "acme.toml"
    file.write_text(ENVIRONMENT.format(before=before, after=after), encoding="utf-8")
    return f"--env={file}"


def refused(ended: Ended, *sentences: str) -> None:
    """Nothing was run: exit 4, each sentence on a line of its own after the word ERROR, and no word more than it takes."""
    assert ended.status == 4, ended.said
    assert "Traceback" not in ended.text, ended.said
    assert ended.lines[0].startswith("ERROR: "), ended.said
    for sentence in sentences:
        assert [line for line in ended.lines if sentence in line], ended.said
    assert len(ended.lines) <= 1 + len(sentences), ended.said
    assert not (ended.out / "ledger.jsonl").exists()


def test_unknown_environment(tmp_path: Path) -> None:
    """A name that is not there is answered with the names that are."""
    known = "known: local, local-production, preview, production, staging"
    refused(verify(tmp_path / "out", "--env", "stagin"), f"unknown environment; {known}")


def test_missing_file(tmp_path: Path) -> None:
    """A file that is not there is named."""
    refused(verify(tmp_path / "out", f"--env={tmp_path / 'acme.toml'}"), "there is no such file; --env takes a path to a .toml file")


def test_no_toml(tmp_path: Path) -> None:
    """A file that is not TOML is named, with the line."""
    refused(verify(tmp_path / "out", written(tmp_path, before="colour = ")), "not valid TOML: Invalid value (at line 4")


def test_all_mistakes_at_once(tmp_path: Path) -> None:
    """Several mistakes are one message, each with its place: unknown keys, values of the wrong type, a secret that is not set."""
    mistakes = f'expects = {{ status = "ok" }}\nrequests = "many"\np95_ms = "fast"\n{KEYED}'
    refused(
        verify(tmp_path / "out", written(tmp_path, before='colour = "red"', after=mistakes)),
        "colour: unknown key",
        "health.expects: unknown key",
        "health.requests: input should be a valid integer, not 'many'",
        "health.p95_ms: input should be a valid integer, not 'fast'",
        "mail.delivery.key: the variable ACME_RESEND_API_KEY is not set: export it, or take the section out of the file",
    )


def test_bad_origin(tmp_path: Path) -> None:
    """An origin that is not https is refused before anything is sent. What else is none is said by tests/environments/test_loading.py."""
    refused(
        verify(tmp_path / "out", written(tmp_path), "--origin", "http://acme.example"),
        "origin must be https in tier staging, not http://acme.example",
    )


def test_origin_that_would_be_sent_secrets(tmp_path: Path) -> None:
    """The file does not allow that address (S2), or who knows the project's deployments cannot be asked: nothing is sent to it."""
    arrived: list[str] = []

    def counting(request: Arrived) -> Answer:
        arrived.append(request.path)
        return Answer(200, b"{}")

    access = '[access.headers]\nx-bypass = "ACME_BYPASS"\n'
    known = f'{access}[deployments]\nproject = "prj_Acme1"\ntoken = "ACME_BYPASS"\napi = "http://{CLOSED}"\n'
    with serving(tmp_path, HOST, "localhost") as server:
        server.routes |= {"/": counting, "/status": counting}
        other = f"https://localhost:{server.connect.rpartition(':')[2]}"
        for after, before, origin, sentence in (
            (access, "", other, f"--origin: {other} is not allowed by the file, and it would be sent what ACME_BYPASS holds"),
            (
                known,
                'previews = ["acme-*.vercel.app"]',
                "https://acme-7.vercel.app",
                "could not be asked whether acme-7.vercel.app is one of",
            ),
        ):
            option = f"--env={declared(tmp_path / 'acme.toml', server, before=before, after=after)}"
            refused(verify(tmp_path / "out", option, "--origin", origin, env={"ACME_BYPASS": "open-sesame-4711"}), sentence)
    assert arrived == []


def test_bad_out(tmp_path: Path) -> None:
    """A folder that cannot be written is named."""
    (tmp_path / "file").touch()
    out = tmp_path / "file" / "out"
    ended = verify(out, declared_closed(tmp_path))
    assert ended.status == 4, ended.said
    assert "Traceback" not in ended.text, ended.said
    assert len(ended.lines) == 1, ended.said
    assert f"--out {out}" in ended.lines[0], ended.said


def test_unknown_option(tmp_path: Path) -> None:
    """An option that pytest does not know is a usage error too."""
    ended = verify(tmp_path / "out", declared_closed(tmp_path), "--environment", "local")
    assert ended.status == 4, ended.said
    assert "unrecognized arguments: --environment" in ended.text, ended.said
    assert "Traceback" not in ended.text, ended.said


def declared_closed(folder: Path) -> str:
    """The option for an environment where nobody listens."""
    return f"--env={declare(folder / 'closed.toml', CLOSED)}"


def inconclusive(ended: Ended, sentence: str) -> None:
    """Nothing can be said: exit 3, and the headline says why."""
    assert ended.status == 3, ended.said
    assert ended.verdict["kind"] == "inconclusive"
    assert ended.headline.startswith("INCONCLUSIVE"), ended.said
    assert sentence in ended.headline, ended.said
    assert "Traceback (most recent call last)" not in ended.text, ended.said


def nothing_ran(ended: Ended) -> None:
    """No check has a result, and no journey was played."""
    assert [record for record in ended.ledger if record.kind in ("result", "step")] == []


@pytest.fixture
def taken() -> Iterator[str]:
    """An address that is taken, where nobody listens."""
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        yield f"127.0.0.1:{held.getsockname()[1]}"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A TLS server; a test says what it answers."""
    with serving(tmp_path_factory.mktemp("server"), HOST) as running:
        yield running


@pytest.mark.parametrize("workers", [pytest.param("0", marks=pytest.mark.nightly), "2"])
def test_unreachable_host(tmp_path: Path, taken: str, workers: str) -> None:
    """A host that nobody answers at is named, once, and nothing is tried."""
    ended = verify(tmp_path / "out", f"--env={declare(tmp_path / 'acme.toml', taken)}", "-n", workers, "--no-report")
    inconclusive(ended, f"nothing listens at {taken}")
    nothing_ran(ended)


def test_untrusted_certificate(tmp_path: Path, server: Server) -> None:
    """A host whose certificate nobody vouches for is not spoken to."""
    server.routes = healthy()
    ended = verify(tmp_path / "out", f"--env={declare(tmp_path / 'acme.toml', server.connect)}", "--no-report")
    inconclusive(ended, f"https://{HOST} cannot be reached")
    assert re.search(r"certificate", ended.headline), ended.said
    nothing_ran(ended)


def test_page_in_front_of_everything(tmp_path: Path, server: Server) -> None:
    """A host that answers HTML to everything is a wall, not a deployment with forty mistakes."""
    server.routes = wall()
    ended = verify(tmp_path / "out", f"--env={declared(tmp_path / 'acme.toml', server)}", "--no-report")
    inconclusive(ended, f"https://{HOST} answers every address with a page (/status: 200 text/html)")
    nothing_ran(ended)


def test_declared_version_that_nobody_gives(tmp_path: Path, server: Server) -> None:
    """A version header that is declared and on no answer is no pass: nobody knows which version was verified."""
    server.routes = healthy()
    file = declared(tmp_path / "acme.toml", server, before='[version]\nheader = "x-release"\n[limits]\nconverge_seconds = 2')
    ended = verify(tmp_path / "out", f"--env={file}", "--no-report")
    assert ended.status in (1, 3), ended.said
    assert "x-release" in ended.text or "version" in ended.headline, ended.said


def test_broken_check_file(tmp_path: Path, server: Server) -> None:
    """A file of checks that cannot be imported makes the run inconclusive, whatever else holds; the file and the cause are named."""
    server.routes = healthy()
    checks = tmp_path / "checks"
    checks.mkdir()
    (checks / "test_broken.py").write_text("import acme_tools_that_are_not_there\n", encoding="utf-8")
    ended = verify(tmp_path / "out", f"--env={declared(tmp_path / 'acme.toml', server)}", "suites", str(checks), "--no-report")
    inconclusive(ended, "test_broken.py could not be collected")
    assert "acme_tools_that_are_not_there" in ended.headline, ended.said
