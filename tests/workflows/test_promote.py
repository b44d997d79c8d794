"""The promotion as GitHub would run it, job by job, against the sandbox's two Workers."""

from __future__ import annotations

import json

from tests.workflows.actions import Github
from tests.workflows.conftest import CHECK, Team, inputs

MEMBERS = ("auth.email", "storage.objects", "mail.delivery")
JOBS = ["staging", "verify-staging", "sign", "promote", "verify-production", "release", "smoke", "restore", "promoted"]
# Breaks as soon as it is asked without an override: what nobody could see at 0 %.
FALSE_FRIEND = """\
import app from './index.js';
export default {
  ...app,
  fetch(request, env, context) {
    if (env.BASE_URL === 'https://fm5.test' && !request.headers.has('cloudflare-workers-version-overrides'))
      return Response.json({ status: 'unhealthy' }, { status: 503, headers: { 'x-version-id': env.CF_VERSION_METADATA.id } });
    return app.fetch(request, env, context);
  },
};
"""
BROKEN = FALSE_FRIEND.replace(" && !request.headers.has('cloudflare-workers-version-overrides')", "")


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
    ledger = (github.artifacts / "gonogo-production-1" / "ledger.jsonl").read_text()
    assert f'"ids":["{live}"]' in ledger
    assert str(before) not in ledger


def test_production_is_restored_when_its_smoke_fails(team: Team) -> None:
    """What looked well at 0 % and breaks under traffic is taken back, to the recorded version, without a ticket."""
    before = team.worker().current().sole
    github = team.github()
    (github.artifacts / "dist" / "entry.js").write_text(FALSE_FRIEND)
    assert github.run("promote.yml", inputs(main="entry.js"))["result"] == "failure"
    expected = dict.fromkeys(JOBS, "success") | {"smoke": "failure", "promoted": "failure"}
    assert results(github) == expected, story(github)
    assert "RELEASED" in github.jobs["release"].said
    assert f"RESTORED  fm5 version {before} is live again" in github.jobs["restore"].said
    assert team.worker().current().sole == before


def test_version_that_fails_beside_the_live_one_gets_no_traffic(team: Team) -> None:
    """The release job fails by itself instead of being skipped, and the version is taken away again."""
    before = team.worker().current().sole
    github = team.github()
    (github.artifacts / "dist" / "entry.js").write_text(BROKEN)
    assert github.run("promote.yml", inputs(main="entry.js"))["result"] == "failure"
    expected = dict.fromkeys(JOBS, "success") | {
        "verify-production": "failure",
        "release": "failure",
        "smoke": "skipped",
        "promoted": "failure",
    }
    assert results(github) == expected, story(github)
    history = team.worker().history()
    assert team.worker().current().sole == before
    assert all(share.percentage == 0 for release in history[:2] for share in release.shares if share.version_id != before)


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
    known = [version.id for version in team.worker().versions()]
    before = team.worker().current().sole
    other = next(version for version in known if version != before)

    def meddle(job: str) -> None:
        if job == "release":
            team.worker().deploy(other, "a fix by hand")

    github = team.github()
    github.before = meddle
    try:
        assert github.run("promote.yml", inputs())["result"] == "failure"
        assert (github.jobs["release"].result, github.jobs["restore"].result) == ("failure", "failure")
        assert "somebody deployed since; nothing was changed" in github.jobs["release"].said
        assert "somebody has deployed since" in github.jobs["restore"].said
        assert team.worker().current().sole == other
    finally:
        team.worker().deploy(str(before), "as it was")
