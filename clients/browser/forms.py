"""Forms as people and screen readers find them: by the names of their fields and buttons, and by what the fields are for.

A declared name is looked for in the accessibility tree, where a label, `aria-label` and, for want of both, a placeholder count alike
(https://www.w3.org/TR/accname-1.2/). Without one the field's purpose says what it is: its type, and what browsers fill in by themselves
(https://html.spec.whatwg.org/multipage/form-control-infrastructure.html#autofill).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from playwright.sync_api import Error, Locator, Page
from playwright.sync_api import TimeoutError as WaitedInVain

if TYPE_CHECKING:
    from clients.browser.browsing import Browsing

_MOST = 8
"""So many names of a page's fields are repeated in a message."""
_APPEARS = 5000.0
"""ms in which a page that is there shows its form: it may be drawn by a script."""
_MARKS = r"\s*[*:(]?\s*(?:required|\*)?\s*\)?\s*"
_FILLABLE = "input:not([type=hidden]):not([type=submit]):not([type=button]):not([type=image]):not([type=reset]), select, textarea"
# Boxes and choices of files are often drawn by something else, with the real one out of sight.
_DRAWN_OVER = ":is(input[type=checkbox], input[type=radio], input[type=file])"
_USABLE = f":is({_DRAWN_OVER}, :visible):enabled, [role]:visible"
# What a field is for, as its maker has said it: the surest way first.
_PURPOSES: Mapping[str, tuple[str, ...]] = {
    "email": (
        "input[type=email]",
        "input[autocomplete~=email]",
        "input[autocomplete~=username]",
        "input:is([name=email i], [id=email i], [name=login i], [name=identifier i], [name=username i])",
    ),
    "new password": ("input[type=password][autocomplete~=new-password]", "input[type=password]"),
    "password": ("input[type=password][autocomplete~=current-password]", "input[type=password]"),
    "name": (
        "input[autocomplete~=name]",
        "input:is([name=name i], [id=name i], [name=fullname i], [name=full_name i], [name=displayname i])",
    ),
    "file": ("input[type=file]",),
}
_NAMES = """elements => elements.map(element => {
    const text = node => (node?.textContent ?? '').replace(/\\s+/g, ' ').trim();
    const by = (element.getAttribute('aria-labelledby') ?? '').split(/\\s+/);
    return by.map(id => text(document.getElementById(id))).join(' ').trim() || element.getAttribute('aria-label')
        || text(element.labels?.[0]) || element.getAttribute("placeholder") || element.getAttribute("title")
        || element.type === "submit" && element.value || text(element)
        || element.getAttribute('name') || element.id || element.type || element.tagName.toLowerCase();
})"""
# What a page says about a form that it does not take: alerts, and what is said about a field that is wrong.
_COMPLAINTS = """() => {
    const text = node => (node?.innerText ?? node?.textContent ?? '').replace(/\\s+/g, ' ').trim();
    const seen = element => { const box = element.getBoundingClientRect(); return box.width > 0 && box.height > 0; };
    const named = element => element.getAttribute('aria-label') || text(element.labels?.[0]) || element.getAttribute('placeholder')
        || element.name || element.id || element.type;
    const places = '[role=alert], [aria-live=assertive], [aria-live=polite], [role=status], output, dialog[open]';
    const said = [...document.querySelectorAll(places)].filter(seen).map(text);
    const fields = [...document.querySelectorAll('input, select, textarea')].map(element => {
        const about = (element.getAttribute('aria-errormessage') ?? element.getAttribute('aria-describedby') ?? '').split(/\\s+/)
            .map(id => text(id && document.getElementById(id))).filter(Boolean).join(' ');
        const wrong = element.getAttribute('aria-invalid') === 'true';
        if (element.willValidate && !element.validity.valid) return [named(element), element.validationMessage || about];
        return wrong ? [named(element), about] : null;
    }).filter(Boolean);
    const classes = [...document.querySelectorAll('[class*=error i], [class*=invalid i], [class*=danger i]')]
        .filter(element => seen(element) && !element.matches('input, select, textarea, form, body')).map(text);
    return { said: said.filter(Boolean), fields, classes: classes.filter(Boolean) };
}"""


@dataclass(frozen=True)
class Called:
    """The name of a field or a button. Where nobody has ``declared`` it, it is the usual one, and what the field is for says it as well."""

    text: str
    declared: bool = True


class NoField(AssertionError):
    """A page has no such field or button, or several that could be meant."""


@dataclass(frozen=True)
class Complaints:
    """What a page says about a form that did not go through."""

    said: tuple[str, ...] = ()
    fields: tuple[tuple[str, str], ...] = ()

    def __str__(self) -> str:
        parts = [f"the page says {' / '.join(repr(text) for text in self.said)}"] if self.said else []
        parts += [f"the field {name!r} is not valid{f' ({why})' if why else ''}" for name, why in self.fields]
        return ", ".join(parts)


class Form:
    """The form of the page that is open in a browsing."""

    def __init__(self, browsing: Browsing) -> None:
        self._browsing = browsing

    @property
    def _page(self) -> Page:
        return self._browsing.page

    def has(self, purpose: str, label: Called | None = None) -> bool:
        """Whether there is a field for it now, without waiting."""
        return self._found(purpose, label) is not None

    def fill(self, purpose: str, value: str, label: Called | None = None, *, secret: bool = False) -> None:
        """Fill in the field for a purpose (`email`, `password`, `new password`, `name`), called so where a label is declared.

        A ``secret`` value is hidden wherever it occurs afterwards. Raises NoField, which names the fields that there are.
        """
        if secret:
            self._browsing.learn(value, label.text if label else purpose)
        self.field(purpose, label).fill(value)

    def answer(self, label: str, value: str | bool) -> None:
        """Fill in a further field: a text, a choice of a list, or a box that is ticked or not. Raises NoField."""
        field = self._awaited(lambda: self._named(label), lambda: f"no field called {label!r}")
        kind = str(field.evaluate("e => e.tagName === 'SELECT' ? 'select' : e.type ?? e.getAttribute('role') ?? ''"))
        if isinstance(value, bool):
            self._tick(field, value)
        elif kind == "select":
            field.select_option(label=value)
        elif kind == "radio":
            field.check()
        else:
            field.fill(value)

    def field(self, purpose: str, label: Called | None = None) -> Locator:
        """The field for a purpose, once the page shows it. Raises NoField."""
        called = f" called {label.text!r}" if label else ""
        return self._awaited(lambda: self._found(purpose, label), lambda: f"no field{called} for the {purpose.removeprefix('new ')}")

    def button(self, label: Called | None, *, beside: str = "") -> Locator:
        """The button, link or entry of a menu of that name; without one the button that sends the form with the field for ``beside``.

        Raises NoField.
        """
        called = f" called {label.text!r}" if label else " that sends the form"
        return self._awaited(lambda: self._pressable(label, beside), lambda: f"no button{called}")

    def has_button(self, label: Called | None, *, beside: str = "") -> bool:
        """Whether there is such a button now, without waiting."""
        return self._pressable(label, beside) is not None

    def complaints(self) -> Complaints:
        """What the page says about what was typed in, in its own words; at most a few sentences."""
        try:
            found = self._page.evaluate(_COMPLAINTS)
        except Error:
            return Complaints()  # it is on its way to another page
        said = [text for text in dict.fromkeys(found["said"] or found["classes"]) if text]
        fields = [(self._clean(name), self._clean(why)) for name, why in found["fields"][:_MOST]]
        return Complaints(tuple(self._clean(text) for text in said[:3]), tuple(fields))

    def _tick(self, field: Locator, value: bool) -> None:
        try:
            field.set_checked(value, timeout=2000)
        except WaitedInVain:  # drawn by a stylesheet, with the real box out of sight: people press what they see
            field.locator("xpath=ancestor-or-self::label | following-sibling::label").first.click()

    def _found(self, purpose: str, label: Called | None) -> Locator | None:
        if label and (field := self._named(label.text)):
            return field
        if label and label.declared:
            return None
        state = ":enabled" if purpose == "file" else ":visible:enabled"
        fields = (self._only(self._page.locator(f":is({each}){state}")) for each in _PURPOSES.get(purpose, ()))
        found = next((field for field in fields if field), None)
        # Two of them: the second is there to type the same once more.
        twice = purpose == "new password" and self._page.locator("input[type=password]:visible").count() > 1
        return self._page.locator("input[type=password]:visible").first if found is None and twice else found

    def _named(self, label: str) -> Locator | None:
        """The field of that name; a mark that it is required, and capitals, make no other name."""
        page, loosely = self._page, re.compile(rf"^\s*{re.escape(label)}{_MARKS}$", re.IGNORECASE)
        for name in (label, loosely):
            exact = isinstance(name, str)
            for found in (
                page.get_by_label(name, exact=exact).and_(page.locator(_FILLABLE)),
                page.get_by_label(name, exact=exact).and_(page.locator(_DRAWN_OVER)),
                page.get_by_role("textbox", name=name, exact=exact),
                page.get_by_role("checkbox", name=name, exact=exact),
                page.get_by_role("radio", name=name, exact=exact),
                page.get_by_role("combobox", name=name, exact=exact),
                page.get_by_placeholder(name, exact=exact),
            ):
                if field := self._only(found.and_(page.locator(_USABLE))):
                    return field
        return None

    def _pressable(self, label: Called | None, beside: str) -> Locator | None:
        page = self._page
        if label:
            for name in (label.text, re.compile(rf"^\s*{re.escape(label.text)}\s*$", re.IGNORECASE)):
                for role in ("button", "link", "menuitem"):
                    if found := self._only(page.get_by_role(role, name=name, exact=isinstance(name, str)).locator("visible=true")):
                        return found
            if label.declared:
                return None
        field = self._found(beside, None) if beside else None
        if field is None:
            return None
        form = field.locator("xpath=ancestor::form[1]")
        around = form if form.count() else page.locator("body")
        sends = around.locator(":is(button:not([type]), button[type=submit], input[type=submit], input[type=image]):visible")
        return self._only(sends) or self._only(around.locator(":is(button, [role=button]):visible"))  # a script may send it

    def _only(self, found: Locator) -> Locator | None:
        """The one, where it is one."""
        return found.first if found.count() == 1 else None

    def _awaited(self, look: Callable[[], Locator | None], what: Callable[[], str]) -> Locator:
        found = look()
        if found is None:
            with suppress(WaitedInVain):
                self._page.locator(f":is({_FILLABLE}, button):visible").first.wait_for(timeout=_APPEARS)
            for _ in range(20):
                if found := look():
                    break
                self._page.wait_for_timeout(_APPEARS / 20)
        if found is None:
            raise NoField(f"{self._clean(self._page.url)} has {what()}: {self._there()}")
        return found

    def _there(self) -> str:
        names = {
            kind: self._page.locator(f":is({which}):visible").evaluate_all(_NAMES)
            for kind, which in (("fields", _FILLABLE), ("buttons", "button, [role=button], input[type=submit]"))
        }
        said = [f"its {kind} are {', '.join(repr(self._clean(name)) for name in found[:_MOST])}" for kind, found in names.items() if found]
        return "; ".join(said) or "it has neither fields nor buttons"

    def _clean(self, text: str) -> str:
        return self._browsing.shown(text)
