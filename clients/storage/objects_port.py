"""Files of a member, whichever way the app takes and gives them: one port, and what goes over it."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

import httpx

from clients.creating import creates
from clients.errors import Unavailable
from clients.wire.answers import expect

NOT_TOLD = -1
"""The size of a file that nothing tells."""
_CONTENT_TYPE = "content-type"


@dataclass(frozen=True)
class Stored:
    """A stored object as its store describes it; ``size`` in bytes, NOT_TOLD where nothing tells it; ``key`` empty where nothing does."""

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
    """A URL that carries its own permission, and is therefore kept out of ``repr``; ``expires_in`` in seconds.

    With ``fields`` the upload is a multipart form (an S3 POST policy) in which ``file_field`` is the file. ``values`` is what the app's
    answer named for the calls after the upload.
    """

    url: str = field(repr=False)
    method: str
    headers: Mapping[str, str]
    key: str
    expires_in: int = 0
    fields: Mapping[str, str] = field(default_factory=dict, repr=False)
    file_field: str = "file"
    name: str = ""
    values: Mapping[str, object] = field(default_factory=dict, repr=False)


class MembersFiles(ABC):
    """The files of the actor whose session ``http`` holds.

    Every method raises :class:`~clients.errors.Refusal` (401 without a session, 404 for another user's file, 413 for one too large,
    416 for an impossible range), :class:`~clients.errors.Malformed`, or :class:`~clients.errors.Unreachable`; what the app has not got is
    :class:`~clients.errors.Unavailable`.
    """

    @creates
    @abstractmethod
    def put(
        self, name: str, data: bytes, content_type: str = "application/octet-stream", metadata: Mapping[str, str] | None = None
    ) -> Stored:
        """Store ``data`` under ``name``."""

    @abstractmethod
    def get(self, name: str, byte_range: str | None = None, headers: Mapping[str, str] | None = None) -> Fetched:
        """Fetch an object; ``byte_range`` is the ``Range`` header without its unit: ``0-9``, ``5-``, ``-3``."""

    def head(self, name: str) -> Fetched:
        """Everything about an object but its bytes."""
        raise Unavailable(f"nothing tells of {name} without its bytes here")

    @abstractmethod
    def delete(self, name: str) -> None:
        """Delete an object; a refusal when there is none."""

    @abstractmethod
    def list(self) -> tuple[Stored, ...]:
        """The objects of this user, and of no other."""

    @abstractmethod
    def presign(self, name: str, content_type: str, data: bytes = b"") -> PresignedUrl:
        """A URL for uploading ``name`` past the app, for this content type only. Some apps want to know the size of ``data``."""

    @creates
    def complete(self, ticket: PresignedUrl) -> None:
        """Tell the app that an upload past it is done, where it wants to be told."""
        del ticket

    def address(self, name: str) -> str:
        """Where the bytes are fetched, past the app."""
        raise Unavailable(f"the app itself gives the bytes of {name}")


def upload(http: httpx.Client, ticket: PresignedUrl, data: bytes, headers: Mapping[str, str]) -> httpx.Response:
    """Uses an upload ticket over ``http``. The content type that ``headers`` name stands in the form, where there is one."""
    if not ticket.fields:
        return expect(http.request(ticket.method, ticket.url, content=data, headers=dict(headers)))
    kind = next((value for name, value in headers.items() if name.lower() == _CONTENT_TYPE), "application/octet-stream")
    fields = {name: kind if name.lower() == _CONTENT_TYPE else value for name, value in ticket.fields.items()}
    # A store takes the file as the last field (https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-HTTPPOSTForms.html).
    others = {name: value for name, value in headers.items() if name.lower() != _CONTENT_TYPE}
    file = {ticket.file_field: (ticket.name or "file", data, kind)}
    return expect(http.request(ticket.method, ticket.url, data=fields, files=file, headers=others))
