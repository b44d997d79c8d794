"""The registry of sections: one that somebody else defines is as good as ours, and folders that cannot be loaded say why."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from textwrap import dedent

import pytest
from pydantic import Field

from environments import EnvironmentProblem, load
from environments.schema.health import Health
from environments.schema.members import MEMBERS, demand_members
from environments.schema.registry import model, providers, section_of, sections, shipped
from environments.schema.section import CAPABILITIES, Section, Whole

HEAD = 'title = "x"\ntier = "staging"\norigin = "https://app.example.org"\n'
COMING_IN = '[auth.email]\naddresses = "a+{label}@b.example"\nverification = false\nreset = false\n'


@pytest.fixture(autouse=True)
def own_sections() -> Iterator[None]:
    """Sections and packages of a test are gone after it."""
    shipped()
    known, packages = dict(CAPABILITIES), set(sys.modules)
    yield
    CAPABILITIES.clear()
    CAPABILITIES.update(known)
    for name in set(sys.modules) - packages:
        if not name.startswith(("environments", "pydantic")):
            del sys.modules[name]


@pytest.fixture
def kv() -> type[Section]:
    """A section of another team."""

    class Kv(Section, capability="acme.kv", runbook=42):
        """[acme.kv]: a store at the edge."""

        namespace: str = Field(description="Name of the namespace.")
        lists: bool = Field(default=False, description="Whether its keys can be listed.")

        def refinements(self) -> Mapping[str, object]:
            return {"lists": self.lists}

        def inconsistencies(self, environment: Whole) -> Iterable[str]:
            yield from demand_members(environment, self.capability)
            if environment.section(Health) is None:
                yield "[acme.kv] needs [health]"

    return Kv


def written(folder: Path, text: str, name: str = "target.toml") -> str:
    """An environment file."""
    file = folder / name
    file.write_text(HEAD + text, encoding="utf-8")
    return str(file)


def mistakes(folder: Path, text: str, *, foreign: bool = True) -> list[str]:
    """What is wrong with a file."""
    with pytest.raises(EnvironmentProblem) as caught:
        load(written(folder, text), variables={}, foreign=foreign)
    assert caught.value.source == "target.toml"
    return caught.value.lines


def module(folder: Path, name: str, text: str) -> Path:
    """A module of a folder of another team."""
    file = folder / name
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(dedent(text), encoding="utf-8")
    return file


QUEUES = """
    from pydantic import Field
    from environments.schema import Section

    class Queues(Section, capability="acme.queues"):
        '''[acme.queues]: messages.'''
        name: str = Field(description="Of the queue.")
"""


def test_section_of_somebody_else_is_part_of_the_model(kv: type[Section], tmp_path: Path) -> None:
    """It is read, asked for by its class, and declares its capability and what refines it."""
    environment = load(written(tmp_path, f'{COMING_IN}[health]\n[acme.kv]\nnamespace = "n"\nlists = true\n'), variables={})
    found = environment.section(kv)
    assert found is not None
    assert found == environment.get("acme.kv")
    assert getattr(found, "namespace") == "n"  # noqa: B009 - the class is made in a fixture
    assert {"acme.kv", "acme.kv.lists", MEMBERS, "auth.email"} <= environment.capabilities
    plain = load(written(tmp_path, f'{COMING_IN}[health]\n[acme.kv]\nnamespace = "n"\n'), variables={})
    assert plain.capabilities == environment.capabilities - {"acme.kv.lists"}
    assert plain.digest != environment.digest


@pytest.mark.usefixtures("kv")
def test_mistake_in_a_section_of_somebody_else_has_its_place(tmp_path: Path) -> None:
    """As in any other: all of them at once."""
    assert mistakes(tmp_path, '[acme.kv]\nnamespce = "n"\nlists = "yes"\n') == [
        "acme.kv.namespace: missing",
        "acme.kv.lists: input should be a valid boolean, not 'yes'",
        "acme.kv.namespce: unknown key",
    ]


@pytest.mark.usefixtures("kv")
def test_section_of_somebody_else_says_what_does_not_fit(tmp_path: Path) -> None:
    """Its own rules are heard, and what needs members names every way to come in."""
    (line,) = mistakes(tmp_path, '[acme.kv]\nnamespace = "n"\n')
    assert line == f"file: [acme.kv] needs members: add {' or '.join(f'[{way}]' for way in providers(MEMBERS))}; [acme.kv] needs [health]"
    assert "[auth.bearer] or [auth.code] or [auth.email] or [auth.magic_link]" in line


@pytest.mark.usefixtures("kv")
def test_table_is_known_only_while_its_section_is() -> None:
    """Ours come first, in the order of their names, then those of others."""
    names = list(sections())
    assert names[: len(shipped())] == sorted(shipped())
    assert names[len(shipped()) :] == ["acme.kv"]
    assert "acme.kv" not in shipped()
    assert "acme" in model().model_fields
    assert "acme" not in model(foreign=False).model_fields
    del CAPABILITIES["acme.kv"]
    assert "acme" not in model().model_fields


def test_two_sections_join_one_group(kv: type[Section], tmp_path: Path) -> None:
    """Tables that share the first part of their names come from anywhere, also beside ours."""

    class Passkeys(Section, capability="auth.passkeys"):
        """[auth.passkeys]: keys of devices."""

    environment = load(written(tmp_path, f'{COMING_IN}[auth.passkeys]\n[health]\n[acme.kv]\nnamespace = "n"\n'), variables={})
    assert environment.section(Passkeys) == Passkeys()
    assert environment.section(kv) is not None


@pytest.mark.parametrize("capability", ["health", "auth.email", "auth", "auth.email.codes", "storage.objects.versions"])
def test_sections_in_each_others_way_are_refused(capability: str) -> None:
    """One table, one section, and none inside of another's; the sentence names both modules."""
    with pytest.raises(TypeError, match=rf"\[{capability}\] of {__name__} is in the way of \[.+\], which environments.schema.\w+ declares"):
        type("Late", (Section,), {"__module__": __name__}, capability=capability)
    assert not any(found.__module__ == __name__ for found in CAPABILITIES.values())


@pytest.mark.usefixtures("kv")
@pytest.mark.parametrize(
    ("capability", "section"),
    [
        ("health", "health"),
        ("health.services", "health"),
        ("auth.email", "auth.email"),
        ("auth.email.reset", "auth.email"),
        ("auth.emails", ""),
        ("auth", ""),
        ("acme.kv.lists", "acme.kv"),
        ("acme", ""),
        ("members", ""),
        ("version", ""),
    ],
)
def test_section_that_a_capability_belongs_to(capability: str, section: str) -> None:
    """Itself, or the one that it refines; what comes along with several sections belongs to none."""
    assert section_of(capability) == section


def test_providers_are_all_ways_to_come_in() -> None:
    """Those of others too, as soon as they are defined."""
    assert providers(MEMBERS) == ["auth.bearer", "auth.code", "auth.email", "auth.magic_link"]
    assert providers("health") == []

    class Badge(Section, capability="auth.badge", provides=(MEMBERS,)):
        """[auth.badge]: whoever has one."""

    assert Badge.provides == (MEMBERS,)
    assert providers(MEMBERS) == ["auth.bearer", "auth.code", "auth.email", "auth.magic_link", "auth.badge"]


def test_members_come_in_by_one_way(tmp_path: Path) -> None:
    """Two would leave open whose members the suites are about."""
    bearer = '[auth.bearer]\nsign_up = "/accounts"\n'
    assert mistakes(tmp_path, COMING_IN + bearer) == ["file: members come in by [auth.bearer] and [auth.email]: keep one of them"]


def test_folder_of_another_team_brings_its_section(tmp_path: Path) -> None:
    """`extends` names it; a mistake in its table has its place, like any other."""
    module(tmp_path / "their_checks", "sections/queues.py", QUEUES)
    module(tmp_path / "their_checks", "test_queues.py", "raise AssertionError('checks are not imported by a file that is read')")
    text = 'extends = ["their_checks"]\n[acme.queues]\n'
    environment = load(written(tmp_path, f'{text}name = "jobs"\n'), variables={})
    assert "acme.queues" in environment.capabilities
    assert CAPABILITIES["acme.queues"].__module__ == "their_checks.sections.queues"
    assert mistakes(tmp_path, f'{text}nmae = "jobs"\n') == ["acme.queues.name: missing", "acme.queues.nmae: unknown key"]


def test_whoever_signs_passes_over_tables_of_others(tmp_path: Path) -> None:
    """No code of theirs is loaded beside a key; what their tables say counts for the digest."""
    module(tmp_path / "their_checks", "queues.py", "raise AssertionError('loaded beside a key')")
    text = 'extends = ["their_checks"]\n[health]\n[acme.queues]\nname = "{}"\n[auth.passkeys]\n'
    first, second = (load(written(tmp_path, text.format(name)), variables={}, foreign=False) for name in ("jobs", "mails"))
    assert first.capabilities == second.capabilities == {"health", "origin.https"}
    assert first.digest != second.digest
    assert not any(name.startswith("their_checks") for name in sys.modules)


def test_digest_is_the_same_with_and_without_the_code_of_others(tmp_path: Path) -> None:
    """A run and whoever signs its ticket speak of one environment."""
    module(tmp_path / "their_checks", "queues.py", QUEUES)
    file = written(tmp_path, 'extends = ["their_checks"]\n[acme.queues]\nname = "jobs"\n')
    assert load(file, variables={}).digest == load(file, variables={}, foreign=False).digest


def test_unknown_table_is_a_mistake_where_nobody_else_is_named(tmp_path: Path) -> None:
    """Without `extends` there is nobody whose it could be, and a known table is read strictly in any case."""
    assert mistakes(tmp_path, '[acme.queues]\nname = "jobs"\n', foreign=False) == ["acme: unknown key"]
    assert mistakes(tmp_path, "[auth.passkeys]\n", foreign=False) == ["auth.passkeys: unknown key"]
    assert mistakes(tmp_path, 'extends = ["x"]\n[health]\npaht = "/"\n', foreign=False) == ["health.paht: unknown key"]


def test_extending_switches_no_rule_of_the_file_itself_off(tmp_path: Path) -> None:
    """Whoever signs, admits or promotes judges what the file says about the deployment as a run does, whatever folders it names."""
    version = '[version]\nhealth_field = "version"\nhosts = ["elsewhere.example"]\n'
    text = f'extends = ["x"]\n[promotion]\nworker = "a"\n{version}[sandbox]\nworker = "b"\n'
    (line,) = mistakes(tmp_path, text, foreign=False)
    assert "one service answers here, and the file names a and b" in line
    assert "version.hosts names elsewhere.example" in line


def test_folder_that_is_not_there_is_a_mistake_of_the_file(tmp_path: Path) -> None:
    """It comes together with the others."""
    missing, unknown = mistakes(tmp_path, 'extends = ["nowhere"]\n[health]\npaht = "/"\n')
    assert missing == f"extends: there is no folder {tmp_path / 'nowhere'}: name one beside the file"
    assert unknown == "health.paht: unknown key"


@pytest.mark.parametrize(
    ("file", "text", "said"),
    [
        ("deep/broken.py", "def f(:\n", "extends: their_checks/deep/broken.py cannot be loaded: SyntaxError: "),
        (
            "broken.py",
            "import not_installed_anywhere\n",
            "extends: their_checks/broken.py cannot be loaded: ModuleNotFoundError: No module",
        ),
        ("__init__.py", "1 / 0\n", "extends: their_checks/__init__.py cannot be loaded: ZeroDivisionError: division by zero"),
        (
            "late.py",
            "from environments.schema import Section\nclass Mine(Section, capability='health'): ...\n",
            "extends: their_checks/late.py cannot be loaded: TypeError: [health] of their_checks.late is in the way of [health]",
        ),
    ],
    ids=["syntax", "import", "package", "taken table"],
)
def test_folder_that_cannot_be_loaded_says_where_and_why(file: str, text: str, said: str, tmp_path: Path) -> None:
    """The file within the folder and Python's own reason, and not a traceback; a second attempt says the same."""
    module(tmp_path / "their_checks", file, text)
    for _ in range(2):
        (line,) = mistakes(tmp_path, 'extends = ["their_checks"]\n')
        assert line.startswith(said), line


def test_folder_whose_name_is_taken_is_a_mistake(tmp_path: Path) -> None:
    """By a package of Python's, of ours, or of another folder: its modules would hide each other's."""
    for name in ("json", "fixtures"):
        (tmp_path / name).mkdir()
        said = f"extends: a Python package is called {name} already: rename the folder {tmp_path / name}"
        assert mistakes(tmp_path, f'extends = ["{name}"]\n') == [said]
    for place in ("a", "b"):
        module(tmp_path / place / "their_checks", "x.py", "")
    assert load(written(tmp_path, 'extends = ["a/their_checks"]\n'), variables={}).extends == ["a/their_checks"]
    (line,) = mistakes(tmp_path, 'extends = ["b/their_checks"]\n')
    assert line.startswith("extends: a Python package is called their_checks already")
    (tmp_path / "2nd checks").mkdir()
    (line,) = mistakes(tmp_path, 'extends = ["2nd checks"]\n')
    assert line == "extends: 2nd checks cannot be the name of a package: rename it to letters, digits and underscores"


def test_folder_may_be_called_tests(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """gonogo's own tests are no part of a run: the name is free."""
    ours = {name: module for name, module in sys.modules.items() if name.split(".")[0] == "tests"}
    for name in ours:
        monkeypatch.delitem(sys.modules, name)
    folder = tmp_path / "tests"
    folder.mkdir()
    (folder / "sections.py").write_text("SAID = 'theirs'\n", encoding="utf-8")
    load(written(tmp_path, 'extends = ["tests"]\n'), variables={})
    said = sys.modules.pop("tests.sections").SAID
    del sys.modules["tests"]
    assert said == "theirs"


def test_folder_that_is_on_pythons_path_is_no_other_package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """`python -m pytest` puts the working folder there: the folder is found under its name, and it is the same one."""
    module(tmp_path / "their_checks", "queues.py", QUEUES)
    monkeypatch.syspath_prepend(str(tmp_path))
    assert "acme.queues" in load(written(tmp_path, 'extends = ["their_checks"]\n[acme.queues]\nname = "a"\n'), variables={}).capabilities


@pytest.mark.parametrize("text", ['extends = "their_checks"\n', "extends = [3]\n"])
def test_extends_is_a_list_of_folders(text: str, tmp_path: Path) -> None:
    """Anything else is a mistake with its place."""
    (line,) = mistakes(tmp_path, text)
    assert line.startswith("extends")


def test_members_may_come_by_a_section_of_others() -> None:
    """Whoever signs knows none of it: what the run calls members is not known to be missing from the file; the digest covers it."""
    from environments.schema import registry

    assert not registry.is_known("members")
    assert registry.is_known("auth.bearer.deletion")
    assert registry.is_known("version")
