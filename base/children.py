"""The variables of processes that gonogo starts: made for them, so that nobody else's program is given the secrets of a run.

A process hands its variables on to all that it starts, and any program of the same user can read them. Whoever runs gonogo has put the
team's secrets there. So a child is given what is listed here, and what whoever starts it adds on purpose; the whole is for processes of
gonogo's own that read the secrets themselves.
"""

from __future__ import annotations

import os
from collections.abc import Collection, Mapping
from pathlib import Path

# By their whole names: somebody's LC_API_KEY begins like them. https://man7.org/linux/man-pages/man7/locale.7.html
_LOCALE = ("ALL", "ADDRESS", "COLLATE", "CTYPE", "IDENTIFICATION", "MEASUREMENT", "MESSAGES", "MONETARY", "NAME", "NUMERIC", "PAPER")
_LANGUAGE = ("LANG", "LANGUAGE", *(f"LC_{name}" for name in (*_LOCALE, "TELEPHONE", "TIME")))
COMMON = frozenset({"PATH", "HOME", *_LANGUAGE, "TZ", "TMPDIR", "LD_LIBRARY_PATH", "FONTCONFIG_FILE", "FONTCONFIG_PATH"})
"""Where programs, libraries and fonts lie, which language and which time it is."""
FOLDERS = ("XDG_CONFIG_HOME", "XDG_CACHE_HOME", "XDG_DATA_HOME", "XDG_STATE_HOME")
"""Parts of a home that may lie elsewhere: a child with a home of its own has them below it."""
# A sandbox ends what carries the id of its run, however that was started.
_MARK = frozenset({"GONOGO_RUN"})
_PROXIES = ("http_proxy", "https_proxy", "all_proxy", "no_proxy")
NETWORK = frozenset(
    {*_PROXIES, *(name.upper() for name in _PROXIES), "NODE_EXTRA_CA_CERTS", "NODE_USE_SYSTEM_CA", "SSL_CERT_FILE", "SSL_CERT_DIR"}
)
"""The way out of this machine, and whom to trust there."""
DISPLAY = frozenset({"DISPLAY", "WAYLAND_DISPLAY", "XAUTHORITY", "XDG_RUNTIME_DIR", "DBUS_SESSION_BUS_ADDRESS"})
"""Where a window is opened."""
# How Python runs (https://docs.python.org/3/using/cmdline.html#environment-variables), and where sandboxes keep their state.
_PYTHON = frozenset(
    {
        *("PYTHONHOME", "PYTHONPATH", "PYTHONSAFEPATH", "PYTHONPLATLIBDIR", "PYTHONUSERBASE", "PYTHONNOUSERSITE", "PYTHONPYCACHEPREFIX"),
        *("PYTHONDONTWRITEBYTECODE", "PYTHONOPTIMIZE", "PYTHONUNBUFFERED", "PYTHONUTF8", "PYTHONIOENCODING", "PYTHONCOERCECLOCALE"),
        *("PYTHONWARNINGS", "PYTHONDEVMODE", "PYTHONFAULTHANDLER", "PYTHONHASHSEED", "PYTHONMALLOC", "PYTHONTRACEMALLOC"),
        "GONOGO_STATE",
    }
)


def made(
    *,
    home: Path | None = None,
    network: bool = False,
    names: Collection[str] = (),
    like: tuple[str, ...] = (),
    more: Mapping[str, str] | None = None,
) -> dict[str, str]:
    """The variables for a program: the common ones, further ``names``, those that begin like one of ``like``, and ``more``.

    ``home`` is a private one in place of the user's; ``network`` adds proxies and certificate authorities, for what talks to others.
    """
    wanted = {*COMMON, *_MARK, *names, *(NETWORK if network else ()), *(() if home else FOLDERS)}
    kept = {name: value for name, value in os.environ.items() if name in wanted or name.startswith(like)}
    return {"PATH": os.defpath, **kept, **({"HOME": str(home)} if home else {}), **(more or {})}


def bare() -> dict[str, str]:
    """Search path and language alone, for what has to be the same on every machine."""
    return {"PATH": os.environ.get("PATH", os.defpath), "LANG": os.environ.get("LANG", "C.UTF-8")}


def python() -> dict[str, str]:
    """The variables for a Python of gonogo's own that needs none of the secrets, or is told them in another way."""
    return made(network=True, names=_PYTHON)


def whole(*without: str) -> dict[str, str]:
    """All variables of this process, for one of gonogo's own that reads the secrets; those that begin like one of ``without`` are not."""
    return {name: value for name, value in os.environ.items() if not name.startswith(without)}
