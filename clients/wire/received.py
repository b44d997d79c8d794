"""An answer as the wire hands it over: read to its end and decoded, within the bounds."""

import codecs
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from typing import Any

import httpx

from clients.wire.documents import read_json

# The encodings of https://encoding.spec.whatwg.org/ by Python's names, and no other codec: among those are compressors.
_TEXT_CODINGS = frozenset(
    {
        *(f"iso8859-{number}" for number in (1, 2, 3, 4, 5, 6, 7, 8, 10, 11, 13, 14, 15, 16)),
        *(f"cp{number}" for number in (866, 874, 932, 936, 949, 950, *range(1250, 1259))),
        *("ascii", "utf-8", "utf-8-sig", "utf-16-le", "utf-16-be", "koi8-r", "koi8-u", "mac-roman", "mac-cyrillic"),
        *("gbk", "gb2312", "gb18030", "big5", "big5hkscs", "euc_jp", "iso2022_jp", "shift_jis", "euc_kr"),
    }
)


class Received(httpx.Response):
    """Its headers are as they came, also ``content-encoding``; its body is decoded already."""

    def __init__(self, status: int, headers: Sequence[tuple[bytes, bytes]], body: bytes, extensions: Mapping[str, Any]) -> None:
        super().__init__(status, headers=list(headers), stream=httpx.ByteStream(body), extensions=dict(extensions))
        self.body = body

    def iter_bytes(self, chunk_size: int | None = None) -> Iterator[bytes]:
        """The body; httpx would look for a decoder."""
        yield from super().iter_bytes(chunk_size) if self.is_stream_consumed else self.iter_raw(chunk_size)

    def json(self, **_: Any) -> Any:
        """The JSON of the body. Raises UnreadableJson, a json.JSONDecodeError."""
        return read_json(self.content)

    @property
    def charset_encoding(self) -> str | None:
        """The charset of the content type, where it is one of text."""
        said = super().charset_encoding
        with suppress(LookupError, ValueError):
            if said and codecs.lookup(said).name in _TEXT_CODINGS:
                return said
        return None
