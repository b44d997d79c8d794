"""The one way to write a value down: whatever has two spellings has one that nobody signed.

JSON with sorted keys, without spaces, in ASCII; base64 in the standard alphabet, padded, with no bits to spare.
"""

import base64
import hashlib
import json
from typing import Any


def dump(value: Any) -> bytes:
    """The canonical bytes of a JSON value. Raises ValueError for NaN and infinity."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=True, allow_nan=False).encode("ascii")


def parse(data: bytes) -> Any:
    """The value behind canonical bytes.

    Raises ValueError for anything else: white space, another order, a key that is there twice, another spelling of a number.
    """
    try:
        value = json.loads(data)
        again = dump(value)
    except (ValueError, RecursionError):
        raise ValueError("not JSON in its canonical form") from None
    if again != data:
        raise ValueError("not JSON in its canonical form")
    return value


def digest(value: Any) -> str:
    """SHA-256 of the canonical bytes, in hex."""
    return hashlib.sha256(dump(value)).hexdigest()


def encode(data: bytes) -> str:
    """Base64."""
    return base64.b64encode(data).decode("ascii")


def decode(text: str) -> bytes:
    """The bytes behind canonical base64. Raises ValueError: in most decoders the last character has bits that do not count."""
    data = base64.b64decode(text, validate=True)
    if encode(data) != text:
        raise ValueError("not written in the canonical form")
    return data
