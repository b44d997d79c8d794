"""The watch: each trouble once in the ledger, and the right one for a deployment that is not reached."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from clients.errors import Unreachable
from clients.wire import walls
from gonogo.run.state import Role
from gonogo.run.watch import Watch
from reports.records import TroubleMet
from tests.gonogo.fakes import environment, fields, records, run

HOST = "staging.fm5.test"
REFUSED = Unreachable(HOST, "refused", "the connection was refused")


@pytest.fixture
def alive() -> Iterator[str]:
    """Somebody who can be reached."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield f"127.0.0.1:{listener.getsockname()[1]}"


@pytest.fixture
def dead() -> str:
    """Somebody who cannot."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return f"127.0.0.1:{listener.getsockname()[1]}"


def test_wall_is_written_once_by_all_processes(tmp_path: Path) -> None:
    """Workers and the pass of drills share the ledger; a challenge that is met a hundred times is one reason."""
    owner, worker = run(tmp_path), run(tmp_path, role=Role.WORKER, by="gw0")
    for made, path in ((owner, "/a"), (worker, "/b"), (worker, "/c")):
        Watch(made).wall(walls.CLOUDFLARE_CHALLENGE, "GET", f"https://{HOST}{path}", 403)
    (trouble,) = records(owner, "trouble")
    assert fields(trouble, "what", "host", "by") == ("challenge", HOST, "owner")
    assert fields(trouble, "text") == (f"{HOST} answers with a bot challenge of Cloudflare (GET /a: 403)",)
    assert fields(trouble, "fix") == (walls.CLOUDFLARE_CHALLENGE.fix,)


def test_two_walls_are_two_troubles(tmp_path: Path) -> None:
    """Another wall, or the same before another host, is opened in another way."""
    made = run(tmp_path, environment(hosts=["cdn.fm5.test"]))
    watch = Watch(made)
    watch.wall(walls.VERCEL_LOGIN, "GET", f"https://{HOST}/", 401)
    watch.wall(walls.VERCEL_CHECKPOINT, "GET", f"https://{HOST}/", 403)
    watch.wall(walls.VERCEL_LOGIN, "GET", "https://cdn.fm5.test/", 401)
    assert len(records(made, "trouble")) == 3


def test_wall_of_somebody_else_is_no_trouble(tmp_path: Path) -> None:
    """A page may load what it likes; only the deployment's own hosts are judged."""
    made = run(tmp_path)
    assert Watch(made).wall(walls.CLOUDFLARE_CHALLENGE, "GET", "https://elsewhere.test/", 403) is None
    assert records(made) == []


def test_wall_that_was_to_be_open_says_so(tmp_path: Path) -> None:
    """The secret is declared and sent, and the wall stands: it was rotated, or is another project's."""
    made = run(tmp_path, environment(access={"headers": {"x-vercel-protection-bypass": "BYPASS"}}))
    Watch(made).wall(walls.VERCEL_LOGIN, "GET", f"https://{HOST}/", 401)
    (trouble,) = records(made)
    assert str(fields(trouble, "fix")[0]).startswith("what [access] declares was sent and does not open it")


def test_nobody_can_be_reached(tmp_path: Path, dead: str) -> None:
    """The machine has no network: that says nothing about the deployment."""
    made = run(tmp_path, environment(control={"addresses": [dead, "nowhere.invalid:443"], "within_seconds": 2}))
    text = Watch(made).unreachable(REFUSED)
    assert (
        text == f"this machine has no network: neither {HOST} (the connection was refused) nor {dead} or nowhere.invalid:443 can be reached"
    )
    assert [fields(record, "what", "text") for record in records(made)] == [("no_network", text)]


def test_others_can_be_reached(tmp_path: Path, dead: str, alive: str) -> None:
    """So it is the deployment that is down, or its address."""
    made = run(tmp_path, environment(control={"addresses": [dead, alive]}))
    text = Watch(made).unreachable(REFUSED)
    assert text == f"https://{HOST} cannot be reached: the connection was refused ({alive} can be reached from here)"
    (trouble,) = records(made)
    assert fields(trouble, "what", "fix") == ("unreachable", "check the address, and whether the deployment is up")


@pytest.mark.parametrize("target", [environment(control={"addresses": []}), environment("sandbox", control=None)])
def test_nobody_is_asked(tmp_path: Path, target: object, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the file says so, and in a sandbox, which needs no network."""
    monkeypatch.setattr("gonogo.run.watch.reachable", lambda *_, **__: pytest.fail("somebody was asked"))
    made = run(tmp_path, target)  # type: ignore[arg-type]
    assert Watch(made).unreachable(REFUSED) == f"https://{HOST} cannot be reached: the connection was refused"


@pytest.mark.parametrize(
    ("origin", "more", "said"),
    [
        ("http://127.0.0.1:3000", {}, "nothing listens at 127.0.0.1:3000"),
        ("http://localhost:3000", {}, "nothing listens at localhost:3000"),
        ("http://localhost", {}, "nothing listens at localhost:80"),
        ("http://[::1]:3000", {}, "nothing listens at [::1]:3000"),
        ("http://app.localhost:3000", {"control": {"addresses": ["nowhere.invalid:443"]}}, "nothing listens at app.localhost:3000"),
        (
            "https://acme.example",
            {"connect": "127.0.0.1:8443"},
            "nothing listens at 127.0.0.1:8443 (connect leads there, for acme.example)",
        ),
    ],
)
def test_app_on_this_machine_that_is_not_up(
    tmp_path: Path, origin: str, more: dict[str, object], said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No network has anything to do with it, so nobody else is asked."""
    monkeypatch.setattr("gonogo.run.watch.reachable", lambda *_, **__: pytest.fail("somebody was asked"))
    made = run(tmp_path, environment("sandbox", **{"origin": origin, "sandbox": None, "version": None, "control": None, **more}))
    assert Watch(made).unreachable(REFUSED) == said
    (trouble,) = records(made)
    assert fields(trouble, "what") == ("unreachable",)
    assert str(fields(trouble, "fix")[0]).startswith("start the app, or mend")
    slow = Unreachable("127.0.0.1", "timeout", "timed out after 15 s waiting for the answer")
    assert "does not answer: timed out after 15 s" in Watch(made).unreachable(slow, when="after the run: ")


def test_name_that_alone_is_not_found_is_no_missing_network(tmp_path: Path, dead: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A firewall keeps others from being reached, and their names are found: the deployment's is wrong."""
    made = run(tmp_path, environment(control={"addresses": [dead, "localhost:1"], "within_seconds": 2}))
    text = Watch(made).unreachable(Unreachable(HOST, "name", "the name was not found"))
    assert text == f"{HOST} is no name that can be found (the name was not found), and localhost can"
    assert fields(records(made)[0], "what") == ("unreachable",)


def test_certificate_that_is_not_accepted_is_an_answer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Somebody was reached, so nobody else is asked; what to do is said."""
    monkeypatch.setattr("gonogo.run.watch.reachable", lambda *_, **__: pytest.fail("somebody was asked"))
    made = run(tmp_path, environment(control=None))
    Watch(made).unreachable(Unreachable(HOST, "tls", "its TLS certificate is not accepted: certificate has expired"))
    (trouble,) = records(made)
    assert fields(trouble, "what") == ("unreachable",)
    assert "renew the certificate" in str(fields(trouble, "fix"))


def test_troubles_of_an_earlier_run_do_not_count(tmp_path: Path) -> None:
    """The same folder, another run."""
    for name in ("run-1", "run-2"):
        Watch(run(tmp_path, id=name)).report(TroubleMet(what="wall", host=HOST, text="a wall"))
    assert len(records(run(tmp_path), "trouble")) == 2
