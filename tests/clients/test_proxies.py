"""Through a proxy: who is sent through it, who is not, and what is said when it lets nothing through."""

from __future__ import annotations

import httpcore
import pytest

from clients.browser.chromium import Chromium
from clients.browser.spki import server_keys
from clients.browser.way_out import way_out
from clients.errors import Unreachable
from clients.wire.control import reachable
from clients.wire.exchange import Exchange
from clients.wire.proxies import Proxies
from clients.wire.tls import shake_hands
from clients.wire.wire import Wire
from tests.clients.proxying import proxying
from tests.clients.servers import Answer, Server

HOST = "staging.fm5.test"
PASSWORD = "s3cret/of:an office"


@pytest.mark.parametrize(
    ("variables", "host", "port", "through"),
    [
        ({"HTTPS_PROXY": "http://office:3128"}, HOST, 443, "http://office:3128"),
        ({"https_proxy": "http://small:1", "HTTPS_PROXY": "http://big:2"}, HOST, 443, "http://small:1"),
        ({"https_proxy": "", "HTTPS_PROXY": "http://big:2"}, HOST, 443, None),
        ({"HTTPS_PROXY": "office:3128"}, HOST, 443, "http://office:3128"),
        ({"HTTPS_PROXY": "https://office"}, HOST, 443, "https://office:443"),
        ({"HTTPS_PROXY": "http://[::1]:8"}, HOST, 443, "http://[::1]:8"),
        ({"HTTP_PROXY": "http://office:3128"}, HOST, 443, None),
        ({"HTTP_PROXY": "http://office:3128"}, HOST, 80, "http://office:3128"),
        ({"HTTPS_PROXY": "http://office:3128", "NO_PROXY": "fm5.test"}, HOST, 443, None),
        ({"HTTPS_PROXY": "http://office:3128", "no_proxy": "a.example, .FM5.test"}, HOST, 443, None),
        ({"HTTPS_PROXY": "http://office:3128", "NO_PROXY": "*.fm5.test"}, HOST, 443, None),
        ({"HTTPS_PROXY": "http://office:3128", "NO_PROXY": "*"}, HOST, 443, None),
        ({"HTTPS_PROXY": "http://office:3128", "NO_PROXY": "m5.test"}, HOST, 443, "http://office:3128"),
        ({"HTTPS_PROXY": "http://office:3128", "NO_PROXY": f"{HOST}:8443"}, HOST, 443, "http://office:3128"),
        ({"HTTPS_PROXY": "http://office:3128", "NO_PROXY": f"{HOST}:443"}, HOST, 443, None),
        ({"HTTPS_PROXY": "http://office:3128", "NO_PROXY": "10.0.0.0/8"}, "10.1.2.3", 443, None),
        ({"HTTPS_PROXY": "http://office:3128", "NO_PROXY": "fd00::/8"}, "fd00::7", 443, None),
        ({"HTTPS_PROXY": "http://office:3128"}, "127.0.0.1", 443, None),
        ({"HTTPS_PROXY": "http://office:3128"}, "::1", 443, None),
        ({"HTTPS_PROXY": "http://office:3128"}, "app.localhost", 443, None),
        ({}, HOST, 443, None),
    ],
)
def test_variables_name_the_way(variables: dict[str, str], host: str, port: int, through: str | None) -> None:
    """H8: as curl reads them; this machine is reached without a proxy."""
    proxy = Proxies.of(variables).towards(host, port)
    assert (proxy.server if proxy else None) == through


@pytest.mark.parametrize("value", ["socks5://office:1080", "http://office:port", "http://"])
def test_proxy_that_cannot_be_used_is_said_so_when_it_is_needed(value: str) -> None:
    """What a variable says is not repeated: there may be a password in it."""
    proxies = Proxies.of({"HTTPS_PROXY": value})
    assert proxies.towards("127.0.0.1", 443) is None
    with pytest.raises(httpcore.ProxyError, match="^HTTPS_PROXY names no proxy that can be used: write HTTPS_PROXY=http") as caught:
        proxies.towards(HOST, 443)
    assert "office" not in str(caught.value)


def test_every_client_goes_through_the_proxy(edge: Server) -> None:
    """H8: requests, the TLS handshake, the browser's keys and the look at the network, with user and password; nobody sees these."""
    edge.routes["/health"] = lambda _: Answer(200, b'{"status":"ok"}')
    exchanges: list[Exchange] = []
    with proxying(edge.port, f"office:{PASSWORD}") as office:
        proxies = Proxies.of({"HTTPS_PROXY": f"http://office:s3cret%2Fof%3Aan%20office@127.0.0.1:{office.port}"})
        with Wire(ca=edge.ca, proxies=proxies, after=exchanges.append) as wire:
            assert wire.client(f"https://{HOST}").get("/health").status_code == 200
            assert PASSWORD not in wire.redactor.text(f"it is {PASSWORD}")
        assert shake_hands(HOST, ca=edge.ca, proxies=proxies).version in ("TLSv1.2", "TLSv1.3")
        assert server_keys([HOST], connect=None, ca=edge.ca, proxies=proxies) == server_keys([HOST], connect=edge.connect, ca=edge.ca)
        assert reachable([f"{HOST}:443"], proxies=proxies) == (f"{HOST}:443",)
        assert office.asked == [f"{HOST}:443"] * 4
        assert office.refused == 0
    assert edge.arrived[-1].headers["host"] == HOST
    assert "proxy-authorization" not in edge.arrived[-1].headers
    assert PASSWORD not in repr(proxies) + repr(proxies.towards(HOST, 443))
    assert {value for _, value in proxies.secrets} >= {PASSWORD, "s3cret%2Fof%3Aan%20office"}


def test_connect_and_this_machine_are_reached_directly(edge: Server) -> None:
    """H8: what leads to this machine passes by every proxy."""
    edge.routes["/health"] = lambda _: Answer(200, b"{}")
    nobody = Proxies.of({"HTTPS_PROXY": "http://127.0.0.1:1"})
    with Wire(connect=edge.connect, ca=edge.ca, proxies=nobody) as wire:
        assert wire.client(f"https://{HOST}").get("/health").status_code == 200
    assert shake_hands(HOST, connect=("127.0.0.1", edge.port), ca=edge.ca, proxies=nobody).version
    assert reachable([f"127.0.0.1:{edge.port}"], proxies=nobody)


@pytest.mark.parametrize(
    ("named", "said"),
    [
        ("", r"the proxy 127\.0\.0\.1:\d+ \(HTTPS_PROXY\) wants a user and a password \(407\): write HTTPS_PROXY=http://USER:PASSWORD@"),
        ("office:wrong-word@", r"does not take the user and password that HTTPS_PROXY names \(407\)"),
    ],
)
def test_proxy_that_wants_to_know_who_asks(edge: Server, named: str, said: str) -> None:
    """H8: 407 is no answer of the deployment, and the sentence says what to write."""
    with proxying(edge.port, f"office:{PASSWORD}") as office:
        proxies = Proxies.of({"HTTPS_PROXY": f"http://{named}127.0.0.1:{office.port}"})
        with Wire(ca=edge.ca, proxies=proxies) as wire, pytest.raises(Unreachable, match=said) as caught:
            wire.client(f"https://{HOST}").get("/health")
        assert caught.value.kind == "proxy"
        with pytest.raises(Unreachable, match=said):
            shake_hands(HOST, ca=edge.ca, proxies=proxies)
        assert "wrong-word" not in str(caught.value)


def test_browser_is_told_the_same() -> None:
    """H8: the server without user and password, these beside it, and who is reached without it."""
    told = way_out(Proxies.of({"HTTPS_PROXY": "http://me:word@office:3128", "NO_PROXY": "a.example,.b.example,10.0.0.0/8"}))
    assert told is not None
    assert (told["server"], told["username"], told["password"]) == ("http://office:3128", "me", "word")
    rules = (told["bypass"] or "").split(",")
    assert {"127.0.0.0/8", "localhost", "a.example", "*.a.example", "b.example", "*.b.example", "10.0.0.0/8"} < set(rules)
    assert rules[0] == "<-loopback>"
    assert way_out(Proxies()) is None
    moved = way_out(Proxies.of({"HTTPS_PROXY": "http://office:3128"}), ("acme.example",))
    assert moved is not None
    assert str(moved["bypass"]).endswith(",acme.example")


def test_connect_moves_the_declared_hosts_alone() -> None:
    """A script of a CDN or an OAuth provider keeps its own address, unless everything is played by the sandbox."""
    browser = Chromium(connect="127.0.0.1:8443", hosts=("cdn.acme.example",), moves_all=False)
    (rules,) = [flag for flag in browser.flags("acme.example") if flag.startswith("--host-resolver-rules=")]
    assert rules == "--host-resolver-rules=MAP acme.example 127.0.0.1:8443, MAP cdn.acme.example 127.0.0.1:8443"
    assert "--host-resolver-rules=MAP * 127.0.0.1:8443" in Chromium(connect="127.0.0.1:8443").flags("acme.example")
