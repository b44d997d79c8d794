"""What a section of an environment file is: a table that declares a capability, written once, as a pydantic model."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, ClassVar, Protocol, Self, TypeVar

from pydantic import BaseModel, ConfigDict, model_validator

S = TypeVar("S", bound="Declares")

MOST = 1 << 33
"""No number of a section is larger: 8 GiB, or 272 years in seconds, which is about what Python can wait."""


class Whole(Protocol):
    """The file that a section is part of, as far as sections look at each other."""

    @property
    def tier(self) -> str:
        """sandbox, preview, staging or production."""

    @property
    def version(self) -> object | None:
        """[version], None where it is not declared."""

    @property
    def capabilities(self) -> frozenset[str]:
        """All that the file declares, by name."""

    @property
    def sections(self) -> tuple[Declares, ...]:
        """The capabilities that are declared."""

    def section(self, kind: type[S]) -> S | None:
        """The section of that kind, None where it is not declared."""


CAPABILITIES: dict[str, type[Declares]] = {}
"""The sections that were defined so far, by capability. Filled by defining them; `environments.schema.registry` walks the package."""


class Declares:
    """What a declared capability says about itself.

    capability   its dotted name, which is also its table in the file: ``storage.objects``
    runbook      where its page stands among those of a check that needs several: the lower number goes first
    provides     further capabilities that come with it, whatever it is set to: ``members``
    drills       whether checks that need it change the running version
    for_others   whether its secret variables are for others than the deployment: a bucket, a provider, the platform
    deeper       whether a deployment that has it shows more of itself than an answer about its health
    asked        whether its facet can be asked if the service behind it works, past what the deployment says of itself
    """

    capability: ClassVar[str] = ""
    runbook: ClassVar[int] = 50
    provides: ClassVar[tuple[str, ...]] = ()
    drills: ClassVar[bool] = False
    asked: ClassVar[bool] = False
    for_others: ClassVar[bool] = False
    deeper: ClassVar[bool] = True

    def __init_subclass__(
        cls,
        *,
        capability: str = "",
        runbook: int = 50,
        provides: tuple[str, ...] = (),
        drills: bool = False,
        asked: bool = False,
        for_others: bool = False,
        deeper: bool = True,
        **more: Any,
    ) -> None:
        super().__init_subclass__(**more)
        if not capability:
            return
        cls.capability, cls.runbook, cls.provides, cls.drills, cls.asked = capability, runbook, provides, drills, asked
        cls.for_others, cls.deeper = for_others, deeper
        _demand_place(capability, cls)
        CAPABILITIES[capability] = cls

    @property
    def declared(self) -> bool:
        """Whether it is there at all; a section that is empty may say no."""
        return True

    def refinements(self) -> Mapping[str, object]:
        """Names below the capability's own, each with a value that says whether it holds: ``{"presign": self.presign}``."""
        return {}

    def brings(self) -> Iterable[str]:
        """Further capabilities that come with what it is set to, below one that it provides: ``members.invitation``."""
        return ()

    def inconsistencies(self, environment: Whole) -> Iterable[str]:
        """What does not fit the rest of the file, a sentence each."""
        del environment
        return ()

    def addresses_of_others(self) -> Iterable[str]:
        """Base URLs that others run for the deployment: what opens its wall is not sent there."""
        return ()


class Section(Declares, BaseModel):
    """A table of the file. Unknown keys are mistakes; numbers are never read from text, and are finite."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, allow_inf_nan=False)

    @model_validator(mode="after")
    def _within_reason(self) -> Self:
        given = ((key, getattr(self, key)) for key in sorted(self.model_fields_set))
        large = [key for key, value in given if isinstance(value, (int, float)) and abs(value) > MOST]
        if large:
            raise ValueError(f"{' and '.join(large)} must be at most {MOST}")
        return self

    @classmethod
    def __pydantic_init_subclass__(cls, **_: Any) -> None:
        """pydantic hands the words of a class statement over to Declares as well; there is nothing left to do with them."""


def _demand_place(capability: str, section: type[Declares]) -> None:
    """Raises TypeError where the table is another section's, or lies inside of one."""
    for known, other in CAPABILITIES.items():
        same = known == capability and (other.__module__, other.__qualname__) != (section.__module__, section.__qualname__)
        if same or known.startswith(f"{capability}.") or capability.startswith(f"{known}."):
            raise TypeError(f"[{capability}] of {section.__module__} is in the way of [{known}], which {other.__module__} declares")
