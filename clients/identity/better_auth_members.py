"""Members of better-auth: an e-mail address and a password, a confirmation by mail where it is demanded, and a session in cookies."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import httpx

from clients.errors import Refusal
from clients.identity.better_auth import BetterAuth, NewUser, SignedIn
from clients.identity.members import Member
from clients.identity.port import Ending, Identity, Inbox, Kept, Paths, Person
from clients.wire.cookies import put

_OF_ALL_SESSIONS = ("revoke-sessions", "revoke-other-sessions")


class BetterAuthPerson(Person):
    """Somebody on one device: a cookie jar of its own, and better-auth's client over it."""

    def __init__(self, member: Member, http: httpx.Client, base: str, landing: str, names: Mapping[str, str] | None = None) -> None:
        """``names``: the user name of each address; None where nobody has one."""
        super().__init__(member, http)
        self.auth = BetterAuth(http, base, names)
        self._landing, self._named = landing, names is not None

    def sign_up(self) -> NewUser:
        """Create the account; the confirmation link leads to the declared page."""
        called = {"username": self.member.user_name} if self._named and self.member.user_name else {}
        return self.auth.sign_up(self.member.name, self.member.email, self.member.password, self._landing, {**called, **self.further})

    def confirm(self, link: str) -> str:
        """Open the mailed link; returns where it ends."""
        return self.auth.follow_verification(link, self._landing)

    def sign_in(self) -> SignedIn:
        """Sign in with the member's password."""
        return self.auth.sign_in(self.member.email, self.member.password)

    def whoami(self) -> str | None:
        """The address of the session's user."""
        session = self.auth.session()
        return None if session is None else session.email

    def sign_out(self) -> None:
        """End the session and clear its cookies."""
        self.auth.sign_out()

    def delete(self) -> None:
        """Delete the account (better-auth's deleteUser)."""
        self.auth.delete_account(self.member.password)

    def kept(self) -> Kept:
        """The cookies that better-auth has set and not cleared."""
        return Kept(tuple(self.auth.cookies()))

    def bring(self, kept: Kept) -> None:
        """Put the cookies of another device into the jar."""
        put(self.http, kept.cookies, str(self.http.base_url))

    def marks(self) -> tuple[str, ...]:
        """The address and the id of the user."""
        session = self.auth.session()
        assert session is not None, f"{self.member.name} is signed in, and the session is empty"
        return self.member.email, session.user_id


class BetterAuthMembers(Identity):
    """[auth.email]: see https://better-auth.com/docs/authentication/email-password."""

    capability = "auth.email"

    def __init__(self, settings: Any) -> None:
        super().__init__(settings)
        self._names: dict[str, str] = {}

    @property
    def base(self) -> str:
        """Where better-auth is mounted."""
        return str(self.settings.base)

    @property
    def paths(self) -> Paths:
        """better-auth's own, below its base."""
        named = "username" if self.settings.user_names else "email"
        return Paths(f"{self.base}/sign-in/{named}", f"{self.base}/get-session", f"{self.base}/sign-up/email")

    @property
    def endings(self) -> Sequence[Ending]:
        """better-auth's own, below its base."""
        account = ("change-password", "change-email", "set-password", "reset-password", "delete-user", *_OF_ALL_SESSIONS)
        return (Ending("POST", f"{self.base}/sign-out"), *(Ending("POST", f"{self.base}/{path}", account=True) for path in account))

    def signs_in_as(self, member: Member) -> str:
        """The user name, where people have one."""
        return self._names.get(member.email, member.email)

    @property
    def confirms(self) -> bool:
        """Whether the address has to be confirmed."""
        return bool(self.settings.verification and self.settings.newcomers)

    @property
    def follows_links(self) -> bool:
        """Of better-auth's links it is known what they do."""
        return True

    @property
    def deletes(self) -> bool:
        """Whether deleteUser is declared."""
        return bool(self.settings.deletion)

    @property
    def recovers(self) -> bool:
        """Whether a forgotten password can be set anew by mail."""
        return bool(self.settings.reset)

    @property
    def needs_to_sweep(self) -> str:
        """Its keys, and a way to read the mail."""
        return "that needs [auth.email] with reset and deletion, and [mail.delivery] in its file"

    def person(self, member: Member, http: httpx.Client) -> BetterAuthPerson:
        """Somebody with a cookie jar of their own."""
        if self.settings.user_names and member.user_name:
            self._names.setdefault(member.email, member.user_name)
        return BetterAuthPerson(member, http, self.base, self.settings.landing, self._names if self.settings.user_names else None)

    def costs(self) -> Mapping[str, Mapping[str, int]]:
        """Two more requests cause a mail."""
        mailing = ("/request-password-reset", "/send-verification-email")
        return {**super().costs(), **{f"{self.base}{path}": {"mails": 1} for path in mailing}}

    def recover(self, person: Person, inbox: Inbox) -> Member:
        """A new password by mail, as the owner would do it; the address is confirmed on the way, where that was never done."""
        assert isinstance(person, BetterAuthPerson)
        auth, renewed = person.auth, replace(person.member, password=self.new_password())
        mail = inbox("reset", lambda: auth.request_reset(renewed.email, self.settings.reset_page))
        auth.reset(auth.follow_reset(mail.links[0]).token, renewed.password)
        try:
            auth.sign_in(renewed.email, renewed.password)
        except Refusal as refusal:
            if refusal.code != "EMAIL_NOT_VERIFIED":
                raise
            mail = inbox("confirmation", lambda: auth.send_verification(renewed.email, self.settings.landing))
            auth.follow_verification(mail.links[0])
            auth.sign_in(renewed.email, renewed.password)
        return renewed
