"""The loop: what happens between the collection of checks and the first of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import pytest

from base.plain_text import plain
from fixtures.folder import TEMPORARY
from fixtures.plan import over_budget
from fixtures.wiring import Wiring
from gonogo.plugin import outside
from gonogo.plugin.asked import is_part
from gonogo.plugin.booting import ready
from gonogo.plugin.starting import WIRING, begin, needed
from gonogo.run.gate import gate, wired
from gonogo.run.state import OVER_BUDGET, Role, Run, run_of, suite_revision
from reports.policy import Policy
from reports.records import RunStarted as RunRecord
from reports.records import TroubleMet
from reports.revisions import named
from sandbox.errors import SandboxError


def enter(session: pytest.Session) -> bool | None:
    """The gate, then the journeys; checks follow, here or in workers. True ends the loop before it begins."""
    run = run_of(session.config)
    if run is not None and run.concludes:
        announce(session.config, run)
    if run is None or (session.testsfailed and not session.config.option.continue_on_collection_errors):
        return None
    if not admit(session.config, run, session.items):
        return True
    if run.plays:
        begin(session, run)
    return None


def admit(config: pytest.Config, run: Run, items: Sequence[pytest.Item] = ()) -> bool:
    """Waits for the sandbox, reads health and version; False, with the reason in ``run.stopped``, when there is nothing to verify."""
    if run.role is not Role.OWNER:
        config.stash[WIRING] = wired(run)
        return True
    try:
        ready(config)
    except SandboxError as error:
        run.stopped = f"the sandbox could not be booted: {error}"
        run.ledger.append(TroubleMet(what="third_party", host="sandbox", text=run.stopped))
        return False
    wiring = config.stash[WIRING] = wired(run)
    if run.depth == "gate" and (text := over_budget(run.environment, needed(items, run))):
        run.stopped = text
        return False
    reporter = config.pluginmanager.get_plugin("terminalreporter")
    say = (lambda line: reporter.write_line(plain(line))) if reporter else (lambda _: None)
    run.stopped = _recovered(run, wiring, say) or gate(run, wiring, say)
    return run.stopped is None


def _recovered(run: Run, wiring: Wiring, say: Callable[[str], object]) -> str | None:
    if run.alone or not run.drilled:
        return None
    from gonogo.run.drill_recovery import recover  # where drills of others can be only

    return recover(run, wiring, say)


def estimate(config: pytest.Config, items: Sequence[pytest.Item]) -> None:
    """A worker has collected: where the journeys would use up more than the budget allows, it leaves word for the owner.

    All workers collect the same and find the same.
    """
    run = run_of(config)
    if run is not None and run.role is Role.WORKER and run.depth == "gate" and (text := over_budget(run.environment, needed(items, run))):
        written = run.out / TEMPORARY / f"{OVER_BUDGET}.{run.ledger.by}"
        written.write_text(text, encoding="utf-8")
        written.replace(run.out / OVER_BUDGET)


def afford(config: pytest.Config) -> None:
    """The owner ends the run ahead of the first journey where a worker left word. Raises pytest.Session.Failed."""
    run = run_of(config)
    if run is not None and (run.out / OVER_BUDGET).exists():
        run.stopped = (run.out / OVER_BUDGET).read_text(encoding="utf-8")
        raise pytest.Session.Failed(run.stopped)


def announce(config: pytest.Config, run: Run) -> None:
    """The ledger's first record."""
    environment = run.environment
    run.ledger.append(
        RunRecord(
            environment=environment.name,
            tier=environment.tier.value,
            origin=environment.origin,
            selection="part" if is_part(config) else "whole",
            arguments=_arguments(config),
            started=run.started,
            suite_revision=suite_revision(),
            capabilities=tuple(sorted(environment.capabilities)),
            policy=Policy.load().digest,
            rules=run.rules.digest if run.rules else "",
            passes=("main", "drill") if run.drills else ("main",),
            version_readable=environment.version is not None,
            environment_digest=environment.digest,
            checks=tuple(named(folder) for folder in outside.folders(config)),
            depth=run.depth,
            drills=run.has_drills,
            shard=run.shard,
            shards=run.shards,
        )
    )
    run.ledger.append(*outside.due(config))


def _arguments(config: pytest.Config) -> str:
    """The selection as typed. Other arguments may name folders of this machine, so they are left out."""
    parts = [
        f"-k {config.option.keyword!r}" if config.option.keyword else "",
        f"-m {config.option.markexpr!r}" if config.option.markexpr else "",
    ]
    return " ".join(part for part in parts if part)
