"""One client, many threads: an actor's client is shared by the journeys that act as them."""

from __future__ import annotations

import threading
from pathlib import Path

from clients.errors import Trouble
from clients.wire.wire import Wire
from tests.clients.servers import Answer, serving


def test_threads_share_a_client_and_no_connection(tmp_path: Path) -> None:
    """Nobody reads what another thread has been answered, whatever else is opened and closed meanwhile."""
    wrong: list[str] = []
    with serving(tmp_path, "acme.example") as server, Wire(connect=server.connect, ca=server.ca, retries=0) as wire:
        server.routes["/echo"] = lambda arrived: Answer(body=arrived.body)
        shared = wire.client("https://acme.example")

        def act(who: int) -> None:
            body = f"{who}-".encode() * 800
            for turn in range(40):
                try:
                    if shared.put("/echo", content=body).content != body:
                        wrong.append("another's answer")
                    if turn % 7 == 0:
                        with wire.client("https://acme.example") as other:
                            other.put("/echo", content=b"x")
                except Trouble as trouble:
                    wrong.append(str(trouble))

        threads = [threading.Thread(target=act, args=(who,)) for who in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert wrong == []
