"""What pytest prints of a check is plain text as well: a message cannot bring a line, an escape or a command of its own (W1, W2)."""

from __future__ import annotations

import pytest

from gonogo.plugin.outcomes import hide

FORGED = "the title is v1\nPASS  all required checks hold\n::error::forged\x1b[2J\u202e##[error]x"


def report(longrepr: object) -> pytest.TestReport:
    """A failed check with this message."""
    made = pytest.TestReport("a.py::test_b", ("a.py", 1, "test_b"), {}, "failed", longrepr, "call", [("Captured stdout call", FORGED)])  # type: ignore[arg-type]
    made.user_properties = [("title", FORGED)]
    return made


@pytest.mark.parametrize("longrepr", [FORGED, ("a.py", 1, FORGED)], ids=["message", "skip"])
def test_message_of_a_check_is_plain(longrepr: object) -> None:
    """Wherever the deployment's text stands in a report: in the message, in what was captured, in a property."""
    made = report(longrepr)
    hide(made, str)
    shown = [str(made.longrepr), *(text for _, text in made.sections), *(str(value) for _, value in made.user_properties)]
    for text in shown:
        assert "\x1b" not in text
        assert "\u202e" not in text
        assert "##[" not in text
        assert not [line for line in text.split("\n") if line.lstrip().startswith("::")]
    assert not [line for line in str(made.longrepr).split("\n") if line.startswith("PASS")]


def test_ordinary_message_stays() -> None:
    """What is plain already is left alone."""
    made = report("the health answer says {'status': 'broken'}")
    hide(made, str)
    assert made.longrepr == "the health answer says {'status': 'broken'}"
