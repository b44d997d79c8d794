"""The conclusion: drills, the version afterwards, the verdict, the report, and the five lines a person wants."""

from __future__ import annotations

import shlex
import shutil
import threading
from collections.abc import Generator, Iterator
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path

import pytest

from base.places import BIN
from base.plain_text import plain
from clients.errors import Trouble as ClientTrouble
from clients.errors import Unreachable
from fixtures.folder import FIGURES, TEMPORARY
from fixtures.versions import Walled, look
from gonogo.plugin import drills
from gonogo.plugin.ctrl_c import stop_listening
from gonogo.plugin.finishing import finish_process
from gonogo.plugin.loop import announce
from gonogo.plugin.starting import WIRING
from gonogo.plugin.written import written
from gonogo.run.gate import absent, platform_troubles, standing, version_records, wired
from gonogo.run.state import LEFT, Role, Run, begin, run_of
from gonogo.run.watch import Watch
from journeys import StepCancelled
from reports.advice import Again
from reports.allure import RenderError, Tools
from reports.errors import ReportError
from reports.manifest import Manifest
from reports.policy import Policy
from reports.publish import Published, publish
from reports.records import Finish, TroubleMet, WorkerFinished
from reports.summary import details, timing
from sandbox import SandboxError, SandboxStopped
from sandbox.running import still_up

PUBLISHED: pytest.StashKey[Published] = pytest.StashKey()
FINISHED: pytest.StashKey[bool] = pytest.StashKey()
NO_VERDICT = 3
INTERRUPTED: pytest.StashKey[bool] = pytest.StashKey()


@contextmanager
def hearing(config: pytest.Config) -> Iterator[None]:
    """Remembers Ctrl-C: nothing new starts then, and nothing is waited for.

    A file that cannot be collected and `--maxfail` end a session in the same way, with interruptions of pytest's and of pytest-xdist's own.
    """
    try:
        yield
    except KeyboardInterrupt as error:
        if type(error) is KeyboardInterrupt:
            config.stash[INTERRUPTED] = True
            stop_listening()
        raise


def shown_plainly(excinfo: pytest.ExceptionInfo[BaseException]) -> None:
    """pytest would parse the sources of its traceback, which Python 3.11 cannot do while a journey's thread parses one ("AST constructor
    recursion depth mismatch"): the run would end with a traceback of pytest's own."""
    if excinfo.type is KeyboardInterrupt:
        plain = partial(type(excinfo).getrepr, excinfo, style="native")
        excinfo.getrepr = lambda **_: plain()  # type: ignore[method-assign]


def _finish(config: pytest.Config, run: Run, status: int) -> int:
    """Ends this process's part, once. Returns the exit code: the verdict's where this process concludes."""
    config.stash[FINISHED] = True
    if run.concludes and not run.begun:
        if status == pytest.ExitCode.USAGE_ERROR:  # a check that is not there: what the run before has left stays what it is
            if run.sandbox:
                run.sandbox.stop()
            return status
        begin(run)
    try:
        finish_process(config, run, interrupted=config.stash.get(INTERRUPTED, False))
        if run.role is Role.WORKER:  # last of all: without it the verdict knows that something is missing
            run.ledger.append(WorkerFinished(worker=run.ledger.by))
    except KeyboardInterrupt:
        config.stash[INTERRUPTED] = True
    except (Exception, StepCancelled) as error:  # noqa: BLE001 - a conclusion is drawn all the same, and it is no yes
        status = _broke(run, error)
    if run.role is Role.DRILL:
        run.ledger.finish(status, interrupted=config.stash.get(INTERRUPTED, False), of="drill")
    return _conclude(config, run, status) if run.concludes else status


def exit_code(config: pytest.Config, run: Run, code: int) -> int:
    """The verdict's exit code, where pytest ended with `code`; a run that ended before it could conclude does so here."""
    if not run.concludes:
        return code
    if not config.stash.get(FINISHED, False) and code not in (pytest.ExitCode.INTERRUPTED, pytest.ExitCode.USAGE_ERROR):
        run.stopped = "the session was ended before it began: a plugin or a conftest.py said so"
        begin(run)
        announce(config, run)
        _finish(config, run, int(pytest.ExitCode.INTERNAL_ERROR))
        speak(config)
    published = config.stash.get(PUBLISHED, None)
    if published is not None:
        return published.verdict.exit_code
    return code if code in (pytest.ExitCode.INTERRUPTED, pytest.ExitCode.USAGE_ERROR) else NO_VERDICT


def _broke(run: Run, error: BaseException) -> int:
    run.stopped = f"gonogo itself broke at the end of the run: {type(error).__name__}: {' '.join(str(error).split())}"
    return int(pytest.ExitCode.INTERNAL_ERROR)


def _conclude(config: pytest.Config, run: Run, exitstatus: int) -> int:
    wiring = config.stash.get(WIRING, None)
    try:
        if wiring and not config.stash.get(INTERRUPTED, False) and not run.stopped:
            if run.drills:
                drills.play(config, run)
            _after(config, run)
        _sandbox_alive(run)
    except KeyboardInterrupt:
        config.stash[INTERRUPTED] = True
    except (Exception, StepCancelled) as error:  # noqa: BLE001 - as above
        exitstatus = _broke(run, error)
    stop_listening()
    if run.stopped and run.drills:
        run.ledger.append(Finish(of="drill", exit_status=0))  # there was nothing to drill: the reason is said elsewhere
    if wiring:
        wiring.close()
    stopping = (
        threading.Thread(target=run.sandbox.stop, kwargs={"within": 2.0 if config.stash.get(INTERRUPTED, False) else 6.0})
        if run.sandbox
        else None
    )
    if stopping:
        stopping.start()
    try:
        run.ledger.finish(_status(run, exitstatus), interrupted=config.stash.get(INTERRUPTED, False))
        run.gather_secrets()
        tools, problem = (None, "not rendered") if config.stash.get(INTERRUPTED, False) or config.option.no_report else _tools()
        published = publish(
            run.ledger,
            Path(config.option.allure_report_dir),
            run.out,
            policy=Policy.load().under(run.rules),
            manifest=Manifest.load(),
            secrets=run.secrets,
            also=_left(config, run),
            tools=tools,
            again=_again(config),
            problem=problem,
            earlier=run.history,
        )
    except ReportError as error:
        run.stopped = f"no verdict: {error}"
        return NO_VERDICT
    finally:
        if stopping:
            stopping.join()
        run.ledger.close()
        if run.folder is None or run.folder.held:
            shutil.rmtree(run.out / TEMPORARY, ignore_errors=True)
    config.stash[PUBLISHED], run.concluded = published, True
    return published.verdict.exit_code


def _left(config: pytest.Config, run: Run) -> list[Path]:
    """What else the run has written, and what pytest was asked to write: there must be no secret in it either."""
    own = [run.out / name for name in LEFT]
    return own + [path for path in written(config, run) if not any(path == one or one in path.parents for one in own)]


def _status(run: Run, exitstatus: int) -> int:
    """A pass of drills alone leaves nothing for the first pass, nor does a shard beyond the last group: pytest counts both as status 5."""
    nothing = exitstatus == pytest.ExitCode.NO_TESTS_COLLECTED and (run.shards or (run.drills and drills.drills_collected(run)))
    return 0 if nothing else exitstatus


def _after(config: pytest.Config, run: Run) -> None:
    """What stands there when everything is over, and the version that answers."""
    wiring, watch = config.stash[WIRING], Watch(run)
    if wiring.wire.closed.is_set():  # the run was past its deadline, and closed everything
        wiring = config.stash[WIRING] = wired(run)
    wiring.spending.last_things()
    try:
        if standing(run, wiring, watch):
            return
        seen = look(run.environment, wiring)
    except Walled as walled:
        watch.wall(walled.wall, "GET", walled.url, walled.status)
    except Unreachable as error:
        watch.unreachable(error, when="after the run: ")
    except ClientTrouble as trouble:
        run.ledger.append(TroubleMet(what="unreachable", host=run.environment.host, text=f"after the run: {trouble}"))
    else:
        run.ledger.append(*version_records(seen, "after"))
        if run.environment.host in seen.absent:
            absent(run, seen, watch, "after the run: ")
        platform_troubles(run, seen, watch, "after the run: ")
        for host, silence in seen.silent.items():
            watch.report(TroubleMet(what="unreachable", host=host, text=f"{host} does not answer any more: {silence.cause}"))


def _sandbox_alive(run: Run) -> None:
    try:
        if run.sandbox:
            run.sandbox.check()
        elif run.attached and run.connection and not still_up(run.connection):
            raise SandboxStopped
    except SandboxError as died:  # also one that somebody else has stopped
        run.ledger.append(
            TroubleMet(what="third_party", host="sandbox", text=str(died), fix="run again; the supervisor's log has its last words")
        )


def _tools() -> tuple[Tools | None, str]:
    try:
        return Tools.installed(), "not rendered"
    except RenderError as error:
        return None, str(error)


def _again(config: pytest.Config) -> Again:
    """How this run was started, for whoever runs a single check of it again."""
    option = config.option
    words = [f"{BIN}/pytest", *(["-c", "pyproject.toml"] if getattr(option, "inifilename", None) else []), f"--env={option.env}"]
    words += [f"--origin={option.origin}"] if option.origin else []
    return Again(shlex.join(words), shlex.join(config.args) if config.args_source is pytest.Config.ArgsSource.ARGS else "")


def _figures(run: Run) -> list[str]:
    try:
        return [plain(line) for line in (run.out / FIGURES).read_text(encoding="utf-8").splitlines()]
    except OSError:
        return []


def conclude(session: pytest.Session, status: int) -> Generator[None, None, None]:
    """Ends the process's part of the run when everybody else has ended theirs (a worker's before), and speaks below pytest's own summary.

    A plugin that leaves the session here (`pytest.exit`) or breaks in it keeps nobody from concluding.
    """
    config = session.config
    run = run_of(config)
    if run is not None and run.role is Role.WORKER:  # ahead of pytest-xdist, whose part tells the owner that nothing more is to come
        session.exitstatus = _finish(config, run, status)
    try:
        with suppress(pytest.exit.Exception):
            yield
    except Exception as error:
        if run is None or not run.concludes:
            raise
        status = _broke(run, error)
    if run is not None and not config.stash.get(FINISHED, False):
        session.exitstatus = _finish(config, run, status)
    speak(config)


def speak(config: pytest.Config) -> None:
    """The five lines, and what a person wants to know above them."""
    run, published = run_of(config), config.stash.get(PUBLISHED, None)
    reporter = config.pluginmanager.get_plugin("terminalreporter")
    if run is None or not run.concludes or reporter is None:
        return
    reporter.write_line("")
    if run.stopped:
        stopped = plain(run.stopped)
        said = [reason.text for reason in published.verdict.reasons if reason.text.startswith(stopped)] if published else []
        reporter.write_line((said or [stopped])[0], red=True)  # the reason says what to do as well
    if published is None:
        return
    verdict = published.verdict
    # Also a pass may rest on waivers and repeated requests, and leave something behind: nobody must miss that.
    for line in [] if run.stopped else details(verdict):
        reporter.write_line(line)
    for figure in _figures(run):
        reporter.write_line(figure)
    if verdict.timings and verdict.timings.wall:
        reporter.write_line(f"time     {timing(verdict)}")
    colour = {0: "green", 1: "red"}.get(verdict.exit_code, "yellow")
    first, *rest = published.lines
    reporter.write_line(first, **{colour: True, "bold": True})
    for line in rest:
        reporter.write_line(line)
    reporter.flush()  # whatever ends the process from here on takes nothing of this away
    run.parent.ended(verdict.exit_code)
