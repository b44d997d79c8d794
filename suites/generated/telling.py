"""Stories as they are told: what an act of a story does to the deployment, and what must be true after it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from clients.errors import Malformed, Refusal
from clients.identity.better_auth_members import BetterAuthPerson
from clients.identity.members import Member
from clients.wire.attempts import LIMITED, attempt
from fixtures.auth_email import EmailSignIn
from journeys.stories import Otherwise, Story, StoryAct
from suites.generated import life


class AccountStories:
    """An account over all stories: whose it is by now, and the password that was in force before. Empty when there is none (any more)."""

    def __init__(self, auth: EmailSignIn, member: Member | None, *, spare: int) -> None:
        self.auth, self.member, self.before, self._spare = auth, member, "", spare

    def begins(self) -> BetterAuthPerson | None:
        """Somebody whom nobody has seen takes its place; None when the budget allows no more of them."""
        if self._spare <= 0:
            return None
        self._spare -= 1
        person = self.auth.visitor("lifetime")
        self.member, self.before = person.member, ""
        return person

    def password(self, kind: str) -> Member:
        """The same member with another password of that kind."""
        assert self.member is not None
        text = life.password(kind, self.auth.settings.shortest_password, self.auth.settings.longest_password)
        return replace(self.member, password=text)

    def changed(self, renewed: Member) -> None:
        """It was set."""
        assert self.member is not None
        self.member, self.before = renewed, self.member.password


class Telling:
    """One story, told from a fresh start: no device is signed in."""

    def __init__(self, account: AccountStories) -> None:
        self._account = account
        self._auth: EmailSignIn = account.auth
        self._model = life.Model()
        self._devices: dict[str, BetterAuthPerson] = {}
        self._tokens: dict[str, str] = {}
        self._newcomer: BetterAuthPerson | None = None
        self._left: Member | None = None

    def tell(self, story: Story) -> None:
        """Does what it says; after each act that ends something every device is asked who is signed in. Raises Otherwise."""
        acts = 0
        if story[0].verb == life.SIGN_UP or self._account.member is None:
            self._newcomer = self._account.begins()
            if self._newcomer is None:
                return
            if story[0].verb != life.SIGN_UP:
                self._auth.members.confirmed(self._newcomer)
        try:
            for number, act in enumerate(story, start=1):
                self._one(act, last=number == len(story))
                acts = number
            self._list()
            self._end()
        except Otherwise as otherwise:
            self._recover()
            raise Otherwise(str(otherwise), min(len(story), acts + 1)) from None

    @property
    def _member(self) -> Member:
        assert self._account.member is not None, "a story is about somebody"
        return self._account.member

    def _one(self, act: StoryAct, *, last: bool) -> None:
        self._try(act)
        self._model.after(act)
        if last or act.verb in life.ENDING:
            self._look()

    def _end(self) -> None:
        """The next story is about somebody who is confirmed; who has left, and was seen to be gone, need not be removed."""
        if not self._model.confirmed:
            self._confirm()
        if self._left is not None:
            self._auth.members.gone(self._left)

    def _recover(self) -> None:
        """What ended otherwise may have left an account that nobody can get into: the next story is not about that one."""
        if self._account.member is not None:
            again = self._auth.returning(self._member, elsewhere=True)
            if attempt(lambda: again.auth.sign_in(self._member.email, self._member.password)).refusal is not None:
                self._account.member = None

    def _try(self, act: StoryAct) -> None:
        """Does it; what must be refused is refused, and nothing else is."""
        due = act.verb in (life.OLD_PASSWORD, life.TOO_EARLY)
        try:
            self._do(act)
        except Refusal as refusal:
            if refusal.status == LIMITED:
                raise
            if not due or refusal.status >= 500:
                raise Otherwise(str(refusal)) from None
        except Malformed as malformed:
            raise Otherwise(str(malformed)) from None
        else:
            if due:
                raise Otherwise("that signs in")

    def _do(self, act: StoryAct) -> None:
        member = self._member
        doing: dict[str, Callable[[], object]] = {
            life.SIGN_UP: lambda: self._sign_up(life.NAMES[act.to]),
            life.CONFIRM: self._confirm,
            life.TOO_EARLY: lambda: self._device(act.by).auth.sign_in(member.email, member.password),
            life.SIGN_IN: lambda: self._sign_in(act.by),
            life.OLD_PASSWORD: lambda: self._device(act.by).auth.sign_in(member.email, self._account.before),
            life.SIGN_OUT: lambda: self._sign_out(act.by),
            life.CHANGE: lambda: self._change(act, others=False),
            life.CHANGE_AND_END: lambda: self._change(act, others=True),
            life.END: lambda: self._device(act.by).auth.revoke(self._tokens[act.to]),
            life.END_OTHERS: lambda: self._end_others(act.by),
            life.DELETE: lambda: self._delete(act.by),
        }
        doing[act.verb]()

    def _sign_up(self, name: str) -> None:
        assert self._newcomer is not None
        member = self._account.member = replace(self._member, name=name)
        self._newcomer.member = member
        self._auth.sign_up(self._newcomer)

    def _confirm(self) -> None:
        assert self._newcomer is not None
        if mail := self._auth.members.confirmation(self._newcomer):
            self._newcomer.confirm(mail.links[0])

    def _sign_in(self, device: str) -> None:
        # A device that nobody is signed in on: its cookies of before are not sent, as after a restart of the browser.
        self._devices[device] = self._auth.returning(self._member, elsewhere=True)
        signed_in = self._devices[device].auth.sign_in(self._member.email, self._member.password)
        if signed_in.user.name != self._member.name:
            raise Otherwise(f"the deployment calls them {signed_in.user.name!r} instead of {self._member.name!r}")
        self._tokens[device] = signed_in.token

    def _change(self, act: StoryAct, *, others: bool) -> None:
        device, renewed = self._device(act.by), self._account.password(act.to)
        with self._auth.members.agreed():  # where the account is shared, the others have signed in already, and their sessions stay
            self._auth.change_password(device, self._member.password, renewed, revoke_others=others)
        if others and (session := device.auth.session()) is not None:
            self._tokens[act.by] = session.token  # better-auth gives a new one to the device that stays
        self._account.changed(renewed)

    def _sign_out(self, device: str) -> None:
        self._device(device).auth.sign_out()

    def _end_others(self, device: str) -> None:
        self._device(device).auth.revoke_others()

    def _delete(self, device: str) -> None:
        self._device(device).auth.delete_account(self._member.password)
        self._left, self._account.member = self._member, None

    def _device(self, name: str) -> BetterAuthPerson:
        if name not in self._devices:
            self._devices[name] = self._auth.returning(self._member, elsewhere=True)
        return self._devices[name]

    def _look(self) -> None:
        """Who is signed in where? Also a device that was signed out presents what cookies it has kept."""
        for name, device in self._devices.items():
            due = name in self._model.signed_in
            session = device.auth.session()
            if due != (session is not None):
                raise Otherwise(f"the {name} is {'no longer' if due else 'still'} signed in")

    def _list(self) -> None:
        """The list of sessions names those that live, and none that was ended."""
        live = next(iter(sorted(self._model.signed_in)), None)
        if live is None:
            return
        listed = {session.token for session in self._devices[live].auth.sessions()}
        for name, token in sorted(self._tokens.items()):
            if (token in listed) != (name in self._model.signed_in):
                raise Otherwise(f"the list of sessions {'still names' if token in listed else 'lacks'} the {name}")
