"""The sections of an environment file."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from environments.values import Connect, HeaderName, Host, Path, SecretVariable, WranglerEnvironment


class Section(BaseModel):
    """A table of the file. Unknown keys are mistakes; numbers are never read from text, and are finite."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, allow_inf_nan=False)


class SandboxSource(Section):
    """[sandbox]: the environment is a Worker of the sandbox, which supplies connect, ca and secret variables."""

    worker: str = Field(description="Script name of the sandbox's Worker.")


class Access(Section):
    """[access]: what lets a run past a wall in front of the deployment. Sent to the deployment's own hosts, and to nobody else."""

    headers: dict[HeaderName, SecretVariable] = Field(
        min_length=1, description="Request header = variable that holds its value, for example a wall's bypass secret."
    )


class VersionSource(Section):
    """[version]: where the running version can be read; exactly one of header and health_field. Without it there is never a ticket."""

    header: str | None = Field(default=None, description="Response header that carries the version id.")
    health_field: str | None = Field(default=None, description="Dotted path of the version in the health answer.")
    connections: int = Field(default=5, ge=1, le=50, description="Consecutive fresh connections per host that must name one version.")
    hosts: list[Host] = Field(
        default_factory=list,
        description="Hosts to read it from; default: the origin's. One that never answers makes a run inconclusive.",
    )

    @model_validator(mode="after")
    def _one(self) -> Self:
        if (self.header is None) == (self.health_field is None):
            raise ValueError("name exactly one of header and health_field")
        return self


class Control(Section):
    """[control]: addresses that tell "this machine has no network" from "the deployment is down". Asked when the origin is not reached."""

    addresses: list[Connect] = Field(
        default=["one.one.one.one:443", "github.com:443"],
        description="HOST:PORT, each only connected to; [] asks nobody. In tier sandbox nobody is asked unless this is declared.",
    )
    within_seconds: float = Field(default=5, gt=0, le=60, description="How long one of them may take to accept a connection, in seconds.")


class Limits(Section):
    """[limits]: how hard a run may press."""

    at_once: int = Field(default=16, ge=1, le=64, description="Most requests under way at once.")
    run_seconds: int = Field(default=900, ge=10, description="Deadline of the whole run, in seconds.")
    converge_seconds: int = Field(default=60, ge=1, description="How long a cut-over may take until one version answers, in seconds.")
    addresses: list[str] = Field(
        default_factory=list,
        description="Addresses of this machine that actors connect from; the deployment's limiter counts each by itself.",
    )


class Budget(Section):
    """[budget]: a run that would cost more stops being allowed to spend."""

    requests: int = Field(default=1000, ge=1, description="HTTP requests in one run.")
    mails: int = Field(default=8, ge=0, description="Mails that a run may cause.")
    accounts: int = Field(default=6, ge=0, description="Accounts that a run may create.")
    objects: int = Field(default=100, ge=0, description="Objects that a run may store.")
    nightly: int = Field(default=1, ge=1, description="How many times as much a run of depth nightly may cost.")


class Health(Section):
    """[health]: the deployment says how it is, and a healthy one says so within a budget of time."""

    path: Path = Field(default="/health", description="Where the health answer is.")
    expect: dict[str, str | bool | int] = Field(
        default={"status": "healthy"}, description="Dotted path in the answer = value that a healthy deployment gives."
    )
    present: list[str] = Field(default_factory=list, description="Dotted paths that must be there and not empty.")
    services: dict[str, Literal["auth.email", "storage.objects", "mail.delivery"]] = Field(
        default_factory=dict, description="Dotted path of a claim in the answer = capability that asks that service directly."
    )
    up: list[str] = Field(
        default_factory=lambda: ["up", "ok", "healthy"], description="Values by which a claim says that its service works."
    )
    requests: int = Field(default=40, ge=10, le=400, description="Requests of the budget sample.")
    at_once: int = Field(default=4, ge=1, le=16, description="Requests of the sample under way at once.")
    p95_ms: int = Field(default=1000, ge=1, description="Budget of the 95th percentile, in milliseconds.")
    error_percent: float = Field(default=5.0, ge=0, le=100, description="The share of errors stays below this, in per cent.")


class Objects(Section):
    """[storage.objects]: files through the app."""

    file: Path = Field(default="/api/files/{name}", description="One file: PUT, GET, HEAD, DELETE.")
    list: Path = Field(default="/api/files", description="The member's own files.")
    presign: Path | None = Field(default=None, description="Asks for a presigned upload.")
    max_bytes: int | None = Field(default=None, ge=1, description="Largest body that the product promises to take.")
    overwrite_seconds: float = Field(default=1.1, ge=0, description="Pause between two writes to one key (R2 allows one a second).")

    @model_validator(mode="after")
    def _named(self) -> Self:
        if "{name}" not in self.file:
            raise ValueError("file must contain {name}")
        return self


class S3(Section):
    """[storage.s3]: the same objects through the S3 API."""

    endpoint: str = Field(description="Base URL of the S3 API, without the bucket.")
    bucket: str = Field(description="Bucket that the deployment is bound to.")
    access_key_id: SecretVariable = Field(description="Variable with the access key id for this bucket.")
    secret_access_key: SecretVariable = Field(description="Variable with the secret access key.")


class Storage(Section):
    """[storage]: what is kept for members."""

    objects: Objects | None = None
    s3: S3 | None = None


class Delivery(Section):
    """[mail.delivery]: what the deployment sends can be read back at the provider."""

    provider: Literal["resend"] = Field(default="resend", description="Who sends the mail, and is asked for it.")
    api: str = Field(default="https://api.resend.com", description="Base URL of the provider's API.")
    key: SecretVariable = Field(description="Variable with a full-access key: a sending key cannot read.")
    sender: str = Field(description="The From that users must see.")
    confirmation: str = Field(default="", description="Subject of the confirmation mail; empty when the deployment sends none.")
    reset: str = Field(default="", description="Subject of the reset mail.")
    within_seconds: int = Field(default=60, ge=1, description="Deadline of a delivery, in seconds.")
    settle_seconds: float = Field(default=2.0, ge=0, description="How long to watch for a second copy, in seconds.")


class Mail(Section):
    """[mail]: what the deployment sends."""

    delivery: Delivery | None = None


class Rollback(Section):
    """[deploy.rollback]: versions can be switched, and the drill may do it (never in production)."""

    platform: Literal["cloudflare"] = Field(default="cloudflare", description="Who runs the deployment.")
    worker: str = Field(description="Script name of the Worker.")
    account: SecretVariable = Field(description="Variable with the account id.")
    token: SecretVariable = Field(description="Variable with an API token for this Worker.")
    api: SecretVariable | None = Field(default=None, description="Variable with another API base URL.")
    serve_within_seconds: int = Field(default=60, ge=1, description="Deadline until a switched version answers, in seconds.")
    fresh_connections: int = Field(default=5, ge=2, description="Consecutive fresh connections that must agree.")


class Deploy(Section):
    """[deploy]: what the platform can do with versions."""

    rollback: Rollback | None = None


class Promoted(Section):
    """[promotion]: versions of this Worker are put live here by `python -m gonogo promote`."""

    worker: str = Field(description="Script name of the Cloudflare Worker.")
    wrangler_env: WranglerEnvironment | None = Field(
        default=None,
        description="Which `[env.NAME]` of wrangler's configuration is put live; empty for the top of that file. Needed where it has any.",
    )


class Labels(Section):
    """[browser.labels]: what people read on the forms."""

    name: str = Field(default="Name", description="Field for the name, on the sign-up form.")
    email: str = Field(default="E-mail", description="Field for the e-mail address.")
    password: str = Field(default="Password", description="Field for the password.")
    file: str = Field(default="File", description="Field that takes the file to upload.")
    create_account: str = Field(default="Create account", description="Button of the sign-up form.")
    sign_in: str = Field(default="Sign in", description="Button of the sign-in form.")
    sign_out: str = Field(default="Sign out", description="Button that ends the session.")
    upload: str = Field(default="Upload", description="Button of the upload form.")


class Browser(Section):
    """[browser]: pages that people use."""

    home: Path = Field(default="/", description="Page that anybody may open.")
    sign_up: Path = Field(default="/sign-up", description="Page with the sign-up form.")
    sign_in: Path = Field(default="/sign-in", description="Page with the sign-in form.")
    files: Path | None = Field(default=None, description="The member's files, with an upload form.")
    hosts: list[Host] = Field(default_factory=list, description="Further hosts that pages may ask.")
    labels: Labels = Field(default_factory=Labels)
