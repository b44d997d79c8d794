"""Residue: what a run creates is written down before it exists, removed at the end, and named when it stays."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

import pytest
from fixtures.residue import Residue

from clients.errors import Refusal
from clients.identity.members import Member
from environments import Environment
from fixtures.wiring import Wiring
from gonogo.plugin.stage import Stage
from journeys import BudgetExceeded, Scheduler
from reports.secrets import Secrets
from tests.gonogo.fakes import EMAIL, FILES, STANDING, Deployment, environment, run

ANNA, BORIS = Member("Anna", "anna@fm5.test", "first password"), Member("Boris", "boris@fm5.test", "his password")
TARGET = environment(**FILES)
SIGN_IN, SESSION, DELETE = "POST /api/auth/sign-in/email", "GET /api/auth/get-session", "POST /api/auth/delete-user"


def lines(folder: Path) -> list[dict[str, Any]]:
    """What is on disk."""
    return [json.loads(line) for line in (folder / "residue.jsonl").read_text(encoding="utf-8").splitlines()]


def journal(folder: Path) -> list[dict[str, Any]]:
    """What is on disk, without where and when."""
    return [{key: value for key, value in line.items() if key not in ("environment", "at")} for line in lines(folder)]


def residue(folder: Path, deployment: Deployment, target: Environment = TARGET, secrets: Secrets | None = None) -> Residue:
    """The journal of a run against that deployment."""
    return Residue(folder / "residue.jsonl", target, deployment.people(target), (secrets or Secrets()).redact)


def left(found: list[Any]) -> list[tuple[str, str, str]]:
    """What stayed."""
    return [(record.what, record.name, record.reason) for record in found]


def test_everything_is_on_disk_before_it_exists(tmp_path: Path) -> None:
    """A run that is killed right after an announcement leaves behind what to look for, and no password."""
    deployment = Deployment()
    made = residue(tmp_path, deployment)
    made.account(ANNA)
    assert journal(tmp_path) == [{"account": "anna@fm5.test"}]
    made.object(ANNA, "a.txt")
    assert journal(tmp_path) == [{"account": "anna@fm5.test"}, {"object": "a.txt", "of": "anna@fm5.test"}]
    assert deployment.asked == []
    assert ANNA.password not in (tmp_path / "residue.jsonl").read_text(encoding="utf-8")


def test_every_line_says_where_and_when(tmp_path: Path) -> None:
    """A sweep gets the journal of a killed run alone, as a copy: there is no ledger to ask, and the file's date is another."""
    made, before = residue(tmp_path, Deployment()), time.time()
    made.account(ANNA)
    made.object(ANNA, "a.txt")
    made.gone(ANNA)
    assert [line["environment"] for line in lines(tmp_path)] == ["target"] * 3
    assert all(before <= line["at"] <= time.time() for line in lines(tmp_path))


def test_journal_holds_no_secret(tmp_path: Path) -> None:
    """It leaves the machine unsearched: what is known to be secret is hidden, and an account that was there before is not named."""
    secrets = Secrets()
    secrets.register("BYPASS", "value-of-bypass")
    made = residue(tmp_path, Deployment(), secrets=secrets)
    made.account(ANNA)
    made.object(ANNA, "value-of-bypass.txt")
    made.account(BORIS, created=False)
    made.object(BORIS, "b.txt")
    made.gone(BORIS)
    text = (tmp_path / "residue.jsonl").read_text(encoding="utf-8")
    assert not [word for word in ("value-of-bypass", BORIS.email, BORIS.password, ANNA.password) if word in text]


def test_stage_hides_what_the_run_knows(tmp_path: Path) -> None:
    """The journal of a run has the secrets of that run."""
    made = run(tmp_path, TARGET)
    made.secrets.register("BYPASS", "value-of-bypass")
    Stage(made, Wiring(TARGET, made.limits), Scheduler()).object(ANNA, "value-of-bypass.txt")
    assert "value-of-bypass" not in (tmp_path / "residue.jsonl").read_text(encoding="utf-8")


def test_processes_share_the_journal(tmp_path: Path) -> None:
    """Workers and the drill add to what is there."""
    for member in (ANNA, BORIS):
        residue(tmp_path, Deployment()).account(member)
    assert [entry["account"] for entry in journal(tmp_path)] == ["anna@fm5.test", "boris@fm5.test"]


def test_nothing_created_is_nothing_to_do(tmp_path: Path) -> None:
    """A run of probes asks for no session."""
    deployment = Deployment()
    assert residue(tmp_path, deployment).remove() == []
    assert deployment.asked == []
    assert not (tmp_path / "residue.jsonl").exists()


def test_objects_go_before_their_account(tmp_path: Path) -> None:
    """Afterwards nobody could delete them any more. Then the session has to be gone, too."""
    deployment = Deployment({ANNA.email: ANNA.password})
    deployment.files[ANNA.email] = {"a", "b", "somebody else's"}
    made = residue(tmp_path, deployment)
    made.account(ANNA)
    made.object(ANNA, "b")
    made.object(ANNA, "a")
    assert made.remove() == []
    listing = "GET /api/files"
    assert deployment.asked == [SIGN_IN, listing, "DELETE /api/files/a", "DELETE /api/files/b", listing, DELETE, SESSION]
    assert deployment.accounts == {}
    assert deployment.files[ANNA.email] == {"somebody else's"}
    assert journal(tmp_path)[-1] == {"gone": ANNA.email}, "a sweep would look for it"


def test_object_that_is_gone_already_is_not_deleted(tmp_path: Path) -> None:
    """A check that deletes its file leaves nothing to do, and a file that never came to exist is none."""
    deployment = Deployment({ANNA.email: ANNA.password})
    made = residue(tmp_path, deployment)
    made.account(ANNA)
    made.object(ANNA, "gone")
    assert made.remove() == []
    assert not [asked for asked in deployment.asked if asked.startswith("DELETE")]


def test_session_at_hand_is_used(tmp_path: Path) -> None:
    """Signing in is limited; a device that is still signed in needs none."""
    deployment = Deployment({ANNA.email: ANNA.password})
    made = residue(tmp_path, deployment)
    made.account(ANNA)
    made.device(deployment.person(ANNA, TARGET, signed_in=True))
    assert made.remove() == []
    assert deployment.asked == [SESSION, DELETE, SESSION]


def test_session_that_has_ended_is_replaced(tmp_path: Path) -> None:
    """A device that a journey signed out is no use."""
    deployment = Deployment({ANNA.email: ANNA.password})
    made = residue(tmp_path, deployment)
    made.account(ANNA)
    made.device(deployment.person(ANNA, TARGET, signed_in=True))
    deployment.end_sessions()
    assert made.remove() == []
    assert deployment.asked == [SESSION, SIGN_IN, DELETE, SESSION]


def test_newest_password_signs_in(tmp_path: Path) -> None:
    """After a reset the account is the same, with another password."""
    newest = Member(ANNA.name, ANNA.email, "second password")
    deployment = Deployment({ANNA.email: newest.password})
    made = residue(tmp_path, deployment)
    made.account(ANNA)
    made.account(newest)
    assert made.remove() == []
    assert deployment.accounts == {}


def test_device_of_somebody_unknown_is_nobodys(tmp_path: Path) -> None:
    """Only what the run has announced is cleaned up."""
    deployment = Deployment({BORIS.email: BORIS.password})
    made = residue(tmp_path, deployment)
    made.device(deployment.person(BORIS, TARGET, signed_in=True))
    assert made.remove() == []
    assert deployment.accounts == {BORIS.email: BORIS.password}


def test_accounts_do_not_wait_for_each_other(tmp_path: Path) -> None:
    """One that cannot be removed keeps no other from it, and is the only one that is named."""
    deployment = Deployment({BORIS.email: BORIS.password})
    made = residue(tmp_path, deployment)
    made.account(ANNA)
    made.account(BORIS)
    refused = str(Refusal("POST", "/api/auth/sign-in/email", 401, "INVALID_EMAIL_OR_PASSWORD"))
    assert left(made.remove()) == [("account", "anna@fm5.test", f"cannot sign in to delete it: {refused}")]
    assert deployment.accounts == {}


def test_object_that_stays_is_named(tmp_path: Path) -> None:
    """Deleted, and still listed: the account goes all the same."""
    deployment = Deployment({ANNA.email: ANNA.password})
    deployment.files[ANNA.email], deployment.keeps = {"a", "b"}, {"b"}
    made = residue(tmp_path, deployment)
    made.account(ANNA)
    made.object(ANNA, "a")
    made.object(ANNA, "b")
    assert left(made.remove()) == [("object", "b", "it was deleted, and is still listed")]
    assert deployment.accounts == {}


def test_objects_that_cannot_be_deleted_are_named_with_the_refusal(tmp_path: Path) -> None:
    """All of those that were announced: nobody knows which are there."""
    deployment = Deployment({ANNA.email: ANNA.password})
    deployment.files[ANNA.email], deployment.broken = {"a", "b"}, {"DELETE /api/files/a"}
    made = residue(tmp_path, deployment)
    made.account(ANNA)
    made.object(ANNA, "b")
    made.object(ANNA, "a")
    reason = "DELETE /api/files/a -> 500 BROKEN"
    assert left(made.remove()) == [("object", "a", reason), ("object", "b", reason)]


def test_account_that_cannot_be_deleted_is_named_with_the_refusal(tmp_path: Path) -> None:
    """What the deployment said is in the reason."""
    deployment = Deployment({ANNA.email: ANNA.password})
    deployment.broken = {DELETE}
    made = residue(tmp_path, deployment)
    made.account(ANNA)
    assert left(made.remove()) == [("account", "anna@fm5.test", "POST /api/auth/delete-user -> 500 BROKEN")]


def test_session_that_outlives_its_account_is_residue(tmp_path: Path) -> None:
    """A deletion that leaves the session is none."""
    deployment = Deployment({ANNA.email: ANNA.password})
    deployment.sessions_outlive_accounts = True
    made = residue(tmp_path, deployment)
    made.account(ANNA)
    assert left(made.remove()) == [("account", "anna@fm5.test", "it was deleted, and its session still answers")]


def test_account_of_a_deployment_without_deletion_is_named(tmp_path: Path) -> None:
    """Nothing is tried that was not declared; the objects go."""
    target = environment(**{**FILES, "auth": {"email": {**EMAIL, "deletion": False}}})
    deployment = Deployment({ANNA.email: ANNA.password})
    deployment.files[ANNA.email] = {"a"}
    made = residue(tmp_path, deployment, target)
    made.account(ANNA)
    made.object(ANNA, "a")
    ((what, name, reason),) = left(made.remove())
    assert (what, name) == ("account", "anna@fm5.test")
    assert "auth.email.deletion" in reason
    assert deployment.files[ANNA.email] == set()
    assert DELETE not in deployment.asked


def test_standing_account_keeps_everything_but_the_objects(tmp_path: Path) -> None:
    """In production an account that existed before the run exists after it, with the files it had."""
    deployment = Deployment({ANNA.email: ANNA.password})
    deployment.files[ANNA.email] = {"ours", "from before"}
    made = residue(tmp_path, deployment)
    made.account(ANNA, created=False)
    made.object(ANNA, "ours")
    assert made.remove() == []
    assert deployment.accounts == {ANNA.email: ANNA.password}
    assert deployment.files[ANNA.email] == {"from before"}
    assert DELETE not in deployment.asked


def test_objects_of_a_standing_account_that_cannot_be_entered_are_named(tmp_path: Path) -> None:
    """The account is no residue, what was put into it is."""
    made = residue(tmp_path, Deployment())
    made.account(ANNA, created=False)
    made.object(ANNA, "ours")
    ((what, name, reason),) = left(made.remove())
    assert (what, name) == ("object", "ours")
    assert "401 INVALID_EMAIL_OR_PASSWORD" in reason


def test_object_of_an_account_that_nobody_announced(tmp_path: Path) -> None:
    """Its account is taken to have existed."""
    deployment = Deployment({ANNA.email: ANNA.password})
    deployment.files[ANNA.email] = {"a"}
    made = residue(tmp_path, deployment)
    made.object(ANNA, "a")
    assert made.remove() == []
    assert deployment.accounts == {ANNA.email: ANNA.password}
    assert deployment.files[ANNA.email] == set()


def test_interrupted_run_names_everything_and_asks_nothing(tmp_path: Path) -> None:
    """Accounts that were created, and what was put into those that were not."""
    deployment = Deployment({ANNA.email: ANNA.password, BORIS.email: BORIS.password})
    made = residue(tmp_path, deployment)
    made.account(ANNA)
    made.object(ANNA, "goes with the account")
    made.account(BORIS, created=False)
    made.object(BORIS, "b")
    made.object(BORIS, "a")
    assert left(made.named("the run was interrupted")) == [
        ("account", "anna@fm5.test", "the run was interrupted"),
        ("object", "a", "the run was interrupted"),
        ("object", "b", "the run was interrupted"),
    ]
    assert deployment.asked == []


@pytest.fixture
def staged(tmp_path: Path) -> Any:
    """Makes stages, without a deployment behind them."""

    def make(target: Environment) -> Stage:
        made = run(tmp_path, target)
        return Stage(made, Wiring(target, made.limits), Scheduler())

    return make


def test_accounts_are_never_created_in_production(tmp_path: Path, staged: Any) -> None:
    """Whatever a journey tries: nothing is announced, and so nothing is sent."""
    stage = staged(environment("production", **FILES))
    with pytest.raises(PermissionError, match=r"\[auth.standing\]"):
        stage.account(ANNA)
    assert not (tmp_path / "residue.jsonl").exists()


def test_standing_account_of_the_environment_is_not_to_be_removed(tmp_path: Path, staged: Any) -> None:
    """Journeys get it from the stage, which makes it known as one that existed."""
    stage = staged(environment("production", auth={"standing": STANDING}))
    assert stage.standing is not None
    assert stage.standing.password == "value-of-password"
    assert stage.residue.named("why") == []
    assert not (tmp_path / "residue.jsonl").exists()  # nobody's residue, and its address is a secret


def test_object_beyond_the_budget_is_not_announced(tmp_path: Path, staged: Any) -> None:
    """It will not be stored, so it is no residue."""
    stage = staged(environment(**FILES, budget={"objects": 1}))
    stage.object(ANNA, "a")
    with pytest.raises(BudgetExceeded):
        stage.object(ANNA, "b")
    assert [entry.get("object") for entry in journal(tmp_path)] == ["a"]


def test_who_has_left_is_no_residue(tmp_path: Path) -> None:
    """An account that was seen to be gone is not looked for again; the journal says so to whoever sweeps."""
    deployment = Deployment()
    made = residue(tmp_path, deployment)
    made.account(ANNA)
    made.object(ANNA, "a.txt")
    made.gone(ANNA)
    assert made.remove() == []
    assert deployment.asked == []
    assert journal(tmp_path)[-1] == {"gone": "anna@fm5.test"}
