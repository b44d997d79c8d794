"""The envelope around a statement: DSSE with one ed25519 signature, in one canonical spelling."""

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING

from pydantic import BaseModel, ConfigDict, ValidationError

from reports.ticket import canonical
from reports.ticket.rejections import Rejected, Rejection
from reports.ticket.statement import PREDICATE_TYPE

if TYPE_CHECKING:  # 0.1 s, and only who signs or admits pays for it
    from securesystemslib.signer import Key, Signer

PAYLOAD_TYPE = "application/vnd.in-toto+json"
MOST_BYTES = 4 * 1024 * 1024


class _Signed(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    keyid: str
    sig: str


class _Envelope(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    payload: str
    payloadType: str  # noqa: N815 - the format's own name
    signatures: tuple[_Signed, ...]


def seal(payload: bytes, signer: "Signer") -> bytes:
    """Sign a payload. Returns the file: canonical JSON and a line feed."""
    from securesystemslib.dsse import Envelope

    envelope = Envelope(payload, PAYLOAD_TYPE, {})
    envelope.sign(signer)
    return canonical.dump(envelope.to_dict()) + b"\n"


def unseal(data: bytes, keys: "Sequence[Key]") -> bytes:
    """The payload of an envelope that one of these keys has signed. Raises Rejected."""
    from securesystemslib.dsse import Envelope
    from securesystemslib.exceptions import VerificationError
    from securesystemslib.signer import Signature

    envelope = _read(data)
    if envelope.payloadType != PAYLOAD_TYPE:
        raise Rejected(
            Rejection.PAYLOAD_TYPE, f"the envelope holds {envelope.payloadType[:80]!r} instead of {PAYLOAD_TYPE}: it is no ticket"
        )
    try:
        payload = canonical.decode(envelope.payload)
        signatures = {signed.keyid: Signature(signed.keyid, canonical.decode(signed.sig).hex()) for signed in envelope.signatures}
    except ValueError:
        raise Rejected(Rejection.ENCODING, "a base64 text of the envelope is not in its canonical form: it was tampered with") from None
    if len(envelope.signatures) != 1:
        text = f"the envelope has {len(envelope.signatures)} signatures, a ticket has exactly one: sign it with `python -m gonogo sign`"
        raise Rejected(Rejection.SIGNATURES, text)
    [keyid] = signatures
    if keyid not in {key.keyid for key in keys}:
        text = f"it is signed with the key {keyid[:16]}, which is not among those that --key pins: only their tickets count"
        raise Rejected(Rejection.UNKNOWN_KEY, text)
    try:
        Envelope(payload, envelope.payloadType, signatures).verify(list(keys), 1)
    except VerificationError:
        raise Rejected(Rejection.BAD_SIGNATURE, f"the signature is not that of the key {keyid[:16]} over this payload") from None
    return payload


def is_ticket(data: bytes) -> bool:
    """Whether this is an envelope of ours, by whichever key: another tool's attestation is somebody else's file."""
    try:
        payload = json.loads(canonical.decode(_read(data).payload))
        return bool(payload["predicateType"] == PREDICATE_TYPE and "gate" in payload["predicate"])
    except (Rejected, ValueError, RecursionError, KeyError, TypeError):
        return False


def _read(data: bytes) -> _Envelope:
    what = ""
    if len(data) > MOST_BYTES:
        what = f"it has more than {MOST_BYTES} bytes"
    elif not data.endswith(b"\n"):
        what = "it does not end with a line feed: the copy is incomplete"
    else:
        try:
            canonical.parse(data[:-1])
            return _Envelope.model_validate_json(data)
        except ValidationError as error:
            first = error.errors(include_url=False, include_input=False, include_context=False)[0]
            what = f"{'.'.join(map(str, first['loc'])) or 'the file'}: {first['msg']}"
        except ValueError:
            what = "it is not JSON in its canonical form"
    raise Rejected(Rejection.ENVELOPE, f"the file is not the envelope of a ticket: {what}")
