"""Passwords and keys of one prepared state: random, written once, readable by their owner only."""

from __future__ import annotations

import json
import secrets
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

from sandbox.certificates import write_private

ACCOUNT_ID = "5b0c0ffee000000000000000000000f5"
FILE = "credentials.json"
# The applications that FM5 is to GitHub and Google: the ids in its wrangler files.
CLIENTS = ("fm5-staging-github", "fm5-staging-google", "fm5-github", "fm5-google")


@dataclass(frozen=True, repr=False)
class KeyPair:
    """S3 credentials of one bucket."""

    id: str
    secret: str


@dataclass(frozen=True, repr=False)
class Credentials:
    """Everything secret about one sandbox. Never printed: it has no repr."""

    superuser: str
    databases: Mapping[str, str]
    """Database (and role) name -> password."""
    token: str
    """Cloudflare API token of the control plane."""
    mail_full: str
    mail_sending: str
    signing: Mapping[str, str]
    """Worker -> better-auth secret."""
    identity: Mapping[str, str]
    """Client id at an identity provider -> client secret."""
    buckets: Mapping[str, KeyPair]
    standing_email: str
    standing_password: str

    def save(self, folder: Path) -> None:
        """Writes the file (0600)."""
        write_private(folder / FILE, json.dumps(asdict(self)).encode())

    @classmethod
    def load(cls, folder: Path) -> Credentials:
        """Reads what `save` wrote."""
        content = json.loads((folder / FILE).read_text(encoding="utf-8"))
        content["buckets"] = {name: KeyPair(**pair) for name, pair in content["buckets"].items()}
        return cls(**content)

    def variables(self, api: str) -> dict[str, str]:
        """The secret variables of the local environments. The mail key that Workers hold is the sending one, the suite's is this."""
        staging, production = self.buckets["fm5-staging-files"], self.buckets["fm5-files"]
        return {
            "RESEND_API_KEY": self.mail_full,
            "CLOUDFLARE_API_TOKEN": self.token,
            "CLOUDFLARE_ACCOUNT_ID": ACCOUNT_ID,
            "CLOUDFLARE_API_BASE_URL": api,
            "FM5_STAGING_R2_ACCESS_KEY_ID": staging.id,
            "FM5_STAGING_R2_SECRET_ACCESS_KEY": staging.secret,
            "FM5_R2_ACCESS_KEY_ID": production.id,
            "FM5_R2_SECRET_ACCESS_KEY": production.secret,
            "FM5_STANDING_EMAIL": self.standing_email,
            "FM5_STANDING_PASSWORD": self.standing_password,
        }


def create() -> Credentials:
    """Fresh random credentials."""
    return Credentials(
        superuser=secrets.token_hex(16),
        databases={name: secrets.token_hex(16) for name in ("fm5_staging", "fm5", "guest")},
        token=secrets.token_urlsafe(30),
        mail_full=f"re_{secrets.token_hex(16)}",
        mail_sending=f"re_{secrets.token_hex(16)}",
        signing={name: secrets.token_urlsafe(32) for name in ("fm5-staging", "fm5")},
        identity={name: secrets.token_hex(20) for name in CLIENTS},
        buckets={name: KeyPair(secrets.token_hex(16), secrets.token_hex(32)) for name in ("fm5-staging-files", "fm5-files")},
        standing_email=f"delivered+standing-{secrets.token_hex(4)}@resend.dev",
        standing_password=secrets.token_urlsafe(18),
    )
