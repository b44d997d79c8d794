"""[health]: what its bounds come to."""

from __future__ import annotations

import pytest

from environments.schema.health import Health


@pytest.mark.parametrize(
    ("requests", "percent", "forgiven"),
    [(40, None, 1), (10, None, 1), (80, None, 2), (400, None, 10), (40, 0, 0), (40, 1.0, 1), (400, 1.0, 4), (40, 5.0, 1), (400, 100, 10)],
)
def test_share_of_a_sample_may_fail(requests: int, percent: float | None, forgiven: int) -> None:
    """One of forty where the file says nothing; a single one always, unless none is allowed."""
    given = {} if percent is None else {"error_percent": percent}
    assert Health.model_validate({"requests": requests, **given}).forgiven == forgiven
