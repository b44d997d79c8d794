"""The promotion as GitHub would run it, job by job, against the sandbox's two Workers."""

from __future__ import annotations

import datetime as dt
import json
import re
import uuid
from dataclasses import replace
from pathlib import Path

import pytest

from gonogo.promotion.records import Staged, Uploaded, write
from reports.ticket import annotation, digests
from tests.workflows.actions import Github, Job
from tests.workflows.team import Team, inputs, story, wrangler

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
    if (env.TIER === 'production' && WHEN)
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


def demand_promoted(team: Team, github: Github, before: str, **asked: object) -> None:
    """The promotion has succeeded: what is live is exactly the artifact that was verified, and what was live before is on record."""
    done = github.run("promote.yml", inputs(**asked))
    assert results(github) == dict.fromkeys(JOBS, "success") | {"restore": "skipped"}, story(github)
    assert done["result"] == "success"
    live = team.production.live
    assert live != before
    staged = json.loads((github.artifacts / "gonogo-staged" / "staged.json").read_text())
    assert (staged["version"], staged["previous"]) == (live, before)
    annotation = json.loads((github.artifacts / "gonogo-annotation" / "annotation.json").read_text())
    assert team.production.message(live) == annotation["message"]
    assert team.staging.live == annotation["version"]
    assert f"ADMITTED  staging version {annotation['version']}" in github.jobs["promote"].said
    assert f"RELEASED  {team.production.name} version {live}" in github.jobs["release"].said
    ledger = (github.artifacts / "gonogo--production--1" / "ledger.jsonl").read_text()
    assert f'"ids":["{live}"]' in ledger
    assert "team_has_a_check_of_its_own" in (github.artifacts / "gonogo--staging--1" / "ledger.jsonl").read_text()
    assert "team_has_a_check_of_its_own" in ledger
    assert before not in ledger


@pytest.mark.nightly
def test_artifact_goes_from_staging_to_production(team: Team) -> None:
    """Each job succeeds, and the version beside the live one was looked at instead of the live one."""
    demand_promoted(team, team.github(), team.production.live)


@pytest.mark.nightly
def test_promotion_under_rules_of_the_team(team: Team) -> None:
    """A check of the team's own fails from end to end, as advice: each job is given the rules, and whoever promotes sees who answers."""
    team.own_check(holds=False)
    until = dt.datetime.now(dt.UTC).date() + dt.timedelta(days=2)
    entry = f'[[advice]]\nchecks = ["own"]\nowner = "Ada"\nreason = "a new lamp"\nexpires = {until}\n'
    (team.caller / "rules.toml").write_text(entry, encoding="utf-8")
    github = team.github()
    demand_promoted(team, github, team.production.live, rules="rules.toml")
    assert f"ADVICE  own::team_has_a_check_of_its_own until {until} by Ada: a new lamp" in github.jobs["promote"].said


@pytest.mark.nightly
def test_fm5_goes_from_staging_to_production(fm5_team: Team) -> None:
    """The same with members, files, mail, and a drill on staging before the ticket."""
    fm5_team.declare("staging", "auth.email", "storage.objects", "mail.delivery", "deploy.rollback")
    demand_promoted(fm5_team, fm5_team.github(report=True), fm5_team.production.live)


def uploaded(team: Team, github: Github) -> str:
    """A version of production's Worker without traffic, from this workflow run's artifact."""
    words = ["versions", "upload", str(github.artifacts / "dist" / "index.js"), "--no-bundle", "--var", f"RELEASE:{github.sha}"]
    wrangler(team.connection, team.system.folder, *words, "-c", "wrangler.production.jsonc")
    return team.production.versions[0]


def staged(team: Team, github: Github, version: str) -> Staged:
    """The promotion as it stands when this version has been staged: what came before has succeeded, and is not played again."""
    worker, before = team.production, team.production.live
    record = Staged("cloudflare", worker.name, version, before, worker.deploy_beside(version, before, "staged").id)
    write(github.artifacts / "gonogo-staged" / "staged.json", record)
    github.done = dict.fromkeys(("staging", "verify-staging", "sign"), Job("success"))
    github.done["promote"] = Job("success", {"version": record.version, "previous": record.previous})
    return record


@pytest.mark.nightly
def test_production_is_restored_when_its_smoke_fails(team: Team) -> None:
    """What looked well at 0 % and breaks under traffic is taken back, to what was live before, without a ticket.

    Which version that is nobody can change by an artifact of that name.
    """
    github = team.github()
    spoilt(github.artifacts / "dist", when=LIVE)
    record = staged(team, github, uploaded(team, github))
    github.done = {**github.done, "release": Job("success")}
    another = team.production.other_than(record.version, record.previous)

    def meanwhile(job: str) -> None:
        if job == "smoke":
            team.production.deploy(record.version, "what the release does")
        if job == "restore":
            write(github.artifacts / "gonogo-staged" / "staged.json", replace(record, previous=another))

    github.before = meanwhile
    assert github.run("promote.yml", inputs())["result"] == "failure"
    assert results(github) == dict.fromkeys(JOBS, "success") | {"smoke": "failure", "promoted": "failure"}, story(github)
    assert f"RESTORED  shop version {record.previous} is live again" in github.jobs["restore"].said
    assert team.production.live == record.previous


def test_smoke_of_another_version_is_no_yes(team: Team) -> None:
    """After a rollback somebody runs the failed jobs again: what answers is well, and is not what this run released."""
    team.declare("production", limits={"converge_seconds": 1})
    github = team.github()
    record = staged(team, github, team.production.other_than(team.production.live))
    team.production.deploy(record.previous, "the rollback")
    github.done = {**github.done, "verify-production": Job("success"), "release": Job("success")}
    assert github.run("promote.yml", inputs())["result"] == "failure"
    assert results(github) == dict.fromkeys(JOBS, "success") | {"smoke": "failure", "promoted": "failure"}, story(github)
    assert f"version {record.version} has not arrived" in github.jobs["smoke.conclude"].said
    assert f"RESTORED  shop version {record.previous} was live already" in github.jobs["restore"].said


def test_release_needs_to_know_the_version(team: Team) -> None:
    """Without its id the live version was verified instead of the one beside it: that result releases nothing."""
    github = team.github()
    github.done = dict.fromkeys(("staging", "verify-staging", "sign", "promote", "verify-production", "smoke", "restore"), Job("success"))
    assert github.run("promote.yml", inputs())["result"] == "failure"
    assert "--- release: Everything before has succeeded FAILED" in github.jobs["release"].said


def test_version_that_fails_beside_the_live_one_gets_no_traffic(team: Team) -> None:
    """The release job fails by itself instead of being skipped, and the version is taken away again. What was seen lies in the report."""
    github = team.github(report=True)
    spoilt(github.artifacts / "dist", when="true")
    record = staged(team, github, uploaded(team, github))
    assert github.run("promote.yml", inputs())["result"] == "failure"
    ended = {"verify-production": "failure", "release": "failure", "smoke": "skipped", "promoted": "failure"}
    assert results(github) == dict.fromkeys(JOBS, "success") | ended, story(github)
    assert "FAIL  health." in github.jobs["verify-production.conclude"].said
    evidence = {path.name for path in (github.artifacts / "gonogo--production--1").iterdir()}
    assert evidence >= {"report.html", "summary.md", "verdict.json", "ledger.jsonl"}
    latest, one_before = team.production.history[:2]
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
    named = other if replaced == "annotation" else version
    said = Uploaded("cloudflare", "shop-staging", named, "", annotation(digests([dist])))
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
    """The verification of staging has failed: nothing is signed, nothing uploaded."""
    versions, before = team.production.versions, team.production.current
    github = team.github()
    github.done = {
        "staging": Job("success", {"version": team.staging.live, "message": annotation(digests([github.artifacts / "dist"]))}),
        "verify-staging": Job("failure", {"run": ""}),
    }
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
    assert (team.production.versions, team.production.current) == (versions, before)


def test_somebody_elses_deployment_is_left_alone(team: Team) -> None:
    """Who deploys between two jobs wins: neither the release nor the rollback touches it."""
    github = team.github()
    record = staged(team, github, team.production.other_than(team.production.live))
    other = team.production.other_than(record.version, record.previous)
    github.done = {**github.done, "verify-production": Job("success")}

    def meddle(job: str) -> None:
        if job == "release":
            team.production.deploy(other, "a fix by hand")

    github.before = meddle
    assert github.run("promote.yml", inputs())["result"] == "failure"
    assert (github.jobs["release"].result, github.jobs["restore"].result) == ("failure", "failure"), story(github)
    assert "somebody deployed since; nothing was changed" in github.jobs["release"].said
    assert "somebody has deployed since" in github.jobs["restore"].said
    assert team.production.live == other
