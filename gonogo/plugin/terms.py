"""What the environment declares, as checks ask for it."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from clients.wire.origin import Origin
from environments import hosts_of_others
from environments.authentication import Cors, EmailAuth, Jwt, OAuth
from environments.sections import Browser, Delivery, Health
from gonogo.plugin.stage import Stage


@pytest.fixture(scope="session")
def origin(stage: Stage) -> Origin:
    """The deployment's origin and the hosts that belong to it."""
    return stage.origin


@pytest.fixture(scope="session")
def health_terms(stage: Stage) -> Health:
    """[health]"""
    return stage.health


@pytest.fixture(scope="session")
def email_terms(stage: Stage) -> EmailAuth:
    """[auth.email]"""
    return stage.email


@pytest.fixture(scope="session")
def jwt_terms(stage: Stage) -> Jwt:
    """[auth.jwt]"""
    return stage.jwt


@pytest.fixture(scope="session")
def oauth_terms(stage: Stage) -> OAuth:
    """[auth.oauth]"""
    return stage.oauth


@pytest.fixture(scope="session")
def cors_terms(stage: Stage) -> Cors:
    """[auth.cors]"""
    return stage.cors


@pytest.fixture(scope="session")
def delivery_terms(stage: Stage) -> Delivery:
    """[mail.delivery]"""
    return stage.delivery


@pytest.fixture(scope="session")
def browser_terms(stage: Stage) -> Browser:
    """[browser]"""
    return stage.browsing


@pytest.fixture(scope="session")
def foreign_hosts(stage: Stage, pytestconfig: pytest.Config) -> Mapping[str, str]:
    """Host names that other environments declare, each with the name of its environment."""
    allowed = {*stage.origin.hosts, *stage.browsing.hosts}
    return hosts_of_others(pytestconfig.option.env, allowed)


@pytest.fixture(scope="session")
def expected_headers(stage: Stage) -> Mapping[str, str]:
    """[headers]"""
    return stage.headers
