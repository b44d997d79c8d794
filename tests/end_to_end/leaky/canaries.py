"""A secret for each route by which secrets get into artifacts: where one turns up, its name says how it got there."""

from __future__ import annotations

import os

PREFIX, SUFFIX = "LEAKY_", "_TOKEN"
# What pytest, Allure, httpx and Playwright are known to write down. The last three they keep to themselves.
ROUTES = (
    *("compared_dict", "environ_in_assert", "secret_str_in_assert", "fixture_value", "printed", "logged", "body_in_message"),
    *("record_property", "parametrized", "parameter_id", "step_title", "masked_parameter", "hidden_parameter", "attachment"),
    *("local_variable", "url_query", "failing_url", "journey_evidence"),
    *("browser_fill", "browser_header", "browser_cookie", "browser_evaluate"),
    *("authorization_header", "basic_password", "secret_str_compared"),
)
IN_BROWSER = tuple(route for route in ROUTES if route.startswith("browser_"))


def variable(route: str) -> str:
    """The environment variable that holds the canary of a route."""
    return f"{PREFIX}{route.upper()}{SUFFIX}"


def canary(route: str) -> str:
    """The canary of a route."""
    return os.environ[variable(route)]
