"""Members with a bearer token (RFC 6750): they sign in with an address or a user name, and show a token with every request."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import httpx

from clients.errors import Malformed
from clients.identity.members import Member
from clients.identity.port import Ending, Identity, Kept, Paths, Person
from clients.wire.answers import expect, json_object, malformed, shape

_NOBODY = frozenset({401, 403})


class _Token(httpx.Auth):
    """Goes with every request to one host, and to no other: not with an upload to a store, which would learn it and refuse it.

    The token is in no representation.
    """

    def __init__(self, header: str, value: str, host: str) -> None:
        self.header, self.value, self._host = header, value, host

    def auth_flow(self, request: httpx.Request) -> Iterator[httpx.Request]:  # type: ignore[override] # it asks for no second request
        """Adds it."""
        if request.url.host == self._host:
            request.headers[self.header] = self.value
        yield request


class BearerPerson(Person):
    """Somebody on one device, whose token goes with every request."""

    def __init__(self, member: Member, http: httpx.Client, settings: Any) -> None:
        super().__init__(member, http)
        self._settings = settings

    def sign_up(self) -> None:
        """Send name, address or user name, and password to where newcomers are taken."""
        declared, member = self._settings, self.member
        named = {declared.name: member.name} if declared.name else {}
        addressed = {leaf(declared.email): member.email} if declared.addressed else {}
        called = {leaf(declared.user_name): member.user_name} if declared.user_name else {}
        body = {**named, **addressed, **called, declared.password: member.password, **self.further}
        expect(self._sent(declared.sign_up, body, form=declared.form), 200, 201, 202, 204)

    def sign_in(self) -> None:
        """Get a token for the address or the user name, and the password."""
        declared, member = self._settings, self.member
        granted = {"grant_type": declared.grant} if declared.grant else {}
        shown = member.user_name if declared.user_name else member.email
        body = {**granted, declared.login_key: shown, declared.password: member.password, **declared.login_fields}
        response = self._sent(declared.login, body, form=declared.form or bool(declared.grant))
        try:
            answer = json_object(response, 200, 201)
        except Malformed as unread:
            unread.quote = ""  # what cannot be read may still be a token
            raise
        token = _at(answer, declared.token_at)
        if not isinstance(token, str) or not token:
            error = malformed(response, f"a token at {declared.token_at}")
            error.quote = shape(response)  # of a token in another place nobody knows that it is one
            raise error
        self.show(token)

    def whoami(self) -> str | None:
        """Whom the token stands for; nobody without one, and with one that is refused. Of whom the answer tells the user name alone, that
        of this member stands for their address, and anybody else's for itself."""
        declared = self._settings
        response = self.http.get(declared.session)
        if response.status_code in _NOBODY:
            return None
        answer = json_object(response)
        if declared.user_name is not None:
            called = _at(answer, declared.user_name)
            if not isinstance(called, str):
                raise malformed(response, f"a user name at {declared.user_name}")
            return self.member.email if called.casefold() == self.member.user_name.casefold() else called
        address = _at(answer, declared.email)
        if not isinstance(address, str):
            raise malformed(response, f"an address at {declared.email}")
        return address

    def marks(self) -> tuple[str, ...]:
        """The address, where there is one, and the user name."""
        declared, member = self._settings, self.member
        return (member.email,) if declared.user_name is None else tuple({member.user_name, *([member.email] if declared.addressed else [])})

    def sign_out(self) -> None:
        """End what the token stands for, where the deployment can do that, and forget it."""
        if self._settings.logout:
            expect(self.http.post(self._settings.logout), 200, 202, 204)
        self.show("")

    def delete(self) -> None:
        """Delete the account of the token, where that is declared."""
        if not self._settings.deletion:
            super().delete()
        expect(self.http.delete(self._settings.deletion), 200, 202, 204)

    def kept(self) -> Kept:
        """The token."""
        token = self.http.auth
        return Kept(headers=((token.header, token.value),) if isinstance(token, _Token) else ())

    def bring(self, kept: Kept) -> None:
        """Show the token of another device."""
        self._carry(dict(kept.headers).get(self._settings.header, ""))

    @property
    def token(self) -> str:
        """The token at hand, empty where there is none."""
        shown = self.http.auth
        return shown.value.removeprefix(f"{self._settings.scheme} ") if isinstance(shown, _Token) else ""

    def show(self, token: str) -> None:
        """Show this token from now on; none where it is empty."""
        self._carry(f"{self._settings.scheme} {token}".lstrip() if token else "")

    def _carry(self, value: str) -> None:
        made = _Token(self._settings.header, value, self.http.base_url.host) if value else None
        self.http.auth = made  # type: ignore[assignment] # httpx takes None away

    def _sent(self, path: str, body: Mapping[str, object], *, form: bool) -> httpx.Response:
        # Whoever signs up or in anew shows no token of before.
        how: dict[str, Any] = {"data": body} if form else {"json": body}
        return self.http.post(path, auth=None, **how)  # type: ignore[arg-type] # httpx takes it


class BearerMembers(Identity):
    """[auth.bearer]"""

    capability = "auth.bearer"

    @property
    def paths(self) -> Paths:
        """As they are declared."""
        return Paths(self.settings.login, self.settings.session, self.settings.sign_up or "")

    def signs_in_as(self, member: Member) -> str:
        """The user name, where that is declared."""
        return member.user_name if self.settings.user_name else member.email

    @property
    def deletes(self) -> bool:
        """Whether a path for it is declared."""
        return bool(self.settings.deletion)

    @property
    def standing(self) -> Sequence[Member]:
        """The declared accounts, where nobody can sign up."""
        return tuple(
            Member.known(f"standing account {number}", account.email, account.user_name, account.password)
            for number, account in enumerate(self.settings.accounts, start=1)
        )

    @property
    def endings(self) -> Sequence[Ending]:
        """As they are declared."""
        settings = self.settings
        ends = [Ending("POST", settings.logout)] if settings.logout else []
        return (*ends, *([Ending("DELETE", settings.deletion, account=True)] if settings.deletion else []))

    @property
    def secret_fields(self) -> Sequence[str]:
        """Token and password, by the names that the file gives."""
        return (self.settings.token_at, self.settings.password)

    def person(self, member: Member, http: httpx.Client) -> BearerPerson:
        """Somebody without a token so far."""
        return BearerPerson(member, http, self.settings)


def leaf(path: str) -> str:
    """The key at the end of a dotted path."""
    return path.rpartition(".")[2]


def _at(answer: Any, path: str) -> Any:
    for name in path.split("."):
        answer = answer.get(name) if isinstance(answer, dict) else None
    return answer
