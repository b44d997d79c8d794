"""Files as an app offers them to its users, over its own HTTP interface."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import quote

import httpx

from clients.creating import creates
from clients.errors import Unavailable
from clients.storage.objects_port import NOT_TOLD, Fetched, MembersFiles, PresignedUrl, Stored, upload
from clients.wire.answers import expect, json_object, malformed, part
from clients.wire.bounds import OBJECT_BYTES, up_to
from clients.wire.numbers import whole

__all__ = ["NOT_TOLD", "AppObjects", "Fetched", "ObjectPaths", "PresignedUrl", "Stored"]

META = "x-meta-"


@dataclass(frozen=True)
class ObjectPaths:
    """Where an app keeps its files interface; ``{name}`` stands for the percent-encoded name. Without ``files`` nothing lists them."""

    files: str | None = "/api/files"
    file: str = "/api/files/{name}"
    uploads: str = "/api/uploads"


class AppObjects(MembersFiles):
    """Files in the usual way: PUT, GET, HEAD and DELETE of one path, a list as JSON, metadata as headers."""

    def __init__(self, http: httpx.Client, paths: ObjectPaths = ObjectPaths(), *, most_bytes: int = OBJECT_BYTES) -> None:
        """``most_bytes``: of one object, as far as it is read; more is Malformed."""
        self.http, self.paths, self._most = http, paths, most_bytes

    @creates
    def put(
        self, name: str, data: bytes, content_type: str = "application/octet-stream", metadata: Mapping[str, str] | None = None
    ) -> Stored:
        """Store ``data`` under ``name``, replacing what is there."""
        headers = {"content-type": content_type, **{f"{META}{key}": value for key, value in (metadata or {}).items()}}
        response = self.http.put(self._file(name), content=data, headers=headers)
        return _stored(response, json_object(response, 201))

    def get(self, name: str, byte_range: str | None = None, headers: Mapping[str, str] | None = None) -> Fetched:
        """Fetch an object; ``byte_range`` is the ``Range`` header without its unit: ``0-9``, ``5-``, ``-3``."""
        wanted = {**(headers or {}), **({"range": f"bytes={byte_range}"} if byte_range else {})}
        return fetched(expect(self.http.get(self._file(name), headers=wanted, extensions=up_to(self._most)), 200, 206))

    def head(self, name: str) -> Fetched:
        """Everything about an object but its bytes."""
        return fetched(expect(self.http.head(self._file(name)), 200))

    def delete(self, name: str) -> None:
        """Delete an object; 404 when there is none."""
        expect(self.http.delete(self._file(name)))

    def list(self) -> tuple[Stored, ...]:
        """The objects of this user, and of no other."""
        if not self.paths.files:
            raise Unavailable("nothing lists files here")
        response = self.http.get(self.paths.files)
        files = part(response, json_object(response), "files")
        if not isinstance(files, list):
            raise malformed(response, "a JSON array under 'files'")
        return tuple(_stored(response, entry) for entry in files)

    def presign(self, name: str, content_type: str, data: bytes = b"") -> PresignedUrl:
        """A URL for uploading ``name`` past the app, for this content type only."""
        del data
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
        return upload(http or self.http, presigned, data, sent)

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


def fetched(response: httpx.Response) -> Fetched:
    headers = {name.lower(): value for name, value in response.headers.items()}
    metadata = {name.removeprefix(META): value for name, value in headers.items() if name.startswith(META)}
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
