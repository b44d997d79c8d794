"""The command surface: what a person can say to a run, and what holds when nothing is said."""

from __future__ import annotations

import re
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from gonogo.plugin import asked, options


def parsed(*typed: str) -> Any:
    """The options as pytest would parse them."""
    parser = pytest.Parser(_ispytest=True)
    options.add(parser)
    return parser.parse_known_args(list(typed))


def test_defaults() -> None:
    """Without an option the sandbox is verified, as deep as a promotion needs, with a report, into the folder of the environment."""
    given = parsed()
    assert (given.env, given.depth, given.origin, given.out, given.manifest) == ("local", "gate", None, None, None)
    assert (given.no_report, given.rules) == (False, [])


def test_everything_can_be_said() -> None:
    """Each option is taken as it was typed."""
    typed = "--env ../app/gonogo.toml --origin https://pr-7.fm5.test --depth nightly --out here --no-report --manifest check"
    given = parsed(*typed.split())
    assert (given.env, given.origin, given.depth) == ("../app/gonogo.toml", "https://pr-7.fm5.test", "nightly")
    assert (given.out, given.no_report, given.manifest) == ("here", True, "check")


@pytest.mark.parametrize(("option", "known"), [("--depth", "gate"), ("--manifest", "write")])
def test_unknown_choice_is_a_usage_error(option: str, known: str) -> None:
    """A typing mistake is answered with the choices that exist."""
    with pytest.raises(pytest.UsageError, match=rf"{option}.*invalid choice: 'deep'.*{known}"):
        parsed(option, "deep")


@pytest.mark.parametrize("text", ["", "-x", "a/b", "a b", "x" * 81])
def test_run_id_is_a_name(text: str) -> None:
    """It becomes part of paths and of tickets."""
    assert parsed("--run-id", "7-1-staging").run_id == "7-1-staging"
    with pytest.raises(pytest.UsageError, match="--run-id"):
        parsed(f"--run-id={text}")


def test_version_override_is_a_version_id() -> None:
    """A header is made of it."""
    known = "aaaaaaaa-1111-4111-8111-111111111111"
    assert parsed("--version-override", known).version_override == known
    for text in ("", "latest", f'{known}"', known.upper()):
        with pytest.raises(pytest.UsageError, match="--version-override"):
            parsed(f"--version-override={text}")


def test_every_option_is_explained() -> None:
    """`--help` says what each option does."""
    parser = pytest.Parser(_ispytest=True)
    options.add(parser)
    group = parser.getgroup("gonogo")
    explained = {name: option.attrs().get("help") or "" for option in group.options for name in option.names()}
    assert {
        "--env",
        "--origin",
        "--sandbox",
        "--expect-version",
        "--depth",
        "--out",
        "--digest",
        "--run-id",
        "--shard",
        "--version-override",
        "--history",
        "--no-report",
        "--rules",
        "--manifest",
    } == explained.keys()
    assert all(len(text) > 20 for text in explained.values())


def test_marks_are_registered_with_their_meaning() -> None:
    """Marks are strict: those that checks carry are announced, each with what it means."""
    lines: list[tuple[str, str]] = []
    config: Any = SimpleNamespace(addinivalue_line=lambda name, line: lines.append((name, line)))
    options.register_marks(config)
    assert {name for name, _ in lines} == {"markers"}
    marks = {re.split(r"\W", line)[0]: line.partition(": ")[2] for _, line in lines}
    assert marks.keys() == {"requires", "smoke", "safe_in_production", "drill"}
    assert all(marks.values())


@pytest.mark.parametrize(
    ("names", "refused"),
    [
        ((), ""),
        (("0123abcd-0123-0123-0123-0123456789ab-result.json", "0123abcd-0123-0123-0123-0123456789ab-attachment.txt"), ""),
        (("old-result.json",), "old-result.json"),
        (("mine",), "mine"),
    ],
)
def test_folder_of_raw_results_holds_nothing_else(tmp_path: Path, names: tuple[str, ...], refused: str) -> None:
    """O2, for --alluredir: what lies there is gone through for secrets, and emptied by --clean-alluredir."""
    for name in names:
        (tmp_path / name).touch()
    config: Any = SimpleNamespace(option=SimpleNamespace(allure_report_dir=str(tmp_path)))
    if refused:
        with pytest.raises(pytest.UsageError, match=f"holds {refused}, which Allure has not put there: nothing was touched"):
            asked.demand_results(config)
    else:
        asked.demand_results(config)
    config.option.allure_report_dir = None
    asked.demand_results(config)
