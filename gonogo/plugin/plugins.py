"""The plugin modules of a run. They are loaded when its environment is known to be good: an error of usage is answered at once."""

from __future__ import annotations

import sys
from collections.abc import Generator

import pytest

from gonogo.run.state import Run, folders_of_others, run_of

MODULES = (
    "gonogo.plugin.selection",
    "gonogo.plugin.outside",
    "gonogo.plugin.manifest",
    "gonogo.plugin.sharding",
    "gonogo.plugin.distribution",
    "gonogo.run.gate",
    "gonogo.plugin.progress",
    "gonogo.plugin.stage",
    "gonogo.plugin.loop",
    "gonogo.plugin.outcomes",
    "gonogo.plugin.evidence",
    "gonogo.plugin.drills",
    "gonogo.plugin.conclusion",
)
# A conftest.py of other checks may import one of them before it is loaded here.
pytest.register_assert_rewrite(*MODULES)


def pytest_configure(config: pytest.Config) -> None:
    """Loads the others, after `gonogo.run.state` has read the environment. What they do when pytest is configured they do right here."""
    for module in MODULES:
        config.pluginmanager.import_plugin(module)
    if not any(getattr(config.option, name, None) for name in ("help", "version")):
        from gonogo.plugin.fixtures import register

        register(config, folders_of_others(config))


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_cmdline_main(config: pytest.Config) -> Generator[None, int, int]:
    """The exit code is the verdict's, whatever plugins make of it. Here, because this begins before the others are loaded."""
    try:
        code = yield
        run = run_of(config)
        return code if run is None else _concluded(config, run, code)
    finally:
        # Here, because a run that ended before its session began is concluded after pytest has unconfigured everything else.
        if (run := run_of(config)) and run.folder:
            run.folder.release()


def _concluded(config: pytest.Config, run: Run, code: int) -> int:
    try:
        from gonogo.plugin.conclusion import exit_code

        return exit_code(config, run, code)
    except pytest.UsageError:
        raise
    except Exception as error:  # noqa: BLE001 - nobody concludes then, and whoever waits for a code must not take Python's own for a verdict
        sys.stderr.write(f"no verdict: gonogo itself broke: {type(error).__name__}: {' '.join(str(error).split())}\n")
        return int(pytest.ExitCode.INTERNAL_ERROR)


@pytest.hookimpl(tryfirst=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    """Hypothesis' own plugin would load all of hypothesis, 0.3 s, to find that it has nothing to say about a run that needed none of it."""
    plugins = session.config.pluginmanager
    if "hypothesis" not in sys.modules and (plugin := plugins.get_plugin("hypothesispytest")):
        plugins.unregister(plugin)
