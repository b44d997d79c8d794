"""The mail sandbox as a process: how it starts, what it keeps, how it ends."""

from __future__ import annotations

import json
import signal
import subprocess
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from base.tools import toolchain
from tests.mail.service import FULL, MAIN, MailService, configuration, mail


def start(line: str) -> subprocess.CompletedProcess[str]:
    """Starts the service with that on its stdin, which ends right after."""
    return subprocess.run([str(toolchain().node), str(MAIN)], input=line, capture_output=True, text=True, timeout=20, check=False)


def test_it_is_ready_in_one_line_and_ends_with_stdin(tmp_path: Path) -> None:
    """stdout holds the one line, stdin's end is the signal to stop, exit code 0."""
    ended = start(json.dumps(configuration(tmp_path)) + "\n")
    assert ended.returncode == 0
    assert [set(json.loads(line)) for line in ended.stdout.splitlines()] == [{"ready", "ports"}]


def test_it_ends_on_sigterm(started: Callable[..., MailService]) -> None:
    """With exit code 0, like at the end of stdin."""
    service = started()
    service.process.send_signal(signal.SIGTERM)
    assert service.process.wait(timeout=5) == 0


def test_it_listens_on_loopback_only(service: MailService) -> None:
    """No other interface, on a port that the system gave."""
    connections = psutil.Process(service.process.pid).net_connections(kind="inet")
    listening = [connection.laddr for connection in connections if connection.status == psutil.CONN_LISTEN]
    assert [f"http://{address.ip}:{address.port}" for address in listening] == [service.url]


@pytest.mark.parametrize(
    ("line", "saying"),
    [
        ("", "stdin ended"),
        ("nonsense\n", "not JSON"),
        ("{}\n", "keys.full"),
        (json.dumps({**configuration(Path("x")), "domains": "mail.fm5.test"}) + "\n", "domains"),
        (json.dumps({**configuration(Path("x")), "colour": "red"}) + "\n", "colour is unknown"),
    ],
    ids=["nothing", "no JSON", "empty", "wrong type", "unknown name"],
)
def test_a_wrong_configuration_is_one_clear_line(line: str, saying: str) -> None:
    """Exit code 1, nothing on stdout, one line that names the mistake and no key."""
    ended = start(line)
    assert (ended.returncode, ended.stdout) == (1, "")
    (message,) = ended.stderr.splitlines()
    assert saying in message
    assert FULL not in message


def test_a_state_that_is_no_folder_is_one_clear_line(tmp_path: Path) -> None:
    """It names the path."""
    (tmp_path / "state").write_text("", encoding="utf-8")
    ended = start(json.dumps(configuration(tmp_path / "state")) + "\n")
    assert ended.returncode == 1
    (message,) = ended.stderr.splitlines()
    assert str(tmp_path / "state") in message


def test_mails_outlive_a_kill(started: Callable[..., MailService]) -> None:
    """A service that is killed and started again on the same state answers with the same mails."""
    service = started()
    sent = service.call("POST", "/emails", body=mail(), headers={"idempotency-key": "k"}).json()["id"]
    service.process.kill()
    service.process.wait()
    again = started()
    assert again.call("GET", f"/emails/{sent}").json()["html"] == "<p>Hello</p>"
    assert again.call("POST", "/emails", body=mail(), headers={"idempotency-key": "k"}).json()["id"] == sent


def test_the_log_holds_no_secret(started: Callable[..., MailService]) -> None:
    """One line for each request; no key, no address, no text."""
    service = started()
    service.call("POST", "/emails", body=mail(to="secret@fm5.test", subject="secret", html="<a href='https://fm5.test/?t=secret'>x</a>"))
    service.call("POST", "/emails", key="re_secret", body=mail())
    service.call("GET", "/emails?after=secret")
    assert service.stop() == 0
    lines = service.log.splitlines()
    assert [line.split(" ", 1)[1].rsplit(" ", 1)[0] for line in lines] == [
        "mail request method=POST path=/emails status=200",
        "mail request method=POST path=/emails status=403",
        "mail request method=GET path=/emails status=422",
    ]
    assert "secret" not in service.log
