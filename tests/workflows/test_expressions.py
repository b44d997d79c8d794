"""The emulation of expressions says what GitHub's documentation says."""

from __future__ import annotations

from typing import Any

import pytest

from tests.workflows.expressions import Unsupported, condition, evaluate, fill

CONTEXTS: dict[str, Any] = {"needs": {"a-b": {"result": "success", "outputs": {"id": "7"}}}, "inputs": {"flag": False, "text": ""}}


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("needs.a-b.result", "success"),
        ("needs.other.result", None),
        ("needs.a-b.outputs.id != ''", True),
        ("needs.none.outputs.id != ''", False),
        ("inputs.flag && 'x' || 'y'", "y"),
        ("'It''s' == 'it''s'", True),
        ("!inputs.flag && (inputs.text == '' || false)", True),
        ("fromJSON('[1, 2]')", [1, 2]),
        ("inputs.text || 'else'", "else"),
    ],
)
def test_values(text: str, value: object) -> None:
    """Operators give one of their operands, texts are compared without case, what is not there is nothing."""
    assert evaluate(text, CONTEXTS, {}) == value


@pytest.mark.parametrize("text", ["github.ref", "hashFiles('x')", "1 +", "'open", "inputs.flag inputs.text"])
def test_what_is_not_known_is_not_guessed(text: str) -> None:
    """An unknown context, function or sign ends the test that uses it."""
    with pytest.raises(Unsupported):
        evaluate(text, CONTEXTS, {})


@pytest.mark.parametrize(
    ("fine", "text", "runs"),
    [
        (False, None, False),
        (True, None, True),
        (False, "inputs.text == ''", False),
        (False, "${{ always() && inputs.text == '' }}", True),
        (True, "always() && inputs.flag", False),
    ],
)
def test_conditions_without_a_word_about_the_status_want_success(fine: bool, text: str | None, runs: bool) -> None:
    """A job after a failed one only runs when its condition says so."""
    functions = {"success": lambda: fine, "always": lambda: True}
    assert condition(text, CONTEXTS, functions) is runs


def test_values_are_filled_in() -> None:
    """A text keeps its surroundings, a value that is nothing but an expression its type."""
    given = {"a": "${{ inputs.flag }}", "b": "x-${{ needs.a-b.outputs.id }}-${{ inputs.flag }}", "c": ["${{ inputs.text }}"], "d": 1}
    assert fill(given, CONTEXTS, {}) == {"a": False, "b": "x-7-false", "c": [""], "d": 1}
