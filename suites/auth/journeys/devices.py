"""A member with several devices: who is signed in where, a new password, and leaving for good."""

from __future__ import annotations

from dataclasses import dataclass

from clients.identity.better_auth import Session, SignedIn
from clients.identity.better_auth_members import BetterAuthPerson
from clients.identity.members import Member
from clients.wire.attempts import Attempt, attempt
from fixtures.auth_email import EmailSignIn
from fixtures.people import Stranger
from fixtures.storage_objects import StorageObjects
from fixtures.storage_s3 import StorageBucket
from journeys import Cost, Journey, step, uses
from suites.auth.journeys.resetting import Resetting
from suites.storage.journeys import keep, new_file


class Devices(Journey, after=(Stranger,), cost=Cost(sign_ins=1), expected=5.0):
    """A member signs in on a second device, sees both in the list, and ends the session of the second from the first."""

    auth = uses(EmailSignIn, "sessions")

    @step(deadline=120)
    def first(self) -> BetterAuthPerson:
        """The device on which the member is signed in."""
        return self.auth.of(self.other(Stranger).person)

    @step
    def second(self) -> BetterAuthPerson:
        """Signs in on another device."""
        member = self.first.member
        second = self.auth.returning(member, elsewhere=True)
        second.auth.sign_in(member.email, member.password)
        return second

    @step
    def on_second(self) -> Session | None:
        """Asks on the second device who is signed in."""
        return self.second.auth.session()

    @step
    def listed(self) -> list[Session]:
        """Lists the sessions on the first device."""
        return self.first.auth.sessions()

    @step
    def revoked(self) -> Session:
        """Ends the second device's session from the first."""
        assert self.on_second is not None, "the second device is signed in, and its session is empty"
        self.first.auth.revoke(self.on_second.token)
        return self.on_second

    @step
    def second_afterwards(self) -> Session | None:
        """The second device presents every cookie that it kept."""
        _ = self.revoked
        return self.auth.returning(self.second.member, self.second.cookies()).auth.session()

    @step
    def first_afterwards(self) -> Session | None:
        """The first device asks who is signed in."""
        _ = self.revoked
        return self.first.auth.session()

    @step
    def listed_afterwards(self) -> list[Session]:
        """Lists the sessions once more."""
        _ = self.revoked
        return self.first.auth.sessions()


class Changing(Journey, after=(Resetting,), cost=Cost(sign_ins=3), expected=10.0):
    """A member who is signed in on two devices sets another password on the first, and wants everybody else out."""

    auth = uses(EmailSignIn, "change_password")

    @step(deadline=120)
    def first(self) -> BetterAuthPerson:
        """The device on which the member is signed in."""
        resetting = self.other(Resetting)
        _ = resetting.second_use
        return resetting.person

    @step
    def second(self) -> BetterAuthPerson:
        """Signs in on another device."""
        member = self.other(Resetting).renewed
        second = self.auth.returning(member, elsewhere=True)
        second.auth.sign_in(member.email, member.password)
        return second

    @step
    def guess(self) -> Attempt:
        """Somebody at the unlocked device, who does not know the password, tries to set another."""
        return self.auth.guess_password(self.second)

    @step
    def changed(self) -> Member:
        """Sets another password on the first device, and ends all other sessions with it."""
        _ = self.second, self.guess
        renewed = self.other(Resetting).renewed
        changed = self.auth.renewed(renewed)
        self.auth.change_password(self.first, renewed.password, changed, revoke_others=True)
        return changed

    @step
    def first_afterwards(self) -> Session | None:
        """The first device asks who is signed in."""
        _ = self.changed
        return self.first.auth.session()

    @step
    def second_afterwards(self) -> Session | None:
        """The second device presents every cookie that it kept."""
        _ = self.changed
        return self.auth.returning(self.second.member, self.second.cookies()).auth.session()

    @step
    def old_password(self) -> Attempt:
        """Signs in with the password from before."""
        renewed, _ = self.other(Resetting).renewed, self.changed
        return attempt(lambda: self.second.auth.sign_in(renewed.email, renewed.password))

    @step
    def new_password(self) -> SignedIn:
        """Signs in with the new one."""
        return self.second.auth.sign_in(self.changed.email, self.changed.password)


@dataclass(frozen=True)
class Gone:
    """What is left of a member who has left: the session of each device, and the object in the store where that can be seen."""

    sessions: dict[str, Session | None]
    object_stays: bool | None


class Leaving(
    Journey,
    after=(Changing,),
    cost=Cost(sign_ins=1, objects=1),
    expected=12.0,
):
    """A member who is signed in on two devices and keeps a file deletes the account."""

    auth = uses(EmailSignIn, "deletion")
    storage = uses(StorageObjects, optional=True)
    bucket = uses(StorageBucket, optional=True)

    @step(deadline=120)
    def devices(self) -> dict[str, BetterAuthPerson]:
        """The two devices, once the member has got the new password."""
        changing = self.other(Changing)
        _ = changing.new_password
        return {"the first device": changing.first, "the second device": changing.second}

    @step
    def key(self) -> str | None:
        """Keeps a file, where the deployment keeps files. Returns the key of its object."""
        if self.storage is None:
            return None
        return keep(self.storage, self.devices["the first device"], new_file(self.storage, "leaving", 512)).key or None

    @step
    def answer(self) -> str:
        """Deletes the account. Returns what the deployment says."""
        _ = self.key
        return self.devices["the first device"].auth.delete_account(self.other(Changing).changed.password)

    @step
    def gone(self) -> Gone:
        """Each device presents every cookie that it kept; the object is looked for in the store, where that is declared."""
        kept = {name: (device.member, device.cookies()) for name, device in self.devices.items()}
        _ = self.answer
        sessions = {name: self.auth.returning(member, cookies).auth.session() for name, (member, cookies) in kept.items()}
        return Gone(sessions, self.bucket.bucket().exists(self.key) if self.key and self.bucket else None)

    @step
    def signs_in(self) -> Attempt:
        """Signs in with the right password."""
        _ = self.answer
        member = self.other(Changing).changed
        tried = attempt(lambda: self.auth.returning(member, elsewhere=True).auth.sign_in(member.email, member.password))
        if tried.refused:
            self.auth.members.gone(member)
        return tried
