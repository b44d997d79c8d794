"""[access]"""

from __future__ import annotations

from typing import Annotated

from pydantic import BeforeValidator, Field

from environments.schema.section import Section
from environments.schema.values import HeaderName, HeaderSecret, each_once


class Access(Section):
    """[access]: what lets a run past a wall in front of the deployment. Sent to the deployment's own hosts, and to nobody else."""

    headers: Annotated[dict[HeaderName, HeaderSecret], BeforeValidator(each_once)] = Field(
        min_length=1, description="Request header = variable that holds its value, for example a wall's bypass secret."
    )
