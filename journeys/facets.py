"""What a journey is given: facets, named in its class by `uses`, and what every run has, whatever is declared."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from threading import Event
from typing import Any, ClassVar, Generic, Literal, Protocol, TypeVar, overload


class FacetType(Protocol):
    """A facet class: one capability, its settings, and the client over them."""

    requires: ClassVar[tuple[str, ...]]


F = TypeVar("F")
F_co = TypeVar("F_co", covariant=True)


class Given(Protocol):
    """What a run gives to its journeys."""

    @property
    def run_id(self) -> str:
        """The run's id."""

    @property
    def thorough(self) -> bool:
        """Depth nightly: more examples."""

    @property
    def cancelled(self) -> Event:
        """Set when the run is interrupted."""

    def facet(self, kind: type[F]) -> F:
        """The facet of that kind, one for the whole process."""

    def has(self, *capabilities: str) -> bool:
        """Whether the environment declares all of them."""

    def kept(self, name: str) -> Path:
        """A file in the run's folder that the next run finds again."""

    def figure(self, text: str) -> None:
        """Shows a measured figure at the end of the run, whatever the checks say of it."""


class Uses(Generic[F_co]):
    """A facet as a journey class names it; on an instance it is the facet itself, or None where it is optional and not declared."""

    def __init__(self, facet: Any, refinements: tuple[str, ...], *, optional: bool) -> None:
        capabilities: Any = getattr(facet, "requires", None)
        if not isinstance(facet, type) or not isinstance(capabilities, tuple):
            raise TypeError(f"uses(...) takes a facet class, not {facet!r}")
        if not all(isinstance(name, str) for name in refinements):
            raise TypeError(f"refinements of {facet.__name__} are names below its capability: give each facet a line of its own")
        self.facet: Any = facet
        if refinements and not capabilities:
            raise TypeError(f"{facet.__name__} is always there, so it has no refinements such as {refinements[0]}")
        self.requires: tuple[str, ...] = (*capabilities, *(f"{capabilities[0]}.{name}" for name in refinements))
        self.optional = optional

    @overload
    def __get__(self, journey: None, owner: type) -> Uses[F_co]: ...

    @overload
    def __get__(self, journey: object, owner: type) -> F_co: ...

    def __get__(self, journey: Any, owner: type) -> Uses[F_co] | F_co:
        if journey is None:
            return self
        given: Given = journey.context
        if self.optional and not given.has(*self.requires):
            return None  # type: ignore[return-value] # the overload of `uses` says so
        found: F_co = given.facet(self.facet)
        return found


@overload
def uses(facet: type[F], /, *refinements: str, optional: Literal[False] = ...) -> Uses[F]: ...


@overload
def uses(facet: type[F], /, *refinements: str, optional: Literal[True]) -> Uses[F | None]: ...


def uses(facet: Any, /, *refinements: str, optional: bool = False) -> Uses[Any]:
    """Name a facet in a journey class: `storage = uses(StorageObjects, "presign")`. The journey then requires what the facet does.

    `refinements` are names below the facet's capability that the journey requires as well. With `optional` the journey requires nothing,
    and finds None where the environment does not declare all of it. Raises TypeError for what is no facet class.
    """
    return Uses(facet, refinements, optional=optional)


def uses_of(cls: type) -> Iterator[Uses[Any]]:
    """The facets that a class and its bases name, each name once."""
    names = dict.fromkeys(name for base in cls.__mro__ for name in vars(base))
    for name in names:
        value = next(vars(base)[name] for base in cls.__mro__ if name in vars(base))
        if isinstance(value, Uses):
            yield value
