"""A member who wants a one-time code to be asked for after the password."""

from __future__ import annotations

from clients.identity.better_auth_members import BetterAuthPerson
from clients.identity.two_factors import Enrolment
from fixtures.auth_by_mail import Entrance
from fixtures.auth_two_factor import SecondFactor
from journeys import Cost, Journey, step, uses

MARGIN = 1.0
"""s into a new period before a code of it is shown: clocks differ."""


class SecondStep(Journey, cost=Cost(sign_ups=1, sign_ins=6), expected=12.0):
    """A member enables the second factor on one device, which stays signed in, and comes in on others: with the password alone, with wrong
    codes, the right one, the same one, and backup codes."""

    factor = uses(SecondFactor)

    @step(deadline=120)
    def person(self) -> BetterAuthPerson:
        """Somebody new signs up, and signs in."""
        person = self.factor.auth.visitor("two factors")
        self.factor.auth.members.confirmed(person)
        person.sign_in()
        self.factor.auth.members.stays(person)
        return person

    @step
    def enrolment(self) -> Enrolment:
        """Enables the second factor, and shows a code of it, from which on it counts."""
        enrolment = self.factor.enable(self.person)
        self._shown = enrolment.totp.step
        self.factor.of(self.person).verify(enrolment.totp.code(self._shown))
        return enrolment

    @step
    def password_alone(self) -> Entrance:
        """Signs in on another device with the password."""
        _ = self.enrolment
        self._device = self._elsewhere()
        return self.factor.enter(self._device, lambda: self._password(self._device))

    @step(independent=True)
    def wrong(self) -> Entrance | None:
        """Shows a wrong code there; None where the password alone has let in."""
        wrong = self.enrolment.totp.wrong()
        return None if self.password_alone.who else self.factor.enter(self._device, lambda: self.factor.of(self._device).verify(wrong))

    @step(independent=True, deadline=150)
    def right(self) -> Entrance | None:
        """Shows the right one. One of the period in which enabling has shown one may be refused, since it was shown: then the next."""
        if self.wrong is None or self.wrong.who:
            return None
        totp = self.enrolment.totp
        self._used = totp.step
        right = self._show(self._device, totp.code(self._used))
        if right.who is None and self._used == self._shown:
            self.until(lambda: totp.step, lambda step: step != self._shown, within=totp.period + 5, what="the next one-time code")
            self.pause(MARGIN)
            self._used = totp.step
            right = self._show(self._device, totp.code(self._used))
        return right

    @step(independent=True)
    def again(self) -> Entrance | None:
        """On a third device, the password, and the very code that was shown; None where that did not let in."""
        if self.right is None or self.right.who is None:
            return None
        device = self._with_password()
        return self._show(device, self.enrolment.totp.code(self._used))

    @step(independent=True)
    def by_backup(self) -> Entrance | None:
        """On another device, the password and a backup code; None where there are none."""
        return self._backed_up()

    @step(independent=True)
    def by_backup_again(self) -> Entrance | None:
        """On another device, the same backup code; None where it has not let in."""
        return self._backed_up() if self.by_backup and self.by_backup.who else None

    @step(independent=True, deadline=150)
    def guessed(self) -> Entrance | None:
        """On another device, the declared number of wrong codes, and then the right one; None where a wrong one has let in, or
        where none are counted."""
        _ = self.again, self.by_backup_again
        totp = self.enrolment.totp
        if self.wrong is None or self.wrong.who or not self.factor.settings.attempts:
            return None
        device, wrong = self._with_password(), totp.wrong()
        for _ in range(self.factor.settings.attempts):
            if self._show(device, wrong, limited=True).who:
                return None
        return self._show(device, totp.code(totp.step), limited=True)

    def _backed_up(self) -> Entrance | None:
        if not self.factor.settings.backup_codes or self.wrong is None:
            return None
        codes = self.enrolment.backup_codes
        assert codes, "enabling the second factor has given out no backup codes (backupCodes)"
        device = self._with_password()
        return self.factor.enter(device, lambda: self.factor.of(device).verify_backup(codes[0]))

    def _show(self, device: BetterAuthPerson, code: str, *, limited: bool = False) -> Entrance:
        return self.factor.enter(device, lambda: self.factor.of(device).verify(code), limited=limited)

    def _with_password(self) -> BetterAuthPerson:
        device = self._elsewhere()
        self.factor.enter(device, lambda: self._password(device))
        return device

    def _elsewhere(self) -> BetterAuthPerson:
        return self.factor.auth.returning(self.person.member, elsewhere=True)

    @staticmethod
    def _password(device: BetterAuthPerson) -> object:
        return device.auth.sign_in(device.member.email, device.member.password)
