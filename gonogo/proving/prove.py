"""Injects the faults of the catalogue into a sandbox, one after the other, and runs the whole gate over each."""

from __future__ import annotations

import json
import queue
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from base.places import FAULTS, MEASURED_PROOFS, OUTPUT
from gonogo.proving.gates import GateRun, play
from gonogo.proving.judging import Judgement, judge
from gonogo.proving.proofs import PROOFS
from reports import summary
from reports.folder import OutputFolder
from reports.outputs import remove_outputs
from reports.reasons import Kind
from sandbox import BootOptions, Sandbox, SandboxError, boot
from sandbox.faults.catalogue import Fault, FaultError
from sandbox.faults.injecting import Injector
from sandbox.running import chosen
from sandbox.system import System

FOLDER = OUTPUT / "prove"
LOG = "terminal.log"
RESULTS = MEASURED_PROOFS
"""Results of the last time that each fault was measured; docs/detection.md is rendered from it."""


class Interrupted(SandboxError):
    """Somebody ended a gate run: it says nothing about the fault."""


@dataclass(frozen=True)
class FaultResult:
    """What one fault came to. `check`: who noticed, empty when nobody did. `red`: every check that failed. Times in seconds."""

    fault: str
    digest: str
    noticed: bool
    check: str
    misattributed: tuple[str, ...]
    problems: tuple[str, ...]
    red: tuple[str, ...]
    seconds: float

    @property
    def holds(self) -> bool:
        """Whether everything is as the catalogue says."""
        return self.noticed and not self.misattributed


@dataclass(frozen=True)
class Alarm:
    """A healthy run that did not pass."""

    verdict: str
    said: str


@dataclass(frozen=True)
class Proof:
    """All results together; `healthy` runs were made without a fault."""

    results: tuple[FaultResult, ...]
    healthy: int = 0
    alarms: tuple[Alarm, ...] = ()


class Prover:
    """Works through faults and healthy runs in one sandbox, or in several beside each other."""

    def __init__(self, system: System, faults: Sequence[Fault], healthy: int, say: Callable[[str], None]) -> None:
        self._system = system
        self._faults: queue.SimpleQueue[Fault] = queue.SimpleQueue()
        for fault in faults:
            self._faults.put(fault)
        self._healthy: queue.SimpleQueue[int] = queue.SimpleQueue()
        for number in range(1, healthy + 1):
            self._healthy.put(number)
        self._asked, self._say = healthy, say
        self._results: list[FaultResult] = []
        self._alarms: list[Alarm] = []
        self._errors: list[BaseException] = []
        self._stop = threading.Event()
        self._lock = threading.Lock()

    def run(self, jobs: int) -> Proof:
        """Everything. Raises SandboxError or FaultError when it cannot be done."""
        FOLDER.mkdir(parents=True, exist_ok=True)
        threads = [threading.Thread(target=self._work, name=f"prove-{number}", daemon=True) for number in range(jobs)]
        for thread in threads:
            thread.start()
        try:
            for thread in threads:
                while thread.is_alive():
                    thread.join(0.2)
        except KeyboardInterrupt:
            self._stop.set()
            for thread in threads:
                thread.join(20)
            raise
        if self._errors:
            raise self._errors[0]
        return Proof(tuple(sorted(self._results, key=lambda result: result.fault)), self._asked, tuple(self._alarms))

    def _work(self) -> None:
        try:
            with boot(self._say, config=BootOptions(system=str(self._system.path), kind="prove")) as sandbox:
                # Healthy runs come first: nothing of a fault can have been left behind.
                while not self._stop.is_set() and not self._healthy.empty():
                    self._one_healthy(sandbox, self._healthy.get_nowait())
                while not self._stop.is_set() and not self._faults.empty():
                    self._one(sandbox, self._faults.get_nowait())
        except queue.Empty:
            return
        except BaseException as error:  # noqa: BLE001 - raised by run()
            self._errors.append(error)
            self._stop.set()

    def _one_healthy(self, sandbox: Sandbox, number: int) -> None:
        gate = self._play(sandbox, f"healthy-{number:03d}", next(iter(self._system.targets)))
        if gate.verdict.kind != Kind.PASS:
            self._alarms.append(Alarm(str(gate.verdict.kind), summary.headline(gate.verdict)))
        self._say(f"healthy {number} of {self._asked}: {gate.verdict.kind} after {gate.seconds:.0f} s")

    def _one(self, sandbox: Sandbox, fault: Fault) -> None:
        _, record, connection = chosen(sandbox.connection.run)
        injector = Injector(connection, record["databases"], self._system)
        began = time.monotonic()
        try:
            judgement = self._judged(sandbox, injector, fault)
        except Interrupted:
            raise
        except SandboxError as error:
            sandbox.check()  # without a sandbox nothing further can be shown
            judgement = Judgement(noticed=False, misattributed=(), problems=(str(error),), said="")
        result = _result(fault, judgement, time.monotonic() - began)
        with self._lock:
            self._results.append(result)
            if catalogued(fault):
                remember(Proof((result,)))
        self._say(line(result))

    def _judged(self, sandbox: Sandbox, injector: Injector, fault: Fault) -> Judgement:
        injector.on(fault)
        try:
            if fault.proof:
                self._prove(sandbox, fault)
            return judge(fault, self._play(sandbox, fault.id, fault.environment).verdict)
        finally:
            injector.off()

    def _prove(self, sandbox: Sandbox, fault: Fault) -> None:
        if fault.proof not in PROOFS:
            raise FaultError(f"{fault.id}: there is no proof {fault.proof!r}: give one of {', '.join(PROOFS)}")
        origin = self._system.origin(self._system.targets[fault.environment])
        self._say(f"{fault.id}: {PROOFS[fault.proof](sandbox.connection, origin)}")

    def _play(self, sandbox: Sandbox, name: str, environment: str) -> GateRun:
        sandbox.check()
        out = FOLDER / name
        remove_outputs(out)
        with OutputFolder(out, [LOG]):  # the log is gonogo's too
            (out / LOG).touch()
        gate = play(out, environment=self._system.option(environment), attach=sandbox.connection, log=out / LOG)
        sandbox.check()
        if gate.verdict.kind == Kind.INTERRUPTED:
            raise Interrupted("a gate run was interrupted")
        if gate.status != gate.verdict.exit_code:
            raise SandboxError(f"the gate run ended with {gate.status}, its ledger says {gate.verdict.kind}: see {out / LOG}")
        return gate


def catalogued(fault: Fault) -> bool:
    """Whether a fault is one of the catalogue's, whose results are kept. Another repository's are shown, and nothing more."""
    return fault.folder.is_relative_to(FAULTS)


def _result(fault: Fault, judgement: Judgement, seconds: float) -> FaultResult:
    return FaultResult(
        fault=fault.id,
        digest=fault.digest,
        noticed=judgement.noticed,
        check=(fault.expect.check or fault.expect.reason) if judgement.noticed else "",
        misattributed=judgement.misattributed,
        problems=judgement.problems,
        red=judgement.red,
        seconds=round(seconds, 1),
    )


def line(result: FaultResult) -> str:
    """One fault's outcome for the terminal."""
    word = "noticed" if result.holds else "NOT NOTICED" if not result.noticed else "MISATTRIBUTED"
    return "\n    ".join([f"{result.fault}: {word} after {result.seconds:.0f} s {result.check}", *result.problems])


def remember(proof: Proof, path: Path = RESULTS) -> Proof:
    """Keeps these results beside those of earlier runs, newest for each fault, and returns all of them."""
    try:
        kept = recall(path)
    except FileNotFoundError:
        kept = Proof(())
    merged = {result.fault: result for result in (*kept.results, *proof.results)}
    healthy = proof if proof.healthy else kept
    together = Proof(tuple(sorted(merged.values(), key=lambda result: result.fault)), healthy.healthy, healthy.alarms)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(asdict(together), indent=1) + "\n", encoding="utf-8")
    return together


def recall(path: Path = RESULTS) -> Proof:
    """What `remember` has kept. Raises FileNotFoundError when there is nothing."""
    content = json.loads(path.read_text(encoding="utf-8"))
    lists = ("misattributed", "problems", "red")
    results = [{**entry, **{name: tuple(entry[name]) for name in lists}} for entry in content["results"]]
    return Proof(tuple(FaultResult(**entry) for entry in results), content["healthy"], tuple(Alarm(**alarm) for alarm in content["alarms"]))
