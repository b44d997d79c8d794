"""Chromium against a real TLS server: where it goes, whom it trusts, what is recorded, how it ends."""

import io
import os
import secrets
import signal
import subprocess
import sys
import threading
import time
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from base import tools
from clients.browser.browsing import Browsing
from clients.browser.chromium import _FLAGS, Chromium
from clients.browser.forms import Form
from clients.browser.recorded import Seen
from clients.browser.spki import server_keys
from clients.errors import Cancelled, Overdue, Refusal, Trouble, Unavailable, Unreachable
from clients.wire.redaction import Redactor
from tests.clients.busy import BUSY, WORKER
from tests.clients.servers import Answer, Server, serving

ORIGIN = "https://staging.fm5.test"
TOKEN = "pQ7Zk2Lw9XcV4bN8mR1tY6uI3oA5sDfG"
HTML = (("content-type", "text/html; charset=utf-8"),)
needs_chromium = pytest.mark.skipif(tools.chromium() is None, reason="no Chromium on this machine; install chromium or Google Chrome")


def page(body: str) -> Answer:
    return Answer(200, f"<!doctype html><title>t</title>{body}".encode(), HTML)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A small site with a bit of everything that is recorded."""
    with serving(tmp_path_factory.mktemp("site"), "staging.fm5.test", "files.fm5.test") as server:
        server.routes["/"] = lambda _: page(
            f'<img src="https://tracker.example/pixel.png?token={TOKEN}"><img src="/missing.png"><script src="/broken.js"></script>'
        )
        server.routes["/broken.js"] = lambda _: script('console.error("broken: " + 7); console.log("fine"); undefinedFunction()')
        server.routes["/sign-in"] = lambda _: page(
            '<form action="/files" method="post"><label>Password <input type="password" name="password"></label>'
            "<button>Sign in</button></form>"
        )
        server.routes["/files"] = lambda _: Answer(
            200,
            b'<!doctype html><h1>Files</h1><a href="/files/a.txt">a.txt</a>',
            (*HTML, ("set-cookie", f"__Secure-s.session_token={TOKEN}.sig; Path=/; Secure; HttpOnly")),
        )
        server.routes["/files/a.txt"] = lambda _: Answer(
            200, b"content of a", (("content-type", "text/plain"), ("content-disposition", 'attachment; filename="a.txt"'))
        )
        server.routes["/limited"] = lambda _: Answer(429, b'{"message":"Too many requests."}', (("content-type", "application/json"),))
        server.routes["/form"] = lambda _: page(
            "<link rel=icon href='data:,'><button onclick=\"fetch('/limited', {method: 'POST'})\">Send</button><p>Ready</p>"
        )
        server.routes["/styled"] = lambda _: page('<link rel=stylesheet href="/plain.css"><a download href="/undefined/a.txt">a.txt</a>')
        server.routes["/plain.css"] = lambda _: Answer(
            200, b"body { color: red }", (("content-type", "text/plain"), ("x-content-type-options", "nosniff"))
        )
        server.routes["/busy"] = lambda asked: page(f"<h1>Board</h1><script>{BUSY[asked.path.partition('?')[2]]}</script>")
        server.routes |= {"/held": server.hold, "/news": lambda _: Answer(204), "/worker.js": lambda _: script(WORKER)}
        yield server


def script(text: str) -> Answer:
    return Answer(200, text.encode(), (("content-type", "text/javascript"),))


def chromium(site: Server, **options: object) -> Chromium:
    return Chromium(connect=site.connect, ca=site.ca, timeout=10, **options)  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def home_page(site: Server) -> Seen:
    """What was seen of the home page, once."""
    with chromium(site).open(ORIGIN) as browsing:
        with browsing.step("home") as shown:
            shown.goto("/")
            shown.wait_for_load_state("load")
        return browsing.seen()


@needs_chromium
def test_every_requested_host_is_recorded_and_none_is_left_for(site: Server, home_page: Seen) -> None:
    """A host that nobody declared is seen by name, and its request reached the deployment's edge instead of the host."""
    assert home_page.hosts == {"staging.fm5.test", "tracker.example"}
    assert "GET https://staging.fm5.test/" in home_page.requests
    assert "tracker.example" in {arrived.headers["host"] for arrived in site.arrived}
    assert all("token=[hidden " in request for request in home_page.requests if "tracker" in request)


@needs_chromium
def test_errors_of_the_page_are_recorded(home_page: Seen) -> None:
    """Console errors with their place, exceptions, refused requests; ordinary messages are not errors."""
    assert "broken: 7 (/broken.js)" in home_page.console_errors
    assert not [message for message in home_page.console_errors if "fine" in message]
    assert any("undefinedFunction is not defined" in error for error in home_page.page_errors)
    assert "GET https://staging.fm5.test/missing.png -> 404" in home_page.refused_requests


@needs_chromium
def test_every_step_has_its_picture(home_page: Seen) -> None:
    """A PNG under the step's title; pictures stay out of `repr`."""
    (picture,) = home_page.screenshots
    assert picture.title == "home"
    assert picture.png.startswith(b"\x89PNG\r\n\x1a\n")
    assert len(repr(home_page)) < 5000


@needs_chromium
def test_signing_in_and_downloading_leave_no_secret(site: Server) -> None:
    """The trace begins after signing in; neither it nor the record has the password or the cookie, and it is still a readable trace."""
    password, redactor = "Correct-Horse-99", Redactor()
    with chromium(site, redactor=redactor).open(ORIGIN) as browsing:
        with browsing.step("sign in") as shown:
            shown.goto("/sign-in")
            Form(browsing).fill("password", password, secret=True)
            shown.get_by_role("button", name="Sign in").click()
            shown.get_by_role("heading", name="Files").wait_for()
        browsing.start_trace()
        with browsing.step("download") as shown:
            shown.goto("/files")
            got = browsing.download(shown.get_by_role("link", name="a.txt").click)
        seen = browsing.seen()
    assert (got.name, got.data) == ("a.txt", b"content of a")
    assert seen.failed_requests == ()
    assert seen.trace is not None
    with zipfile.ZipFile(io.BytesIO(seen.trace)) as archive:
        assert archive.testzip() is None
        names = archive.namelist()
        content = b"".join(archive.read(name) for name in names)
    assert {"trace.trace", "trace.network"} <= set(names)
    assert b"__Secure-s.session_token" in content, "the trace shows that the cookie was sent"
    assert b"[hidden " in content
    for secret in (password, TOKEN):
        assert secret.encode() not in content
        assert secret not in repr(seen)
    assert any(arrived.body.endswith(password.encode()) for arrived in site.arrived), "the form was really sent"


@needs_chromium
def test_failing_step_is_overdue_and_pictured(site: Server) -> None:
    """What was waited for and where; without the values that were typed."""
    with Chromium(connect=site.connect, ca=site.ca, timeout=1).open(ORIGIN) as browsing:
        with pytest.raises(Overdue) as caught:
            look_for_the_cellar(browsing)
        titles = [picture.title for picture in browsing.seen().screenshots]
    assert str(caught.value).startswith("open the cellar: not within 1 s")
    assert f"at {ORIGIN}/sign-in" in caught.value.last
    assert "Cellar" in caught.value.last
    assert "Correct-Horse" not in str(caught.value)
    assert titles == ["open the cellar (failed)"]


def look_for_the_cellar(browsing: Browsing) -> None:
    with browsing.step("open the cellar") as shown:
        shown.goto("/sign-in")
        Form(browsing).fill("password", "Correct-Horse-99", secret=True)
        shown.get_by_role("button", name="Cellar").click()


@needs_chromium
def test_navigation_to_nothing_is_unreachable(site: Server, tmp_path: Path) -> None:
    """A server that is gone is named by the host and the cause; another trouble by the step."""
    with serving(tmp_path, "staging.fm5.test") as server:
        browser = Chromium(connect=server.connect, ca=server.ca, timeout=5)
        flags = browser.flags("staging.fm5.test")
    with pytest.raises(Unreachable, match=r"staging\.fm5\.test cannot be reached: the connection was refused"), browser.open(ORIGIN):
        pass
    assert any(flag.startswith("--host-resolver-rules=MAP * 127.0.0.1:") for flag in flags)
    with chromium(site).open(ORIGIN) as browsing:
        with pytest.raises(Unreachable, match="the connection was refused"), browsing.step("home"):
            site_gone(browsing)
        with pytest.raises(Trouble, match="odd: "), browsing.step("odd") as shown:
            shown.evaluate("() => { throw new Error('no') }")


def go_home(browsing: Browsing) -> None:
    with browsing.step("home") as shown:
        shown.goto("/")


def site_gone(browsing: Browsing) -> None:
    browsing.context.route("**/*", lambda route: route.abort("connectionrefused"))
    browsing.page.goto("/")


@needs_chromium
def test_certificate_of_another_authority_is_not_trusted(site: Server, tmp_path: Path) -> None:
    """The CA that is given decides; without one Chromium knows only the system's."""
    with serving(tmp_path, "staging.fm5.test") as other:
        stranger = Chromium(connect=site.connect, ca=other.ca, timeout=5)
        with pytest.raises(Unreachable, match="certificate"), stranger.open(ORIGIN):
            pass
    with (
        Chromium(connect=site.connect, timeout=5).open(ORIGIN) as browsing,
        pytest.raises(Unreachable, match="certificate is not accepted"),
    ):
        go_home(browsing)


def test_keys_are_of_certificates_that_the_ca_vouches_for(site: Server) -> None:
    """Two names with one certificate have one key; a name that is not on it has none."""
    hosts = ["staging.fm5.test", "files.fm5.test"]
    (key,) = server_keys(hosts, connect=site.connect, ca=site.ca)
    assert len(key) == 44
    with pytest.raises(Unreachable, match=r"other\.fm5\.test cannot be reached: its TLS certificate"):
        server_keys(["other.fm5.test"], connect=site.connect, ca=site.ca)


def test_missing_browser_is_said_so(site: Server, tmp_path: Path) -> None:
    """One sentence that says what to install."""
    with pytest.raises(Unavailable, match="install chromium"), chromium(site, executable=tmp_path / "none").open(ORIGIN):
        pass


def test_browsers_are_looked_for_on_the_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The usual names, first come first served."""
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(sys, "platform", "linux")
    assert tools.chromium() is None
    for name in ("google-chrome", "chromium"):
        (tmp_path / name).write_text("#!/bin/sh\n")
        (tmp_path / name).chmod(0o755)
    assert tools.chromium() == tmp_path / "chromium"


def test_real_deployment_gets_no_remapping() -> None:
    """Without `connect` and `ca` nothing about names or trust is changed."""
    assert Chromium().flags("fm5.example") == _FLAGS


@needs_chromium
def test_browsers_work_side_by_side_in_threads_and_can_be_interrupted(site: Server) -> None:
    """Each thread has its own; an interrupt from the main thread ends both at once with Cancelled."""
    browser, ended = chromium(site), list[BaseException]()
    site.routes["/hold"] = site.hold
    ready = threading.Barrier(3, timeout=30)

    def visit() -> None:
        try:
            with browser.open(ORIGIN) as browsing:
                ready.wait()
                browsing.page.goto("/hold", timeout=60_000)
        except Cancelled as error:
            ended.append(error)

    threads = [threading.Thread(target=visit, daemon=True) for _ in range(2)]
    for thread in threads:
        thread.start()
    ready.wait()
    time.sleep(0.3)
    began = time.monotonic()
    browser.interrupt()
    for thread in threads:
        thread.join(5)
    assert time.monotonic() - began < 5
    assert [type(error) for error in ended] == [Cancelled, Cancelled]
    with pytest.raises(Cancelled), browser.open(ORIGIN):
        pass


SHELL = {name: secrets.token_urlsafe(24) for name in ("ACME_API_TOKEN", "ACME_DB_PASSWORD", "ACME_GREETING")}
VISIT = """
import sys, time
from pathlib import Path
from clients.browser.chromium import Chromium
with Chromium(connect=sys.argv[1], ca=Path(sys.argv[2])).open("https://staging.fm5.test") as browsing:
    browsing.page.goto("/files")
    print("open", flush=True)
    time.sleep(60)
"""


@needs_chromium
@pytest.mark.skipif(not Path("/proc").is_dir(), reason="reads /proc to see that no process is left; run it on Linux")
def test_no_browser_is_left_of_a_run_that_was_killed(site: Server, tmp_path: Path) -> None:
    """None of them was given the run's secrets (S5), and after SIGKILL of it, driver and Chromium end by themselves within 5 s."""
    environment = {**os.environ, **SHELL, "PYTHONPATH": os.pathsep.join(sys.path), "TMPDIR": str(tmp_path)}
    with subprocess.Popen(
        [sys.executable, "-c", VISIT, site.connect, str(site.ca)],
        stdout=subprocess.PIPE,
        env=environment,
        text=True,
        start_new_session=True,
    ) as run:
        assert run.stdout is not None
        assert run.stdout.readline().strip() == "open"
        family = descendants(run.pid)
        assert len(family) > 2, "the driver and Chromium are there"
        assert [told for process in family for told in knowing(process)] == []
        run.send_signal(signal.SIGKILL)
    deadline = time.monotonic() + 5
    while alive(family) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert alive(family) == set()


def knowing(process: int) -> list[str]:
    """Where a process has a secret of the shell: in its variables, or in its arguments."""
    places = {place: (Path("/proc") / str(process) / place).read_bytes() for place in ("environ", "cmdline")}
    return [
        f"{place} of {places['cmdline'][:60]!r}"
        for place, read in places.items()
        if any(value.encode() in read for value in SHELL.values())
    ]


def descendants(root: int) -> set[int]:
    parents: dict[int, int] = {}
    for folder in Path("/proc").iterdir():
        if folder.name.isdecimal():
            try:
                parents[int(folder.name)] = int((folder / "stat").read_text().rpartition(")")[2].split()[1])
            except OSError:
                continue
    found, grown = {root}, True
    while grown:
        more = {process for process, parent in parents.items() if parent in found} - found
        found, grown = found | more, bool(more)
    return found - {root}


def alive(processes: set[int]) -> set[int]:
    running = set()
    for process in processes:
        try:
            if Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] != "Z":
                running.add(process)
        except OSError:
            continue
    return running


@needs_chromium
@pytest.mark.parametrize("kinds", [["still", "long-poll"], pytest.param([*BUSY], marks=pytest.mark.nightly)], ids=["two", "all"])
def test_pages_that_are_never_still_are_opened(site: Server, kinds: list[str]) -> None:
    """H1: quiet is waited for a moment and no longer; what is under way when the page is left is no failure of the deployment."""
    with chromium(site).open(ORIGIN) as browsing:
        for kind in kinds:
            with browsing.step(kind) as shown:
                browsing.open(f"/busy?{kind}", quiet=True)
                assert shown.inner_text("h1") == "Board"
        seen = browsing.seen()
    assert (seen.page_errors, seen.refused_requests, seen.failed_requests) == ((), (), ())


@needs_chromium
def test_limiter_is_no_fault_of_the_page(site: Server) -> None:
    """What the rate limiter answered stands in no list of errors, and a step that fails after it says so instead of blaming the page."""
    with Chromium(connect=site.connect, ca=site.ca, timeout=3).open(ORIGIN) as browsing:
        with browsing.step("sent") as shown:
            browsing.open("/form")
            browsing.let_in()
            with shown.expect_response(lambda answer: answer.request.method == "POST"):
                shown.get_by_role("button", name="Send").click()
        with pytest.raises(Refusal, match="^POST /limited -> 429"):
            browsing.let_in()
        with pytest.raises(Overdue):
            look_for_the_cellar(browsing)  # not throttled meanwhile: this one is the page's
        with pytest.raises(Refusal, match="^POST /limited -> 429"):
            send_and_expect_thanks(browsing)
        seen = browsing.seen()
    assert seen.throttled == (f"POST {ORIGIN}/limited",) * 2
    # Chromium asks for an icon by itself.
    assert [text for text in (*seen.console_errors, *seen.refused_requests, *seen.failed_requests) if "/favicon.ico" not in text] == []


def send_and_expect_thanks(browsing: Browsing) -> None:
    with browsing.step("sent again") as shown:
        shown.goto("/form")
        with shown.expect_response(lambda answer: answer.request.method == "POST"):
            shown.get_by_role("button", name="Send").click()
        assert "Thanks" in shown.inner_text("body")


@needs_chromium
def test_what_the_browser_would_not_take_is_recorded(site: Server) -> None:
    """A style of another type is dropped without an answer that could be seen; a refused download names its address."""
    with chromium(site).open(ORIGIN) as browsing:
        with browsing.step("styled") as shown:
            browsing.open("/styled")
        with pytest.raises(AssertionError, match="leads to /undefined/a.txt, which is answered with 404"):
            browsing.download(shown.get_by_role("link", name="a.txt").click)
        seen = browsing.seen()
    assert (f"{ORIGIN}/plain.css", "stylesheet") in seen.dropped
    assert not [text for text in (*seen.console_errors, *seen.refused_requests) if "/undefined/" in text], "the page did not ask for that"
