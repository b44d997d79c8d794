"""What the environment declares, as journeys ask for it. A journey is only played where its section is there."""

from __future__ import annotations

from collections.abc import Mapping

from environments.authentication import Cors, EmailAuth, Jwt, OAuth
from environments.sections import Browser, Delivery, Health, Objects, Rollback
from gonogo.run.state import Run


class Declared:
    """The sections of the environment, each by a property; what is not declared must not be asked for."""

    def __init__(self, run: Run) -> None:
        self._run, self._environment = run, run.environment

    @property
    def run_id(self) -> str:
        return self._run.id

    @property
    def thorough(self) -> bool:
        return self._run.depth == "nightly"

    @property
    def has_members(self) -> bool:
        return "auth.email" in self._environment.capabilities

    @property
    def has_pages(self) -> bool:
        return "browser" in self._environment.capabilities

    @property
    def keeps_files(self) -> bool:
        return "storage.objects" in self._environment.capabilities

    @property
    def reads_bucket(self) -> bool:
        return "storage.s3" in self._environment.capabilities

    @property
    def headers(self) -> Mapping[str, str]:
        return self._environment.headers or {}

    @property
    def health(self) -> Health:
        assert self._environment.health
        return self._environment.health

    @property
    def email(self) -> EmailAuth:
        assert self._environment.auth
        assert self._environment.auth.email
        return self._environment.auth.email

    @property
    def jwt(self) -> Jwt:
        assert self._environment.auth
        assert self._environment.auth.jwt
        return self._environment.auth.jwt

    @property
    def oauth(self) -> OAuth:
        assert self._environment.auth
        assert self._environment.auth.oauth
        return self._environment.auth.oauth

    @property
    def cors(self) -> Cors:
        assert self._environment.auth
        assert self._environment.auth.cors
        return self._environment.auth.cors

    @property
    def objects(self) -> Objects:
        assert self._environment.storage
        assert self._environment.storage.objects
        return self._environment.storage.objects

    @property
    def delivery(self) -> Delivery:
        assert self._environment.mail
        assert self._environment.mail.delivery
        return self._environment.mail.delivery

    @property
    def rollback(self) -> Rollback:
        assert self._environment.deploy
        assert self._environment.deploy.rollback
        return self._environment.deploy.rollback

    @property
    def browsing(self) -> Browser:
        assert self._environment.browser
        return self._environment.browser
