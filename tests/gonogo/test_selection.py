"""Selection: which checks apply, which pass they belong to, and what is written down about the others."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import allure
import pytest

from fixtures.storage_s3 import StorageBucket
from gonogo.plugin import selection
from gonogo.plugin.selection import SKIPPED_FOR, SkipReason, has, node_of, not_applicable, required, severity
from gonogo.run.state import Role, Run
from journeys import Journey, step
from tests.gonogo import fakes
from tests.gonogo.fakes import FILES, MEMBERS, ROLLBACK, environment, fields, records, run
from tests.gonogo.given import item, knowing

requires, drill = pytest.mark.requires, pytest.mark.drill


class Posting(Journey, requires=("mail.delivery", "auth.email")):
    """A journey with needs of its own."""

    @step
    def act(self) -> None: ...


def config(made: Run | None = None) -> Any:
    """A configuration in which that journey is a fixture, and a facet."""
    return knowing(fakes.config(made), Posting, StorageBucket)


@pytest.mark.parametrize(
    ("nodeid", "node"),
    [
        ("suites/a/test_b.py::test_c", "suites/a/test_b.py::test_c"),
        ("suites/a/test_b.py::test_c@group", "suites/a/test_b.py::test_c"),
        ("suites/a/test_b.py::test_c[a@b.example]", "suites/a/test_b.py::test_c[a@b.example]"),
        ("suites/a/test_b.py::test_c[a@b.example]@group", "suites/a/test_b.py::test_c[a@b.example]"),
    ],
)
def test_node_id_is_without_a_group(nodeid: str, node: str) -> None:
    """What xdist appends is no part of a check's identity; an @ in a parameter is."""
    assert node_of(nodeid) == node


def test_requirements_are_those_of_marks_and_journeys() -> None:
    """A check requires what its marks say and what its journeys need, each once and in order."""
    marks = (requires("storage.objects", "auth.email"), requires("health"))
    check = item("a.py::test_b", *marks, fixtures=["posting", "tmp_path"], of=config())
    assert required(check) == ("auth.email", "health", "mail.delivery", "storage.objects")
    assert required(item()) == ()


def test_requirements_are_those_of_facets_too() -> None:
    """A check that asks for a facet itself needs what the facet needs."""
    check = item("a.py::test_b", requires("health"), fixtures=["storage_bucket", "posting"], of=config())
    assert required(check) == ("auth.email", "health", "mail.delivery", "storage.s3")
    assert selection.facets_of_item(check) == [StorageBucket]
    assert selection.journeys_of_item(check) == [Posting]


def test_journey_counts_once_and_by_its_own_name_alone() -> None:
    """Fixtures that are neither journey nor facet are somebody else's."""
    check = item("a.py::test_b", fixtures=["tmp_path", "posting", "storage_bucket", "posting"], of=config())
    assert selection.journeys_of_item(check) == [Posting]
    assert selection.journeys_of_item(item("a.py::test_b", fixtures=["posting"])) == []


def test_check_applies_where_everything_is_declared(tmp_path: Path) -> None:
    """An environment that declares all that a check requires has it run."""
    check = item("a.py::test_b", requires("health"), fixtures=["posting"], of=config())
    assert not_applicable(check, run(tmp_path, environment(**MEMBERS))) is None


@pytest.mark.parametrize(
    ("capability", "section"),
    [
        ("auth.standing", "[auth.standing]"),
        ("storage.objects.presign", "[storage.objects] with presign"),
        ("auth.email.deletion", "[auth.email] with deletion"),
        ("health.services", "[health] with services"),
        ("browser.files", "[browser] with files"),
        ("mail.webhooks", "[mail.webhooks]"),
    ],
)
def test_missing_section_is_named(tmp_path: Path, capability: str, section: str) -> None:
    """The reason of a skip says what to add to which file."""
    reason = not_applicable(item("a.py::test_b", requires(capability)), run(tmp_path))
    assert reason == f"not applicable: target does not declare it; add {section} to its file"


def test_all_missing_sections_are_named(tmp_path: Path) -> None:
    """Nobody has to add them one at a time."""
    reason = not_applicable(item("a.py::test_b", requires("browser", "health", "storage.objects.presign")), run(tmp_path))
    assert reason is not None
    assert "add [browser] and [storage.objects] with presign to its file" in reason


def test_key_that_is_off_is_missing(tmp_path: Path) -> None:
    """A section that is there with a key that says no does not declare the key's capability."""
    email = {**MEMBERS["auth"]["email"], "deletion": False}
    made = run(tmp_path, environment(**{**MEMBERS, "auth": {"email": email}}))
    assert "add [auth.email] with deletion" in (not_applicable(item("a.py::test_b", requires("auth.email.deletion")), made) or "")


def test_production_denies_by_default(tmp_path: Path) -> None:
    """Where people are, only a check that is marked safe runs."""
    made = run(tmp_path, environment("production"))
    assert "production" in (not_applicable(item("a.py::test_b", requires("health")), made) or "")
    assert not_applicable(item("a.py::test_b", requires("health"), pytest.mark.safe_in_production), made) is None


@pytest.mark.parametrize(("tier", "applies"), [("sandbox", True), ("staging", True), ("preview", False)])
def test_drills_belong_to_two_tiers(tmp_path: Path, tier: str, applies: bool) -> None:
    """A drill runs in sandbox and staging; elsewhere its reason names the tier."""
    made = run(tmp_path, environment(tier, deploy={"rollback": ROLLBACK}))
    reason = not_applicable(item("a.py::test_b", requires("deploy.rollback"), drill), made)
    assert (reason is None) is applies
    if reason:
        assert reason.endswith(f"this one is {tier}")


def test_drill_under_an_override_says_why(tmp_path: Path) -> None:
    """The tier would have it; it is the version beside the live one that has none, and the sentence says what to do."""
    made = run(tmp_path, environment("staging", deploy={"rollback": ROLLBACK}), override="v2")
    reason = not_applicable(item("a.py::test_b", requires("deploy.rollback"), drill), made) or ""
    assert reason.startswith("not applicable: under --version-override a drill would switch the live version")
    assert reason.endswith("verify without it when that version is live, or take [deploy.rollback] out of the file")


def test_drill_without_rollback_names_the_section(tmp_path: Path) -> None:
    """The tier alone is not enough."""
    reason = not_applicable(item("a.py::test_b", requires("deploy.rollback"), drill), run(tmp_path, environment("sandbox")))
    assert "add [deploy.rollback]" in (reason or "")


def test_drill_is_never_safe_in_production(tmp_path: Path) -> None:
    """Two marks that contradict each other, and a file that declares a rollback, do not make one run there."""
    made = run(tmp_path, environment("production", deploy={"rollback": ROLLBACK}))
    assert not_applicable(item("a.py::test_b", requires("deploy.rollback"), drill, pytest.mark.safe_in_production), made)


def test_severity_is_allures() -> None:
    """The decorator's severity counts, other labels do not, and without one it is normal."""

    def decorated(*decorators: Any) -> Any:
        def check() -> None: ...

        for decorate in decorators:
            decorate(check)
        return item(function=check)

    blocking = decorated(allure.epic("Authentication"), allure.severity(allure.severity_level.BLOCKER))
    small, plain = decorated(allure.severity("minor")), decorated(allure.feature("Sign-up"))
    assert [severity(check) for check in (blocking, small, plain)] == ["blocker", "minor", "normal"]


def test_marks_are_found() -> None:
    """Whether a check carries a mark."""
    check = item("a.py::test_b", pytest.mark.smoke)
    assert has(check, "smoke")
    assert not has(check, "drill")


def test_what_does_not_apply_is_skipped_with_the_reason(tmp_path: Path) -> None:
    """It stays in the collection, so that the report shows it; what applies is left alone."""
    of = config(run(tmp_path))
    here, elsewhere = item("a.py::test_here", requires("health"), of=of), item("a.py::test_there", requires("browser"), of=of)
    selection.set_aside(of, [here, elsewhere])
    assert not here.added
    (skipped,) = elsewhere.added
    assert skipped.name == "skip"
    assert "[browser]" in skipped.kwargs["reason"]
    assert elsewhere.stash[SKIPPED_FOR] is SkipReason.NOT_APPLICABLE
    assert SKIPPED_FOR not in here.stash


def test_nothing_happens_without_a_run() -> None:
    """`--manifest` and `--help` collect without an environment."""
    of = config()
    check = item("a.py::test_b", requires("browser"), of=of)
    selection.set_aside(of, [check])
    selection.write_down(of, [check])
    selection.deselected([])
    assert not check.added


def collect(of: Any, *checks: Any) -> list[str]:
    """The checks that are left for this pass."""
    left = list(checks)
    selection.write_down(of, left)
    return [check.nodeid.rpartition("::")[2] for check in left]


@pytest.mark.parametrize(
    ("role", "left"), [(Role.OWNER, ["test_plain", "test_far"]), (Role.WORKER, ["test_plain", "test_far"]), (Role.DRILL, ["test_drill"])]
)
def test_each_pass_has_its_own_checks(tmp_path: Path, role: Role, left: list[str]) -> None:
    """Drills wait for their pass, and are alone there. A drill that does not apply is skipped in the first one."""
    made = run(tmp_path, environment("staging", deploy={"rollback": ROLLBACK}), role)
    checks = (item("a.py::test_plain"), item("a.py::test_drill", drill), item("a.py::test_far", drill, requires("browser")))
    assert collect(config(made), *checks) == left


def test_everything_that_was_collected_is_written_down(tmp_path: Path) -> None:
    """The owner's ledger describes each case, drills and what does not apply included."""
    made = run(tmp_path, environment(**FILES))
    marks = (requires("health"), pytest.mark.smoke, pytest.mark.safe_in_production)
    collect(config(made), item("suites/auth/test_a.py::test_b[x]@group", *marks), item("suites/c/test_d.py::test_e", drill))
    first, second = records(made, "collected")
    assert fields(first, "check", "node") == ("auth.a::b", "suites/auth/test_a.py::test_b[x]")
    assert fields(first, "requires", "severity", "smoke", "drill", "safe_in_production") == (("health",), "normal", True, False, True)
    assert fields(second, "check", "drill") == ("c.d::e", True)


@pytest.mark.parametrize(
    ("role", "by", "parallel", "writes"),
    [
        (Role.OWNER, "", False, 1),
        (Role.OWNER, "", True, 0),
        (Role.WORKER, "gw0", False, 1),
        (Role.WORKER, "gw1", False, 0),
        (Role.DRILL, "", False, 0),
    ],
)
def test_one_process_writes_the_collection_down(tmp_path: Path, role: Role, by: str, parallel: bool, writes: int) -> None:
    """Workers collect the same, and an owner with workers collects nothing: one of them says it, once."""
    made = run(tmp_path, role=role, by=by, parallel=parallel)
    collect(config(made), item("a.py::test_b"))
    selection.deselected([item("a.py::test_c", of=config(made))])
    assert [record.kind for record in records(made)] == ["collected", "deselected"] * writes


def test_what_was_deselected_is_written_down(tmp_path: Path) -> None:
    """A part of the run is never taken for the whole."""
    made = run(tmp_path)
    selection.deselected([item("a.py::test_b@group", of=config(made)), item("a.py::test_c", of=config(made))])
    (record,) = records(made, "deselected")
    assert fields(record, "nodes") == (("a.py::test_b", "a.py::test_c"),)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (
            "suites/a.py:3: in <module>\n    import nothing\nE   ModuleNotFoundError: No module named 'nothing'\n",
            "ModuleNotFoundError: No module named 'nothing'",
        ),
        ("something else\n  at the end\n", "at the end"),
        ("", "no reason given"),
    ],
)
def test_file_that_cannot_be_imported_is_written_down(tmp_path: Path, text: str, reason: str) -> None:
    """It hides checks, so the ledger names it, with the line that says why."""
    made = run(tmp_path)
    of, report, good = config(made), SimpleNamespace(failed=True, nodeid="suites/a.py", longreprtext=text), SimpleNamespace(failed=False)
    selection.collection_failed(of, cast("pytest.CollectReport", report))
    selection.collection_failed(of, cast("pytest.CollectReport", good))
    collect(of)
    (record,) = records(made, "collection_error")
    assert fields(record, "path", "reason") == ("suites/a.py", reason)
