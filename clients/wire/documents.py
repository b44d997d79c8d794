"""JSON that others wrote: bounded in size, depth, digits and values, and text that can be written down."""

import json
import re
from collections.abc import Iterable
from typing import Any

from clients.wire.bounds import PAGE_BYTES, size

DEPTH = 200
"""Lists and objects in each other."""
DIGITS = 1000
"""Of a whole number."""
VALUES = 250_000
"""Of one document: an empty list takes 30 times as much memory as it has bytes."""

_MANY_DIGITS = re.compile(rf"[0-9]{{{DIGITS + 1}}}")
_SURROGATE = re.compile(r"[\ud800-\udfff]|\\u[dD][89a-fA-F]")


class UnreadableJson(json.JSONDecodeError):
    """Not JSON, or more of it than is read; ``str()`` completes "expected"."""

    def __init__(self, expected: str) -> None:
        super().__init__(expected, "", 0)
        self.expected = expected

    def __str__(self) -> str:
        return self.expected


def read_json(data: bytes) -> Any:
    """The value of a document. Half a surrogate pair, which no file takes, becomes U+FFFD, as in browsers. Raises UnreadableJson."""
    if len(data) > PAGE_BYTES:
        raise UnreadableJson(f"JSON of at most {size(PAGE_BYTES)}")
    opened = data.count(b"[") + data.count(b"{")
    if opened + data.count(b",") > VALUES:
        raise UnreadableJson(f"JSON of at most {VALUES} values")
    try:
        text = data.decode(json.detect_encoding(data), "surrogatepass")
        value = json.loads(text, parse_int=_whole if _MANY_DIGITS.search(text) else None)
    except UnreadableJson:
        raise
    except RecursionError:
        raise UnreadableJson(f"JSON at most {DEPTH} levels deep") from None
    except ValueError:
        raise UnreadableJson("JSON") from None
    if opened > DEPTH and _deeper(value):
        raise UnreadableJson(f"JSON at most {DEPTH} levels deep")
    return _whole_text(value) if _SURROGATE.search(text) else value


def _whole(digits: str) -> int:
    if len(digits.lstrip("-")) > DIGITS:
        raise UnreadableJson(f"JSON with whole numbers of at most {DIGITS} digits")
    return int(digits)


def _deeper(value: Any) -> bool:
    level = [value]
    for _ in range(DEPTH + 1):
        level = [inner for each in level for inner in _inside(each)]
        if not level:
            return False
    return True


def _inside(value: Any) -> Iterable[Any]:
    return value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()


def _whole_text(value: Any) -> Any:
    if isinstance(value, str):
        return value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    if isinstance(value, list):
        return [_whole_text(inner) for inner in value]
    if isinstance(value, dict):
        return {_whole_text(key): _whole_text(inner) for key, inner in value.items()}
    return value
