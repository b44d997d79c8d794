"""What is left of data when only its letters and digits count: no case, no separators, no line breaks, no NULs of wide ones."""

import string

_KEPT = frozenset((string.ascii_letters + string.digits).encode())
_SMALL = bytes(range(256)).lower()
_REST = bytes(byte for byte in range(256) if byte not in _KEPT)


def skeleton(data: bytes) -> bytes:
    """The ASCII letters and digits of the data, in small letters. `AB-cd:12`, `ab<ZWSP>cd12` and UTF-32 of it all give `abcd12`."""
    return data.translate(_SMALL, _REST)
