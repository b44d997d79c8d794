"""What the pages show: commands that exist, options that are taken, files that load, and examples that fit the suites."""

from __future__ import annotations

import ast
import contextlib
import io
import re
import runpy
import sys
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import pytest

import gonogo
from environments import EnvironmentProblem, load
from environments.extensions import load_folders
from gonogo.__main__ import COMMANDS
from gonogo.__main__ import main as command
from gonogo.plugin import options
from gonogo.plugin.fixtures import register
from gonogo.plugin.selection import JOURNEYS
from journeys import Journey
from reports.manifest import Manifest
from reports.team_rules import Judged, TeamRules, severities
from sandbox.__main__ import main as sandbox_command
from sandbox.faults.catalogue import load as load_fault
from sandbox.reading import read
from tests.gonogo.fakes import config
from tests.house import ROOMS, ROOT

PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").rglob("*.md"))]
REFERENCE = ROOT / "docs" / "environments.md"
LEAST = 'title = "x"\ntier = "staging"\norigin = "https://x.example"\n'
# Written by whoever follows the page, or no words but places for some.
MADE_UP = re.compile(r"\b(?:edge|acme_kv|acme)\b|[A-Z]{2,}|\bX\b")
A_PATH = re.compile(rf"(?:{'|'.join(sorted({*ROOMS, 'docs'}))})/[\w./-]+\.(?:py|md|toml|mjs|txt)")
AN_OPTION = re.compile(r"(?<!\S)--[a-z][a-z-]*")
STARTS = re.compile(r"python -m (?P<module>\w+)|(?<![\w.-])pytest(?= )")


@dataclass(frozen=True)
class Block:
    """A piece of code that stands on lines of its own."""

    page: Path
    line: int
    language: str
    text: str

    @property
    def first(self) -> str:
        """The first line that says something: no comment."""
        return next((line for line in self.text.splitlines() if line.strip() and not line.startswith("#")), "")

    @property
    def whole(self) -> bool:
        """Whether it is all of an environment's file, that needs no folder beside it."""
        return self.first.startswith("title =") and "\nextends =" not in self.text

    @property
    def of(self) -> str:
        """The file that it is of, by the comment on top."""
        named = re.match(r"# (\S+/\S+)\n", self.text)
        return named[1] if named else ""

    def __str__(self) -> str:
        return f"{self.page.relative_to(ROOT)}:{self.line}"


def blocks(*languages: str) -> list[Block]:
    """Those of these languages, on all pages."""
    found = re.compile(r"^```(\w*)\n(.*?)^```", re.MULTILINE | re.DOTALL)
    every = [
        Block(page, text.count("\n", 0, match.start()) + 1, match[1], match[2])
        for page in PAGES
        for text in [page.read_text(encoding="utf-8")]
        for match in found.finditer(text)
    ]
    return [block for block in every if block.language in languages]


def spans(page: Path) -> list[str]:
    """What stands between backticks in sentences."""
    return re.findall(r"`([^`\n]+)`", re.sub(r"^```.*?^```", "", page.read_text(encoding="utf-8"), flags=re.MULTILINE | re.DOTALL))


@dataclass(frozen=True)
class Spoken:
    """A command that a page names: the module that Python runs, none for pytest, and the words after it."""

    page: str
    module: str
    words: tuple[str, ...]

    @property
    def options(self) -> list[str]:
        """The long ones among the words."""
        return [option for word in self.words if (option := word.partition("=")[0]) and AN_OPTION.fullmatch(option)]

    def __str__(self) -> str:
        return f"{self.page}: {f'python -m {self.module}' if self.module else 'pytest'} {' '.join(self.words)}"


def spoken() -> Iterator[Spoken]:
    """Every command of ours on the pages. What comes after a lone `--` is somebody else's."""
    shown = {block.page: "" for block in blocks("", "sh")}
    for block in blocks("", "sh"):
        shown[block.page] += block.text
    for page in PAGES:
        for line in (*shown.get(page, "").splitlines(), *spans(page)):
            code = line.partition(" #")[0]
            found = list(STARTS.finditer(code))
            ends = [*(after.start() for after in found[1:]), len(code)]
            for start, end in zip(found, ends, strict=False):
                words = code[start.end() : end].partition(" -- ")[0].split()
                yield Spoken(str(page.relative_to(ROOT)), start["module"] or "", tuple(words))


ALL_SPOKEN = list(spoken())


@cache
def explained(module: str, *words: str) -> str:
    """What a command says of its options."""
    said = io.StringIO()
    with contextlib.redirect_stdout(said), contextlib.suppress(SystemExit):
        (sandbox_command if module == "sandbox" else command)([*words, "--help"])
    return said.getvalue()


class Recorder:
    """Keeps the names of the options that are added to it."""

    def __init__(self) -> None:
        self.names: set[str] = set()

    def getgroup(self, *_: str) -> Recorder:
        return self

    def addoption(self, *names: str, **_: object) -> None:
        self.names.update(names)


def is_taken(option: str, said: Spoken, of: pytest.Config) -> bool:
    """Whether the command knows the option; a run knows those of pytest and of the plugins that tests are run with, too."""
    first, second = (*said.words, "", "")[:2]
    if said.module and (said.module, first) != ("gonogo", "verify"):
        words = filter(is_word, [first, second] if first == "promote" else [first])
        return option == "--help" or re.search(rf"(?<!\S){option}\b(?!-)", explained(said.module, *words)) is not None
    ours: Any = Recorder()
    options.add(ours)
    missing = object()
    return option in ours.names or of.getoption(option, missing) is not missing


def is_there(said: Spoken) -> bool:
    """Whether Python finds the module, and the module the command, and the step of a promotion."""
    first, second = (*said.words, "", "")[:2]
    if not (ROOT / said.module / "__main__.py").is_file():
        return False
    if said.module == "gonogo" and is_word(first):
        return first in COMMANDS and (first != "promote" or not is_word(second) or bool(explained("gonogo", first, second)))
    return said.module != "sandbox" or not is_word(first) or bool(explained("sandbox", first))


def is_word(word: str) -> bool:
    """Whether it is meant as it stands: no place for one, and no end of a sentence."""
    return re.fullmatch(r"[a-z][a-z-]*", word) is not None


def test_pages_speak_of_commands() -> None:
    """The next tests look at something."""
    assert {said.module for said in ALL_SPOKEN} >= {"", "gonogo", "sandbox", "environments"}
    assert {"--env", "--origin", "--shard"} <= {option for said in ALL_SPOKEN for option in said.options}


def test_commands_exist() -> None:
    """Whoever copies a command from a page gets no "there is no such command"."""
    assert not [str(said) for said in ALL_SPOKEN if said.module and not is_there(said)]


def test_options_exist(pytestconfig: pytest.Config) -> None:
    """Each option is one of the command that it is given to."""
    assert not [f"{said}: {option}" for said in ALL_SPOKEN for option in said.options if not is_taken(option, said, pytestconfig)]


def test_variables_of_make_exist() -> None:
    """`make prove FAULT=A01` sets a variable that the Makefile reads."""
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    lines = [line for page in PAGES for line in page.read_text(encoding="utf-8").splitlines()]
    named = {
        name
        for line in lines
        for words in re.findall(r"\bmake [a-z-]+((?: [A-Z]+=\S+)+)", line)
        for name in re.findall(r"([A-Z]+)=", words)
    }
    assert named >= {"FAULT", "SYSTEM", "N"}
    assert not [name for name in named if f"$({name})" not in makefile and f"$(if $({name})" not in makefile]


def test_files_that_are_named_are_there() -> None:
    """A page that says where something lies is right; tests may be named as they stand below tests/."""
    named = {(page, path) for page in PAGES for span in spans(page) if (path := span.partition("::")[0]) and A_PATH.fullmatch(path)}
    assert len(named) > 30
    lost = [(page, path) for page, path in named if not MADE_UP.search(path)]
    assert not [f"{page.name}: {path}" for page, path in lost if not (ROOT / path).exists() and not (ROOT / "tests" / path).exists()]


@pytest.mark.parametrize("block", [block for block in blocks("toml") if block.whole], ids=str)
def test_environment_of_a_page_loads(block: Block, tmp_path: Path) -> None:
    """A whole file can be copied as it is. One that names a folder is played with that, by end_to_end/test_capability.py."""
    file = tmp_path / "shown.toml"
    file.write_text(block.text, encoding="utf-8")
    assert load(str(file), variables=None, foreign=False).origin


@pytest.mark.parametrize(
    "block", [block for block in blocks("toml") if not block.first.startswith("title =") and block.page != REFERENCE], ids=str
)
def test_part_of_a_file_has_known_keys(block: Block, tmp_path: Path) -> None:
    """A part need not be complete, and names no key that nobody reads. One that begins with an id is a fault, and whole; rules of a
    team are whole as well, and fit the checks that there are.

    The reference is written from files that environments/test_reference.py loads.
    """
    if block.first.startswith("id ="):
        folder = tmp_path / f"{tomllib.loads(block.text)['id']}_shown"
        folder.mkdir()
        (folder / "fault.toml").write_text(block.text, encoding="utf-8")
        assert load_fault(folder, read("fm5")).symptom
        return
    if block.first in ("[[advice]]", "[[waiver]]"):
        (tmp_path / "rules.toml").write_text(block.text, encoding="utf-8")
        rules, known = TeamRules.load(tmp_path / "rules.toml"), severities({key: (row,) for key, row in Manifest.load().rows.items()})
        assert rules.advice
        assert not rules.mistakes(Judged(known, min(written.rule.expires for written in rules.written), "staging"))
        return
    file = tmp_path / "shown.toml"
    file.write_text(LEAST + block.text, encoding="utf-8")
    lines: list[str] = []
    try:
        load(str(file), variables=None, foreign=False)
    except EnvironmentProblem as problem:
        lines = problem.lines
    assert not [line for line in lines if "unknown key" in line or "not valid TOML" in line]


@pytest.mark.parametrize("block", [block for block in blocks("python") if re.search(r"^ *\.\.\.$", block.text, re.MULTILINE)], ids=str)
def test_excerpt_is_of_its_file(block: Block) -> None:
    """What a page quotes, with dots for what it leaves out, still stands there."""
    source = set((ROOT / block.of).read_text(encoding="utf-8").splitlines())
    assert not [line for line in block.text.splitlines()[1:] if line.strip(" .") and line not in source]


@pytest.fixture(scope="module")
def known(tmp_path_factory: pytest.TempPathFactory, pytestconfig: pytest.Config) -> Iterator[dict[str, type[Journey]]]:
    """The journeys of the suites by the names of their fixtures, with those of add-a-check.md, whose files were written as it says."""
    folder = tmp_path_factory.mktemp("example") / "devices"
    folder.mkdir()
    for block in blocks("python"):
        if block.of.startswith("suites/devices/"):
            (folder / Path(block.of).name).write_text(block.text.replace("suites.devices", "devices"), encoding="utf-8")
    options.register_marks(pytestconfig)
    load_folders([folder])
    of = config()
    register(of, [folder])
    yield of.stash[JOURNEYS]
    for name in [name for name in sys.modules if name.partition(".")[0] == "devices"]:
        del sys.modules[name]


def shown_checks() -> list[tuple[Block, ast.FunctionDef]]:
    """The checks that pages show, but for those of another repository, which are played in whole runs."""
    ours = [block for block in blocks("python") if block.of.startswith("suites/")]
    found = [(block, node) for block in ours for node in ast.parse(block.text).body if isinstance(node, ast.FunctionDef)]
    return [(block, node) for block, node in found if node.name.startswith("test_")]


@pytest.mark.parametrize(("block", "check"), shown_checks(), ids=lambda given: getattr(given, "name", None) or str(given))
def test_check_of_a_page_fits_the_suites(block: Block, check: ast.FunctionDef, known: dict[str, type[Journey]]) -> None:
    """What it asks for is a journey, called so, and what it reads there a record."""
    assert ast.get_docstring(check), block
    for argument in check.args.args:
        journey = known[argument.arg]
        assert argument.annotation is not None
        assert ast.unparse(argument.annotation) == journey.__name__
        read_there = {
            node.attr
            for node in ast.walk(check)
            if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == argument.arg
        }
        assert read_there
        assert not [name for name in read_there if not hasattr(journey, name)]


def test_example_of_a_check_can_be_imported(known: dict[str, type[Journey]]) -> None:
    """Its file as a whole, over the journey of the page; it requires nothing that the journey does not."""
    journey = known["two_devices"]
    assert [step.name for step in journey.steps] == ["phone", "laptop", "left", "on_phone"]
    folder = Path(sys.modules["devices"].__path__[0])
    loaded = runpy.run_path(str(folder / "test_signing_out.py"))
    checks = [name for name in loaded if name.startswith("test_")]
    required = [capability for mark in loaded["pytestmark"] if getattr(mark, "name", "") == "requires" for capability in mark.args]
    assert checks
    assert required
    assert set(required) <= set(journey.requires)


def test_journey_without_imports_is_one(tmp_path: Path) -> None:
    """A class that a page shows alone is whole with the names that everybody imports from gonogo."""
    alone = [block for block in blocks("python") if re.match(r"class \w+\(Journey\b", block.text)]
    assert alone
    names = ", ".join(sorted(gonogo.__all__))
    for number, block in enumerate(alone):
        file = tmp_path / f"shown{number}.py"
        file.write_text(f"from __future__ import annotations\nfrom gonogo import {names}\n{block.text}", encoding="utf-8")
        found = runpy.run_path(str(file))
        assert [kind for kind in found.values() if isinstance(kind, type) and issubclass(kind, Journey) and kind.steps], block
