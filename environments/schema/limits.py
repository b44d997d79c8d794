"""[limits] and [budget]"""

from __future__ import annotations

from pydantic import Field

from environments.schema.section import Section
from environments.schema.values import SourceAddress


class Limits(Section):
    """[limits]: how hard a run may press."""

    at_once: int = Field(default=16, ge=1, le=64, description="Most requests under way at once.")
    run_seconds: int = Field(default=900, ge=10, description="Deadline of the whole run, in seconds.")
    converge_seconds: int = Field(default=60, ge=1, description="How long a cut-over may take until one version answers, in seconds.")
    addresses: list[SourceAddress] = Field(
        default_factory=list,
        max_length=100,
        description="Addresses of this machine that actors connect from; the deployment's limiter counts each by itself.",
    )


class BudgetLimits(Section):
    """[budget]: a run that would cost more stops being allowed to spend."""

    requests: int = Field(default=1000, ge=1, description="HTTP requests in one run.")
    mails: int = Field(default=8, ge=0, description="Mails that a run may cause.")
    accounts: int = Field(default=6, ge=0, description="Accounts that a run may create.")
    objects: int = Field(default=100, ge=0, description="Objects that a run may store.")
    nightly: int = Field(default=1, ge=1, description="How many times as much a run of depth nightly may cost.")
