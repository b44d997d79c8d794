"""The wire against real servers: where it connects, whom it trusts, what it records, how it ends."""

import gzip
import socket
import threading
import time
from pathlib import Path

import pytest
import trustme

from clients.errors import Cancelled, Unreachable
from clients.wire.exchange import Exchange
from clients.wire.wire import Wire
from tests.clients.conftest import Wires
from tests.clients.servers import Answer, Arrived, Server, serving

ORIGIN = "https://staging.fm5.test"


def ok(_: Arrived) -> Answer:
    return Answer(200, b'{"status":"ok"}', (("content-type", "application/json"),))


def test_connect_keeps_the_name_in_tls_and_in_the_host_header(edge: Server, wires: Wires) -> None:
    """Every connection goes to `connect`, while SNI, verification and Host stay those of the URL."""
    edge.routes["/health"] = ok
    wire = wires(connect=edge.connect, ca=edge.ca)
    for origin in (ORIGIN, "https://files.fm5.test"):
        assert wire.client(origin).get("/health").json() == {"status": "ok"}
    assert [(a.headers["host"], a.sni) for a in edge.arrived] == [("staging.fm5.test",) * 2, ("files.fm5.test",) * 2]


def test_connect_moves_the_deployment_and_nobody_else(edge: Server, tmp_path: Path, wires: Wires) -> None:
    """A mail provider's API keeps its own address, and its exchange shows none; every declared host is moved."""
    edge.routes["/health"] = ok
    exchanges: list[Exchange] = []
    (tmp_path / "other").mkdir()
    with serving(tmp_path / "other", "mail.test", tls=False) as other:
        other.routes["/health"] = ok
        wire = wires(connect=edge.connect, ca=edge.ca, own={"staging.fm5.test", "Files.fm5.test"}, after=exchanges.append)
        for origin in (ORIGIN, "https://files.fm5.test", f"http://{other.connect}"):
            assert wire.client(origin, address="127.0.0.1").get("/health").json() == {"status": "ok"}
        assert len(other.arrived) == 1
    assert [arrived.headers["host"] for arrived in edge.arrived] == ["staging.fm5.test", "files.fm5.test"]
    assert [exchange.connect for exchange in exchanges] == [edge.connect, edge.connect, ""]
    assert [bool(exchange.ca) for exchange in exchanges] == [True, True, False]
    with pytest.raises(Unreachable, match="the name was not found") as caught:
        wire.client("https://api.nowhere.invalid").get("/")
    assert caught.value.tried == ""


def test_others_are_trusted_as_the_system_trusts_them(tmp_path: Path, edge: Server, wires: Wires) -> None:
    """`ca` alone vouches for the deployment; a third party's certificate may come from it or from an authority of the system."""
    wire = wires(ca=edge.ca, own={"staging.fm5.test"})
    others = wire._way.trust  # the context itself: no test has a certificate of the system's authorities
    assert others is not None
    assert len(others.get_ca_certs()) > 10
    assert wire._way.owns("staging.fm5.test")
    assert not wire._way.owns("api.resend.com")
    assert wires(ca=edge.ca)._way.trust is None


def test_certificate_is_verified_for_the_real_name(edge: Server, wires: Wires) -> None:
    """A server that cannot prove the name of the URL is refused, although `connect` leads to it."""
    with pytest.raises(Unreachable) as caught:
        wires(connect=edge.connect, ca=edge.ca).client("https://other.fm5.test").get("/")
    assert caught.value.kind == "tls"
    assert "other.fm5.test cannot be reached" in str(caught.value)
    assert "certificate" in str(caught.value)
    assert edge.connect in str(caught.value)
    assert edge.arrived == []


def test_ca_stands_in_place_of_the_system_s(edge: Server, tmp_path: Path, wires: Wires) -> None:
    """Only what the given CA has signed is trusted; another CA's server is not."""
    other = tmp_path / "other.pem"
    trustme.CA().cert_pem.write_to_path(str(other))
    with pytest.raises(Unreachable, match="certificate") as caught:
        wires(connect=edge.connect, ca=other).client(ORIGIN).get("/")
    assert caught.value.kind == "tls"
    with pytest.raises(Unreachable, match="certificate"):
        wires(connect=edge.connect).client(ORIGIN).get("/")
    edge.routes["/"] = ok
    assert wires(connect=edge.connect, ca=edge.ca, trust_system=True).client(ORIGIN).get("/").status_code == 200


def test_unusable_ca_and_connect_are_said_so_at_once(tmp_path: Path) -> None:
    """A CA file that is missing or not PEM, and a `connect` without a port, are named before anything is sent."""
    broken = tmp_path / "broken.pem"
    broken.write_text("not a certificate")
    for ca in (tmp_path / "missing.pem", broken):
        with pytest.raises(ValueError, match=ca.name):
            Wire(ca=ca)
    for connect in ("127.0.0.1", "127.0.0.1:", ":443", "host:70000", "host:x"):
        with pytest.raises(ValueError, match="HOST:PORT"):
            Wire(connect=connect)


def test_actors_speak_from_their_own_addresses(edge: Server, wires: Wires) -> None:
    """A source address per actor reaches the server as the peer; without one it is the machine's own."""
    edge.routes["/"] = ok
    exchanges: list[Exchange] = []
    wire = wires(connect=edge.connect, ca=edge.ca, after=exchanges.append)
    wanted = wire.address("127.0.0.7")
    wire.client(ORIGIN, address="127.0.0.7").get("/")
    wire.client(ORIGIN).get("/")
    assert [arrived.peer for arrived in edge.arrived] == [wanted or "127.0.0.1", "127.0.0.1"]
    assert [exchange.address for exchange in exchanges] == [wanted, ""]
    assert bool(wanted) != bool(wire.notes), "an address that is not used is explained"


def test_address_that_cannot_be_used_is_explained_and_left_out(edge: Server, wires: Wires) -> None:
    """The system refuses an address that is not its own (192.0.2.7 is reserved for documentation): the actor goes without."""
    edge.routes["/"] = ok
    wire = wires(connect=edge.connect, ca=edge.ca)
    assert wire.client(ORIGIN, address="192.0.2.7").get("/").status_code == 200
    (note,) = wire.notes
    assert "192.0.2.7" in note
    assert "refuses" in note


def test_loopback_address_is_not_used_for_a_target_elsewhere(wires: Wires) -> None:
    """From 127.0.0.7 nothing but this machine can be reached, so a real deployment is called from the machine's own address."""
    wire = wires()
    assert wire.address("127.0.0.7") == ""
    assert "elsewhere" in wire.notes[0]


def test_cookies_of_actors_do_not_mix(edge: Server, wires: Wires) -> None:
    """Each client has its own jar."""
    edge.routes["/in"] = lambda _: Answer(200, b"", (("set-cookie", "session=abc; Path=/; Secure"),))
    edge.routes["/"] = ok
    wire = wires(connect=edge.connect, ca=edge.ca)
    first, second = wire.client(ORIGIN), wire.client(ORIGIN)
    first.get("/in")
    first.get("/")
    second.get("/")
    assert [arrived.headers.get("cookie") for arrived in edge.arrived] == [None, "session=abc", None]


def test_origin_goes_with_what_changes_something(edge: Server, wires: Wires) -> None:
    """As in a browser: Origin with POST, not with GET; a request may bring another; to another host, and without one, none is sent."""
    edge.routes["/"] = ok
    wire = wires(connect=edge.connect, ca=edge.ca)
    own = wire.client(ORIGIN, origin=ORIGIN)
    own.get("/")
    own.post("/")
    own.post("/", headers={"origin": "https://evil.example"})
    own.put("https://files.fm5.test/")
    wire.client(ORIGIN).post("/")
    assert [arrived.headers.get("origin") for arrived in edge.arrived] == [None, ORIGIN, "https://evil.example", None, None]


def test_trouble_is_named_in_plain_words(wires: Wires) -> None:
    """Name not found, refused and timed out are told apart, each with the host."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        port = listener.getsockname()[1]
        with pytest.raises(Unreachable, match=r"127\.0\.0\.1 cannot be reached: timed out after 0\.2 s waiting for the answer") as caught:
            wires(timeout=0.2).client(f"http://127.0.0.1:{port}").get("/")
        assert caught.value.kind == "timeout"
    with pytest.raises(Unreachable, match="refused") as caught:
        wires(retries=0).client(f"http://127.0.0.1:{port}").get("/")
    assert caught.value.kind == "refused"
    with pytest.raises(Unreachable, match=r"nowhere\.invalid cannot be reached: the name was not found") as caught:
        wires().client("https://nowhere.invalid").get("/")
    assert caught.value.kind == "name"


def test_server_that_speaks_no_tls_is_said_to(tmp_path: Path, wires: Wires) -> None:
    """A plain server behind an https address is a TLS trouble, not a generic one."""
    with serving(tmp_path, tls=False) as plain, pytest.raises(Unreachable) as caught:
        wires(connect=plain.connect, ca=plain.ca).client(ORIGIN).get("/")
    assert caught.value.kind == "tls"


def test_answer_that_drips_has_an_end(edge: Server, wires: Wires) -> None:
    """A server that sends a byte now and then does not keep an actor for ever: four time-outs are the limit."""

    def drip(listener: socket.socket) -> None:
        connection, _ = listener.accept()
        with connection:
            connection.recv(65536)
            connection.sendall(b"HTTP/1.1 200 OK\r\ncontent-length: 1000\r\n\r\n")
            try:
                for _ in range(200):
                    connection.sendall(b"x")
                    time.sleep(0.02)
            except OSError:
                return

    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        thread = threading.Thread(target=drip, args=(listener,), daemon=True)
        thread.start()
        with pytest.raises(Unreachable, match="did not end within"):
            wires(timeout=0.1).client(f"http://127.0.0.1:{listener.getsockname()[1]}").get("/")
        thread.join(5)


def cut_once(server: Server) -> None:
    seen = iter((None,))
    server.routes["/"] = lambda arrived: next(seen, ok(arrived))


def test_safe_request_is_sent_again_once_and_that_is_recorded(edge: Server, wires: Wires) -> None:
    """A cut connection under a GET is retried; the exchange says so."""
    cut_once(edge)
    exchanges: list[Exchange] = []
    sendings: list[str] = []
    wire = wires(connect=edge.connect, ca=edge.ca, before=lambda method, url, address: sendings.append(method), after=exchanges.append)
    assert wire.client(ORIGIN).get("/").status_code == 200
    (exchange,) = exchanges
    assert exchange.retries == ("the connection was cut before the answer ended",)
    assert "retried after: the connection was cut" in exchange.transcript()
    assert sendings == ["GET", "GET"], "each sending is paced and counted"


def test_unsafe_request_is_never_sent_again(edge: Server, wires: Wires) -> None:
    """A POST whose connection was cut may have had its effect."""
    cut_once(edge)
    exchanges: list[Exchange] = []
    with pytest.raises(Unreachable) as caught:
        wires(connect=edge.connect, ca=edge.ca, after=exchanges.append).client(ORIGIN).post("/")
    assert caught.value.kind == "reset"
    assert len(edge.arrived) == 1
    assert [(exchange.status, exchange.retries) for exchange in exchanges] == [(0, ())]
    assert "was cut" in exchanges[0].error


def test_retries_can_be_forbidden(edge: Server, wires: Wires) -> None:
    """A measurement must see every cut connection."""
    cut_once(edge)
    with pytest.raises(Unreachable):
        wires(connect=edge.connect, ca=edge.ca).client(ORIGIN, retries=0).get("/")
    assert len(edge.arrived) == 1


def test_closing_ends_a_request_that_waits(edge: Server, wires: Wires) -> None:
    """An interrupt from another thread ends a wait at once, and nothing is sent any more."""
    edge.routes["/"] = edge.hold
    wire = wires(connect=edge.connect, ca=edge.ca)
    client, caught = wire.client(ORIGIN), list[BaseException]()

    def wait() -> None:
        try:
            client.get("/")
        except Cancelled as error:
            caught.append(error)

    waiting = threading.Thread(target=wait, daemon=True)
    waiting.start()
    while not edge.arrived:
        time.sleep(0.01)
    wire.interrupt()
    waiting.join(3)
    assert not waiting.is_alive(), "the request still waits 3 s after the interrupt"
    assert isinstance(caught[0], Cancelled)
    with pytest.raises(Cancelled, match="not sent"):
        wire.client(ORIGIN).get("/")
    assert len(edge.arrived) == 1


def test_what_a_listener_raises_before_sending_stops_the_request(edge: Server, wires: Wires) -> None:
    """A budget that is spent is enforced at the wire: nothing leaves."""

    def spent(method: str, url: str, address: str) -> None:
        raise RuntimeError(f"no {method} left for {url}")

    with pytest.raises(RuntimeError, match="no GET left"):
        wires(connect=edge.connect, ca=edge.ca, before=spent).client(ORIGIN).get("/")
    assert edge.arrived == []


def test_answers_keep_their_elapsed_time_and_are_decoded(edge: Server, wires: Wires) -> None:
    """Recording takes nothing away from the answer: its time, and a compressed body."""
    packed = gzip.compress(b'{"token":"abcdefghijkl"}')
    edge.routes["/"] = lambda _: Answer(200, packed, (("content-type", "application/json"), ("content-encoding", "gzip")))
    exchanges: list[Exchange] = []
    answer = wires(connect=edge.connect, ca=edge.ca, after=exchanges.append).client(ORIGIN).get("/")
    assert answer.json() == {"token": "abcdefghijkl"}
    assert answer.elapsed.total_seconds() > 0
    assert "abcdefghijkl" not in exchanges[0].response_body
    assert "[hidden " in exchanges[0].response_body


def test_redirects_are_answers(edge: Server, wires: Wires) -> None:
    """A redirection is not followed: what it says is the observation."""
    edge.routes["/"] = lambda _: Answer(302, b"", (("location", "/elsewhere"),))
    assert wires(connect=edge.connect, ca=edge.ca).client(ORIGIN).get("/").headers["location"] == "/elsewhere"
    assert len(edge.arrived) == 1
