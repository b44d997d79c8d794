"""Playwright's driver, a Node process that starts the browser: it is given variables that were made for it."""

from base import children
from clients.errors import Unavailable

# Where Playwright keeps its browsers, and for which system it takes this one; what it tells its own driver about this process.
_SETTINGS = frozenset({"PLAYWRIGHT_BROWSERS_PATH", "PLAYWRIGHT_HOST_PLATFORM_OVERRIDE", "PLAYWRIGHT_SKIP_VALIDATE_HOST_REQUIREMENTS"})
_TOLD = frozenset({"PW_LANG_NAME", "PW_LANG_NAME_VERSION", "PW_CLI_DISPLAY_VERSION"})


def confine() -> None:
    """From now on the driver gets these variables alone. Playwright has no option for that: the function that it asks for them is replaced.

    :raises Unavailable: when this Playwright asks another function, so that a driver would get everything.
    """
    from playwright._impl import _driver, transport

    asked = vars(transport)
    if asked.get("get_driver_env") not in (_driver.get_driver_env, variables):
        raise Unavailable("this Playwright gives its driver all variables of the run: install the version that requirements/run.txt names")
    asked["get_driver_env"] = variables


def variables() -> dict[str, str]:
    """What the driver gets; the browser gets less (:class:`clients.browser.chromium.Chromium`)."""
    from playwright._impl._driver import get_driver_env

    told = {name: value for name, value in get_driver_env().items() if name in _TOLD}
    return children.made(network=True, names=_SETTINGS, more=told)
