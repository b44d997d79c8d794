"""Each check fails or passes on purpose, and leaks its canary on the way."""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Mapping

import allure
import httpx
import pytest
from pydantic import SecretStr

from tests.end_to_end.leaky.canaries import canary, variable
from tests.end_to_end.leaky.journeys import Peeping, Telling


@pytest.fixture
def login() -> dict[str, str]:
    """A fixture whose value is a secret."""
    return {"token": canary("fixture_value")}


def test_compared_dict() -> None:
    """A dictionary with a secret is compared."""
    assert {"token": canary("compared_dict"), "ok": True} == {"token": "", "ok": False}


def test_environ_in_assert() -> None:
    """The whole environment is shown."""
    assert os.environ.get(variable("environ_in_assert")) == ""
    assert dict(os.environ) == {}


def test_secret_str_in_assert() -> None:
    """A SecretStr is opened inside an assertion."""
    assert SecretStr(canary("secret_str_in_assert")).get_secret_value() == ""


def test_fixture_value(login: Mapping[str, str]) -> None:
    """A fixture's value is shown with the failure."""
    assert login == {}


def test_printed() -> None:
    """Standard output is captured."""
    print(canary("printed"))  # noqa: T201 - the point
    raise AssertionError("look at the output")


def test_logged() -> None:
    """So is the log."""
    logging.getLogger("leaky").warning("key %s", canary("logged"))
    raise AssertionError("look at the log")


def test_body_in_message() -> None:
    """A message repeats what was answered."""
    raise AssertionError(f'the answer was {{"token": "{canary("body_in_message")}"}}')


def test_record_property(record_property: Callable[[str, object], None]) -> None:
    """A property of pytest's own JUnit file."""
    record_property("key", canary("record_property"))


@pytest.mark.parametrize("key", [canary("parametrized")], ids=["first"])
def test_parametrized(key: str) -> None:
    """A parameter's value."""
    assert key == ""


@pytest.mark.parametrize("number", [1], ids=[canary("parameter_id")])
def test_parameter_id(number: int) -> None:
    """A parameter's id, which is part of the name."""
    assert number == 2


def test_step_title() -> None:
    """An Allure step that names it."""
    with allure.step(f"sign in with {canary('step_title')}"):
        raise AssertionError("no")


def test_masked_parameter() -> None:
    """Allure's masked parameter."""
    allure.dynamic.parameter("password", canary("masked_parameter"), mode=allure.parameter_mode.MASKED)


def test_hidden_parameter() -> None:
    """Allure's hidden parameter."""
    allure.dynamic.parameter("password", canary("hidden_parameter"), mode=allure.parameter_mode.HIDDEN)


def test_attachment() -> None:
    """A text that a check attaches itself."""
    allure.attach(canary("attachment"), name="note", attachment_type=allure.attachment_type.TEXT)


def test_local_variable() -> None:
    """A local variable, shown with --showlocals."""
    key = canary("local_variable")
    raise KeyError(len(key))


def test_url_query() -> None:
    """httpx logs addresses with their query."""
    httpx.Client(transport=httpx.MockTransport(lambda _: httpx.Response(200))).get(f"https://acme.example/?key={canary('url_query')}")
    raise AssertionError("look at the log")


def test_failing_url() -> None:
    """The exception of a failing request names its address."""
    answer = httpx.Response(500, request=httpx.Request("GET", f"https://acme.example/?key={canary('failing_url')}"))
    answer.raise_for_status()


def test_authorization_header() -> None:
    """A request with a bearer token, in an assertion."""
    request = httpx.Request("GET", "https://acme.example/", headers={"authorization": f"Bearer {canary('authorization_header')}"})
    assert request.headers == {}


def test_basic_password() -> None:
    """A client with a password, in an assertion."""
    assert httpx.BasicAuth("acme", canary("basic_password")) is None


def test_secret_str_compared() -> None:
    """Two SecretStr are compared as what they are."""
    assert SecretStr(canary("secret_str_compared")) == SecretStr("")


def test_journey_evidence(telling: Telling) -> None:
    """The evidence of a journey."""
    assert telling.told == ""


def test_browser(peeping: Peeping) -> None:
    """The trace of a browser."""
    assert peeping.typed == 0
