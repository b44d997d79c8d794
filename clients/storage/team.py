"""Files over a class of the team's own: what it returns is looked at, and what it raises is named after it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import Any

import httpx

from clients.creating import creates
from clients.errors import Misconfigured, Trouble, Unavailable
from clients.storage.objects_port import NOT_TOLD, Fetched, MembersFiles, PresignedUrl, Stored
from clients.storage.recipe import Known

_FILE = "file"


class TeamObjects(MembersFiles):
    """The port over a class ``module:Class`` with ``put``, ``get`` and what else the app can do. ``named``: its name in the file."""

    def __init__(self, http: httpx.Client, kind: Callable[[httpx.Client], Any], known: Known, named: str) -> None:
        self.http, self.known, self._named = http, known, named
        self._theirs = kind(http)

    @creates
    def put(
        self, name: str, data: bytes, content_type: str = "application/octet-stream", metadata: Mapping[str, str] | None = None
    ) -> Stored:
        """Store ``data``; what the class returns is what it is asked for later."""
        del metadata
        self._learn(name, "put", self._called("put", name, data, content_type))
        return Stored(name, "", len(data), content_type, "")

    def get(self, name: str, byte_range: str | None = None, headers: Mapping[str, str] | None = None) -> Fetched:
        """Fetch an object, whole."""
        del byte_range, headers
        found = self._called("get", self._file(name))
        if not (isinstance(found, tuple) and len(found) == 2 and isinstance(found[0], bytes) and isinstance(found[1], str)):
            raise self._wrong("get", found, "the bytes and the media type, as in `return answer.content, answer.headers['content-type']`")
        data, kind = found
        return Fetched(data, kind.partition(";")[0].strip(), {}, "", 200, {}, len(data))

    def delete(self, name: str) -> None:
        """Delete an object."""
        self._called("delete", self._file(name))

    def list(self) -> tuple[Stored, ...]:
        """The objects of this user."""
        found = self._called("list")
        if not isinstance(found, Iterable) or isinstance(found, (str, bytes, Mapping)):
            raise self._wrong("list", found, "a list of files, each {'id': ..., 'name': ..., 'size': ...}")
        return tuple(self._entry(each) for each in found)

    def presign(self, name: str, content_type: str, data: bytes = b"") -> PresignedUrl:
        """A URL for uploading past the app."""
        found = self._called("presign", name, content_type, len(data))
        if not isinstance(found, PresignedUrl):
            raise self._wrong("presign", found, "a PresignedUrl (from gonogo import PresignedUrl)")
        return replace(found, name=name)

    @creates
    def complete(self, ticket: PresignedUrl) -> None:
        """Tell the app that an upload is done, where the class has a way to."""
        said = self._called("complete", ticket) if hasattr(self._theirs, "complete") else ticket.key
        self._learn(ticket.name, "complete", said)

    def _entry(self, entry: Any) -> Stored:
        if not isinstance(entry, Mapping) or "name" not in entry or not isinstance(entry.get("size", 0), int):
            raise self._wrong("list", entry, "for each file a mapping with name, and id and size where they are known")
        name = str(entry["name"])
        self.known.learn(name, {_FILE: entry.get("id", name)}, over=False)
        return Stored(name, "", int(entry.get("size", NOT_TOLD)), "", "")

    def _learn(self, name: str, method: str, said: Any) -> None:
        if not isinstance(said, (str, int)) or isinstance(said, bool) or said == "":
            raise self._wrong(method, said, "what get and delete take: the file's id, or its name")
        self.known.learn(name, {_FILE: said})

    def _file(self, name: str) -> Any:
        return self.known.of(name).get(_FILE, name)

    def _called(self, method: str, *given: Any) -> Any:
        made = getattr(self._theirs, method, None)
        if made is None:
            raise Unavailable(f"{self._named} has no {method}")
        try:
            return made(*given)
        except (Trouble, httpx.InvalidURL):
            raise
        except Exception as error:
            raise Misconfigured(f"{method} of {self._named} ended with {type(error).__name__}: {error}") from error

    def _wrong(self, method: str, found: Any, wanted: str) -> Misconfigured:
        return Misconfigured(f"{method} of {self._named} returned {type(found).__name__}: let it return {wanted}")
