"""The commands around a ticket: from new keys to a promotion that is let through, and every way in which it is not."""

from __future__ import annotations

import base64
import json
import secrets as tokens
from pathlib import Path

import pytest

import environments
from gonogo.commands.conclusions import main
from gonogo.commands.live import CONNECTIONS, live
from reports.ticket import Rejection
from tests.reports.ledgers import SIGN_UP, ending, healthy
from tests.reports.ticket_bench import FIELD, HEADER, Bench, Deployment
from tests.reports.tickets import COMMIT, refused


def test_run_is_signed_and_admitted(bench: Bench, capsys: pytest.CaptureFixture[str]) -> None:
    """From the ledger to the promotion: two commands, one line each, the version read where it runs."""
    assert bench.run("sign") == 0
    assert bench.deployment.asked == 0
    assert bench.run("admit") == 0
    said = capsys.readouterr().out.splitlines()
    assert said[-2].startswith("SIGNED  ")
    assert said[-1].startswith(f"ADMITTED  twin version v1, commit {COMMIT}, until ")
    assert bench.deployment.asked == CONNECTIONS
    assert bench.deployment.hosts == {"twin.fm5.test"}


@pytest.mark.parametrize(
    ("more", "changes", "reason"),
    [
        (["--nonce", "run-2"], {}, Rejection.NONCE),
        (["--repository", "https://git.example/fork"], {}, Rejection.REPOSITORY),
        (["--origin", "http://other.fm5.test"], {}, Rejection.ORIGIN),
        ([], {"commit": "d" * 40}, Rejection.COMMIT),
        ([], {"artifact": "export default {evil}\n"}, Rejection.ARTIFACT),
        (["--connect", "127.0.0.1:1"], {}, Rejection.LIVE_UNREADABLE),
    ],
)
def test_promotion_of_something_else_is_refused(
    bench: Bench, capsys: pytest.CaptureFixture[str], more: list[str], changes: dict[str, str], reason: Rejection
) -> None:
    """Exit code 1, and one line with one reason."""
    assert bench.run("sign") == 0
    capsys.readouterr()
    assert bench.run("admit", *more, **changes) == 1
    said = capsys.readouterr()
    assert said.out.startswith(f"REFUSED  {reason}: ")
    assert (said.out.count("\n"), said.err) == (1, "")


@pytest.mark.parametrize("command", ["sign", "admit"])
def test_ledger_that_nobody_concluded_from_is_refused(bench: Bench, capsys: pytest.CaptureFixture[str], command: str) -> None:
    """L1: whoever can replace the file can seal another one as well, and knows no digest that was handed over."""
    bench.ledger(ending(SIGN_UP, "failed", "-> 500"), 1)
    handed_over = bench.digest
    bench.ledger()
    if command == "admit":
        assert bench.run("sign") == 0
    capsys.readouterr()
    assert bench.run(command, "--digest", handed_over) == 1
    assert capsys.readouterr().out.startswith("REFUSED  ledger: the ledger ")


def test_ledger_that_was_concluded_from_is_missed(bench: Bench, capsys: pytest.CaptureFixture[str]) -> None:
    """That of a shard which failed, for one."""
    assert bench.run("sign", "--digest", f"sha256:{bench.digest}", "--digest", "0" * 64) == 1
    assert "REFUSED  ledger: the ledger with the sha256 0000000000000000... was concluded from" in capsys.readouterr().out


@pytest.mark.parametrize(("digest", "said"), [("f" * 63, "is no digest"), ("", "is no digest")])
def test_what_is_no_digest_is_a_usage_error(bench: Bench, capsys: pytest.CaptureFixture[str], digest: str, said: str) -> None:
    """And so is none."""
    assert bench.run("sign", "--digest", digest) == 4
    assert said in capsys.readouterr().err


def test_another_key_is_refused(bench: Bench, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Only the pinned keys count; several can be pinned while one replaces another."""
    assert main(["keygen", "--out", str(tmp_path / "new")]) == 0
    assert bench.run("sign", "--key", str(tmp_path / "new" / "ticket.key")) == 0
    assert bench.run("admit") == 1
    assert f"REFUSED  {Rejection.UNKNOWN_KEY}" in capsys.readouterr().out
    assert bench.run("admit", "--key", str(tmp_path / "new" / "ticket.pub")) == 0


def test_refused_run_leaves_no_ticket(bench: Bench, capsys: pytest.CaptureFixture[str]) -> None:
    """Neither one of its own nor that of an earlier run."""
    assert bench.run("sign") == 0
    bench.ledger(ending(SIGN_UP, "failed", "-> 500"), 1)
    assert bench.run("sign") == 1
    assert capsys.readouterr().out.splitlines()[-1].startswith("REFUSED  not-passed: the verdict is fail (auth.sign_up::")
    assert not (bench.folder / "ticket.json").exists()


def test_uploaded_version_must_name_the_artifact(bench: Bench, capsys: pytest.CaptureFixture[str]) -> None:
    """What `artifact` prints is what the version has to carry."""
    assert main(["artifact", bench.file("worker.js", "export default {}\n")]) == 0
    message = capsys.readouterr().out.strip()
    plain = {"platform": "cloudflare", "service": "twin", "version": "v1", "tag": "", "message": message}
    uploaded = bench.file("uploaded.json", json.dumps(plain))
    assert bench.run("sign", "--uploaded", uploaded) == 0
    assert bench.run("admit", "--uploaded", uploaded) == 0
    assert bench.run("sign", "--uploaded", uploaded, artifact="something else") == 1
    assert f"REFUSED  {Rejection.LIVE_ARTIFACT}" in capsys.readouterr().out
    for text in ("{}", json.dumps({**plain, "version": 1})):
        bench.file("uploaded.json", text)
        assert bench.run("sign", "--uploaded", uploaded) == 4
        assert "does not describe a version" in capsys.readouterr().err
    bench.file("uploaded.json", json.dumps({"worker": "twin", "version": "v1", "tag": "", "message": message}))
    assert bench.run("sign", "--uploaded", uploaded) == 4
    assert "an earlier gonogo wrote it" in capsys.readouterr().err


PRODUCTION = """
title = "Production"
tier = "production"
origin = "https://fm5.test"
[health]
[promotion]
worker = "fm5"
"""


def test_ticket_leads_to_one_environment_of_one_configuration(bench: Bench, capsys: pytest.CaptureFixture[str]) -> None:
    """P1: signed for one wrangler_env, of the verified environment or of the one that it leads to, it admits no other."""
    to = ["--to", bench.file("production.toml", PRODUCTION + 'wrangler_env = "production"\n')]
    assert bench.run("sign", *to) == 0
    assert bench.run("admit", *to) == 0
    for more in ('wrangler_env = "dev"\n', 'wrangler_env = ""\n', "", 'wrangler_env = "production"\nchanges = ["STAGE"]\n'):
        bench.file("production.toml", PRODUCTION + more)
        capsys.readouterr()
        assert bench.run("admit", *to) == 1
        text = "it leads to production (cloudflare/fm5, wrangler_env 'production', file"
        assert capsys.readouterr().out.startswith(f"REFUSED  {Rejection.PROMOTED}: {text}")
    assert bench.run("admit") == 1
    assert "this promotion to no environment that is named" in capsys.readouterr().out
    (bench.folder / "twin.toml").write_text(
        (bench.folder / "twin.toml").read_text() + '[promotion]\nworker = "twin"\nwrangler_env = "dev"\n'
    )
    assert bench.run("admit") == 1
    assert f"REFUSED  {Rejection.DECLARATION}: it is about wrangler_env None, twin's file says 'dev'" in capsys.readouterr().out
    assert bench.run("sign", "--to", "nowhere.toml") == 4


def test_ticket_lists_what_is_new(bench: Bench, capsys: pytest.CaptureFixture[str]) -> None:
    """Names of variables and bindings that the version before has not, or not like this, as the platform told; nobody changes the list."""
    assert main(["artifact", bench.file("worker.js", "export default {}\n")]) == 0
    plain = {"platform": "cloudflare", "service": "twin", "version": "v1", "tag": "", "message": capsys.readouterr().out.strip()}
    uploaded = bench.file("uploaded.json", json.dumps({**plain, "new": ["FILES", "STAGE"], "changed": ["KEY"]}))
    assert bench.run("sign", "--uploaded", uploaded) == 0
    assert bench.run("admit", "--uploaded", uploaded) == 0
    assert capsys.readouterr().out.splitlines()[-2:] == ["NEW  FILES, STAGE", "CHANGED  KEY"]
    target = json.loads(base64.b64decode(json.loads((bench.folder / "ticket.json").read_text())["payload"]))["predicate"]["gate"]["target"]
    assert (target["new"], target["changed"], target["wranglerEnv"]) == (["FILES", "STAGE"], ["KEY"], None)
    bench.file("uploaded.json", json.dumps({**plain, "new": ["FILES"], "changed": ["KEY"]}))
    assert bench.run("admit", "--uploaded", uploaded) == 1
    assert capsys.readouterr().out.startswith(f"REFUSED  {Rejection.STATEMENT}")


def test_version_itself_can_be_promoted(bench: Bench, capsys: pytest.CaptureFixture[str]) -> None:
    """Where the verified version is put live as it is; while it stands at 0 % it is asked for by a version override."""
    assert bench.run("sign", "--version", "v1", artifact="") == 0
    assert bench.run("admit", "--version", "v1", artifact="") == 0
    assert bench.deployment.overrides == {None}
    assert bench.run("admit", "--version", "v1", "--override", artifact="") == 0
    assert bench.deployment.overrides == {None, 'twin="v1"'}
    capsys.readouterr()
    assert bench.run("admit", "--version", "v2", artifact="") == 1
    assert capsys.readouterr().out.startswith(f"REFUSED  {Rejection.PROMOTED}: ")
    assert bench.run("admit") == 1
    assert capsys.readouterr().out.startswith(f"REFUSED  {Rejection.PROMOTED}: ")
    assert bench.run("admit", "--override") == 4
    assert "name it with --version" in capsys.readouterr().err


def test_environment_is_the_ledgers_unless_it_is_named(bench: Bench, capsys: pytest.CaptureFixture[str]) -> None:
    """Without --environment the name in the ledger counts, and has to be one that ships here."""
    given = ["sign", str(bench.folder / "ledger.jsonl"), "--key", str(bench.folder / "ticket.key"), "--commit", COMMIT]
    given += ["--digest", bench.digest]
    given += ["--out", str(bench.folder / "t"), "--artifact", bench.file("worker.js", "")]
    assert main(given) == 4
    assert "environment twin: unknown environment" in capsys.readouterr().err
    bench.file("ledger.jsonl", "")
    assert main(given) == 4
    assert "does not say which environment it is about" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("command", "more", "words"),
    [
        ("sign", ["--key", "nowhere.key"], "cannot read the private key nowhere.key"),
        ("sign", ["--commit", "main"], "--commit main: give the full id"),
        ("sign", ["--commit", "c" * 12], "give the full id"),
        ("sign", ["--artifact", "nowhere.js"], "cannot read the artifact nowhere.js"),
        ("sign", ["--environment", "nowhere.toml"], "there is no such file"),
        ("admit", ["--ticket", "nowhere.json"], "cannot read the ticket nowhere.json"),
        ("admit", ["--ledger", "nowhere.jsonl"], "cannot read the ledger nowhere.jsonl"),
        ("admit", ["--key", "nowhere.pub"], "cannot read the public key nowhere.pub"),
        ("admit", ["--ca", "nowhere.pem"], "there is no file"),
        ("admit", ["--connect", "here"], "must be HOST:PORT"),
    ],
)
def test_mistakes_are_one_sentence(bench: Bench, capsys: pytest.CaptureFixture[str], command: str, more: list[str], words: str) -> None:
    """Unusable input ends with exit code 4 and one line."""
    assert bench.run("sign") == 0
    capsys.readouterr()
    assert bench.run(command, *more) == 4
    said = capsys.readouterr()
    assert words in said.err
    assert (said.err.count("\n"), said.out) == (1, "")


@pytest.mark.parametrize("name", ["ledger.jsonl", "ticket.key", "worker.js"])
def test_ticket_is_not_written_over_what_it_is_made_from(bench: Bench, capsys: pytest.CaptureFixture[str], name: str) -> None:
    """A slip in --out costs nobody a ledger or a key."""
    bench.file("worker.js", "export default {}\n")
    before = (bench.folder / name).read_bytes()
    assert bench.run("sign", "--out", str(bench.folder / name)) == 4
    assert "name another file" in capsys.readouterr().err
    assert (bench.folder / name).read_bytes() == before


@pytest.mark.parametrize("text", ["mine", '{"payload":"e30=","payloadType":"application/vnd.in-toto+json","signatures":[]}\n'])
def test_what_is_no_ticket_is_not_replaced(bench: Bench, text: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A ticket of an earlier run gives way before anything else is looked at; somebody's notes, or another tool's attestation, do not."""
    notes = tmp_path / "notes.md"
    notes.write_text(text)
    words = ["sign", str(tmp_path / "ledger.jsonl"), "--key", str(tmp_path / "ticket.key"), "--commit", COMMIT, "--version", "v1"]
    words += ["--digest", bench.digest]
    assert main([*words, "--out", str(notes)]) == 4
    assert "is no ticket, and is not replaced: name a new file" in capsys.readouterr().err
    assert notes.read_text() == text


@pytest.mark.parametrize(
    ("version", "answers", "outcome"),
    [
        (HEADER, [(200, {"x-version-id": "v1"}, b"{}")], "v1"),
        (HEADER, [(404, {"x-version-id": "v1"}, b"")], "v1"),
        (HEADER, [(200, {"x-version-id": "v1"}, b""), (200, {"x-version-id": "v2"}, b"")], "v1 v2"),
        (FIELD, [(200, {}, b'{"build":{"id":"v1"}}')], "v1"),
        (FIELD, [(200, {"x-version-id": "v1"}, b"{}")], "a version in build.id"),
        (FIELD, [(200, {}, b"<html>")], "JSON"),
        (HEADER, [(200, {}, b"{}")], "a version in x-version-id"),
        (HEADER, [(200, {"x-version-id": "v1"}, b""), (200, {}, b"")], "a version in x-version-id"),
        (HEADER, [(503, {"x-version-id": "v1"}, b"{}")], "an error"),
        (HEADER, [(200, {"x-version-id": "v1", "age": "30"}, b"{}")], "one out of a cache (age: 30)"),
    ],
)
def test_live_version_is_read_from_every_connection(
    bench: Bench, deployment: Deployment, version: str, answers: list[tuple[int, dict[str, str], bytes]], outcome: str
) -> None:
    """What each answer names; a cached, broken or nameless answer is no reading."""
    deployment.answers = answers
    loaded = environments.load(bench.environment(version), variables=None)
    try:
        said = " ".join(sorted(set(live(loaded).versions)))
    except Exception as error:  # noqa: BLE001 - admission takes each of them for a refusal
        said = str(error)
    assert outcome in said


def test_live_version_has_to_be_declared(bench: Bench) -> None:
    """An environment that does not say where to look gets nothing admitted."""
    loaded = environments.load(bench.environment(), variables=None).model_copy(update={"version": None})
    refusal = refused(lambda: live(loaded))
    assert refusal
    assert refusal.reason is Rejection.LIVE_UNREADABLE
    assert bench.deployment.asked == 0


def test_ticket_with_a_secret_is_not_written(bench: Bench, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """What the signer's environment calls secret is in no ticket, whatever it was typed into; the payload's base64 hides nothing."""
    secret = tokens.token_hex(16)
    monkeypatch.setenv("GITHUB_TOKEN", secret)
    assert bench.run("sign", "--repository", f"https://x:{secret}@git.example/app") == 6
    said = capsys.readouterr().out
    assert "LEAK  GITHUB_TOKEN in ticket.json" in said
    assert secret not in said
    assert not (bench.folder / "ticket.json").exists()


def test_run_without_required_rows_is_not_signed(bench: Bench, capsys: pytest.CaptureFixture[str]) -> None:
    """The commands judge by the manifest of the checkout."""
    bench.ledger([healthy()[0], *(r for r in healthy()[1:] if r.kind not in ("collected", "result"))])
    assert bench.run("sign") == 1
    assert "REFUSED  not-passed: the verdict is inconclusive" in capsys.readouterr().out
