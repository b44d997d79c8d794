"""Files as an app offers them to its users, over its own HTTP interface."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from urllib.parse import quote

import httpx

from clients.creating import creates
from clients.wire.answers import expect, json_object, malformed, part
from clients.wire.bounds import OBJECT_BYTES, up_to
from clients.wire.numbers import whole

_META = "x-meta-"


@dataclass(frozen=True)
class ObjectPaths:
    """Where an app keeps its files interface; ``{name}`` stands for the percent-encoded name."""

    files: str = "/api/files"
    file: str = "/api/files/{name}"
    uploads: str = "/api/uploads"


@dataclass(frozen=True)
class Stored:
    """A stored object as its store describes it; ``size`` in bytes."""

    name: str
    key: str
    size: int
    type: str
    etag: str
    metadata: Mapping[str, str] = field(default_factory=dict)
    uploaded: datetime | None = None


@dataclass(frozen=True)
class Fetched:
    """A fetched object, or a part of one: status 206 and ``content_range`` then say which."""

    data: bytes = field(repr=False)
    type: str
    metadata: Mapping[str, str]
    etag: str
    status: int
    headers: Mapping[str, str] = field(repr=False)
    size: int = 0

    @property
    def content_range(self) -> str:
        return self.headers.get("content-range", "")


@dataclass(frozen=True)
class PresignedUrl:
    """A URL that carries its own permission, and is therefore kept out of ``repr``; ``expires_in`` in seconds."""

    url: str = field(repr=False)
    method: str
    headers: Mapping[str, str]
    key: str
    expires_in: int


class AppObjects:
    """The files of the actor whose session ``http`` holds.

    Every method raises :class:`~clients.errors.Refusal` (401 without a session, 404 for another user's file, 413 for one too large,
    416 for an impossible range), :class:`~clients.errors.Malformed`, or :class:`~clients.errors.Unreachable`.
    """

    def __init__(self, http: httpx.Client, paths: ObjectPaths = ObjectPaths(), *, most_bytes: int = OBJECT_BYTES) -> None:
        """``most_bytes``: of one object, as far as it is read; more is Malformed."""
        self.http, self.paths, self._most = http, paths, most_bytes

    @creates
    def put(
        self, name: str, data: bytes, content_type: str = "application/octet-stream", metadata: Mapping[str, str] | None = None
    ) -> Stored:
        """Store ``data`` under ``name``, replacing what is there."""
        headers = {"content-type": content_type, **{f"{_META}{key}": value for key, value in (metadata or {}).items()}}
        response = self.http.put(self._file(name), content=data, headers=headers)
        return _stored(response, json_object(response, 201))

    def get(self, name: str, byte_range: str | None = None, headers: Mapping[str, str] | None = None) -> Fetched:
        """Fetch an object; ``byte_range`` is the ``Range`` header without its unit: ``0-9``, ``5-``, ``-3``."""
        wanted = {**(headers or {}), **({"range": f"bytes={byte_range}"} if byte_range else {})}
        return _fetched(expect(self.http.get(self._file(name), headers=wanted, extensions=up_to(self._most)), 200, 206))

    def head(self, name: str) -> Fetched:
        """Everything about an object but its bytes."""
        return _fetched(expect(self.http.head(self._file(name)), 200))

    def delete(self, name: str) -> None:
        """Delete an object; 404 when there is none."""
        expect(self.http.delete(self._file(name)))

    def list(self) -> tuple[Stored, ...]:
        """The objects of this user, and of no other."""
        response = self.http.get(self.paths.files)
        files = part(response, json_object(response), "files")
        if not isinstance(files, list):
            raise malformed(response, "a JSON array under 'files'")
        return tuple(_stored(response, entry) for entry in files)

    def presign(self, name: str, content_type: str) -> PresignedUrl:
        """A URL for uploading ``name`` past the app, for this content type only."""
        response = self.http.post(self.paths.uploads, json={"name": name, "type": content_type})
        answer = json_object(response)
        url, method, key = (str(part(response, answer, word)) for word in ("url", "method", "key"))
        headers = answer.get("headers") or {}
        return PresignedUrl(url, method, {str(k).lower(): str(v) for k, v in headers.items()}, key, whole(answer.get("expires_in")) or 0)

    @creates
    def upload_presigned(
        self, presigned: PresignedUrl, data: bytes, *, http: httpx.Client | None = None, headers: Mapping[str, str] | None = None
    ) -> httpx.Response:
        """Upload through a presigned URL; ``http`` (default: this actor's client) brings no cookie to the other host.

        ``headers`` replace the declared ones: another content type has to be refused.
        """
        sent = presigned.headers if headers is None else headers
        return expect((http or self.http).request(presigned.method, presigned.url, content=data, headers=dict(sent)))

    def _file(self, name: str) -> str:
        return self.paths.file.replace("{name}", quote(name, safe=""))


def _stored(response: httpx.Response, value: Any) -> Stored:
    name, key, size, type_, etag = (part(response, value, word) for word in ("name", "key", "size", "type", "etag"))
    metadata = {str(k): str(v) for k, v in (value.get("metadata") or {}).items()}
    if not isinstance(size, int):
        raise malformed(response, "a size in bytes")
    uploaded = value.get("uploaded")
    return Stored(str(name), str(key), size, str(type_), str(etag), metadata, _moment(uploaded))


def _moment(value: object) -> datetime | None:
    try:
        return datetime.fromisoformat(str(value)) if value else None
    except ValueError:
        return None


def _fetched(response: httpx.Response) -> Fetched:
    headers = {name.lower(): value for name, value in response.headers.items()}
    metadata = {name.removeprefix(_META): value for name, value in headers.items() if name.startswith(_META)}
    size = headers.get("content-length", "")
    return Fetched(
        data=response.content,
        type=headers.get("content-type", ""),
        metadata=metadata,
        etag=headers.get("etag", ""),
        status=response.status_code,
        headers=headers,
        size=len(response.content) if (said := whole(size)) is None else said,
    )
