"""Members with a bearer token (RFC 6750): they sign in with an address and a password, and show a token with every request."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import httpx

from clients.errors import Malformed
from clients.identity.members import Member
from clients.identity.port import Identity, Kept, Paths, Person
from clients.wire.answers import expect, json_object, malformed, shape

_AUTHORIZATION = "authorization"
_NOBODY = frozenset({401, 403})


class _Token(httpx.Auth):
    """Goes with every request to one host, and to no other: not with an upload to a store, which would learn it and refuse it.

    The token is in no representation.
    """

    def __init__(self, value: str, host: str) -> None:
        self.value, self._host = value, host

    def auth_flow(self, request: httpx.Request) -> Iterator[httpx.Request]:  # type: ignore[override] # it asks for no second request
        """Adds it."""
        if request.url.host == self._host:
            request.headers[_AUTHORIZATION] = self.value
        yield request


class BearerPerson(Person):
    """Somebody on one device, whose token goes with every request."""

    def __init__(self, member: Member, http: httpx.Client, settings: Any) -> None:
        super().__init__(member, http)
        self._settings = settings

    def sign_up(self) -> None:
        """Send name, address and password to where newcomers are taken."""
        expect(self.http.post(self._settings.sign_up, json={"name": self.member.name, **self._credentials}), 200, 201, 204)

    def sign_in(self) -> None:
        """Get a token for the address and the password."""
        # Whoever signs in anew shows no token of before.
        response = self.http.post(self._settings.login, json=self._credentials, auth=None)  # type: ignore[arg-type] # httpx takes it
        try:
            answer = json_object(response, 200, 201)
        except Malformed as unread:
            unread.quote = ""  # what cannot be read may still be a token
            raise
        token = _at(answer, self._settings.token)
        if not isinstance(token, str) or not token:
            error = malformed(response, f"a token at {self._settings.token}")
            error.quote = shape(response)  # of a token in another place nobody knows that it is one
            raise error
        self._show(f"Bearer {token}")

    def whoami(self) -> str | None:
        """Whom the token stands for; nobody without one, and with one that is refused."""
        response = self.http.get(self._settings.session)
        if response.status_code in _NOBODY:
            return None
        address = _at(json_object(response), self._settings.email)
        if not isinstance(address, str):
            raise malformed(response, f"an address at {self._settings.email}")
        return address

    def sign_out(self) -> None:
        """End what the token stands for, where the deployment can do that, and forget it."""
        if self._settings.logout:
            expect(self.http.post(self._settings.logout), 200, 202, 204)
        self._show("")

    def delete(self) -> None:
        """Delete the account of the token, where that is declared."""
        if not self._settings.deletion:
            super().delete()
        expect(self.http.delete(self._settings.deletion), 200, 202, 204)

    def kept(self) -> Kept:
        """The token."""
        token = self.http.auth
        return Kept(headers=((_AUTHORIZATION, token.value),) if isinstance(token, _Token) else ())

    def bring(self, kept: Kept) -> None:
        """Show the token of another device."""
        self._show(dict(kept.headers).get(_AUTHORIZATION, ""))

    def _show(self, value: str) -> None:
        self.http.auth = _Token(value, self.http.base_url.host) if value else None  # type: ignore[assignment] # httpx takes None away

    @property
    def _credentials(self) -> dict[str, str]:
        return {self._settings.email.rpartition(".")[2]: self.member.email, self._settings.password: self.member.password}


class BearerMembers(Identity):
    """[auth.bearer]"""

    capability = "auth.bearer"

    @property
    def paths(self) -> Paths:
        """As they are declared."""
        return Paths(self.settings.login, self.settings.session, self.settings.sign_up or "")

    @property
    def deletes(self) -> bool:
        """Whether a path for it is declared."""
        return bool(self.settings.deletion)

    @property
    def standing(self) -> Sequence[Member]:
        """The declared accounts, where nobody can sign up."""
        found = [(account.email.reveal(), account.password.reveal()) for account in self.settings.accounts]
        return tuple(Member(f"standing account {number}", *account) for number, account in enumerate(found, start=1))

    @property
    def secret_fields(self) -> Sequence[str]:
        """Token and password, by the names that the file gives."""
        return (self.settings.token, self.settings.password)

    def person(self, member: Member, http: httpx.Client) -> BearerPerson:
        """Somebody without a token so far."""
        return BearerPerson(member, http, self.settings)


def _at(answer: Any, path: str) -> Any:
    for name in path.split("."):
        answer = answer.get(name) if isinstance(answer, dict) else None
    return answer
