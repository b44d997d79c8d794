"""[health]"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Literal

from pydantic import Field

from environments.schema.section import Section, Whole
from environments.schema.values import DottedPath, Line, Path, Said, Statuses

ASKED_BY_MEMBERS = frozenset({"auth.email", "storage.objects", "mail.delivery"})
"""Whoever asks these services directly is a member, or about to be one."""

# In per cent: what the check has always held a sample to, whatever a file says.
MOST_ERRORS = 2.5
_FIELDS = ("expect", "present", "services")
"""Keys that look into fields of a JSON answer."""
_WHOLE = ("empty", "text", "contains")
"""Keys that say what the answer is as a whole: one of them at most."""
_NO_CONTENT = 204


class Health(Section, capability="health", runbook=40, deeper=False):
    """[health]: the deployment says how it is, and a healthy one says so within a budget of time."""

    path: Path = Field(default="/health", description="Where the health answer is.")
    expect: dict[DottedPath, Line | bool | int] = Field(
        default={"status": "healthy"}, description="Dotted path in the answer = value that a healthy deployment gives."
    )
    present: list[DottedPath] = Field(
        default_factory=list, description="Dotted paths that must be there and not empty; a number leads into a list: components.0.name."
    )
    text: Line | None = Field(
        default=None,
        pattern=r"^\S(.*\S)?$",
        description="The whole answer, where it is a text (OK) or a bare JSON value (true); in place of expect.",
    )
    contains: Said | None = Field(
        default=None, description="A part of the answer, where it is a page or a longer text; in place of expect."
    )
    status: Statuses | None = Field(
        default=None,
        description="The statuses of a healthy answer, default 200. With this key alone the body may be anything.",
    )
    empty: Literal[True] | None = Field(
        default=None, description="The answer is a success (200, 204) without a body; in place of expect, true or left out."
    )
    services: dict[DottedPath, Line] = Field(
        default_factory=dict, description="Dotted path of a claim in the answer = capability that asks that service directly."
    )
    up: list[Line] = Field(
        default_factory=lambda: ["up", "ok", "healthy"], description="Values by which a claim says that its service works."
    )
    requests: int = Field(default=40, ge=10, le=400, description="Requests of the budget sample.")
    at_once: int = Field(default=4, ge=1, le=16, description="Requests of the sample under way at once.")
    p95_ms: int = Field(default=1000, ge=1, description="Budget of the 95th percentile, in milliseconds.")
    error_percent: float = Field(
        default=MOST_ERRORS,
        ge=0,
        le=100,
        description="The most of the sample that may fail, in per cent: above 2.5 counts as 2.5; one may, unless this is 0.",
    )

    @property
    def forgiven(self) -> int:
        """How many requests of the sample may fail."""
        return max(1, int(self.requests * min(self.error_percent, MOST_ERRORS) / 100)) if self.error_percent else 0

    @property
    def plain(self) -> bool:
        """Whether no fields are looked for in the answer."""
        return self.text is not None or self.contains is not None or bool(self.empty) or self.status_alone

    @property
    def status_alone(self) -> bool:
        """Whether nothing is said of the body."""
        return self.status is not None and not {*_FIELDS, *_WHOLE} & self.model_fields_set

    @property
    def successes(self) -> tuple[int, ...]:
        """The statuses of a healthy answer."""
        return self.status or ((200, 204) if self.empty else (200,))

    def refinements(self) -> Mapping[str, object]:
        """Whether it speaks of the services behind it, and of any that no member is needed to ask."""
        others = [each for each in (self.services or {}).values() if each not in ASKED_BY_MEMBERS]
        return {"services": self.services, "services.others": others}

    def inconsistencies(self, environment: Whole) -> Iterable[str]:
        """Only what can be asked is compared with what the answer claims."""
        from environments.schema.registry import sections

        without_body = self.status == (_NO_CONTENT,) and not self.empty
        whole = [name for name in _WHOLE if getattr(self, name) is not None]
        if whole or without_body:
            what = "empty" if self.empty else "one with status 204, which has no body" if without_body else "a text"
            others = {*_FIELDS, *(whole if without_body else whole[1:])} & self.model_fields_set
            yield from (
                f"health.{name} looks into an answer that is declared to be {what}: take one of them out" for name in sorted(others)
            )
            if getattr(environment.version, "health_field", None):
                yield f"version.health_field looks into a health answer that is declared to be {what}: name a header"
        known = [name for name, section in sections().items() if section.asked]
        for path, capability in self.services.items():
            if capability not in known:
                yield f"health.services.{path} names {capability!r}, which cannot be asked: {', '.join(known)}"
