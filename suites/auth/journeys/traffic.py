"""What must hold while many people are there: shared isolates, caches in between, mails of all sign-ups, limits."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass

from clients.errors import Inconclusive
from clients.identity.better_auth_members import BetterAuthPerson
from clients.wire.attempts import LIMITED
from clients.wire.crowd import Readings
from clients.wire.observed import Admission
from fixtures.auth_email import EmailSignIn
from fixtures.deployment import Deployment
from fixtures.people import Owner, Stranger
from journeys import Journey, NotReached, step, uses
from suites.auth.journeys.joining import Joining
from suites.auth.journeys.refusals import Enumeration, Outsiders, Refusals

# How often a made-up address is tried where the limiter lets everybody go on meanwhile, and how often it has to help.
DISGUISES, SHOWN = 4, 2


class Crowd(Journey, after=(Owner,), expected=3.0):
    """A member's session is read many times, one after another and side by side, while others give up before the answer is there."""

    auth = uses(EmailSignIn)

    @step(deadline=180)
    def readings(self) -> Readings:
        """Reads. Where no member could come in, a visitor reads: what is shared by requests breaks theirs as well."""
        try:
            reader = self.auth.of(self.other(Owner).person)
        except NotReached:
            reader = self.auth.visitor("reader")
        readings = self.auth.crowd(reader)
        self.figure(
            f"sessions {len(readings.done)} reads beside {readings.given_up} that gave up: slowest {readings.slowest * 1000:.0f} ms, "
            f"{len(readings.failed)} failed"
        )
        return readings


class Admissions(
    Journey,
    after=(Joining, Owner, Stranger, Outsiders, Refusals, Enumeration),
    expected=9.0,
):
    """Every sign-up and sign-in of the other journeys: the two requests that cost the deployment the most work."""

    auth = uses(EmailSignIn)

    @step(deadline=180)
    def answered(self) -> tuple[Admission, ...]:
        """Waits until the others have come in, and looks at how each was answered."""
        others = self.other(Joining), self.other(Owner), self.other(Stranger), self.other(Outsiders), self.other(Refusals)
        joining, owner, stranger, outsiders, refusals = others
        for last in (
            lambda: joining.replayed,
            lambda: owner.person,
            lambda: stranger.person,
            lambda: outsiders.foreign_callback,
            lambda: refusals.foreign_origin,
            lambda: self.other(Enumeration).member_afterwards,
        ):
            with suppress(NotReached):  # who did not come in has been counted all the same
                last()
        answered = tuple(self.auth.members.admissions())
        slowest = max((admission.seconds for admission in answered), default=0.0)
        self.figure(f"sign-ins {len(answered)} with sign-ups: slowest {slowest * 1000:.0f} ms")
        return answered


@dataclass(frozen=True)
class Burst:
    """Statuses of sign-ins with a wrong password, in their order."""

    statuses: tuple[int, ...]

    @property
    def throttled(self) -> bool:
        """Whether the limiter answered."""
        return LIMITED in self.statuses

    @property
    def judged(self) -> int:
        """How many were let through to where the password is looked at."""
        return sum(status == 401 for status in self.statuses)


class Flood(Journey, exclusive=True, expected=3.0):
    """Somebody guesses passwords as fast as they can, then pretends to be somebody else; meanwhile another client signs in."""

    auth = uses(EmailSignIn, "limits_drill")
    deployment = uses(Deployment)

    @step
    def guesser(self) -> BetterAuthPerson:
        """Somebody at an address of their own, where the environment declares several."""
        return self.auth.visitor("guesser")

    @step(deadline=60)
    def burst(self) -> Burst:
        """Guesses, well above every limit that makes sense, until the limiter answers."""
        return self._throttle()

    @step(deadline=120)
    def disguised(self) -> dict[str, Burst]:
        """Goes on guessing under made-up client addresses, one after another in each header that a proxy might believe."""
        assert self.burst.throttled, f"{len(self.burst.statuses)} guesses were not throttled: there is nothing to get around"
        headers = ("x-forwarded-for", "cf-connecting-ip", "true-client-ip", "x-real-ip", "forwarded", "x-client-ip")
        return {header: self._disguise(header) for header in headers}

    def _disguise(self, header: str) -> Burst:
        """Two guesses with this header while the client is throttled.

        A limiter lets everybody go on after a while, and on a slow day these guesses take longer than that: one that was let through tells
        something only if the client without the header is still held back, and only if that is seen twice, since the limiter may have
        begun anew with that very guess.
        """
        helped = 0
        for _ in range(DISGUISES):
            burst = Burst((self._guess(self.guesser, header), self._guess(self.guesser, header)))
            if not burst.judged:
                return burst
            if self._guess(self.guesser) == LIMITED:
                helped += 1
                if helped == SHOWN:
                    return burst
            else:
                self._throttle(before=f"a made-up {header} could get around")
        text = f"the limiter let everybody go on before two guesses with a made-up {header} had their answer, {DISGUISES} times"
        raise Inconclusive(f"{text}: verify again when the deployment answers faster")

    @step(deadline=120)
    def another_client(self) -> Burst:
        """Another client, at another address, mistypes a password once meanwhile, and once more if that was too much.

        A run or a shard just before may have signed in from that address: what it used up passes, what the first client does goes on.
        """
        _ = self.disguised
        another = self.auth.visitor("another client")
        status, headers = self._asked(another)
        if status == LIMITED:
            self.deployment.wait_out(headers)
            self._throttle(before="another client could suffer from")
            status = self._guess(another)
        return Burst((status,))

    def _throttle(self, before: str = "") -> Burst:
        """Guesses until the limiter answers. With ``before``, it has to: what comes next says something only about a client held back."""
        statuses: list[int] = []
        for _ in range(self.most):
            statuses.append(self._guess(self.guesser))
            if statuses[-1] == LIMITED:
                break
        burst = Burst(tuple(statuses))
        assert burst.throttled or not before, f"{self.most} guesses were not throttled: there is nothing that {before}"
        return burst

    @property
    def most(self) -> int:
        """How many guesses are made at most."""
        return 20

    def _guess(self, client: BetterAuthPerson, header: str | None = None) -> int:
        return self._asked(client, header)[0]

    def _asked(self, client: BetterAuthPerson, header: str | None = None) -> tuple[int, Mapping[str, str]]:
        """The status, and the headers, in which a limiter says how long to wait."""
        address = f"203.0.113.{secrets.randbelow(254) + 1}"
        made_up = {header: f"for={address}" if header == "forwarded" else address} if header else {}
        path, body = client.auth.entry(client.member.email, secrets.token_urlsafe(12))
        with self.auth.members.unpaced():
            answer = client.auth.call("POST", path, json=body, headers=made_up)
        return int(answer.status_code), answer.headers
