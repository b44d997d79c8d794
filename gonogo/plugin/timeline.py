"""The timeline of a run: every hook of pytest's once, in the order in which pytest calls them, and what happens there.

What must come first or last is a wrapper, which stands around everybody else's. Everything a run needs is loaded inside the hooks: an error
of usage is answered without it. A process that plays no run (`--help`, `--manifest`) passes through most of it.
"""

from __future__ import annotations

import sys
import warnings
from collections.abc import Generator
from itertools import dropwhile
from typing import TYPE_CHECKING, Any

import pytest

from base import confirmation, syntax_trees
from base.plain_text import plain
from gonogo.plugin import asked, beginning, ctrl_c, options
from gonogo.run.state import PARENT, Run, run_of

if TYPE_CHECKING:
    from xdist.workermanage import WorkerController

    from gonogo.plugin.distribution import ByGroup

# --- before the session: what is asked for, of which environment, and with which exit code it ends ---


def pytest_addoption(parser: pytest.Parser) -> None:
    """The command surface."""
    options.add(parser)


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config: pytest.Config) -> None:
    """Reads the environment, finds journeys and facets, and looks whether the rules of the run fit each other."""
    syntax_trees.build_one_at_a_time()
    options.register_marks(config)
    beginning.configure(config)
    if asked.needs_no_checks(config):
        return
    from gonogo.plugin import fixtures, manifest, outside

    manifest.quieten(config)
    fixtures.register(config, beginning.folders_of_others(config))
    outside.demand(config)


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_cmdline_main(config: pytest.Config) -> Generator[None, int, int]:
    """The exit code is the verdict's, whatever plugins make of it, and whoever started the run hears that it has come to its end."""
    parent = config.stash[PARENT] = confirmation.Parent.of_this_process()
    try:
        code = yield from _kept_by_nobody(config)
        run = run_of(config)
        code = _without_a_run(config, code) if run is None else _concluded(config, run, code)
        parent.ended(code)
        return code
    finally:
        # Here, because a run that ended before its session began is concluded after pytest has unconfigured everything else.
        if (run := run_of(config)) and run.folder:
            run.folder.release()


# --- the session: the sandbox boots while checks are collected and workers start ---


@pytest.hookimpl(tryfirst=True)
def pytest_sessionstart(session: pytest.Session) -> None:
    """The process that owns the run boots the sandbox, once."""
    from gonogo.plugin import booting

    booting.start(session)


@pytest.hookimpl(optionalhook=True, tryfirst=True)
def pytest_configure_node(node: WorkerController) -> None:
    """Workers get the run and the sandbox that the owner booted."""
    from gonogo.plugin import booting
    from gonogo.run import assertions

    assertions.demand_of(node)
    booting.hand_down(node)


@pytest.hookimpl(optionalhook=True, tryfirst=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> ByGroup | None:
    """Checks whose journeys read one another stay on one worker."""
    from gonogo.plugin import distribution

    return distribution.scheduler(config, log)


@pytest.hookimpl(optionalhook=True, tryfirst=True)
def pytest_xdist_node_collection_finished(node: WorkerController) -> None:
    """What the checks will cost is known when a worker has collected them."""
    from gonogo.plugin import loop

    loop.afford(node.config)


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_collection(session: pytest.Session) -> Generator[None, object, object]:
    """Ctrl-C is heard while checks are collected."""
    from gonogo.plugin import conclusion

    with conclusion.hearing(session.config):
        return (yield)


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_make_collect_report(collector: pytest.Collector) -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    """A file that cannot be imported hides checks: that is written down."""
    from gonogo.plugin import selection

    report = yield
    selection.collection_failed(collector.config, report)
    return report


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> Generator[None, None, None]:
    """First what does not apply is set aside; when `-k`, `-m` and everybody else have chosen, the rest is shared out and written down."""
    from gonogo.plugin import distribution, loop, selection, sharding

    selection.set_aside(config, items)
    yield
    sharding.leave_to_others(config, items)
    distribution.group(config, items)
    loop.estimate(config, items)
    selection.write_down(config, items)


def pytest_deselected(items: list[pytest.Item]) -> None:
    """What `-k`, `-m` or `--deselect` left out is written down."""
    from gonogo.plugin import selection

    selection.deselected(items)


def pytest_report_collectionfinish(config: pytest.Config) -> str:
    """Which shard this is."""
    from gonogo.plugin import sharding

    return sharding.told(config)


# --- the loop: the gate, the journeys, the checks ---


@pytest.hookimpl(tryfirst=True)
def pytest_runtestloop(session: pytest.Session) -> bool | None:
    """The list of checks instead of a run, or the gate, and then the journeys; checks follow, here or in workers. True ends the loop."""
    from gonogo.plugin import conclusion, loop, manifest

    hook = session.config.hook.pytest_runtestloop
    # A wrapper would hear Ctrl-C as well, and could not end the loop before it begins. pluggy lists first what it calls last: from this
    # function on stands what was called already, wrappers among it.
    called = [each.plugin for each in dropwhile(lambda each: each.function is not pytest_runtestloop, hook.get_hookimpls())]
    with conclusion.hearing(session.config):
        if manifest.loop(session) or loop.enter(session):
            return True
        return bool(session.config.pluginmanager.subset_hook_caller(hook.name, called)(session=session))


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_protocol(item: pytest.Item) -> None:
    """The terminal moves with every check; and ahead of the first drill the version that answers is read."""
    from gonogo.plugin import drills, progress

    progress.heard(item)
    drills.before_the_first(item)


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    """In a worker: while another measures, this one waits; then the journeys of a group start together."""
    from gonogo.plugin import distribution, starting

    distribution.wait_for_measurements(item)
    starting.begin_group(item)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None, object, object]:
    """A check that fails brings its evidence."""
    from gonogo.plugin import evidence

    return (yield from evidence.keep(item))


@pytest.hookimpl(wrapper=True)
def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> Generator[None, object, object]:
    """A check reads records under its name; what broke where is said in one message."""
    from gonogo.plugin import outcomes

    return (yield from outcomes.called(pyfuncitem))


def pytest_runtest_teardown(item: pytest.Item) -> None:
    """A measurement is over: the other workers may begin."""
    from gonogo.plugin import distribution

    distribution.measured(item)


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """What the end of a check says about the deployment, without secrets."""
    from gonogo.plugin import outcomes

    report = yield
    outcomes.reported(item, call, report)
    return report


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    """What a worker reports is written down by the owner."""
    from gonogo.plugin import outcomes

    outcomes.record_of_worker(report)


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any, error: object) -> None:
    """So is the end of a worker that died."""
    from gonogo.plugin import outcomes

    outcomes.worker_ended(node, error)


# --- the end: drills, cleaning up, the verdict, the report ---


@pytest.hookimpl(tryfirst=True)
def pytest_keyboard_interrupt(excinfo: pytest.ExceptionInfo[BaseException]) -> None:
    """Ctrl-C is shown without sources, ahead of the terminal, which reads them."""
    ctrl_c.stop_listening()
    from gonogo.plugin import conclusion

    conclusion.shown_plainly(excinfo)


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> Generator[None, None, None]:
    """When everybody else has ended their part, the run is concluded, and the last lines are its verdict."""
    from gonogo.plugin import conclusion

    _leave_hypothesis_alone(session.config)
    yield from conclusion.conclude(session, int(exitstatus))


def _kept_by_nobody(config: pytest.Config) -> Generator[None, int, int]:
    """What breaks after the verdict (plugins unconfigure then) is told in a line, and takes nothing of it away."""
    try:
        return (yield)
    except Exception as error:
        if not (run := run_of(config)) or not run.concluded:
            raise
        sys.stderr.write(f"after the verdict: {type(error).__name__}: {' '.join(str(error).split())[:300]}\n")
        return int(pytest.ExitCode.INTERNAL_ERROR)


def _without_a_run(config: pytest.Config, code: int) -> int:
    """A conftest.py that leaves while pytest is configured may name 0 for its code: that is no yes, for there was no run."""
    if code or config.option.collectonly or asked.only_asks(config):
        return code
    sys.stderr.write("no verdict: the session was ended before it began: a plugin or a conftest.py said so\n")
    return int(pytest.ExitCode.INTERNAL_ERROR)


def _concluded(config: pytest.Config, run: Run, code: int) -> int:
    try:
        from gonogo.plugin.conclusion import exit_code

        return exit_code(config, run, code)
    except pytest.UsageError:
        raise
    except Exception as error:  # noqa: BLE001 - nobody concludes then, and whoever waits for a code must not take Python's own for a verdict
        sys.stderr.write(f"no verdict: gonogo itself broke: {type(error).__name__}: {plain(' '.join(str(error).split()))}\n")
        return int(pytest.ExitCode.INTERNAL_ERROR)


def _leave_hypothesis_alone(config: pytest.Config) -> None:
    """Hypothesis' own plugin would load all of hypothesis, 0.3 s, to find that it has nothing to say about a run that needed none of it."""
    plugins = config.pluginmanager
    if "hypothesis" not in sys.modules and (plugin := plugins.get_plugin("hypothesispytest")):
        plugins.unregister(plugin)


@pytest.hookimpl(tryfirst=True)
def pytest_unconfigure() -> None:
    """What the garbage collector finds from here on, when pytest looks, comes after the verdict and changes nothing."""
    for late in (pytest.PytestUnraisableExceptionWarning, pytest.PytestUnhandledThreadExceptionWarning):
        warnings.filterwarnings("ignore", category=late)
