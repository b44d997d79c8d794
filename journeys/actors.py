"""Actors: the invented people of a run, each with a new identity and, where there are enough, a client address of their own."""

from __future__ import annotations

import secrets
import string
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from base.passwords import new_password

A = TypeVar("A")

#: Everything that a run invents is called so: by it a sweep recognises what was left behind.
PREFIX = "gonogo"
_ALPHABET = string.ascii_lowercase + string.digits


@dataclass(frozen=True)
class ActorIdentity:
    """Who an actor is. `address` is the client address to send from, empty for the machine's own."""

    label: str
    name: str
    email: str
    password: str = field(repr=False)
    address: str


class Actors(Generic[A]):
    """Makes actors. `build` turns an identity into what journeys act with (a client with a cookie jar of its own).

    email      the template of e-mail addresses, with `{label}` where they differ: `delivered+{label}@resend.dev`
    addresses  client addresses that this machine may send from; each is used by as few actors as possible, because
               rate limits count per address
    password   makes up one that the deployment takes
    worker, workers   this process's share of the addresses, counted from 0: processes that do not know of each
               other's requests must not share an address
    """

    def __init__(
        self,
        *,
        email: str,
        build: Callable[[ActorIdentity], A],
        addresses: Sequence[str] = (),
        worker: int = 0,
        workers: int = 1,
        password: Callable[[], str] = new_password,
    ) -> None:
        if email.count("{label}") != 1 or "@" not in email:
            raise ValueError(f"the template of e-mail addresses must contain {{label}} once and an @: {email!r}")
        if not 0 <= worker < workers:
            raise ValueError(f"worker {worker} of {workers}: workers are counted from 0")
        self._email = email
        self._build, self._password = build, password
        mine = list(dict.fromkeys(addresses))
        # Fewer addresses than workers: sharing one is better than having none, and the pacer reports what is refused.
        self._use = dict.fromkeys(mine[worker::workers] or mine[worker % len(mine) :][:1] if mine else [], 0)
        self._lock = threading.Lock()

    def identity(self, role: str = "visitor") -> ActorIdentity:
        """A new identity: nothing exists in the target for it yet. `role` shows in the name, for whoever looks into the data."""
        label = f"{PREFIX}-{''.join(secrets.choice(_ALPHABET) for _ in range(12))}"
        with self._lock:
            address = min(self._use, key=self._use.__getitem__, default="")
            if address:
                self._use[address] += 1
            return ActorIdentity(
                label=label,
                name=f"{PREFIX} {role} {label[-6:]}",
                email=self._email.replace("{label}", label),
                password=self._password(),
                address=address,
            )

    def visitor(self, role: str = "visitor") -> A:
        """A new actor."""
        return self._build(self.identity(role))
