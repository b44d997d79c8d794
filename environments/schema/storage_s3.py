"""[storage.s3]"""

from __future__ import annotations

from collections.abc import Iterable

from pydantic import Field

from environments.schema.section import Section
from environments.schema.values import BaseUrl, HeaderSecret, SecretVariable, ServiceName


class S3(Section, capability="storage.s3", runbook=50, asked=True, for_others=True, deeper=False):
    """[storage.s3]: the same objects through the S3 API."""

    endpoint: BaseUrl = Field(description="Base URL of the S3 API, without the bucket.")
    bucket: ServiceName = Field(description="Bucket that the deployment is bound to.")
    access_key_id: HeaderSecret = Field(description="Variable with the access key id for this bucket.")
    secret_access_key: SecretVariable = Field(description="Variable with the secret access key.")

    def addresses_of_others(self) -> Iterable[str]:
        """The bucket's."""
        return (self.endpoint,)
