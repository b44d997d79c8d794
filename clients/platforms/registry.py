"""The platforms that there are: one for each module of this package that defines a :class:`clients.platforms.base.Platform`."""

import pkgutil
from collections.abc import Callable, Collection, Mapping
from importlib import import_module
from pathlib import Path
from threading import Event
from types import ModuleType
from typing import TypeGuard

from clients import platforms as package
from clients.errors import Misconfigured
from clients.platforms.base import Platform, Tooling


def known() -> dict[str, type[Platform]]:
    """The platforms by their names, in the order of the names."""
    modules = [import_module(f"{__package__}.{found.name}") for found in pkgutil.iter_modules(package.__path__)]
    defined = (value for module in modules for value in vars(module).values() if _is_platform(value, module.__name__))
    return {platform.name: platform for platform in sorted(defined, key=lambda platform: platform.name)}


def modules(ending: str) -> list[ModuleType]:
    """The modules of this package whose names end so, in the order of the names."""
    names = sorted(found.name for found in pkgutil.iter_modules(package.__path__) if found.name.endswith(ending))
    return [import_module(f"{__package__}.{name}") for name in names]


def _is_platform(value: object, module: str) -> TypeGuard[type[Platform]]:
    """Whether it is a platform that this very module defines."""
    return isinstance(value, type) and issubclass(value, Platform) and value is not Platform and value.__module__ == module


def named(name: str) -> type[Platform]:
    """The platform of that name. Raises Misconfigured, which names those that there are."""
    platforms = known()
    if name not in platforms:
        raise Misconfigured(f"there is no platform {name!r}; known: {', '.join(platforms)}")
    return platforms[name]


def demand(name: str, told: Collection[str]) -> None:
    """Raises Misconfigured unless there is such a platform, and ``told`` holds the keys of everything that it has to be told."""
    missing = [setting.key for setting in named(name).settings if setting.required and setting.key not in told]
    if missing:
        raise Misconfigured(f"the platform {name} needs {' and '.join(missing)}")


def open_platform(
    name: str,
    service: str,
    settings: Mapping[str, str],
    *,
    home: Path,
    timeout: float = 60,
    cancelled: Event | None = None,
    started: Callable[[int], None] | None = None,
) -> Platform:
    """The client for a service on the platform of that name. It has asked nobody yet.

    :param service: the service's name there.
    :param settings: what the platform has to be told, by key; others are left alone.
    :param home: private folder for what the platform's tool keeps, made where it is missing.
    :param timeout: seconds for one question.
    :param cancelled: set when the run is interrupted: whatever is under way ends then.
    :param started: told the process id of each tool that is started.
    :raises Misconfigured: for an unknown platform, or a setting that is missing.
    :raises Unavailable: when this machine lacks the platform's tool.
    """
    demand(name, settings)
    platform = named(name)
    keys = {setting.key for setting in platform.settings}
    tooling = Tooling(home, timeout, cancelled, started)
    home.mkdir(mode=0o700, parents=True, exist_ok=True)
    wanted = {key: value for key, value in settings.items() if key in keys}
    return platform.open(service, wanted, tooling)
