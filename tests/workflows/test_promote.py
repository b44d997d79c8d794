"""The promotion as GitHub would run it, job by job, against the sandbox's two Workers."""

from __future__ import annotations

import json
import re
import uuid
from dataclasses import replace
from pathlib import Path

import pytest

from promotion.records import Staged, Uploaded, write
from reports.ticket import annotation, digests
from tests.workflows.actions import Github, Job
from tests.workflows.conftest import CHECK, Team, inputs

MEMBERS = ("auth.email", "storage.objects", "mail.delivery")
JOBS = ["staging", "verify-staging", "sign", "promote", "verify-production", "release", "smoke", "restore", "promoted"]
# Breaks as soon as it is asked without an override: what nobody could see at 0 %.
LIVE = "!request.headers.has('cloudflare-workers-version-overrides')"


def spoilt(folder: Path, when: str) -> None:
    """A build whose health breaks in production, whenever this condition about the request holds."""
    file = folder / "index.js"
    text, found = re.subn(
        r"export \{\s*(\w+) as default\s*\};",
        r"""
const whole = \1;
export default {
  ...whole,
  fetch(request, env, context) {
    if (env.BASE_URL === 'https://fm5.test' && WHEN)
      return Response.json({ status: 'unhealthy' }, { status: 503, headers: { 'x-version-id': env.CF_VERSION_METADATA.id } });
    return whole.fetch(request, env, context);
  },
};
""".replace("WHEN", when),
        file.read_text(encoding="utf-8"),
    )
    assert found == 1
    file.write_text(text, encoding="utf-8")


def results(github: Github) -> dict[str, str]:
    """How each job of the promotion ended."""
    return {name: github.jobs[name].result for name in JOBS}


def story(github: Github) -> str:
    """What all jobs said, with the time they took."""
    return "\n".join(f"=== {name}: {job.result} after {job.seconds:.0f} s\n{job.said}" for name, job in github.jobs.items())


def test_artifact_goes_from_staging_to_production(team: Team) -> None:
    """Each job succeeds; what is live then is exactly the artifact that was verified, and what was live before is on record."""
    team.declare("staging", "local", "staging", *MEMBERS, "deploy.rollback")
    before = team.worker().current().sole
    github = team.github()
    done = github.run("promote.yml", inputs())
    assert results(github) == dict.fromkeys(JOBS, "success") | {"restore": "skipped"}, story(github)
    assert done["result"] == "success"
    live = team.worker().current().sole
    assert live is not None
    assert live != before
    staged = json.loads((github.artifacts / "gonogo-staged" / "staged.json").read_text())
    assert (staged["version"], staged["previous"]) == (live, before)
    annotation = json.loads((github.artifacts / "gonogo-annotation" / "annotation.json").read_text())
    assert team.worker().version(live).message == annotation["message"]
    assert team.worker("fm5-staging").current().sole == annotation["version"]
    assert f"ADMITTED  staging version {annotation['version']}" in github.jobs["promote"].said
    ledger = (github.artifacts / "gonogo--production--1" / "ledger.jsonl").read_text()
    assert f'"ids":["{live}"]' in ledger
    assert str(before) not in ledger


def staged(team: Team, github: Github) -> Staged:
    """The promotion as it stands when its version has been staged: what came before has succeeded, and is not played again."""
    worker, dist = team.worker(), github.artifacts / "dist"
    before = str(worker.current().sole)
    message, variables = annotation(digests([dist])), {"RELEASE": github.sha}
    version = worker.upload(dist / "index.js", team.caller / "wrangler.production.jsonc", message, variables=variables)
    record = Staged("fm5", version.id, before, worker.deploy_beside(version.id, before, "staged").id)
    write(github.artifacts / "gonogo-staged" / "staged.json", record)
    github.done = dict.fromkeys(("staging", "verify-staging", "sign"), Job("success"))
    github.done["promote"] = Job("success", {"version": record.version, "previous": record.previous})
    return record


def test_production_is_restored_when_its_smoke_fails(team: Team) -> None:
    """What looked well at 0 % and breaks under traffic is taken back, to what was live before, without a ticket.

    Which version that is nobody can change by an artifact of that name.
    """
    github = team.github()
    spoilt(github.artifacts / "dist", when=LIVE)
    record = staged(team, github)
    another = next(version.id for version in team.worker().versions() if version.id not in (record.version, record.previous))

    def replace_the_record(job: str) -> None:
        if job == "restore":
            write(github.artifacts / "gonogo-staged" / "staged.json", replace(record, previous=another))

    github.before = replace_the_record
    assert github.run("promote.yml", inputs())["result"] == "failure"
    assert results(github) == dict.fromkeys(JOBS, "success") | {"smoke": "failure", "promoted": "failure"}, story(github)
    assert f"RELEASED  fm5 version {record.version}" in github.jobs["release"].said
    assert f"RESTORED  fm5 version {record.previous} is live again" in github.jobs["restore"].said
    assert team.worker().current().sole == record.previous


def test_smoke_of_another_version_is_no_yes(team: Team) -> None:
    """After a rollback somebody runs the failed jobs again: what answers is well, and is not what this run released."""
    github = team.github()
    record = staged(team, github)
    team.worker().deploy(record.previous, "the rollback")
    github.done = {**github.done, "verify-production": Job("success"), "release": Job("success")}
    assert github.run("promote.yml", inputs())["result"] == "failure"
    assert results(github) == dict.fromkeys(JOBS, "success") | {"smoke": "failure", "promoted": "failure"}, story(github)
    assert f"version {record.version} has not arrived" in github.jobs["smoke.conclude"].said
    assert f"RESTORED  fm5 version {record.previous} was live already" in github.jobs["restore"].said


def test_release_needs_to_know_the_version(team: Team) -> None:
    """Without its id the live version was verified instead of the one beside it: that result releases nothing."""
    github = team.github()
    github.done = dict.fromkeys(("staging", "verify-staging", "sign", "promote", "verify-production", "smoke", "restore"), Job("success"))
    assert github.run("promote.yml", inputs())["result"] == "failure"
    assert "--- release: Everything before has succeeded FAILED" in github.jobs["release"].said


def test_version_that_fails_beside_the_live_one_gets_no_traffic(team: Team) -> None:
    """The release job fails by itself instead of being skipped, and the version is taken away again."""
    github = team.github()
    spoilt(github.artifacts / "dist", when="true")
    record = staged(team, github)
    assert github.run("promote.yml", inputs())["result"] == "failure"
    ended = {"verify-production": "failure", "release": "failure", "smoke": "skipped", "promoted": "failure"}
    assert results(github) == dict.fromkeys(JOBS, "success") | ended, story(github)
    assert "FAIL  health." in github.jobs["verify-production.conclude"].said
    latest, one_before = team.worker().history()[:2]
    assert latest.sole == record.previous
    assert one_before.id == record.deployment


@pytest.mark.parametrize("replaced", ["artifact", "annotation"])
@pytest.mark.parametrize("job", ["sign", "promote"])
def test_what_was_replaced_after_staging_goes_no_further(job: str, replaced: str, team: Team) -> None:
    """Every job can replace the artifacts of its run. An annotation that fits to it does not help, nor does another version's."""
    github = team.github()
    dist, version, other = github.artifacts / "dist", str(uuid.uuid4()), str(uuid.uuid4())
    message = annotation(digests([dist]))
    if replaced == "artifact":
        spoilt(dist, when="true")
    said = Uploaded("fm5-staging", other if replaced == "annotation" else version, "", annotation(digests([dist])))
    write(github.artifacts / "gonogo-annotation" / "annotation.json", said)
    github.done = {"staging": Job("success", {"version": version, "message": message}), "verify-staging": Job("success")}
    if job == "promote":
        github.done["sign"] = Job("success")
    assert github.run("promote.yml", inputs())["result"] == "failure"
    assert results(github)[job] == "failure"
    [refusal] = [line for line in github.jobs[job].said.splitlines() if line.startswith("REFUSED")]
    found = (
        f"the annotation is about {other} {message}" if replaced == "annotation" else f"this is {said.message}, and staging got {message}"
    )
    assert found in refusal, story(github)
    assert "--- promote: Upload" not in github.jobs["promote"].said


def test_nothing_reaches_production_without_a_verdict(team: Team) -> None:
    """A check of the team's own fails on staging: nothing is signed, nothing uploaded."""
    (team.caller / "checks" / "test_own.py").write_text(CHECK.format(holds="False"), encoding="utf-8")
    versions, before = team.worker().versions(), team.worker().current()
    github = team.github()
    assert github.run("promote.yml", inputs())["result"] == "failure"
    assert results(github) == {
        "staging": "success",
        "verify-staging": "failure",
        "sign": "failure",
        "promote": "failure",
        "verify-production": "skipped",
        "release": "failure",
        "smoke": "skipped",
        "restore": "skipped",
        "promoted": "failure",
    }
    assert not (github.artifacts / "gonogo-ticket").exists()
    assert (team.worker().versions(), team.worker().current()) == (versions, before)


def test_somebody_elses_deployment_is_left_alone(team: Team) -> None:
    """Who deploys between two jobs wins: neither the release nor the rollback touches it."""
    github = team.github()
    record = staged(team, github)
    other = next(version.id for version in team.worker().versions() if version.id not in (record.version, record.previous))
    github.done = {**github.done, "verify-production": Job("success")}

    def meddle(job: str) -> None:
        if job == "release":
            team.worker().deploy(other, "a fix by hand")

    github.before = meddle
    try:
        assert github.run("promote.yml", inputs())["result"] == "failure"
        assert (github.jobs["release"].result, github.jobs["restore"].result) == ("failure", "failure"), story(github)
        assert "somebody deployed since; nothing was changed" in github.jobs["release"].said
        assert "somebody has deployed since" in github.jobs["restore"].said
        assert team.worker().current().sole == other
    finally:
        team.worker().deploy(record.previous, "as it was")
