"""People who are let in by a mail: by the code in it, or by its link."""

from __future__ import annotations

import secrets
import string

from clients.identity.by_mail import CodePerson, LinkPerson, MailedPerson
from clients.identity.port import Kept
from clients.mail.codes import code_of
from clients.mail.mails import Mail
from clients.wire.cookies import Cookie
from fixtures.auth_by_mail import CodeSignIn, Entrance, LinkSignIn, MailSignIn
from journeys import Cost, Journey, step, uses


class ByMail(Journey, cost=Cost(sign_ups=1, mails=1), expected=5.0):
    """A visitor asks for a mail, does what it says, and is a member; then signs out, and tries the same mail again."""

    auth = uses(MailSignIn)

    @step
    def person(self) -> MailedPerson:
        """Somebody whom the deployment has never seen."""
        return self.auth.newcomer("by mail")

    @step(deadline=150)
    def mail(self) -> Mail:
        """Asks for a mail, and reads it."""
        return self.person.mailed()

    @step
    def entered(self) -> Entrance:
        """Does what it says."""
        return self.auth.enter(self.person, lambda: self.person.enter(self.mail))

    @step
    def kept(self) -> Kept:
        """Keeps a copy of every cookie."""
        return self.person.kept()

    @step(independent=True)
    def carriers(self) -> list[Cookie]:
        """Leaves out each cookie in turn, to see which of them carry the session."""
        member, cookies = self.person.member, self.kept.cookies
        without = {cookie: self.auth.returning(member, Kept(tuple(each for each in cookies if each != cookie))) for cookie in cookies}
        return [cookie for cookie, device in without.items() if device.whoami() is None]

    @step(independent=True)
    def signed_out(self) -> str | None:
        """Signs out and asks who is signed in."""
        _ = self.kept, self.carriers
        self.person.sign_out()
        return self.person.whoami()

    @step(independent=True)
    def replayed(self) -> str | None:
        """Presents the copy of the cookies after that."""
        _ = self.signed_out
        return self.auth.returning(self.person.member, self.kept).whoami()

    @step(independent=True)
    def again(self) -> Entrance:
        """Does once more what the mail says, on the device that has asked for it."""
        _ = self.signed_out
        return self.auth.enter(self.person, lambda: self.person.enter(self.mail))


class Guessing(Journey, cost=Cost(mails=2), expected=7.0):
    """Somebody who knows a visitor's address, and has a code of their own, tries to get in with it, and with made-up ones."""

    auth = uses(CodeSignIn)

    @step(deadline=150)
    def code(self) -> str:
        """The visitor asks for a code."""
        self._visitor = self.auth.visitor("guessed")
        return code_of(self._visitor.mailed(), self.auth.settings.length)

    @step(independent=True)
    def made_up(self) -> list[Entrance]:
        """Made-up codes, and room for one more try where there is any."""
        return [self.auth.enter(self._visitor, self._other_than(self.code)) for _ in range(max(1, self.auth.settings.attempts - 1))]

    @step(independent=True, deadline=150)
    def somebody_elses(self) -> Entrance | None:
        """A code that somebody else has just been mailed; None where the tries are used up, or the two are the same by chance."""
        guessed = self.made_up
        if len(guessed) == self.auth.settings.attempts or any(each.who for each in guessed):
            return None
        thief = self.auth.visitor("guessing")
        theirs = code_of(thief.mailed(), self.auth.settings.length)
        return self.auth.enter(self._visitor, theirs) if theirs != self.code else None

    @step(independent=True)
    def right_one(self) -> Entrance | None:
        """The right code, after all of these; None where one of them has let somebody in."""
        tried = [*self.made_up, *([self.somebody_elses] if self.somebody_elses else [])]
        if any(each.who for each in tried) or len(tried) < self.auth.settings.attempts:
            return None
        return self.auth.enter(self._visitor, self.code, limited=True)

    @staticmethod
    def _other_than(code: str) -> str:
        """Another code of the same kind: digits where there are digits, letters where there are letters."""
        while True:
            made_up = "".join(
                secrets.choice(string.digits if each.isdigit() else string.ascii_uppercase) if each.isalnum() else each for each in code
            )
            if made_up != code:
                return made_up


class Renewing(Journey, after=(ByMail,), cost=Cost(mails=2), expected=7.0):
    """A member asks for a code, and at once for another."""

    auth = uses(CodeSignIn, "newest_only")

    @step(deadline=240)
    def person(self) -> CodePerson:
        """The member, on a device where nobody is signed in."""
        before = self.other(ByMail)
        _ = before.again  # another mail may make the first one void, which says nothing about one that was used
        return self.auth.of(self.auth.mail.returning(before.person.member))

    @step(deadline=150)
    def codes(self) -> tuple[str, str]:
        """Asks twice."""
        length = self.auth.settings.length
        return code_of(self.person.mailed(), length), code_of(self.person.mailed(), length)

    @step(independent=True)
    def older(self) -> Entrance | None:
        """The older code; None where it is the same, or where a wrong try would make the newer one void."""
        older, newer = self.codes
        return self.auth.enter(self.person, older) if older != newer and self.auth.settings.attempts > 1 else None

    @step(independent=True)
    def newer(self) -> Entrance:
        """The newer one."""
        if self.older and self.older.who:
            self.person.sign_out()
        return self.auth.enter(self.person, self.codes[1])

    @step(independent=True)
    def older_afterwards(self) -> Entrance | None:
        """The older one, when the newer was used; None where it is the same."""
        _ = self.newer
        older, newer = self.codes
        if older == newer:
            return None
        device = self.auth.of(self.auth.mail.returning(self.person.member))
        return self.auth.enter(device, older)


class Clicking(Journey, after=(ByMail,), cost=Cost(mails=1), expected=4.0):
    """A member is mailed a link; somebody who has seen most of it tries another, then the member clicks."""

    auth = uses(LinkSignIn)

    @step(deadline=240)
    def person(self) -> LinkPerson:
        """The member, on a device where nobody is signed in."""
        before = self.other(ByMail)
        _ = before.again  # another mail may make the first one void, which says nothing about one that was used
        return self.auth.of(self.auth.mail.returning(before.person.member))

    @step(deadline=150)
    def link(self) -> str:
        """Asks for a mail, and finds its link."""
        return self.person.link_in(self.person.mailed())

    @step(independent=True)
    def altered(self) -> Entrance:
        """Another link, which differs in one character."""
        stranger = self.auth.of(self.auth.mail.returning(self.person.member))
        return self.auth.enter(stranger, self.auth.altered(self.link))

    @step(independent=True)
    def landing(self) -> str:
        """The member's own click. Returns where it ends."""
        _ = self.altered
        landing = self.person.click(self.link)
        self.auth.mail.members.stays(self.person)
        return landing
