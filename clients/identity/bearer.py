"""Members with a bearer token (RFC 6750): they sign in with an address and a password, and show a token with every request."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import httpx

from clients.identity.members import Member
from clients.identity.port import Identity, Kept, Paths, Person
from clients.wire.answers import expect, json_object, malformed

_AUTHORIZATION = "authorization"
_NOBODY = frozenset({401, 403})


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
        response = self.http.post(self._settings.login, json=self._credentials)
        token = _at(json_object(response, 200, 201), self._settings.token)
        if not isinstance(token, str) or not token:
            raise malformed(response, f"a token at {self._settings.token}")
        self.http.headers[_AUTHORIZATION] = f"Bearer {token}"

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
        self.http.headers.pop(_AUTHORIZATION, None)

    def delete(self) -> None:
        """Delete the account of the token, where that is declared."""
        if not self._settings.deletion:
            super().delete()
        expect(self.http.delete(self._settings.deletion), 200, 202, 204)

    def kept(self) -> Kept:
        """The token."""
        token = self.http.headers.get(_AUTHORIZATION)
        return Kept(headers=((_AUTHORIZATION, token),) if token else ())

    def bring(self, kept: Kept) -> None:
        """Show the token of another device."""
        self.http.headers.update(dict(kept.headers))

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

    def person(self, member: Member, http: httpx.Client) -> BearerPerson:
        """Somebody without a token so far."""
        return BearerPerson(member, http, self.settings)


def _at(answer: Any, path: str) -> Any:
    for name in path.split("."):
        answer = answer.get(name) if isinstance(answer, dict) else None
    return answer
