"""What every workflow keeps to, whatever it does."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator
from typing import Any

import pytest

from tests.house import ROOT
from tests.workflows.actions import WORKFLOWS, load

NAMES = sorted(path.name for path in WORKFLOWS.glob("*.yml"))
PINNED = re.compile(r"uses: (?:\$/\.github/workflows/[\w-]+\.yml|[\w./-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+)")


def jobs() -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Every job: the workflow's name, its own, and what it says."""
    for name in NAMES:
        for job, content in load(name)["jobs"].items():
            yield name, job, content


def test_workflows_are_those_that_are_documented() -> None:
    """A page says of each what it is for."""
    page = (ROOT / "docs" / "workflows.md").read_text(encoding="utf-8")
    assert set(re.findall(r"`([a-z]+\.yml)`", page)) == set(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_nothing_is_allowed_by_default(name: str) -> None:
    """No permission for the workflow; what a job needs it says itself."""
    assert load(name)["permissions"] == {}
    for job, content in load(name)["jobs"].items():
        assert "permissions" in content, f"{job} says nothing about permissions"


@pytest.mark.parametrize("name", NAMES)
def test_actions_are_pinned(name: str) -> None:
    """By a full commit hash, with its version beside it."""
    used = [line.strip().removeprefix("- ") for line in (WORKFLOWS / name).read_text().splitlines() if re.match(r"\s*(- )?uses:", line)]
    assert not [line for line in used if not PINNED.fullmatch(line)]


def test_one_hash_per_action() -> None:
    """The same action is the same commit everywhere."""
    found = {line for name in NAMES for line in re.findall(r"[\w./-]+@[0-9a-f]{40} # \S+", (WORKFLOWS / name).read_text())}
    roots = [re.sub(r"^(actions/[\w-]+)[^@]*@.*", r"\1", line) for line in found]
    assert len({re.sub(r"^(actions/[\w-]+)[^@]*", r"\1", line) for line in found}) == len(set(roots))


def test_pull_requests_get_no_secret() -> None:
    """What strangers can start holds none, and no environment."""
    text = (WORKFLOWS / "ci.yml").read_text(encoding="utf-8")
    assert "secrets." not in text
    assert "environment:" not in text
    assert not [name for name in NAMES if re.search(r"pull_request_target|workflow_run\b", (WORKFLOWS / name).read_text())]


def test_scripts_take_values_from_the_environment() -> None:
    """An expression inside of a script could be injected into."""
    for name, job, content in jobs():
        for step in content.get("steps", []):
            assert "${{" not in step.get("run", ""), f"{name}: {job}"


def test_pipes_fail_with_any_of_their_commands() -> None:
    """GitHub sets pipefail for a shell that is named, and for no other."""
    for name in NAMES:
        content = load(name)
        for job, said in content["jobs"].items():
            defaults = said.get("defaults") or content.get("defaults") or {}
            assert "uses" in said or defaults.get("run", {}).get("shell") == "bash", f"{name}: {job} names no shell"


def test_nothing_trusts_a_skipped_job() -> None:
    """A job that a decision rests on always runs, and looks at the result of each one it needs itself."""
    for name, job, content in jobs():
        if not content.get("needs") or "uses" in content:
            continue
        assert "always()" in content["if"], f"{name}: {job} would be skipped, and a skipped job counts as success"
        text = str(content)
        needs = [content["needs"]] if isinstance(content["needs"], str) else content["needs"]
        unseen = [need for need in needs if f"needs.{need}.result" not in text]
        assert name == "verify.yml" or job == "restore" or not unseen, f"{name}: {job} does not look at {unseen}"


def test_promotion_verifies_versions_that_it_names() -> None:
    """Whatever else is live by then, another version is not what the promotion is about."""
    calls = {name: job["with"] for name, job in load("promote.yml")["jobs"].items() if "uses" in job}
    named = {name: given.get("expect-version") or given.get("version-override") for name, given in calls.items()}
    assert named == {
        "verify-staging": "${{ needs.staging.outputs.version }}",
        "verify-production": "${{ needs.promote.outputs.version }}",
        "smoke": "${{ needs.promote.outputs.version }}",
    }
    unseen = [name for name, value in named.items() if str(value).split(".")[1] not in str(load("promote.yml")["jobs"][name]["needs"])]
    assert not unseen, "outputs of a job that is not needed are empty"


def test_every_run_of_checks_gets_what_the_caller_asked_for() -> None:
    """Checks and drills, in whichever shard, are about the same deployment and the same version."""
    for job in ("checks", "drills"):
        step = next(step for step in load("verify.yml")["jobs"][job]["steps"] if step.get("id") == "verify")
        for name, option in (("origin", "--origin"), ("expect-version", "--expect-version"), ("marks", "-m")):
            [variable] = [key for key, value in step["env"].items() if value == f"${{{{ inputs.{name} }}}}"]
            assert f'{option} "${variable}"' in step["run"], job


def test_rules_of_a_team_come_from_its_default_branch() -> None:
    """Whoever verifies, concludes, signs or admits takes them from there, and no pull request waves its own failure through."""
    judging = {
        ("verify.yml", "checks"),
        ("verify.yml", "drills"),
        ("verify.yml", "conclude"),
        ("promote.yml", "sign"),
        ("promote.yml", "promote"),
    }
    found = set()
    for name, job, content in jobs():
        if "uses" in content and name == "promote.yml":
            assert content["with"]["rules"] == "${{ inputs.rules }}", job
        scripts = [step for step in content.get("steps", []) if re.search(r"gonogo (verify|verdict|sign|admit)\b", step.get("run", ""))]
        if name not in ("verify.yml", "promote.yml") or not scripts:
            continue
        found.add((name, job))
        [checkout] = [step["with"] for step in content["steps"] if step.get("if") == "${{ inputs.rules != '' }}"]
        assert checkout == {"ref": "${{ github.event.repository.default_branch }}", "path": "protected", "persist-credentials": False}, job
        for step in scripts:
            assert step["env"]["RULES"] == "${{ inputs.rules }}", job
            assert '--rules "../protected/$RULES"' in step["run"], job
    assert found == judging


def test_secrets_are_kept_apart() -> None:
    """Who verifies cannot deploy, who deploys cannot sign, who signs holds nothing else; each in a GitHub environment of its own."""
    held: dict[str, set[str]] = {}
    for content in load("promote.yml")["jobs"].values():
        found = set(re.findall(r"secrets\.(\w+)", str(content))) - {"GONOGO_READ_TOKEN"}
        if found:
            held.setdefault(content["environment"], set()).update(found)
    # Variables of [access] too, where a wall stands in front: who looks at what is live has to get past it.
    deploys = {"CLOUDFLARE_API_TOKEN", "CLOUDFLARE_ACCOUNT_ID", "GONOGO_VARIABLES"}
    assert held == {
        "gonogo-staging-deploy": deploys,
        "gonogo-signing": {"GONOGO_TICKET_KEY"},
        "gonogo-production": deploys,
        "gonogo-production-switch": deploys,
    }
    verifying = set(re.findall(r"secrets\.(\w+)", (WORKFLOWS / "verify.yml").read_text())) - {"GONOGO_READ_TOKEN"}
    assert verifying == {"GONOGO_VARIABLES"}


def test_zizmor_finds_nothing() -> None:
    """The same command as `make lint`."""
    zizmor = ROOT / ".venv" / "bin" / "zizmor"
    done = subprocess.run([zizmor, "--offline", "--no-progress", WORKFLOWS], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout
