"""Removing what runs have left: the facets that created it remove it, with nothing in their memory."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from clients.errors import Unavailable
from environments import Environment
from fixtures import cleaning, registry
from fixtures.context import Context
from fixtures.facet import Facet
from fixtures.journal import Entry, Journal, Left
from fixtures.wiring import Wiring
from gonogo.sweep.files import UnusableJournal
from gonogo.sweep.journals import creators


@contextmanager
def sweeping(environment: Environment) -> Iterator[Context]:
    """What facets may ask of a sweep: a wire without evidence, a journal without a file, a budget without an end."""
    wiring = Wiring(environment, None, registry.limits(environment), registry.costs(environment))
    wiring.spending.last_things()
    with tempfile.TemporaryDirectory(prefix="gonogo-") as folder:
        try:
            yield Context(environment, wiring, Journal(None, environment.name), Path(folder))
        finally:
            wiring.close()


def remove(context: Context, entries: Iterable[Entry]) -> list[tuple[Entry, Left | None]]:
    """Removes these things; what stayed, with reasons. Raises UnusableJournal where none of their facets has a way to remove its own."""
    entries = list(entries)
    makers = creators(context.environment)
    lacking: dict[type[Facet], str] = {}
    for kind in dict.fromkeys(makers[entry.what] for entry in entries):
        try:
            context.facet(kind).demand_sweep()
        except Unavailable as unavailable:
            lacking[kind] = str(unavailable)
    able = [entry for entry in entries if makers[entry.what] not in lacking]
    if lacking and not able:
        raise UnusableJournal(f"what runs of {context.environment.name} have left cannot be removed: {next(iter(lacking.values()))}")
    for entry in able:
        context.journal.knows(entry)
    stayed = {(entry.what, entry.name): Left(entry.what, entry.name, lacking[makers[entry.what]]) for entry in entries if entry not in able}
    stayed |= {(left.what, left.name): left for left in cleaning.remove(context)}
    return [(entry, stayed.get((entry.what, entry.name))) for entry in entries]
