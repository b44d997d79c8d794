"""Questions to a page that is open in a browser: does it fit the screen, can everybody use it, which scripts does it carry."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from clients.errors import Unavailable

if TYPE_CHECKING:
    from playwright.sync_api import Page

#: Rules of axe-core about the names that a screen reader says (https://github.com/dequelabs/axe-core/blob/develop/doc/rule-descriptions.md).
NAMING = frozenset({"label", "select-name", "button-name", "input-button-name", "input-image-alt", "link-name", "aria-input-field-name"})
#: The rule about the contrast of text (WCAG 1.4.3), apart because a brand's colours are not changed in a day.
CONTRAST = frozenset({"color-contrast"})
GRAVE = frozenset({"serious", "critical"})
#: Least CSS pixels each way for what is to be hit with a finger: WCAG 2.2 (2.5.8) asks for 24 and excepts what browsers draw by
#: themselves, which is 21 high: below 20 somebody has made it smaller.
FINGER = 20

_FIT = """() => {
    const name = element => element.tagName.toLowerCase() + (element.id ? '#' + element.id : '') +
        (typeof element.className === 'string' && element.className ? '.' + element.className.trim().split(/\\s+/).join('.') : '');
    // Whoever hits the label of a box has hit the box; and what the browser draws by itself nobody has made smaller.
    const target = element => !/^(checkbox|radio)$/.test(element.type ?? '') ? [element] : [element, ...element.labels];
    const large = element => target(element).some(each => {
        const box = each.getBoundingClientRect();
        return box.width >= FINGER && box.height >= FINGER;
    });
    const own = element => /^(checkbox|radio)$/.test(element.type ?? '') && getComputedStyle(element).appearance !== 'none'
        && element.getBoundingClientRect().height >= 13;
    const names = (selector, wrong) => [...document.body.querySelectorAll(selector)]
        .filter(element => { const box = element.getBoundingClientRect(); return box.width > 0 && box.height > 0 && wrong(box, element); })
        .slice(0, 5).map(name);
    return JSON.stringify({
        wide: document.documentElement.scrollWidth,
        beyond: names('*', box => box.right > SCREEN + 1),
        small: names('form :is(input:not([type=hidden]), select, textarea, button)', (_, element) => !large(element) && !own(element)),
    });
}"""
_BARRIERS = """async () => {
    const { violations } = await axe.run(document, { resultTypes: ['violations'], runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa'] });
    const places = nodes => nodes.map(node => node.target.join(' '));
    return JSON.stringify(violations.map(({ id, impact, help, nodes }) => ({ id, impact, help, places: places(nodes) })));
}"""

_SCRIPTS = "() => [...document.scripts].filter(script => !script.src).map(script => script.textContent).join('\\n')"


@dataclass(frozen=True)
class Fit:
    """How a page lies on a screen: widths in CSS pixels, and what sticks out of it or is too small for a finger."""

    wide: int
    screen: int
    beyond: tuple[str, ...]
    small: tuple[str, ...]

    @property
    def overflow(self) -> int:
        """CSS pixels by which the page is wider than the screen; 0 when it fits."""
        return max(0, self.wide - self.screen)


@dataclass(frozen=True)
class Barrier:
    """Something that keeps somebody from using a page: a violated rule of axe-core, and where."""

    rule: str
    impact: str
    help: str
    places: tuple[str, ...]

    @property
    def grave(self) -> bool:
        """Whether it keeps people out, and does not only annoy them."""
        return self.impact in GRAVE

    def __str__(self) -> str:
        return f"{self.rule} ({self.impact}): {self.help}, at {', '.join(self.places[:3])}"


class Inspector:
    """Looks at pages. axe-core is evaluated by the browser itself, so that a page's Content-Security-Policy does not keep it out."""

    def __init__(self, axe: Path) -> None:
        """:raises Unavailable: when axe-core is not installed."""
        if not axe.is_file():
            raise Unavailable(f"axe-core is not installed: {axe.name} is missing; run `make setup`")
        self._axe = axe.read_text(encoding="utf-8") + "\n;undefined"

    def fit(self, page: Page) -> Fit:
        """How the page lies on the screen of its browser.

        The screen is the device's, not the one that the page sees: without `<meta name=viewport>` phones pretend to be 980 pixels wide.
        """
        screen = (page.viewport_size or {"width": 0})["width"]
        found: dict[str, Any] = json.loads(page.evaluate(_FIT.replace("SCREEN", str(screen)).replace("FINGER", str(FINGER))))
        return Fit(found["wide"], screen, tuple(found["beyond"]), tuple(found["small"]))

    def barriers(self, page: Page) -> tuple[Barrier, ...]:
        """Every rule of WCAG 2.1 A and AA that the page violates, as axe-core sees it."""
        page.evaluate(self._axe)
        found: list[dict[str, Any]] = json.loads(page.evaluate(_BARRIERS))
        return tuple(Barrier(each["id"], each["impact"] or "", each["help"], tuple(each["places"])) for each in found)

    def scripts(self, page: Page) -> str:
        """The text of all scripts that stand in the page itself."""
        return str(page.evaluate(_SCRIPTS))
