"""[deployments]"""

from __future__ import annotations

from typing import Literal

from pydantic import Field, model_validator

from environments.schema.section import Section
from environments.schema.values import Origin, SecretVariable, on_this_machine


class KnownDeployments(Section):
    """[deployments]: who knows the deployments of this project. Asked for the host of each `--origin` before anything is sent there."""

    platform: Literal["vercel"] = Field(default="vercel", description="Who is asked; never run against the real service yet.")
    project: str = Field(pattern="^prj_[A-Za-z0-9]+$", description="Id of the project there: a name can be somebody else's, too.")
    team: str | None = Field(default=None, pattern="^team_[A-Za-z0-9]+$", description="Id of the team that the project belongs to.")
    token: SecretVariable = Field(description="Variable with an access token that may read the project's deployments.")
    api: Origin = Field(default="https://api.vercel.com", description="Base URL of the API.")

    @model_validator(mode="after")
    def _token_stays_hidden(self) -> KnownDeployments:
        if not self.api.startswith("https://") and not on_this_machine(self.api):
            raise ValueError("api must be https: the token goes there")
        return self
