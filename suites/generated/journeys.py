"""Stories that a machine makes up: the life of an account on several devices."""

from __future__ import annotations

import json
import secrets
from collections.abc import Callable
from typing import TYPE_CHECKING

from base.places import SUITES
from clients.errors import Refusal, Unreachable
from clients.identity.better_auth_members import BetterAuthPerson
from clients.wire.attempts import LIMITED
from fixtures.auth_email import EmailSignIn
from fixtures.deployment import Deployment
from fixtures.people import Stranger
from journeys import Cost, Examined, Journey, examine, step, uses
from suites.auth.journeys import Devices

if TYPE_CHECKING:  # hypothesis takes a quarter of a second to load, and only a step that makes something up pays for it
    from journeys.stories import Story
    from suites.generated.nonsense import Sent
    from suites.generated.telling import AccountStories

#: Stories that failed once. A night's own lie in the run's folder, `stories.jsonl`, until somebody brings them here.
SHIPPED = SUITES / "generated" / "stories.jsonl"


class Lifetime(
    Journey,
    after=(Stranger, Devices),
    cost=Cost(sign_ins=6),
    expected=6.0,
):
    """Stories of a member with several devices: two short ones ahead of a promotion, on an account that is there; many by night."""

    auth = uses(EmailSignIn, "change_password", "sessions")

    @step(deadline=120)
    def account(self) -> AccountStories:
        """A member whom other journeys share; by night people of its own, so that everything may be done to them."""
        from suites.generated import life
        from suites.generated.telling import AccountStories

        if self.thorough:
            return AccountStories(self.auth, None, spare=life.NIGHTLY_ACCOUNTS)
        _ = self.other(Devices).second  # signs in with the password that the stories are about to change
        return AccountStories(self.auth, self.other(Stranger).person.member, spare=0)

    @step(deadline=1800)
    def told(self) -> Examined:
        """Makes up stories, and has each of them told."""
        from journeys.stories import StoryFile, examine_stories, told
        from suites.generated import life
        from suites.generated.telling import Telling

        def tell(story: Story) -> None:
            self.note("story", told(story))
            Telling(self.account).tell(story)

        kept = StoryFile(self.context.kept("stories.jsonl"), [SHIPPED])
        if self.thorough:
            number = secrets.randbits(64)
            self.note("number", f"The stories of this night are those of the number {number}.")
            return examine_stories(life.WholeLife, tell, stories=20, acts=14, number=number, kept=kept, first=kept.stories())
        return examine_stories(life.SharedLife, tell, stories=2, acts=9, number=life.GATE_NUMBER, replays=8, kept=kept)


class Nonsense(Journey, cost=Cost(requests=26, sign_ins=2), expected=3.0):
    """Somebody sends what no page would send."""

    auth = uses(EmailSignIn)
    deployment = uses(Deployment)

    @step(independent=True, deadline=900)
    def requests(self) -> Examined:
        """Requests with bodies and headers that are not what they say. None is answered with a failure, or with a session."""
        from hypothesis import given

        from suites.generated.nonsense import REQUESTS

        nobody = self.auth.visitor("nonsense")

        @given(sent=REQUESTS)
        def is_refused(sent: Sent) -> None:
            self._refused(nobody, sent)

        return self._examined(is_refused, gate=24, nightly=400)

    @step(independent=True, deadline=900)
    def credentials(self) -> Examined:
        """Addresses and passwords from all alphabets, of people who never signed up. Nobody is let in."""
        from hypothesis import given

        from suites.generated.nonsense import ADDRESSES, PASSWORDS, Sent

        nobody = self.auth.visitor("nonsense")

        @given(address=ADDRESSES, password=PASSWORDS)
        def is_refused(address: str, password: str) -> None:
            body = json.dumps({"email": address, "password": password}).encode()
            self._refused(nobody, Sent("POST", "/sign-in/email", body, (("content-type", "application/json"),)))

        return self._examined(is_refused, gate=2, nightly=20)

    def _examined(self, prop: Callable[[], None], *, gate: int, nightly: int) -> Examined:
        from suites.generated.nonsense import GATE_NUMBER

        if self.thorough:
            return examine(prop, examples=nightly, shrink=True, kept=self.context.kept("examples"))
        return examine(prop, examples=gate, number=GATE_NUMBER)

    def _refused(self, nobody: BetterAuthPerson, sent: Sent) -> None:
        """Sends it, and looks whether it was taken for what it is."""
        try:
            answer = nobody.auth.call(sent.method, sent.path, content=sent.body, headers=dict(sent.headers))
            if answer.status_code == LIMITED:  # something that this run knows nothing of has used the limit up: that passes
                self.deployment.wait_out(answer.headers)
                answer = nobody.auth.call(sent.method, sent.path, content=sent.body, headers=dict(sent.headers))
        except Unreachable as unreachable:
            if unreachable.kind != "timeout":
                raise
            raise AssertionError(f"{sent} was not answered: {unreachable.cause}") from None
        if answer.status_code == LIMITED:
            raise Refusal(sent.method, sent.path, answer.status_code, message="the limiter throttles this machine")
        assert answer.status_code < 500, f"{sent} was answered with {answer.status_code}"
        assert nobody.auth.session_cookie() is None, f"{sent} gave out a session"
