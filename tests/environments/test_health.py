"""[health]: what its bounds come to."""

from __future__ import annotations

from pathlib import Path

import pytest

from environments import EnvironmentProblem, load
from environments.schema.health import Health


@pytest.mark.parametrize(
    ("requests", "percent", "forgiven"),
    [(40, None, 1), (10, None, 1), (80, None, 2), (400, None, 10), (40, 0, 0), (40, 1.0, 1), (400, 1.0, 4), (40, 5.0, 1), (400, 100, 10)],
)
def test_share_of_a_sample_may_fail(requests: int, percent: float | None, forgiven: int) -> None:
    """One of forty where the file says nothing; a single one always, unless none is allowed."""
    given = {} if percent is None else {"error_percent": percent}
    assert Health.model_validate({"requests": requests, **given}).forgiven == forgiven


@pytest.mark.parametrize(
    ("lines", "wrong"),
    [
        ('text = "OK"', []),
        ("empty = true", []),
        (
            'text = "OK"\nexpect = { status = "ok" }',
            ["health.expect looks into an answer that is declared to be a text: take one of them out"],
        ),
        ('empty = true\ntext = "OK"\npresent = ["x"]', ["health.present", "health.text"]),
        ('text = "OK"\n[version]\nhealth_field = "v"', ["version.health_field"]),
        ('text = " "', ["health.text"]),
        ("empty = false", ["health.empty"]),
    ],
)
def test_answer_without_fields_declares_none(tmp_path: Path, lines: str, wrong: list[str]) -> None:
    """H5, H7: what looks into an answer that is declared to be a text, or empty, is a mistake."""
    file = tmp_path / "acme.toml"
    file.write_text(f'title = "x"\ntier = "staging"\norigin = "https://acme.example"\n[health]\n{lines}\n', encoding="utf-8")
    try:
        load(str(file), variables={})
        said = ""
    except EnvironmentProblem as problem:
        said = "\n".join(problem.lines)
    assert all(part in said for part in wrong), said
    assert bool(said) is bool(wrong)
