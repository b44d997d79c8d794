"""A deployment that refuses haste is paced where its limit is declared, and never at fault where it is not."""

from __future__ import annotations

import time
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from clients.errors import Refusal
from fixtures.throttling import advice
from fixtures.wiring import Wiring
from gonogo.plugin import outcomes
from gonogo.plugin.outcomes import outcome_of
from gonogo.run.state import RUN
from journeys import StepBroke
from tests.clients.servers import Answer, Arrived, serving
from tests.gonogo.fakes import EMAIL, MEMBERS, ORIGIN, environment, run

SIGN_IN = "/api/auth/sign-in/email"
RULE = {"paths": ["/sign-in/*"], "max": 2, "window": 0.6}


def target(*limits: dict[str, Any], **sections: Any) -> Any:
    """An environment that declares these limits and no others."""
    return environment(**{**MEMBERS, "auth": {"email": {**EMAIL, "limits": list(limits)}}, **sections})


class Limiter:
    """A sign-in that takes two requests; then none for a while after the last one that it took."""

    def __init__(self) -> None:
        self.taken, self.last, self.refused = 0, 0.0, 0

    def __call__(self, _: Arrived) -> Answer:
        now = time.monotonic()
        if now - self.last > RULE["window"]:  # type: ignore[operator]
            self.taken = 0
        if self.taken == RULE["max"]:
            self.refused += 1
            return Answer(429, b'{"message":"Too many requests."}', (("x-retry-after", "1"),))
        self.taken, self.last = self.taken + 1, now
        return Answer()


@pytest.mark.parametrize(("limits", "refused"), [((RULE,), 0), ((), 3)], ids=["declared", "not declared"])
def test_declared_limit_is_kept_to(tmp_path: Path, limits: tuple[dict[str, Any], ...], refused: int) -> None:
    """Every sign-in waits for its turn and none is refused; without the declaration the third and later ones are."""
    limiter = Limiter()
    with serving(tmp_path, "staging.fm5.test") as server:
        server.routes[SIGN_IN] = limiter
        wiring = Wiring(target(*limits, connect=server.connect, ca=str(server.ca)), tmp_path / "limits.json")
        try:
            with wiring.wire.client(ORIGIN) as http:
                first = [http.post(SIGN_IN).status_code for _ in range(3)]
                assert first == ([200, 200, 200] if limits else [200, 200, 429])
                if limits:
                    assert [http.post(SIGN_IN).status_code for _ in range(2)] == [200, 200]
        finally:
            wiring.close()
    assert limiter.refused == min(refused, 1)


@pytest.mark.parametrize(
    ("limits", "words"),
    [
        ((), '[[auth.email.limits]] paths = ["/sign-in/email"], max = REQUESTS, window = 7'),
        ((RULE,), "The run kept to 2 in 0.6 s, as [auth.email.limits] says: the deployment allows less"),
    ],
    ids=["not declared", "declared as more"],
)
def test_refusal_names_the_limit_to_declare(limits: tuple[dict[str, Any], ...], words: str) -> None:
    """Nobody's fault, and what to write into the file."""
    refusal = Refusal("POST", SIGN_IN, 429, message="Too many requests.", retry_after=7)
    assert outcome_of(StepBroke("Joining", "signed_in", refusal)) == "inconclusive"
    assert words in advice(refusal, target(*limits))


def test_rule_of_the_zone_is_none_of_the_apps() -> None:
    """Cloudflare's own rate limiting is not better-auth's."""
    assert "Cloudflare zone" in advice(Refusal("GET", "/health", 429, message="error code: 1015"), target())


@pytest.mark.parametrize(
    ("refusal", "declared"),
    [
        (Refusal("POST", SIGN_IN, 401, "INVALID_EMAIL_OR_PASSWORD"), target()),
        (Refusal("GET", "/api/files", 429), target()),
        (Refusal("GET", "/api/files", 429), environment()),
    ],
    ids=["another refusal", "no path of authentication", "no authentication"],
)
def test_other_refusals_get_no_advice(refusal: Refusal, declared: Any) -> None:
    """There is nothing to declare."""
    assert advice(refusal, declared) == ""


def test_check_says_it(tmp_path: Path) -> None:
    """A check whose journey was refused is inconclusive, with the lines to add in its reason."""
    config = SimpleNamespace(stash=pytest.Stash())
    config.stash[RUN] = run(tmp_path, target())
    item: Any = SimpleNamespace(nodeid="suites/auth/test_sessions.py::test_x", stash=pytest.Stash(), config=config)
    playing = outcomes.pytest_pyfunc_call(item)
    next(playing)
    with pytest.raises(StepBroke):
        playing.throw(StepBroke("Joining", "signed_in", Refusal("POST", SIGN_IN, 429, retry_after=10)))
    ended = item.stash[outcomes.ENDED]
    assert ended["outcome"] == "inconclusive"
    assert "POST /api/auth/sign-in/email -> 429" in ended["reason"]
    assert '[[auth.email.limits]] paths = ["/sign-in/email"], max = REQUESTS, window = 10' in ended["reason"]
