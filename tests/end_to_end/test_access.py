"""`[access]`: a wall in front of the deployment is passed with what the environment declares, by programs and by the browser."""

from __future__ import annotations

import secrets
from pathlib import Path
from typing import Any

import pytest

from sandbox import Sandbox
from sandbox.faults.conditions import Conditions
from tests.end_to_end.command import PROJECT, Ended, verify

CHECKS = ("suites/browser/test_first_day.py", "suites/health/test_front_door.py")
SECRET = secrets.token_urlsafe(18)
VERCEL = ({"kind": "sso_wall", "bypass": SECRET}, {"x-vercel-protection-bypass": "WALL_SECRET"})
CLOUDFLARE = (
    {"kind": "access_wall", "client_id": "ci.access", "client_secret": SECRET},
    {"cf-access-client-id": "WALL_ID", "cf-access-client-secret": "WALL_SECRET"},
)


def behind(sandbox: Sandbox, folder: Path, wall: dict[str, Any], headers: dict[str, str], secret: str, *words: str) -> Ended:
    """A run against staging behind that wall, by an environment that declares these headers."""
    declared = "\n".join(f'{name} = "{variable}"' for name, variable in headers.items())
    local = (PROJECT / "environments" / "local.toml").read_text(encoding="utf-8")
    (folder / "walled.toml").write_text(f"{local}\n[access.headers]\n{declared}\n", encoding="utf-8")
    with Conditions(sandbox.connection) as conditions:
        conditions.put([wall])
        attached = (f"--env={folder / 'walled.toml'}", "--sandbox", sandbox.connection.run, "--no-report")
        return verify(folder / "out", *attached, *words, env={"WALL_SECRET": secret, "WALL_ID": "ci.access"})


@pytest.mark.parametrize("wall", [pytest.param(VERCEL, id="vercel"), pytest.param(CLOUDFLARE, id="cloudflare", marks=pytest.mark.nightly)])
def test_wall_is_passed(sandbox: Sandbox, tmp_path: Path, wall: tuple[dict[str, Any], dict[str, str]]) -> None:
    """A first day in the browser and everything around it, as if there were no wall; what opened it is written down nowhere."""
    ended = behind(sandbox, tmp_path, *wall, SECRET, *CHECKS)
    assert (ended.status, ended.verdict["kind"]) == (0, "pass"), ended.said
    kept = [path for path in ended.out.rglob("*") if path.is_file() and SECRET.encode() in path.read_bytes()]
    assert kept == []
    assert SECRET not in ended.text


def test_secret_that_opens_nothing_is_said_to(sandbox: Sandbox, tmp_path: Path) -> None:
    """It was rotated: not knowing is not failing, and declaring one again would be no advice."""
    ended = behind(sandbox, tmp_path, *VERCEL, f"old-{SECRET}", *CHECKS)
    assert (ended.status, ended.verdict["kind"]) == (3, "inconclusive"), ended.said
    assert "what [access] declares was sent and does not open it" in ended.text, ended.said
