"""[health]: what its bounds come to."""

from __future__ import annotations

from pathlib import Path

import pytest

from environments import EnvironmentProblem, demand_subject, load
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
        ('contains = "up"', []),
        ('contains = " "', ["health.contains: must have something in it"]),
        ('contains = "up"\ntext = "OK"', ["health.contains looks into"]),
        ('contains = "up"\nservices = { a = "auth.email" }', ["health.services looks into"]),
        ("status = 204", []),
        ("status = 204\nempty = true", []),
        ('status = "2xx"', []),
        ("status = [200, 201]\nexpect = { ok = true }", []),
        ("status = 204\nexpect = { ok = true }", ["health.expect looks into an answer that is declared to be one with status 204"]),
        ('status = 204\ncontains = "x"', ["health.contains looks into"]),
        ('status = 200\n[version]\nhealth_field = "v"', []),
        ('status = 204\n[version]\nhealth_field = "v"', ["version.health_field"]),
        ("status = 302", ["health.status: must be a status of a success"]),
        ("status = true", ["health.status: must be a status of a success"]),
        ("status = []", ["health.status: must be a status of a success"]),
        ('status = "ok"', ["health.status: must be a status of a success"]),
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


@pytest.mark.parametrize(
    ("keys", "alone", "plain", "successes"),
    [
        ({}, False, False, (200,)),
        ({"status": 204}, True, True, (204,)),
        ({"status": [200, 202]}, True, True, (200, 202)),
        ({"status": [200, 202], "expect": {"ok": True}}, False, False, (200, 202)),
        ({"status": 201, "contains": "up"}, False, True, (201,)),
        ({"contains": "up"}, False, True, (200,)),
        ({"empty": True}, False, True, (200, 204)),
        ({"status": "2xx"}, True, True, tuple(range(200, 300))),
    ],
)
def test_status_alone_says_nothing_of_the_body(keys: dict[str, object], alone: bool, plain: bool, successes: tuple[int, ...]) -> None:
    """With any other key that looks into the answer, the status is one demand among others."""
    health = Health.model_validate(keys)
    assert (health.status_alone, health.plain, health.successes) == (alone, plain, successes)


@pytest.mark.parametrize(
    ("sections", "subject"),
    [
        ("", False),
        ('[headers]\nx-frame-options = "DENY"', False),
        ('[mail.delivery]\nkey = "K"\nsender = "A <a@acme.example>"', False),
        ("[health]", True),
        ('[auth.email]\naddresses = "a+{label}@acme.example"\nverification = false\nreset = false', True),
        ('[auth.bearer]\nsign_up = "/signup"', True),
    ],
)
def test_file_has_to_name_something_to_find_out(tmp_path: Path, sections: str, subject: bool) -> None:
    """Health, or something deeper; with neither a verdict would say nothing."""
    file = tmp_path / "acme.toml"
    file.write_text(f'title = "x"\ntier = "staging"\norigin = "https://acme.example"\n{sections}\n', encoding="utf-8")
    environment = load(str(file), variables=None)
    if subject:
        demand_subject(environment)
        return
    with pytest.raises(EnvironmentProblem, match=r"add \[health\], or a section that looks into it"):
        demand_subject(environment)
