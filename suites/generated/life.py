"""The life of an account, as a model: what a person can do next, and which devices are signed in afterwards."""

from __future__ import annotations

import secrets
import string
from collections.abc import Sequence

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from journeys.stories import StoryAct, StoryMachine

DEVICES = ("phone", "laptop", "tablet")

SIGN_IN = "sign in on the {by}"
OLD_PASSWORD = "sign in on the {by} with the password from before"
SIGN_OUT = "sign out on the {by}"
CHANGE = "change the password on the {by} to one {to}"
CHANGE_AND_END = "change the password on the {by} to one {to} and end all other sessions"
END = "end the session of the {to} on the {by}"
END_OTHERS = "end all other sessions on the {by}"
SIGN_UP = "sign up with a name {to}"
TOO_EARLY = "sign in on the {by} before the address is confirmed"
CONFIRM = "follow the mailed link"
DELETE = "delete the account on the {by}"

#: Acts after which somebody may be signed in, or out, who must not be.
ENDING = frozenset({SIGN_OUT, CHANGE, CHANGE_AND_END, END, END_OTHERS, DELETE})
#: Kinds of passwords, see `password`.
PASSWORDS = ("as short as allowed", "as long as allowed", "with spaces around it", "in several alphabets", "with + and %")
_FILLED_WITH = string.ascii_letters + string.digits
#: Kinds of names, and what they look like.
NAMES = {
    "in several alphabets": "Ωß 密码 e\u0301 🔑",
    "with quotes and tags": 'O\'Brien "<b>&amp;</b>" --',
    "of one letter": "Ł",
    "of two hundred letters": "ab" * 100,
    "with spaces inside": "Ada   King  Lovelace",
}
#: Makes up two stories in which every act of `SharedLife` occurs.
GATE_NUMBER = 198
#: People whom a night's stories may sign up.
NIGHTLY_ACCOUNTS = 12


def password(kind: str, shortest: int, longest: int) -> str:
    """A new password of that kind, within what the deployment allows. Each has the classes of characters that strict rules ask for."""
    if kind == "as short as allowed":
        return fitted("aA1!", shortest)
    if kind == "as long as allowed":
        return fitted("aA1!", longest)
    ornament = {"with spaces around it": "  {} ", "in several alphabets": "Ωß密码e\u0301🔑{}", "with + and %": "+%26 +{}%"}[kind]
    return ornament.format(fitted("aA1!", max(shortest, 12)))


def fitted(start: str, length: int) -> str:
    """`start`, filled up to `length` with what nobody can guess."""
    return (start + "".join(secrets.choice(_FILLED_WITH) for _ in range(length)))[:length]


class Model:
    """What must be true after some acts. ``signed_in`` are the devices whose session must answer."""

    def __init__(self) -> None:
        self.signed_in: set[str] = set()
        self.changes = self.sign_ins = self.attempts = 0
        self.confirmed, self.deleted = True, False

    @property
    def signed_out(self) -> list[str]:
        """Devices on which nobody is signed in."""
        return [device for device in DEVICES if device not in self.signed_in]

    def after(self, act: StoryAct) -> None:
        """Something was done."""
        verb = act.verb
        self.sign_ins += verb in (SIGN_IN, OLD_PASSWORD, TOO_EARLY)
        self.changes += verb in (CHANGE, CHANGE_AND_END)
        if verb == SIGN_IN:
            self.signed_in.add(act.by)
        elif verb == SIGN_OUT:
            self.signed_in.discard(act.by)
        elif verb == END:
            self.signed_in.discard(act.to)
        elif verb in (CHANGE_AND_END, END_OTHERS):
            self.signed_in &= {act.by}
        elif verb == DELETE:
            self.signed_in, self.deleted = set(), True
        elif verb in (SIGN_UP, CONFIRM):
            self.confirmed = verb == CONFIRM


class SharedLife(StoryMachine):
    """What a member can do with several devices without ending anybody else's session: other journeys share the account.

    What has a rate limit is done a few times only; ``most_*`` say how often in one story.
    """

    most_sign_ins, most_changes = 3, 1

    def __init__(self) -> None:
        super().__init__()
        self.model = Model()

    def act(self, verb: str, by: Sequence[str], data: st.DataObject, to: Sequence[str] = ("",)) -> None:
        """Adds an act to the story; devices are drawn from those that are given."""
        device = data.draw(st.sampled_from(by))
        act = StoryAct(verb, device, data.draw(st.sampled_from([each for each in to if each != device])))
        self.story.append(act)
        self.model.after(act)

    @property
    def inside(self) -> list[str]:
        """Devices that are signed in, in a fixed order."""
        return [device for device in DEVICES if device in self.model.signed_in]

    @property
    def may_sign_in(self) -> bool:
        """Whether an account is there, and the limit of sign-ins allows one more."""
        return self.model.confirmed and not self.model.deleted and self.model.sign_ins < self.most_sign_ins

    @precondition(lambda self: self.may_sign_in and self.model.signed_out)
    @rule(data=st.data())
    def sign_in(self, data: st.DataObject) -> None:
        """With the right password."""
        self.act(SIGN_IN, self.model.signed_out, data)

    @precondition(lambda self: len(self.inside) > 1)
    @rule(data=st.data())
    def end_another_session(self, data: st.DataObject) -> None:
        """By its token, as a page that lists the devices does."""
        self.act(END, self.inside, data, self.inside)

    @precondition(lambda self: self.inside and self.model.changes < self.most_changes)
    @rule(data=st.data())
    def change_the_password(self, data: st.DataObject) -> None:
        """All sessions stay."""
        self.act(CHANGE, self.inside, data, PASSWORDS)

    @precondition(lambda self: self.may_sign_in and self.model.signed_out and self.model.changes)
    @rule(data=st.data())
    def sign_in_with_the_old_password(self, data: st.DataObject) -> None:
        """It is refused."""
        self.act(OLD_PASSWORD, self.model.signed_out, data)

    @precondition(lambda self: self.inside)
    @rule(data=st.data())
    def sign_out(self, data: st.DataObject) -> None:
        """On one device; the others stay signed in."""
        self.act(SIGN_OUT, self.inside, data)

    @precondition(lambda self: self.model.confirmed and not self.inside and not self.may_sign_in)
    @rule()
    def rest(self) -> None:
        """Nothing is left to do that the limits allow."""


class WholeLife(SharedLife):
    """Everything, on an account of its own: from signing up to deleting it."""

    most_sign_ins, most_changes = 6, 3

    @precondition(lambda self: not self.story)
    @rule(data=st.data())
    def sign_up(self, data: st.DataObject) -> None:
        """A new account; without this a story is about one that exists."""
        self.act(SIGN_UP, ("",), data, tuple(NAMES))

    @precondition(lambda self: not self.model.confirmed and self.model.sign_ins < 2)
    @rule(data=st.data())
    def sign_in_too_early(self, data: st.DataObject) -> None:
        """It is refused until the address is confirmed."""
        self.act(TOO_EARLY, DEVICES, data)

    @precondition(lambda self: not self.model.confirmed)
    @rule()
    def confirm(self) -> None:
        """Follows the mailed link."""
        self.story.append(StoryAct(CONFIRM))
        self.model.after(self.story[-1])

    @precondition(lambda self: len(self.inside) > 1)
    @rule(data=st.data())
    def end_all_other_sessions(self, data: st.DataObject) -> None:
        """One device stays signed in."""
        self.act(END_OTHERS, self.inside, data)

    @precondition(lambda self: self.inside and self.model.changes < self.most_changes)
    @rule(data=st.data())
    def change_the_password_and_end_all_other_sessions(self, data: st.DataObject) -> None:
        """One device stays signed in."""
        self.act(CHANGE_AND_END, self.inside, data, PASSWORDS)

    @precondition(lambda self: self.inside and len(self.story) > 6)
    @rule(data=st.data())
    def delete_the_account(self, data: st.DataObject) -> None:
        """The end of the story: afterwards nobody gets in."""
        self.act(DELETE, self.inside, data)
