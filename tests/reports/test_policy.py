"""The policy file: what it demands, and that its mistakes are named."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from reports.errors import ReportError
from reports.policy import HERE, Policy
from reports.records import Tier
from tests.reports.ledgers import CAPABILITIES, POLICY, ROWS


def test_shipped_policy_knows_every_tier() -> None:
    """Every tier has demands, and blocking severities are required in each."""
    assert set(POLICY.tiers) == set(Tier.__args__)  # type: ignore[attr-defined]
    assert all({"blocker", "critical"} <= set(tier.severities) for tier in POLICY.tiers.values())
    assert all(tier.capabilities for tier in POLICY.tiers.values())


def test_digest_follows_the_file(tmp_path: Path) -> None:
    """Any change of the file is another policy."""
    changed = tmp_path / "policy.toml"
    changed.write_bytes(HERE.read_bytes() + b"# weaker\n")
    assert Policy.load(HERE).digest == POLICY.digest != Policy.load(changed).digest


@pytest.mark.parametrize(
    ("tier", "required"),
    [
        ("sandbox", {"says_healthy", "visitor_becomes_a_member", "confirmation_is_mailed", "goes_back_and_forward"}),
        ("staging", {"says_healthy", "visitor_becomes_a_member", "confirmation_is_mailed", "goes_back_and_forward"}),
        ("preview", {"says_healthy", "visitor_becomes_a_member", "confirmation_is_mailed"}),
        ("production", {"says_healthy"}),
    ],
)
def test_required_checks_of_a_tier(tier: str, required: set[str]) -> None:
    """A tier requires the checks of declared capabilities that belong to it and matter."""
    demands = POLICY.tiers[tier]
    found = {row.id.partition("::")[2] for row in ROWS if demands.requires(row, frozenset(CAPABILITIES))}
    assert found == required


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[tiers.sandbox", "is not TOML"),
        ("surprise = 1\n[tiers]\n", "surprise"),
        ("[tiers.sandbox]\ndrills = true\n", "tiers.sandbox.capabilities"),
    ],
)
def test_mistakes_are_named(tmp_path: Path, text: str, words: str) -> None:
    """An unusable policy is one error that names the file and the mistakes."""
    path = tmp_path / "policy.toml"
    path.write_text(text)
    with pytest.raises(ReportError, match=r"policy\.toml") as caught:
        Policy.load(path)
    assert words in str(caught.value)


def test_bound_of_a_run_is_finite(tmp_path: Path) -> None:
    """TOML knows `inf`; a bound that nothing exceeds is none."""
    path = tmp_path / "policy.toml"
    text = HERE.read_text(encoding="utf-8")
    path.write_text(re.sub(r"run_seconds = \d+", "run_seconds = inf", text, count=1), encoding="utf-8")
    with pytest.raises(ReportError, match=r"limits\.run_seconds: Input should be a finite number"):
        Policy.load(path)


def test_missing_policy_is_one_sentence(tmp_path: Path) -> None:
    """A policy that is not there is named."""
    with pytest.raises(ReportError, match="cannot read the policy"):
        Policy.load(tmp_path / "policy.toml")
