"""Evidence: what was sent, received and seen, attached to a check that fails and to no other."""

from __future__ import annotations

from collections.abc import Generator

import allure
import pytest

from base.places import BIN
from gonogo.plugin.selection import journeys_of_item, node_of
from gonogo.plugin.stage import PLAYING, WIRING
from gonogo.run.state import Run, run_of
from reports import evidence

KINDS = {"image/png": ("image/png", "png"), "text/plain": ("text/plain", "txt")}


def keep(item: pytest.Item) -> Generator[None, object, object]:
    """Attaches the evidence of the journeys that a failing check reads."""
    allure.dynamic.label("node", node_of(item.nodeid))
    try:
        return (yield)
    except pytest.skip.Exception:
        raise
    except (Exception, pytest.fail.Exception):
        attach(item)
        raise


def attach(item: pytest.Item) -> None:
    """Puts transcripts, pictures and traces of the check's journeys beside its failure."""
    playing, wiring = item.config.stash.get(PLAYING, None), item.config.stash.get(WIRING, None)
    if playing is None or wiring is None:
        return
    run = run_of(item.config)
    for kind in journeys_of_item(item):
        name = kind.__name__
        for text in evidence.exchanges(wiring.exchanges(name), f"{name}: what was sent and received"):
            allure.attach(repeatable(text.body.decode(), run), name=text.name, attachment_type=text.mime, extension=text.extension)
        journey = playing.scheduler.play(kind)
        for piece in (piece for step in journey.records for piece in journey.evidence(step)):
            # An archive, not Playwright's media type: for that one Allure's viewer would open a page of an outside host.
            mime, extension = KINDS.get(piece.media_type, ("application/zip", "zip"))
            allure.attach(piece.body, name=f"{name}: {piece.title}", attachment_type=mime, extension=extension)


def repeatable(text: str, run: Run | None) -> str:
    """Commands that a reader can still use: a sandbox that ends with its run leaves an address and a certificate that are gone."""
    connection = run.connection if run and not run.attached else None
    if connection is None or "curl " not in text:
        return text
    note = f"# The sandbox of this run is gone. Boot one, and set both from the curl line that it prints: {BIN}/python -m sandbox up"
    lines = (note, "CONNECT=127.0.0.1:PORT", "CA=.../ca.pem", "")
    return "\n".join([*lines, text.replace(connection.connect, "$CONNECT").replace(connection.ca, "$CA")])
