"""Full runs back to back: a healthy deployment must pass every time, and under jitter it must at least never fail."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

import environments
from base.places import OUTPUT
from environments.schema.mail_delivery import DeliverySection
from gonogo.proving.gates import GateRun, play, verdict_of
from reports.outputs import remove_outputs
from reports.reasons import Kind
from reports.soak import Soak, soak
from sandbox import BootOptions, Connection, boot
from sandbox.faults.conditions import Conditions

FOLDER = OUTPUT / "soak"
LATENCY_MS = 500
RESET_SHARE = 0.01


def jitter() -> list[dict[str, object]]:
    """A bad day of the network: slow answers, broken connections where asking again is harmless, and mails that take half of their time."""
    local = environments.load("local", variables=None)
    delivery = local.section(DeliverySection)
    assert delivery
    return [
        {"kind": "latency", "max_ms": LATENCY_MS},
        {"kind": "reset", "share": RESET_SHARE},
        {"kind": "mail_delay", "seconds": delivery.within_seconds / 2},
    ]


def run(times: int, *, jittery: bool, say: Callable[[str], None]) -> Soak:
    """So many runs. Stops at the first that is not a pass; under jitter, at the first that fails: an inconclusive one is counted.

    Under jitter all runs verify one sandbox, which is booted for them and always taken down again. What earlier ones have left gives way.

    Raises SandboxError when the sandbox ends, and reports.errors.ReportError while another soak is under way.
    """
    remove_outputs(FOLDER)
    borne = {Kind.PASS, Kind.INCONCLUSIVE} if jittery else {Kind.PASS}
    done: list[Path] = []
    with ExitStack() as stack:
        attach: Connection | None = None
        if jittery:
            sandbox = stack.enter_context(boot(config=BootOptions(kind="soak")))
            attach = sandbox.connection
            Conditions(attach).put(jitter())
        for number in range(1, times + 1):
            say(f"run {number} of {times}")
            if jittery:
                sandbox.check()
            gate = play(FOLDER / f"{number:03d}", attach=attach, report=not jittery)
            done.append(gate.out)
            if _ends(gate, borne):
                break
    rows = [(out / "ledger.jsonl", verdict_of(out)) for out in done]
    return soak(rows, times, borne=frozenset(borne))


def _ends(gate: GateRun, borne: set[Kind]) -> bool:
    """Whether nothing more can be learned; a run that ended otherwise than its ledger says has lost its conclusion."""
    return gate.verdict.kind not in borne or gate.status != gate.verdict.exit_code
