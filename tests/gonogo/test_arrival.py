"""A deployment that is not there yet, or not any more: waited for, noted, and told from one that is broken."""

from __future__ import annotations

from collections.abc import Callable
from itertools import count, cycle
from pathlib import Path
from threading import Lock

import httpx
import pytest

from fixtures import versions
from gonogo.plugin.loop import announce
from gonogo.run.gate import gate
from gonogo.run.state import Run
from reports.reasons import Weight
from reports.records import RunStarted, TroubleMet, VersionObserved
from reports.run_assessment import events, notes
from tests.gonogo.fakes import ORIGIN, answering, config, environment, fields, healthy, records, run, through

PAGE = httpx.Response(200, html="<h1>Sign in to continue</h1>")


def begun(made: Run) -> RunStarted:
    """The first record of such a run."""
    announce(config(made), made)
    (record,) = (record for record in records(made, "run") if isinstance(record, RunStarted))
    return record


NOTHING_YET = "<title>Soon</title><h1>There is nothing here yet</h1>"
WORKER_GONE = httpx.Response(404, text="error code: 1042", headers={"server": "cloudflare"})
WORKER_THREW = httpx.Response(500, text="error code: 1101", headers={"server": "cloudflare"})


@pytest.fixture
def hurried(monkeypatch: pytest.MonkeyPatch) -> None:
    """Rounds follow each other at once."""
    monkeypatch.setattr(versions, "PAUSE", 0.005)
    monkeypatch.setattr(versions, "LONGEST_PAUSE", 0.05)


def late(first: httpx.Response, answers: int) -> Callable[[httpx.Request], httpx.Response]:
    """So many answers are the first; then the deployment is there."""
    numbers, lock = count(), Lock()

    def answer(request: httpx.Request) -> httpx.Response:
        with lock:
            early = next(numbers) < answers
        given = first if early else healthy() if request.url.path == "/health" else httpx.Response(404)
        return httpx.Response(given.status_code, headers=given.headers, content=given.content)

    return answer


@pytest.mark.parametrize(
    "first",
    [
        pytest.param(httpx.Response(404, html=NOTHING_YET), id="N1"),
        pytest.param(httpx.Response(200, html=NOTHING_YET), id="N2"),
        pytest.param(PAGE, id="a page of nobody knows whom"),
        pytest.param(httpx.Response(404, text="not found"), id="a plain 404"),
        pytest.param(WORKER_GONE, id="Cloudflare 1042"),
        pytest.param(WORKER_THREW, id="H10"),
    ],
)
@pytest.mark.usefixtures("hurried")
def test_deployment_that_is_not_there_yet_is_waited_for(tmp_path: Path, first: httpx.Response) -> None:
    """Until it names a version; what was answered meanwhile is a note, and the verdict is that of the checks."""
    said: list[str] = []
    made = run(tmp_path, environment(limits={"converge_seconds": 20}))
    assert gate(made, through(late(first, 9)), said.append) is None
    assert said[0].startswith("waiting up to 20 s until one version answers everywhere (now: none")
    assert records(made)[0].kind == "version"
    assert not records(made, "trouble")
    assert fields(records(made, "version")[0], "ids") == (("v1",),)
    if first.status_code >= 400:
        (note,) = notes(records(made))
        assert f"staging.fm5.test GET /health -> {first.status_code}" in note
        assert "readings of the version failed" in note


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        pytest.param(httpx.Response(404, html=NOTHING_YET), "Cloudflare placeholder", id="N3"),
        pytest.param(WORKER_GONE, "Cloudflare error 1042", id="N4 code-1042"),
        pytest.param(
            httpx.Response(404, headers={"x-vercel-error": "DEPLOYMENT_NOT_FOUND"}), "Vercel DEPLOYMENT_NOT_FOUND", id="N4 vercel"
        ),
    ],
)
@pytest.mark.parametrize("version", [{"header": "x-version-id"}, None], ids=["with a version", "without"])
@pytest.mark.usefixtures("hurried")
def test_no_deployment_answers_here(tmp_path: Path, answer: httpx.Response, words: str, version: dict[str, str] | None) -> None:
    """After that wait nobody knows anything: inconclusive, with the code's name, whoever concludes from the ledger."""
    made = run(tmp_path, environment(version=version))
    text = gate(made, through(answering(anything=answer))) or ""
    assert text.startswith(f"no deployment answers at {ORIGIN}, 1 s long: {words}")
    (trouble,) = records(made, "trouble")
    assert fields(trouble, "what", "host", "text") == ("no_deployment", "staging.fm5.test", text)
    (reason,) = events([begun(made), *records(made)])
    assert (reason.kind, reason.weight) == ("no_deployment", Weight.MISSING)


@pytest.mark.usefixtures("hurried")
def test_other_host_without_a_deployment_is_a_failure(tmp_path: Path) -> None:
    """The origin is there, so the deployment is: a part of it is missing."""
    by_host = {"staging.fm5.test": healthy(), "www.fm5.test": WORKER_GONE}
    made = run(tmp_path, environment(hosts=["www.fm5.test"]))
    assert gate(made, through(answering(health=lambda request: by_host[request.url.host]))) is None
    (reason,) = events([begun(made), *records(made)])
    assert (reason.kind, reason.weight) == ("no_deployment", Weight.FAILED)
    assert "www.fm5.test is declared, and no deployment answers there: Cloudflare error 1042" in reason.text


@pytest.mark.usefixtures("hurried")
def test_code_beside_a_version_is_a_failure(tmp_path: Path) -> None:
    """Once a version was seen, an answer that the platform gives in its place is no other version, and no excuse."""
    made = run(tmp_path)
    answers = cycle([healthy(), WORKER_THREW])
    assert gate(made, through(answering(health=lambda _: next(answers)))) is None
    assert fields(records(made, "version")[0], "ids") == (("v1",),)
    (reason,) = events([begun(made), *records(made)])
    assert (reason.kind, reason.weight) == ("platform_error", Weight.FAILED)
    assert "Cloudflare error 1101: the Worker threw" in reason.text


@pytest.mark.parametrize("host", ["cdn.fm5.test"])
@pytest.mark.usefixtures("hurried")
def test_path_that_another_host_does_not_have_is_no_error(tmp_path: Path, host: str) -> None:
    """Nobody has said what a host of pictures answers where health is asked for."""
    there = {"staging.fm5.test": healthy(), host: httpx.Response(404, headers={"x-vercel-error": "NOT_FOUND"})}
    made = run(tmp_path, environment(hosts=[host]))
    assert gate(made, through(answering(health=lambda request: there[request.url.host]))) is None
    assert [record.kind for record in records(made)] == ["version"]


@pytest.mark.parametrize("seen", [VersionObserved(where="before", ids=("v1",), at=1.0), None])
def test_deployment_that_was_there_and_is_gone(seen: VersionObserved | None) -> None:
    """After a version was seen it is a failure; the order of the ledger's moments says so, not that of its lines."""
    gone = TroubleMet(what="no_deployment", host="staging.fm5.test", text="gone", at=2.0)
    later = VersionObserved(where="after", ids=("v1",), at=3.0)
    (reason,) = events([later, gone, *([seen] if seen else [])])
    assert reason.weight is (Weight.FAILED if seen else Weight.MISSING)
