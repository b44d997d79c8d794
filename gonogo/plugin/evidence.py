"""Evidence: what was sent, received and seen, attached to a check that fails and to no other."""

from __future__ import annotations

from collections.abc import Generator

import allure
import pytest

from base.places import BIN
from base.plain_text import plain, plain_lines
from gonogo.plugin.outcomes import ENDED
from gonogo.plugin.selection import node_of
from gonogo.plugin.starting import PLAYING, WIRING
from gonogo.run.state import Run, run_of
from journeys import Scheduler
from reports import evidence

KINDS = {"image/png": ("image/png", "png"), "text/plain": ("text/plain", "txt")}


def keep(item: pytest.Item) -> Generator[None, object, object]:
    """Attaches the evidence of the steps that a failing check has read, and of the one that kept it from being decided."""
    allure.dynamic.label("node", node_of(item.nodeid))
    try:
        return (yield)
    except pytest.skip.Exception:
        # The first check that a broken step keeps away may be the one that reports it: nobody else may read that step.
        if item.stash.get(ENDED, {}).get("outcome") == "not_reached":
            attach(item)
        raise
    except (Exception, pytest.fail.Exception):
        attach(item)
        raise


def attach(item: pytest.Item) -> None:
    """Puts transcripts beside the failure, step by step, and the pictures and traces of the journeys that they belong to."""
    playing, wiring = item.config.stash.get(PLAYING, None), item.config.stash.get(WIRING, None)
    if playing is None or wiring is None:
        return
    run, steps = run_of(item.config), steps_of(item, playing.scheduler)
    for journey, step in steps:
        for text in evidence.exchanges(wiring.exchanges(journey, step), f"{journey}.{step}: what was sent and received"):
            allure.attach(repeatable(text.body.decode(), run), name=text.name, attachment_type=text.mime, extension=text.extension)
    for journey in dict.fromkeys(journey for journey, _ in steps):
        for piece in playing.scheduler.evidence_of(journey):
            body = piece.body
            if piece.media_type == "text/plain":
                body = plain_lines(body if isinstance(body, str) else body.decode("utf-8", "replace"))
            # An archive, not Playwright's media type: for that one Allure's viewer would open a page of an outside host.
            mime, extension = KINDS.get(piece.media_type, ("application/zip", "zip"))
            allure.attach(body, name=f"{journey}: {plain(piece.title)}", attachment_type=mime, extension=extension)


def steps_of(item: pytest.Item, scheduler: Scheduler) -> list[tuple[str, str]]:
    """The steps that a check has read, by journey and name, in that order; and the one that broke, where that kept it from reading."""
    read = scheduler.records_read(node_of(item.nodeid))
    ended = item.stash.get(ENDED, {})
    causes = [(record.cause.journey, record.cause.step) for record in read if record.cause]
    told = [(ended["journey"], ended["step"])] if ended.get("step") else []
    return list(dict.fromkeys([*((record.journey, record.name) for record in read), *causes, *told]))


def repeatable(text: str, run: Run | None) -> str:
    """Commands that a reader can still use: a sandbox that ends with its run leaves an address and a certificate that are gone."""
    connection = run.connection if run and not run.attached else None
    if connection is None or "curl " not in text:
        return text
    note = f"# The sandbox of this run is gone. Boot one, and set both from the curl line that it prints: {BIN}/python -m sandbox up"
    lines = (note, "CONNECT=127.0.0.1:PORT", "CA=.../ca.pem", "")
    return "\n".join([*lines, text.replace(connection.connect, "$CONNECT").replace(connection.ca, "$CA")])
