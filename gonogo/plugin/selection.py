"""Selection: which checks apply to the environment, which pass they belong to, and what is written down about the others."""

from __future__ import annotations

from enum import StrEnum

import pytest

from environments import Environment, Tier
from environments.schema.members import NEWCOMERS
from environments.schema.registry import providers, section_of
from fixtures.facet import Facet
from gonogo.run.state import Role, Run, begin, run_of
from journeys import Journey
from journeys import required as journeys_require
from journeys.plan import with_dependencies
from reports.manifest import check_id
from reports.records import CheckFacts, Collected, CollectionError, Deselected

JOURNEYS: pytest.StashKey[dict[str, type[Journey]]] = pytest.StashKey()
"""The journeys that are fixtures, by name."""
FACETS: pytest.StashKey[dict[str, type[Facet]]] = pytest.StashKey()
"""The facets that are fixtures, by name."""


class SkipReason(StrEnum):
    """Why a check ends as what pytest calls skipped, in the words of the ledger."""

    NOT_APPLICABLE = "not_applicable"
    NOT_REACHED = "not_reached"
    SKIPPED = "skipped"


COLLECTION_ERRORS: pytest.StashKey[list[CollectionError]] = pytest.StashKey()
SKIPPED_FOR: pytest.StashKey[SkipReason] = pytest.StashKey()


def node_of(nodeid: str) -> str:
    """A node id without the group that pytest-xdist appends."""
    return nodeid.rsplit("@", 1)[0] if "@" in nodeid.rsplit("]", 1)[-1] else nodeid


def required(item: pytest.Item) -> tuple[str, ...]:
    """The capabilities that a check requires, its journeys' included."""
    marked = [capability for mark in item.iter_markers("requires") for capability in mark.args]
    facets = (capability for kind in facets_of_item(item) for capability in kind.requires)
    return tuple(sorted({*marked, *facets, *journeys_require(journeys_of_item(item))}))


def journeys_of_item(item: pytest.Item) -> list[type[Journey]]:
    """The journeys that a check reads."""
    known = item.config.stash.get(JOURNEYS, {})
    return list(dict.fromkeys(known[name] for name in getattr(item, "fixturenames", ()) if name in known))


def facets_of_item(item: pytest.Item) -> list[type[Facet]]:
    """The facets that a check asks for itself."""
    known = item.config.stash.get(FACETS, {})
    return [known[name] for name in getattr(item, "fixturenames", ()) if name in known]


def severity(item: pytest.Item) -> str:
    """The check's severity (allure's decorator), normal without one."""
    for mark in item.iter_markers("allure_label"):
        if mark.kwargs.get("label_type") == "severity":
            return str(getattr(mark.args[0], "value", mark.args[0]))
    return "normal"


def has(item: pytest.Item, mark: str) -> bool:
    """Whether a check carries a mark."""
    return item.get_closest_marker(mark) is not None


def missing_section(capability: str) -> str:
    """What to add to the environment's file so that a check with this requirement applies."""
    section = section_of(capability)
    if section and section != capability:
        return f"[{section}] with {capability.removeprefix(f'{section}.')}"
    if capability == "origin.https":
        return "an origin with https"
    if capability == NEWCOMERS:
        return "a way in by which people sign up"
    top, _, key = capability.partition(".")
    if not section and top in Environment.model_fields and key:  # a key of a section that declares nothing by itself
        return f"[{top}] with {key}"
    return " or ".join(f"[{name}]" for name in providers(capability)) or f"[{capability}]"


def not_applicable(item: pytest.Item, run: Run) -> str | None:
    """Why a check does not apply to the environment, None when it does."""
    lacking = [capability for capability in required(item) if capability not in run.environment.capabilities]
    if lacking:
        sections = " and ".join(missing_section(name) for name in lacking)
        return f"not applicable: {run.environment.name} does not declare it; add {sections} to its file"
    if run.environment.tier is Tier.PRODUCTION and not has(item, "safe_in_production"):
        return "not applicable: the tier is production, and the check is not marked safe_in_production"
    if has(item, "drill") and run.override:
        text = "not applicable: under --version-override a drill would switch the live version, not the one that is verified"
        return f"{text}; verify without it when that version is live, or take [deploy.rollback] out of the file"
    if has(item, "drill") and not run.has_drills:
        return f"not applicable: drills run in the tiers sandbox and staging, this one is {run.environment.tier}"
    return None


def set_aside(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Sets aside what does not apply, and leaves drills to their own pass."""
    run = run_of(config)
    if run is None:
        return
    for item in items:
        reason = not_applicable(item, run)
        if reason:
            item.stash[SKIPPED_FOR] = SkipReason.NOT_APPLICABLE
            item.add_marker(pytest.mark.skip(reason=reason), append=False)  # ahead of a skip that its author has marked it with


def write_down(config: pytest.Config, items: list[pytest.Item]) -> None:
    """When everybody has deselected: writes down what is left, and leaves each pass its own checks. xdist announces them after this."""
    run = run_of(config)
    if run is None or not run.plays:
        return
    begin(run)
    run.ledger.append(*config.stash.get(COLLECTION_ERRORS, []))
    if run.ledger.by in (Role.OWNER, "gw0"):  # workers collect the same: one of them says so
        run.ledger.append(*(collected(item) for item in items))
    items[:] = [item for item in items if _in_this_pass(item, run)]


def _in_this_pass(item: pytest.Item, run: Run) -> bool:
    drill = has(item, "drill") and not_applicable(item, run) is None
    return drill if run.role is Role.DRILL else not drill


def facts_of(item: pytest.Item) -> CheckFacts:
    """What is known of a check besides its id, from its marks and what it reads."""
    return CheckFacts(
        requires=required(item),
        severity=severity(item),  # type: ignore[arg-type]
        smoke=has(item, "smoke"),
        drill=has(item, "drill"),
        safe_in_production=has(item, "safe_in_production"),
    )


def collected(item: pytest.Item) -> Collected:
    """What is written down about a check that was found."""
    return Collected(
        check=check_id(node_of(item.nodeid)),
        node=node_of(item.nodeid),
        journeys=tuple(sorted(journey.__name__ for journey in with_dependencies(journeys_of_item(item)))),
        **vars(facts_of(item)),
    )


def deselected(items: list[pytest.Item]) -> None:
    """What `-k`, `-m` or `--deselect` left out is written down."""
    run = run_of(items[0].config) if items else None
    if run and run.ledger.by in (Role.OWNER, "gw0") and run.plays:
        begin(run)
        run.ledger.append(Deselected(nodes=tuple(node_of(item.nodeid) for item in items), reason="left out by -k, -m or --deselect"))


def collection_failed(config: pytest.Config, report: pytest.CollectReport) -> None:
    """A file that cannot be imported hides checks."""
    if report.failed:
        error = CollectionError(path=report.nodeid or "the suites", reason=_last_line(report.longreprtext))
        config.stash.setdefault(COLLECTION_ERRORS, []).append(error)


def _last_line(text: str) -> str:
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return next(
        (line.removeprefix("E").strip() for line in reversed(lines) if line.startswith("E")), lines[-1] if lines else "no reason given"
    )
