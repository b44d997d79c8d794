"""Neighbours: two members and a visitor at the same addresses; nobody is shown what is somebody else's."""

from __future__ import annotations

import allure
import pytest

from suites.isolation.journeys import Neighbours

pytestmark = [allure.epic("Isolation"), allure.feature("Neighbours"), pytest.mark.requires("browser.files")]


def _shown(neighbours: Neighbours, who: str, of: str) -> list[str]:
    """What `who` was shown that is `of` somebody, and where."""
    found = [f"{mark} on {view.path}" for view in neighbours.views if view.who == who for mark in sorted(view.marks) if mark.endswith(of)]
    return list(dict.fromkeys(found))


@allure.severity(allure.severity_level.CRITICAL)
def test_each_member_sees_their_own_file(neighbours: Neighbours) -> None:
    """Each of two members sees their own file on the page of files."""
    blind = [who for who in neighbours.people if not _shown(neighbours, who, f"file of {who}")]
    assert not blind, f"the page of files does not show {' and '.join(blind)} their own file"


@allure.severity(allure.severity_level.BLOCKER)
def test_members_never_see_each_other(neighbours: Neighbours) -> None:
    """No member is shown another member's name, address or file."""
    people = list(neighbours.people)
    leaks = [f"{who} sees {what}" for who in people for other in people if other != who for what in _shown(neighbours, who, f"of {other}")]
    assert not leaks, f"members see each other's data: {'; '.join(leaks)}"


@allure.severity(allure.severity_level.BLOCKER)
def test_visitor_sees_no_member(neighbours: Neighbours) -> None:
    """A visitor who is not signed in is shown no member's name, address or file."""
    leaks = [what for who in neighbours.people for what in _shown(neighbours, "the visitor", f"of {who}")]
    assert not leaks, f"a visitor sees {'; '.join(leaks)}"
