"""Driving wrangler: how it is called, and what becomes of its answers."""

import json
import os
import stat
import threading
import time
from datetime import UTC, datetime
from pathlib import Path

import pytest

from clients.errors import Cancelled, DeploymentRefused, PlatformMalformed, SecretsDiffer, Unavailable, Unreachable
from clients.platforms.base import Deployments, Release, Share, previous_version
from clients.platforms.cloudflare import CloudflareWorker
from tests.clients.platforms.fake import NEW, OLD, TOKEN, Fake, deployment, said, version, wrangler

__all__ = ["wrangler"]


def test_current_is_what_wrangler_says(wrangler: Fake, monkeypatch: pytest.MonkeyPatch) -> None:
    """The newest deployment, from JSON; token and account go by environment, and nothing of the caller's home is in reach."""
    monkeypatch.setenv("CLOUDFLARE_API_KEY", "another account's")
    wrangler.answers(deployments_status=said(deployment((NEW, 100))))
    worker: Deployments = wrangler.worker()
    current = worker.current()
    assert current == Release("d-1", (Share(NEW, 100),), datetime(2026, 11, 20, 12, tzinfo=UTC), "wrangler", "owner@fm5.test", "m")
    assert current.sole == NEW
    (call,) = wrangler.calls
    assert call["argv"] == ["deployments", "status", "--name", "fm5-staging", "--json"]
    home = str(wrangler.folder / "home")
    environment = call["env"]
    assert (environment["CLOUDFLARE_API_TOKEN"], environment["CLOUDFLARE_ACCOUNT_ID"]) == (TOKEN, "acc")
    assert environment["CLOUDFLARE_API_BASE_URL"] == "http://127.0.0.1:9/client/v4"
    assert {environment[name] for name in ("HOME", "XDG_CONFIG_HOME", "TMPDIR")} == {home}
    assert (environment["CI"], environment["WRANGLER_SEND_METRICS"]) == ("1", "false")
    assert "CLOUDFLARE_API_KEY" not in environment
    assert (os.path.realpath(call["cwd"]), call["tty"]) == (os.path.realpath(home), False)
    assert stat.S_IMODE(Path(home).stat().st_mode) == 0o700


def test_split_deployment_has_no_sole_version(wrangler: Fake) -> None:
    """Two versions at once are never taken for one."""
    wrangler.answers(deployments_status=said(deployment((NEW, 90), (OLD, 10))))
    current = wrangler.worker().current()
    assert current.sole is None
    assert current.version_ids == (NEW, OLD)


def test_history_and_versions_are_newest_first(wrangler: Fake) -> None:
    """wrangler lists the oldest first."""
    early, late = "2026-11-19T12:00:00Z", "2026-11-20T12:00:00Z"
    wrangler.answers(
        deployments_list=said([deployment((OLD, 100), at=early), deployment((NEW, 100), at=late)]),
        versions_list=said([version(OLD, at=early), version(NEW, at=late)]),
    )
    worker = wrangler.worker()
    history = worker.history()
    assert [release.sole for release in history] == [NEW, OLD]
    assert [entry.id for entry in worker.versions()] == [NEW, OLD]
    assert previous_version(history, NEW) == OLD
    assert previous_version(history[:1], NEW) is None


def test_version_is_asked_for_once(wrangler: Fake) -> None:
    """Versions do not change, and each call of wrangler costs a second."""
    wrangler.answers(versions_view=said(version(OLD, "A", "B")))
    worker = wrangler.worker()
    found = worker.version(OLD)
    assert (found.id, found.number, found.tag, found.secrets) == (OLD, 3, "v3", frozenset({"A", "B"}))
    assert worker.version(OLD) is found
    assert [call["argv"][:3] for call in wrangler.calls] == [["versions", "view", OLD]]


def test_roll_back_names_the_version_and_reads_back(wrangler: Fake) -> None:
    """Secrets are compared first; the id is always given; what is live afterwards is what was asked for."""
    wrangler.answers(
        **{f"versions_view_{OLD}": said(version(OLD, "A")), f"versions_view_{NEW}": said(version(NEW, "A"))},
        deployments_status=[said(deployment((NEW, 100))), said(deployment((OLD, 100)))],
        rollback={"stdout": "Worker Version has been deployed"},
    )
    worker = wrangler.worker()
    worker.version(worker.current().version_ids[0])
    worker.version(OLD)
    asked = len(wrangler.calls)
    assert worker.roll_back(OLD, "gonogo drill " + "x" * 200).sole == OLD
    assert [call["argv"][0] for call in wrangler.calls[asked:]] == ["rollback", "deployments"], "what was asked before is not asked again"
    change = next(call["argv"] for call in wrangler.calls if call["argv"][0] == "rollback")
    assert change[:4] == ["rollback", OLD, "--yes", "--message"]
    assert len(change[4]) == 120
    assert change[5:] == ["--name", "fm5-staging"]


def test_roll_back_to_other_secrets_is_refused_before_anything_changes(wrangler: Fake) -> None:
    """wrangler would confirm by itself that secrets go; it is not even called."""
    wrangler.answers(
        **{f"versions_view_{OLD}": said(version(OLD, "A", "GONE")), f"versions_view_{NEW}": said(version(NEW, "A", "BETTER_AUTH_SECRET"))},
        deployments_status=[said(deployment((NEW, 100))), said(deployment((OLD, 100)))],
        rollback={},
    )
    worker = wrangler.worker()
    with pytest.raises(SecretsDiffer, match=r"nothing was changed: .* BETTER_AUTH_SECRET would be gone; GONE would come back") as caught:
        worker.roll_back(OLD, "drill")
    assert caught.value.code == "SECRETS_DIFFER"
    assert not [call for call in wrangler.calls if call["argv"][0] == "rollback"]


def test_secrets_that_went_back_by_themselves_are_reported(wrangler: Fake) -> None:
    """Changed values show only in what wrangler printed while it confirmed its own question."""
    asked = (
        f"? The following secrets have changed since version {OLD} was deployed. Please confirm you wish to continue with the rollback\n"
        "  * BETTER_AUTH_SECRET\n  * RESEND_API_KEY\n🤖 Using fallback value in non-interactive context: yes\n"
    )
    wrangler.answers(
        **{f"versions_view_{OLD}": said(version(OLD)), f"versions_view_{NEW}": said(version(NEW))},
        deployments_status=[said(deployment((NEW, 100))), said(deployment((OLD, 100)))],
        rollback={"stdout": asked},
    )
    with pytest.raises(SecretsDiffer, match=r"old values: BETTER_AUTH_SECRET, RESEND_API_KEY$") as caught:
        wrangler.worker().roll_back(OLD, "drill")
    assert caught.value.code == "10220"
    wrangler.answers(deployments_status=said(deployment((OLD, 100))), rollback={"stdout": asked})
    assert wrangler.worker().roll_back(OLD, "drill", secrets_may_change=True).sole == OLD


def test_deploy_is_by_id_at_all_of_the_traffic(wrangler: Fake) -> None:
    """`versions deploy` has no -m, and takes the share with the id."""
    wrangler.answers(deployments_status=said(deployment((NEW, 100))), versions_deploy={})
    assert wrangler.worker().deploy(NEW, "forward").sole == NEW
    expected = ["versions", "deploy", f"{NEW}@100%", "--yes", "--message", "forward", "--name", "fm5-staging"]
    assert wrangler.calls[0]["argv"] == expected


def test_success_without_effect_is_refused(wrangler: Fake) -> None:
    """wrangler's exit status is not the proof; what is live is."""
    wrangler.answers(deployments_status=said(deployment((NEW, 100))), versions_deploy={})
    with pytest.raises(DeploymentRefused, match=f"{OLD} was asked for, but live is {NEW} 100 %"):
        wrangler.worker().deploy(OLD, "back")


@pytest.mark.parametrize(
    "version_id",
    ["", "latest", "d-1", f"{OLD} ", f"--help {OLD}", OLD.upper()],
    ids=["empty", "word", "deployment", "space", "option", "case"],
)
def test_only_a_version_id_will_do(wrangler: Fake, version_id: str) -> None:
    """Without an explicit id wrangler would choose one; it is not called."""
    wrangler.answers()
    worker = wrangler.worker()
    for change in (worker.deploy, lambda wanted, message: worker.roll_back(wanted, message, secrets_may_change=True)):
        with pytest.raises(ValueError, match="is not a version id"):
            change(version_id, "m")
    assert not (wrangler.folder / "calls.jsonl").exists()


def test_refusal_says_why_without_the_token(wrangler: Fake) -> None:
    """The lines that matter, the platform's code, no colours, no banner, no secret."""
    stderr = (
        "\n ⛅️ wrangler 4.156.0\n───────────────────\n"
        f"\x1b[31m✘ \x1b[41;31m[\x1b[41;97mERROR\x1b[41;31m]\x1b[0m A request failed for {TOKEN}.\n\n"
        "  Authentication error [code: 10000]\n\n"
        "    at throwFetchError (/home/somebody/node_modules/wrangler/cli.js:1:2)\n"
        "If you think this is a bug then please create an issue at https://example.com\n"
        "🪵  Logs were written to /home/somebody/.wrangler/logs/x.log\n"
    )
    wrangler.answers(deployments_status={"status": 1, "stderr": stderr})
    with pytest.raises(DeploymentRefused) as caught:
        wrangler.worker().current()
    refusal = caught.value
    assert (refusal.status, refusal.code) == (1, "10000")
    assert refusal.message == "✘ [ERROR] A request failed for [hidden]. Authentication error [code: 10000]"
    assert str(refusal).startswith("wrangler deployments status --name (fm5-staging) ended with 1 [10000]: ")


def test_wrangler_is_kept_from_asking_for_newer_versions(wrangler: Fake) -> None:
    """Its cache of the last answer lies in the temporary folder it is given, and says that there is none."""
    wrangler.answers(deployments_status=said(deployment((NEW, 100))))
    wrangler.worker().current()
    cache = Path(wrangler.calls[0]["env"]["TMPDIR"]) / "update-check" / "wrangler-latest.json"
    cached = json.loads(cache.read_text())
    assert cached["latest"] is None
    assert cached["lastUpdate"] > time.time() * 1000


def test_platform_that_does_not_answer_is_unreachable(wrangler: Fake) -> None:
    """A third party that is down is not a refusal."""
    wrangler.answers(deployments_status={"status": 1, "stderr": "✘ [ERROR] fetch failed\n"})
    with pytest.raises(Unreachable, match=r"127\.0\.0\.1 cannot be reached: wrangler could not reach"):
        wrangler.worker().current()


@pytest.mark.parametrize(
    "output",
    [
        "",
        "Current Version ID: x",
        "null",
        "[]",
        '{"id":"d"}',
        json.dumps(deployment()),
        json.dumps({**deployment((NEW, 100)), "created_on": "soon"}),
    ],
    ids=["empty", "text", "null", "array", "fields", "no-version", "time"],
)
def test_output_of_another_shape_is_not_guessed_at(wrangler: Fake, output: str) -> None:
    """What cannot be read for certain is malformed."""
    wrangler.answers(deployments_status={"stdout": output})
    with pytest.raises(PlatformMalformed, match="wrangler"):
        wrangler.worker().current()


def ended(process: int) -> bool:
    try:
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except FileNotFoundError:
        return True


@pytest.mark.skipif(not Path("/proc").is_dir(), reason="reads /proc to see that no process is left; run it on Linux")
@pytest.mark.parametrize("end", ["timeout", "interrupt"])
def test_nothing_is_left_of_a_wrangler_that_hangs(wrangler: Fake, end: str) -> None:
    """Past its time-out, or after an interrupt, the whole process group is ended: wrangler and its children."""
    wrangler.answers(deployments_status={"hang": True})
    cancelled, started = threading.Event(), list[int]()
    worker = wrangler.worker(timeout=1.5 if end == "timeout" else 60, cancelled=cancelled, started=started.append)
    if end == "interrupt":
        threading.Timer(1, cancelled.set).start()
    began = time.monotonic()
    with pytest.raises(Unreachable if end == "timeout" else Cancelled, match="deployments status"):
        worker.current()
    assert time.monotonic() - began < 10, "ending took longer than the grace period allows"
    parent, child = (int((wrangler.folder / name).read_text()) for name in ("parent", "child"))
    assert started == [parent]
    deadline = time.monotonic() + 3
    while not (ended(parent) and ended(child)) and time.monotonic() < deadline:
        time.sleep(0.02)
    assert ended(parent)
    assert ended(child)


def test_missing_wrangler_is_said_so(tmp_path: Path) -> None:
    """A path that leads nowhere is a lack of this machine, named."""
    worker = CloudflareWorker("w", wrangler=[str(tmp_path / "node")], account_id="a", token=TOKEN, home=tmp_path / "home")
    with pytest.raises(Unavailable, match="node cannot be started: No such file"):
        worker.current()
