"""Marks of people: told as whole values, and what cannot be told from something else is no evidence."""

import json

import pytest

from clients.wire.marks import distinct, shown_in, stands_in, weak

MADE_UP = "someone+gonogo-a1b2c3d4e5f6@acme.example"
UUID = "3f2504e0-4f89-41d3-9a0c-0305e82c3301"
BETTER_AUTH = "pQ7Zk2Lw9XcV4bN8mR1tY6uI3oA5sDfG"


@pytest.mark.parametrize("mark", [MADE_UP, UUID, BETTER_AUTH, "507f1f77bcf86cd799439011", "175928847299117063"])
def test_long_ids_and_made_up_addresses_are_distinct(mark: str) -> None:
    """Nobody writes them by chance, so they are found in the middle of anything."""
    assert distinct(mark)
    assert stands_in(f"<p>Hi{mark}</p>", mark)
    assert shown_in(json.dumps({"key": f"users/{mark}/a.txt"}), mark)
    assert shown_in(json.dumps({mark: {"files": 1}}), mark)


@pytest.mark.parametrize("mark", ["1", "7", "1042", "99999999999", "ab12", "anna"])
def test_short_ids_are_weak(mark: str) -> None:
    """No text shows them for certain: they are a page's number, a count, a first name."""
    assert weak(mark)
    assert not stands_in(f"<p>Page {mark} of {mark}</p>", mark)
    assert not shown_in(f"<p>{mark}</p>", mark)


@pytest.mark.parametrize(
    "answer",
    [
        {"page": 1, "pages": 1, "count": 1},
        {"notes": [{"id": 1, "title": "mine"}], "total": 1},
        {"user": {"id": 11, "age": 1}, "userId": 21, "session": {"id": 1}},
        {"userId": True},
        {"organization": {"id": 1, "email": "office@acme.example"}},
        [1, "1"],
        {"message": "1 of 1"},
    ],
)
def test_number_that_is_no_id_is_no_mark(answer: object) -> None:
    """The value 1 is somebody's id only where it stands as the id of somebody."""
    assert not shown_in(json.dumps(answer), "1")


@pytest.mark.parametrize(
    "answer",
    [
        {"notes": [{"id": 7, "userId": 1}]},
        {"rows": [{"user_id": "1"}]},
        {"owner": {"id": 1}},
        {"members": [{"id": 2}, {"id": 1}]},
        {"id": 1, "emailVerified": True},
        {"session": {"id": "9", "userId": "1"}, "user": {"id": "1"}},
        {"createdBy": 1},
        {"memberIds": [3, 1]},
        {"data": {"currentUser": {"ID": 1}}},
    ],
)
def test_number_that_names_somebody_is_a_mark(answer: object) -> None:
    """As a number or as a text, at any depth."""
    assert shown_in(json.dumps(answer), "1")


def test_address_stands_there_as_a_whole() -> None:
    """Not in a longer one, whatever goes on before or after it."""
    ann = "ann@acme.example"
    for other in ("joann@acme.example", "jo.ann@acme.example", "jo+ann@acme.example", "ann@acme.example.org", "ann@acme.examples"):
        assert not stands_in(f"<p>{other}</p>", ann), other
        assert not shown_in(json.dumps({"email": other}), ann), other
    for text in (f"<p>{ann}</p>", f"Write to {ann}.", f"'{ann}'", f"({ann})", "Ann@Acme.example", f"mailto:{ann}?subject=hi"):
        assert stands_in(text, ann), text
        assert shown_in(json.dumps({"said": text}), ann), text


def test_short_address_is_an_address() -> None:
    """Nothing else looks like it."""
    assert not weak("a@b.co")
    assert stands_in("<p>a@b.co</p>", "a@b.co")


def test_escapes_do_not_hide_a_mark() -> None:
    """As markup, scripts and addresses write it."""
    ann = "ann@acme.example"
    for text in ("ann&#64;acme.example", '"\\u003cb\\u003eann@acme.example\\n"', "?to%3Dann%40acme.example", "\\nann\\u0040acme.example"):
        assert stands_in(text, ann), text


def test_nothing_is_shown_by_no_mark() -> None:
    """An id that nobody has is in no answer."""
    assert not stands_in("anything", "")
    assert not shown_in("{}", "")
