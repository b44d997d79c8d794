"""The catalogue of faults: what a fault must say, and what its patches do to the app."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from base.places import FAULTS
from gonogo.proving.prove import catalogued
from sandbox.faults.building import prepare, read_configuration
from sandbox.faults.catalogue import Fault, FaultError, Patch, catalogue, find, load
from sandbox.reading import names, read
from sandbox.system import System

FM5 = read("fm5")
STAGING = FM5.workers["fm5-staging"].configuration
GOOD = """
id = "X01"
symptom = "something is wrong"
cause = "somebody did it"

[inject.vars]
BASE_URL = "https://localhost"

[expect]
verdict = "fail"
check = "auth.sign_up::visitor_becomes_a_member"
words = ["localhost"]
"""


def written(root: Path, text: str, name: str = "X01_wrong") -> Path:
    """A fault's folder with this file."""
    folder = root / name
    folder.mkdir(exist_ok=True)
    (folder / "fault.toml").write_text(text, encoding="utf-8")
    return folder


def with_app(folder: Path) -> System:
    """FM5 whose staging Worker has its app in this folder."""
    staging = replace(FM5.workers["fm5-staging"], app=f"{folder}/")
    return replace(FM5, workers={**FM5.workers, "fm5-staging": staging})


@pytest.mark.parametrize("fault", catalogue(FM5), ids=lambda fault: fault.id)
def test_every_fault_fits_the_app(fault: Fault, tmp_path: Path) -> None:
    """Sources and configuration can be changed as the fault says: a patch that finds nothing is an error."""
    prepare(tmp_path / "app", fault, FM5)
    script = FM5.targets[fault.environment]
    configuration = read_configuration(tmp_path / "app" / FM5.workers[script].configuration)
    assert configuration["name"] == script
    for name, value in fault.inject.vars.items():
        assert configuration["vars"].get(name, False) == value


def test_digest_changes_with_any_file(tmp_path: Path) -> None:
    folder = written(tmp_path, GOOD)
    before = load(folder, FM5).digest
    assert load(folder, FM5).digest == before
    written(tmp_path, GOOD.replace("cause =", 'awaiting = "a check"\ncause ='))
    assert (load(folder, FM5).digest, load(folder, FM5).awaiting) == (before, "a check")
    (folder / "more.patch").write_text("x", encoding="utf-8")
    assert load(folder, FM5).digest != before


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('id = "X01"', 'id = "X02"', "must begin with the id"),
        ('id = "X01"', 'id = "X01"\ncolour = "red"', "colour is unknown"),
        ("[inject.vars]", "[inject.weather]", "inject.weather is unknown"),
        ("cause =", 'environment = "staging"\ncause =', "environment must be one of local, local-production"),
        ('verdict = "fail"', 'verdict = "pass"', "expect.verdict must be one of fail, inconclusive"),
        ('check = "auth.sign_up::visitor_becomes_a_member"', "", "must name the check that notices"),
        ('words = ["localhost"]', "words = []", "expect.words is empty"),
        ('symptom = "something is wrong"', "", "symptom is missing"),
        ("[inject.vars]", '[inject.database]\non = "select 1"\n[inject.vars]', "must have on and off"),
        ("[inject.vars]", '[[inject.source]]\nfind = "a"\n[inject.vars]', "inject.source must have file, find, replace"),
        ("[expect]", "[expect", "cannot be read"),
    ],
)
def test_mistakes_are_named(tmp_path: Path, old: str, new: str, said: str) -> None:
    assert old in GOOD
    with pytest.raises(FaultError, match=said):
        load(written(tmp_path, GOOD.replace(old, new, 1)), FM5)


def test_unknown_and_double_ids_are_refused(tmp_path: Path) -> None:
    (tmp_path / "fm5").mkdir()
    written(tmp_path / "fm5", GOOD)
    assert find("X01", FM5, tmp_path).environment == "local"
    with pytest.raises(FaultError, match="there is no fault 'X09': .* shows X01"):
        find("X09", FM5, tmp_path)
    with pytest.raises(FaultError, match="there is no fault 'X01': the system plain has none"):
        find("X01", read("plain"), tmp_path)
    written(tmp_path / "fm5", GOOD, "X01_again")
    with pytest.raises(FaultError, match="X01: there are two faults of that id"):
        catalogue(FM5, tmp_path)


def test_folder_outside_the_catalogue_is_a_fault(tmp_path: Path) -> None:
    """A path with a slash is the folder of one, read as the system's; it is none of the catalogue's."""
    folder = written(tmp_path, GOOD)
    assert find(str(folder), FM5).id == "X01"
    assert not catalogued(find(str(folder), FM5))
    assert catalogued(find("A01", FM5))
    with pytest.raises(FaultError, match="environment must be one of those that a Worker of the system names: there is none"):
        find(str(folder), read("plain"))


def test_every_folder_of_faults_is_that_of_a_system() -> None:
    """A fault of a system that does not exist would never be proved."""
    assert {path.parent.parent.name for path in FAULTS.glob("*/*/fault.toml")} <= set(names())
    assert not list(FAULTS.glob("*/fault.toml"))


def test_patch_must_find_exactly_one_place() -> None:
    assert Patch("b", "x").apply("abc", "here") == "axc"
    with pytest.raises(FaultError, match=r"here: the patch finds nothing to change \('d'\)"):
        Patch("d", "x").apply("abc", "here")
    with pytest.raises(FaultError, match="2 places to change"):
        Patch("b", "x").apply("abcb", "here")


def test_variables_are_changed_and_taken_away(tmp_path: Path) -> None:
    app = tmp_path / "app"
    app.mkdir()
    system = with_app(app)
    (app / STAGING).write_text('{\n  // a comment\n  "vars": {"BASE_URL": "https://a", "OTHER": "b"}\n}', encoding="utf-8")
    text = GOOD.replace('BASE_URL = "https://localhost"', "BASE_URL = false\nNEW = 'c'")
    prepare(tmp_path / "made", load(written(tmp_path, text), system), system)
    made = json.loads((tmp_path / "made" / STAGING).read_text(encoding="utf-8"))
    assert made["vars"] == {"OTHER": "b", "NEW": "c", "RELEASE": "1.2.0"}, "what the system gives to a deployment is among them"
    shutil.rmtree(tmp_path / "made")
    with pytest.raises(FaultError, match="no variable GONE to take away"):
        prepare(tmp_path / "made", load(written(tmp_path, text.replace("BASE_URL", "GONE")), system), system)
