"""Removing an account whose password nobody has: a new one by mail, as its owner would do it, and then the account with all it holds."""

import secrets
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeVar

from base.waiting import pause
from clients.errors import Overdue, Refusal
from clients.identity.better_auth import BetterAuth
from clients.mail.resend import Resend
from clients.storage.objects import AppObjects, ObjectPaths
from clients.wire.access import Access
from clients.wire.wire import Wire
from environments import Environment
from environments.authentication import EmailAuth
from environments.sections import Delivery
from gonogo.sweep.journals import Unusable

T = TypeVar("T")
_THROTTLED, _TURNS, _TURN = 429, 4, 21.0


class Unknown(Exception):
    """Nobody can say whether the account is still there."""


@dataclass(frozen=True)
class Sweeper:
    """Removes accounts of one deployment. Its limiter counts us as well: whoever is refused for haste waits and asks again."""

    environment: Environment
    email: EmailAuth
    delivery: Delivery
    wire: Wire

    @classmethod
    def of(cls, environment: Environment) -> "Sweeper":
        """Raises Unusable where accounts cannot be removed in this way."""
        email = environment.auth.email if environment.auth else None
        delivery = environment.mail.delivery if environment.mail else None
        if email is None or delivery is None or not (email.reset and email.deletion):
            needs = "[auth.email] with reset and deletion, and [mail.delivery]"
            raise Unusable(f"accounts of {environment.name} cannot be removed: that needs {needs} in its file")
        declared = environment.access.headers if environment.access else {}
        headers = {name: secret.reveal() for name, secret in declared.items()}
        access = Access.of(headers, environment.origin, environment.access_hosts) if headers else None
        ca = Path(environment.ca) if environment.ca else None
        return cls(environment, email, delivery, Wire(connect=environment.connect, ca=ca, access=access))

    def remove(self, address: str) -> None:
        """Remove one account. Raises what clients raise, and Unknown when no mail led to it."""
        with (
            self.wire.client(self.environment.origin, origin=self.environment.origin) as http,
            self.wire.client(self.delivery.api) as provider,
        ):
            auth, mailbox = BetterAuth(http, self.email.base), Resend(provider, self.delivery.key.reveal())
            asked, password = datetime.now(UTC), secrets.token_urlsafe(24)
            self._patiently(lambda: auth.request_reset(address, self.email.reset_page))
            try:
                mail = mailbox.await_mail(
                    address, asked, within=self.delivery.within_seconds, accept=lambda mail: mail.subject == self.delivery.reset
                )
            except Overdue as overdue:
                # A deployment mails nobody whom it does not know, and to know nobody looks like being slow.
                text = f"no mail came within {self.delivery.within_seconds} s: it may be gone, or mail is slow"
                raise Unknown(text) from overdue
            auth.reset(auth.follow_reset(mail.links[0]), password)
            self._sign_in(auth, mailbox, address, password)
            self._empty(AppObjects(http, self._paths()))
            auth.delete_account(password)

    def _sign_in(self, auth: BetterAuth, mailbox: Resend, address: str, password: str) -> None:
        try:
            self._patiently(lambda: auth.sign_in(address, password))
        except Refusal as refusal:
            if refusal.code != "EMAIL_NOT_VERIFIED":
                raise
            asked = datetime.now(UTC)
            self._patiently(lambda: auth.send_verification(address, self.email.landing))
            mail = mailbox.await_mail(
                address, asked, within=self.delivery.within_seconds, accept=lambda mail: mail.subject == self.delivery.confirmation
            )
            auth.follow_verification(mail.links[0])
            self._patiently(lambda: auth.sign_in(address, password))

    def _paths(self) -> ObjectPaths:
        objects = self.environment.storage.objects if self.environment.storage else None
        return ObjectPaths(objects.list, objects.file, objects.presign or "") if objects else ObjectPaths()

    def _empty(self, files: AppObjects) -> None:
        if self.environment.storage and self.environment.storage.objects:
            for stored in files.list():
                files.delete(stored.name)

    @staticmethod
    def _patiently(act: Callable[[], T]) -> T:
        for _ in range(_TURNS):
            with suppress(_Throttled):
                return _attempt(act)
            pause(_TURN)
        return act()


class _Throttled(Exception):
    """The deployment's own limiter refused."""


def _attempt(act: Callable[[], T]) -> T:
    try:
        return act()
    except Refusal as refusal:
        if refusal.status == _THROTTLED:
            raise _Throttled from refusal
        raise
