"""Files of an app that takes and gives them in a way of its own: the calls are told by a recipe."""

from __future__ import annotations

import base64
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import urlsplit

import httpx

from clients.creating import creates
from clients.errors import Malformed, Misconfigured, Unavailable
from clients.storage.objects import META, fetched
from clients.storage.objects_port import NOT_TOLD, Fetched, MembersFiles, PresignedUrl, Stored, upload
from clients.storage.templates import NOWHERE, alike, answered, filled, found_at, of_another_shape, of_file, path_of, places
from clients.wire.answers import expect, json_value, malformed
from clients.wire.bounds import OBJECT_BYTES, up_to
from clients.wire.numbers import whole

_HOPS = 3
_TAG_OF_NOTHING = '"d41d8cd98f00b204e9800998ecf8427e"'
_ABOUT_THE_UPLOAD = frozenset({"url", "method", "headers", "fields", "expires_in"})


@dataclass(frozen=True)
class Request:
    """A call: method and path, JSON or a multipart form, headers, the statuses of success (any 2xx where none is named), and where the
    answer says what later calls need."""

    method: str
    path: str
    body: Mapping[str, Any] = field(default_factory=dict)
    form: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    statuses: tuple[int, ...] = ()
    answer: Mapping[str, str] = field(default_factory=dict)
    where: str = ""
    """How the file calls it, for messages."""

    @property
    def places(self) -> frozenset[str]:
        """Everything that has to be filled."""
        return places([self.path, self.body, self.form, self.headers])


@dataclass(frozen=True)
class Ticketing:
    """How the upload goes that a presign's answer is about, where that does not say it."""

    method: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    form: Mapping[str, str] = field(default_factory=dict)
    file_field: str = "file"


@dataclass(frozen=True)
class Listing:
    """The list: its path, where it stands in the answer (None: it is the answer), and where an entry says what."""

    path: str
    at: str | None = None
    answer: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Recipe:
    """All calls. Without `upload` files go in by `presign`; `url` is where the answer of `read` has the address of the bytes."""

    read: Request
    head: str
    upload: Request | None = None
    presign: Request | None = None
    ticketing: Ticketing = Ticketing()
    confirm: Request | None = None
    listing: Listing | None = None
    delete: Request | None = None
    url: str = ""
    redirect: bool = False


class Known:
    """What answers have said of files, by the names that they were stored under. Shared by all who speak to the app in a run."""

    def __init__(self) -> None:
        self._lock, self._values = threading.Lock(), dict[str, dict[str, Any]]()

    def learn(self, name: str, values: Mapping[str, Any], *, over: bool = True) -> None:
        """Keeps what is known of a file; without ``over`` what is known already stays."""
        with self._lock:
            known = self._values.setdefault(name, {"name": name})
            known.update({key: value for key, value in values.items() if over or key not in known})

    def of(self, name: str) -> dict[str, Any]:
        """What is known of a file; of one that nobody has stored, values of the same kind as those of others."""
        with self._lock:
            if name in self._values:
                return dict(self._values[name])
            example = next(iter(self._values.values()), {})
            return {key: alike(value) for key, value in example.items()} | {"name": name}

    def has(self, name: str, needed: frozenset[str]) -> bool:
        """Whether that much is known of a file."""
        with self._lock:
            return needed <= self._values.get(name, {"name": name}).keys()

    def stored(self, name: str) -> bool:
        """Whether anything was ever said of a file."""
        with self._lock:
            return name in self._values

    def named(self, values: Mapping[str, Any]) -> str:
        """The name of the file of which these values are known; empty where there is none."""
        with self._lock:
            told = {key: str(value) for key, value in values.items()}
            return next((name for name, known in self._values.items() if any(str(known.get(key)) == told[key] for key in told)), "")


Elsewhere = Callable[[str], AbstractContextManager[httpx.Client]]
"""A client for an address that is not the app's: nobody's cookies, and no token."""


class RecipeObjects(MembersFiles):
    """The files of the actor whose session ``http`` holds, by a recipe."""

    def __init__(self, http: httpx.Client, recipe: Recipe, known: Known, elsewhere: Elsewhere, *, most_bytes: int = OBJECT_BYTES) -> None:
        """``most_bytes``: of one object, as far as it is read; more is Malformed."""
        self.http, self.recipe, self.known = http, recipe, known
        self._elsewhere, self._most = elsewhere, most_bytes

    @creates
    def put(
        self, name: str, data: bytes, content_type: str = "application/octet-stream", metadata: Mapping[str, str] | None = None
    ) -> Stored:
        """Store ``data``; by an upload past the app where it takes none itself."""
        if self.recipe.upload is None:
            ticket = self.presign(name, content_type, data)
            with self._elsewhere(ticket.url) as http:
                used = upload(http, ticket, data, {"content-type": content_type, **ticket.headers})
            self.complete(with_etag(ticket, used))
        else:
            call, values = self.recipe.upload, of_file(name, data, content_type)
            response = self._sent(call, values, data, {f"{META}{key}": value for key, value in (metadata or {}).items()})
            self.known.learn(name, self._told(call, response))
        self._look_up(name)
        return Stored(name, str(self.known.of(name).get("key", "")), len(data), content_type, "", dict(metadata or {}))

    def get(self, name: str, byte_range: str | None = None, headers: Mapping[str, str] | None = None) -> Fetched:
        """Fetch an object, wherever the app says that its bytes are."""
        wanted = {**(headers or {}), **({"range": f"bytes={byte_range}"} if byte_range else {})}
        if not (self.recipe.url or self.recipe.redirect):
            response = self._asked(self.recipe.read, self.known.of(name), None, wanted)
            return _typed(fetched(expect(response, *(self.recipe.read.statuses or (200,)), 206)))
        return _typed(self._followed(self.address(name), wanted))

    def address(self, name: str) -> str:
        """Where the bytes are: from JSON, or from a redirection."""
        call = self.recipe.read
        response = self._asked(call, self.known.of(name), None, {})
        if self.recipe.url:
            document = json_value(response, *call.statuses)
            found = answered(response, document, self.recipe.url, f"{call.where}.url")
        else:
            if not response.is_redirect:
                expect(response, 302)
            found = response.headers["location"]
        return str(response.request.url.join(str(found)))

    def head(self, name: str) -> Fetched:
        """Everything about an object but its bytes."""
        return _typed(fetched(expect(self.http.head(path_of(self.recipe.head, self.known.of(name))), 200)))

    def delete(self, name: str) -> None:
        """Delete an object."""
        if self.recipe.delete is None:
            raise Unavailable("files cannot be deleted here")
        self._sent(self.recipe.delete, self.known.of(name), None, {})

    def list(self) -> tuple[Stored, ...]:
        """The objects of this user. What entries say of them is known from then on."""
        listing = self.recipe.listing
        if listing is None:
            raise Unavailable("nothing lists files here")
        response = self.http.get(listing.path)
        document = json_value(response)
        entries = document if listing.at is None else found_at(document, listing.at)
        if not isinstance(entries, list):
            place = f"a list at {listing.at!r}" if listing.at else "a list as the answer itself"
            raise of_another_shape(response, document, f"{place} (entries.at of the file)")
        return tuple(self._entry(response, listing, entry) for entry in entries)

    def presign(self, name: str, content_type: str, data: bytes = b"") -> PresignedUrl:
        """A URL for uploading ``name`` past the app."""
        call, said = self.recipe.presign, self.recipe.ticketing
        if call is None:
            raise Unavailable("nothing is uploaded past the app here")
        values = of_file(name, data, content_type)
        told = self._told(call, self._sent(call, values, None, {}))
        headers, fields = (_pairs(told.get(each)) for each in ("headers", "fields"))
        fields |= {key: str(value) for key, value in filled(said.form, values | told).items()}
        headers = {key: str(value) for key, value in filled(said.headers, values | told).items()} | headers
        method = str(told.get("method") or said.method or ("POST" if fields else "PUT")).upper()
        # Of an upload that never was, somebody who confirms it makes a tag up.
        of_it = values | {"etag": _TAG_OF_NOTHING} | {key: value for key, value in told.items() if key not in _ABOUT_THE_UPLOAD}
        url = str(self.http.base_url.join(str(told["url"])))
        lasts = whole(told.get("expires_in")) or 0
        lower = {key.lower(): value for key, value in headers.items()}
        return PresignedUrl(url, method, lower, str(told.get("key", "")), lasts, fields, said.file_field, name, of_it)

    @creates
    def complete(self, ticket: PresignedUrl) -> None:
        """Tell the app that an upload is done, where it wants to be told; from then on the file is known by what the answers said."""
        told = {key: value for key, value in ticket.values.items() if not key.startswith(("sha", "md5", "etag"))}
        call = self.recipe.confirm
        if call is not None:
            told |= self._told(call, self._sent(call, ticket.values, None, {}))
        self.known.learn(ticket.name, told)

    def _look_up(self, name: str) -> None:
        """What no answer said of a file that was just stored stands in the list."""
        listing = self.recipe.listing
        if listing is None or self.known.has(name, self._needed):
            return
        listed = self.list()
        if not self.known.has(name, self._needed):
            expected = f"an entry named {name} among the {len(listed)} of the list: it was just stored, and says what fills "
            lacking = ", ".join(f"{{{each}}}" for each in sorted(self._needed - {"name"}))
            raise Malformed("GET", listing.path, 200, expected + lacking, "application/json")

    @property
    def confirms_by(self) -> frozenset[str]:
        """What the confirming call says of an upload."""
        return self.recipe.confirm.places if self.recipe.confirm else frozenset()

    @property
    def _needed(self) -> frozenset[str]:
        return self.recipe.read.places | (self.recipe.delete.places if self.recipe.delete else frozenset())

    def _entry(self, response: httpx.Response, listing: Listing, entry: Any) -> Stored:
        said = {key: answered(response, entry, path, f"entries.answer.{key}") for key, path in listing.answer.items()}
        about = {key: value for key, value in said.items() if key not in ("size", "type")}
        name = str(said["name"]) if "name" in said else self.known.named(about) or str(next(iter(about.values()), ""))
        self.known.learn(name, about, over=False)
        size = NOT_TOLD if "size" not in said else whole(said["size"])
        if size is None:
            raise of_another_shape(response, entry, f"a size in bytes at {listing.answer['size']!r} (entries.answer.size of the file)")
        return Stored(name, str(said.get("key", "")), size, str(said.get("type", "")), "")

    def _told(self, call: Request, response: httpx.Response) -> dict[str, Any]:
        """What an answer says, by the names that the recipe gives it."""
        if not call.answer:
            return {}
        document = None if all(path.startswith("header:") for path in call.answer.values()) else json_value(response, *call.statuses)
        found = {}
        for name, path in call.answer.items():
            if name in _ABOUT_THE_UPLOAD - {"url"} and found_at(document, path) in (NOWHERE, None):
                continue  # one app for several stores: what a form needs is there for a form alone
            found[name] = answered(response, document, path, f"{call.where}.answer.{name}")
        return found

    def _sent(self, call: Request, values: Mapping[str, Any], data: bytes | None, headers: Mapping[str, str]) -> httpx.Response:
        return expect(self._asked(call, values, data, headers), *call.statuses)

    def _asked(self, call: Request, values: Mapping[str, Any], data: bytes | None, headers: Mapping[str, str]) -> httpx.Response:
        """The answer, whatever it says. ``data``: the bytes of a file that go along."""
        try:
            path, sent = path_of(call.path, values), {**headers, **{key: str(value) for key, value in filled(call.headers, values).items()}}
            if call.form:
                part = next(name for name, value in call.form.items() if value == "{file}")
                fields = {name: str(filled(value, values)) for name, value in call.form.items() if name != part}
                file = (str(values["name"]), data or b"", str(values["type"]))
                return self.http.request(call.method, path, data=fields, files={part: file}, headers=sent)
            if call.body:
                coded = {"base64": base64.b64encode(data).decode()} if data is not None else {}
                return self.http.request(call.method, path, json=filled(call.body, {**values, **coded}), headers=sent)
        except Misconfigured as lacking:
            raise Misconfigured(f"[storage.objects] {call.where}: {lacking}") from None
        if data is not None:
            sent = {"content-type": str(values["type"]), **sent}
        if call is self.recipe.read:
            return self._read(call.method, path, sent)
        return self.http.request(call.method, path, content=data, headers=sent)

    def _read(self, method: str, path: str, headers: Mapping[str, str]) -> httpx.Response:
        with self._client_for(str(self.http.base_url.join(path))) as http:
            return http.request(method, path, headers=headers, extensions=up_to(self._most))

    def _followed(self, url: str, headers: Mapping[str, str]) -> Fetched:
        for _ in range(_HOPS):
            with self._client_for(url) as http:
                response = http.get(url, headers=headers, extensions=up_to(self._most))
            if not response.is_redirect:
                return fetched(expect(response, 200, 206))
            url = str(response.request.url.join(response.headers["location"]))
        raise malformed(response, f"the bytes after {_HOPS} redirections")

    @contextmanager
    def _client_for(self, url: str) -> Iterator[httpx.Client]:
        """The member's own for what is the app's; anybody's for a store, which would learn who is signed in."""
        own, there = urlsplit(str(self.http.base_url)), urlsplit(url)
        if (own.scheme, own.netloc) == (there.scheme, there.netloc):
            yield self.http
        else:
            with self._elsewhere(url) as http:
                yield http


def with_etag(ticket: PresignedUrl, used: httpx.Response) -> PresignedUrl:
    """The ticket, and the tag that the store gave the upload: some confirming calls want it."""
    return replace(ticket, values={**ticket.values, "etag": used.headers.get("etag", "")})


def _typed(found: Fetched) -> Fetched:
    """With the media type alone: what a framework adds to it (a charset) is not the file's."""
    return replace(found, type=found.type.partition(";")[0].strip())


def _pairs(value: Any) -> dict[str, str]:
    """Headers or fields, as a table or as a list of name and value."""
    if isinstance(value, list):
        entries = [each for each in value if isinstance(each, Mapping)]
        return {str(each.get("name", each.get("key", ""))): str(each.get("value", "")) for each in entries}
    return {str(key): str(inner) for key, inner in value.items()} if isinstance(value, Mapping) else {}
