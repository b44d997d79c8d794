"""Why a ticket is refused: one reason per refusal."""

from enum import StrEnum


class Rejection(StrEnum):
    """Why a ticket is refused, in the order in which they are looked for. Of several the first is named."""

    LEDGER = "ledger"
    ENVELOPE = "envelope"
    PAYLOAD_TYPE = "payload-type"
    ENCODING = "encoding"
    SIGNATURES = "signatures"
    UNKNOWN_KEY = "unknown-key"
    BAD_SIGNATURE = "bad-signature"
    PAYLOAD = "payload"
    SCHEMA = "schema"
    SUBJECT = "subject"
    ENVIRONMENT = "environment"
    ORIGIN = "origin"
    DECLARATION = "declaration"
    PLATFORM = "platform"
    PROMOTED = "promoted"
    COMMIT = "commit"
    REPOSITORY = "repository"
    ARTIFACT = "artifact"
    LIVE_UNREADABLE = "live-unreadable"
    LIVE_MIXED = "live-mixed"
    LIVE_VERSION = "live-version"
    LIVE_ARTIFACT = "live-artifact"
    TIME_ORDER = "time-order"
    FUTURE = "future"
    LIFETIME = "lifetime"
    EXPIRED = "expired"
    TOO_LONG = "too-long"
    SUITE = "suite"
    POLICY = "policy"
    MANIFEST = "manifest"
    LOCKFILE = "lockfile"
    RULES = "rules"
    NONCE = "nonce"
    RESULTS = "results"
    VERDICT = "verdict"
    NOT_PASSED = "not-passed"
    PART = "part"
    VERSION = "version"
    REQUIRED = "required"
    STATEMENT = "statement"
    UNEXPECTED = "unexpected"


class Rejected(Exception):
    """No ticket, or not this one: the reason, and a sentence that says what is wrong and what to do."""

    def __init__(self, reason: Rejection, text: str) -> None:
        self.reason, self.text = reason, text
        super().__init__(f"{reason}: {text}")
