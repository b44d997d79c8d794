"""[storage.objects.upload] and its neighbours: how an app takes and gives files, where it is not in the usual way."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Annotated, Any

from pydantic import AfterValidator, Field

from environments.schema.section import Section
from environments.schema.values import DottedPath, Line, Path, path
from environments.sentences import shown

PLACEHOLDER = re.compile(r"\{(\+?)([A-Za-z][A-Za-z0-9_]*)\}")
METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
OF_A_FILE = ("name", "type", "size", "sha256", "md5")
"""What is known of a file before it is sent."""
CONTENTS = ("file", "base64")
ABOUT_THE_UPLOAD = ("url", "method", "headers", "fields", "expires_in")
"""What the answer of [storage.objects.presigned] says about the upload, and not about the file."""
_REQUEST = re.compile(r"(?:(?P<method>[A-Z]+) )?(?P<path>\S+)")
_HEADER = "header:"
_ANSWER_NAME = re.compile(r"[a-z][a-z0-9_]*")


def _request(value: str) -> str:
    found = _REQUEST.fullmatch(value)
    if found is None or (found["method"] or METHODS[0]) not in METHODS:
        raise ValueError(f"must be a path with a method before it, such as 'POST /api/files', not {shown(value)}")
    if not PLACEHOLDER.match(found["path"]):
        path(found["path"])
    return value


def _where(value: str) -> str:
    if value.startswith(_HEADER):
        if not value.removeprefix(_HEADER).strip():
            raise ValueError(f"must name a header behind {_HEADER!r}, such as 'header:location'")
    elif not value or not all(part.strip() for part in value.split(".")):
        raise ValueError(f"must be a dotted path such as data.0.id, or 'header:location', not {shown(value)}")
    return value


def _media_type(value: str) -> str:
    if not re.fullmatch(r"[\w!#$&^.+-]+/[\w!#$&^.+-]+", value, re.ASCII):
        raise ValueError(f"must be a media type such as image/png, not {shown(value)}")
    return value


Request = Annotated[str, AfterValidator(_request)]
"""`POST /api/files`, or the path alone: the method is then the usual one."""
Where = Annotated[str, AfterValidator(_where)]
MediaType = Annotated[str, AfterValidator(_media_type)]


class Call(Section):
    """What all calls have. In paths and values ``{name}`` and others are filled in; ``{+key}`` keeps the slashes of a key."""

    request: Request | None = Field(default=None, description="Method and path; the usual ones where it is not said.")
    body: dict[str, Any] = Field(default_factory=dict, description="The JSON that is sent, as a table; placeholders in its texts.")
    headers: dict[str, str] = Field(default_factory=dict, description="Further request headers; placeholders in their values.")
    statuses: list[int] = Field(default_factory=list, description="The statuses that mean success; any of 200 to 299 where none is said.")

    def texts(self) -> dict[str, list[str]]:
        """Everything that may have placeholders in it, by key."""
        return {"request": [self.request or ""], "body": list(_texts(self.body)), "headers": list(self.headers.values())}

    def placeholders(self, *keys: str) -> frozenset[str]:
        """The names in these keys, by default in all."""
        texts = self.texts()
        return frozenset(name for key in keys or texts for text in texts[key] for name in placeholders(text))

    def unusable(self, where: str, known: Iterable[str]) -> Iterator[str]:
        """A sentence for each placeholder that nothing fills."""
        known = sorted(set(known))
        for key, texts in self.texts().items():
            for name in dict.fromkeys(name for text in texts for name in placeholders(text) if name not in known):
                yield f"{where}.{key}: nothing fills {{{name}}} there; known are {', '.join(f'{{{each}}}' for each in known)}"
        if wrong := [status for status in self.statuses if not 200 <= status <= 299]:
            yield f"{where}.statuses: {', '.join(map(str, wrong))} says no success: name those from 200 to 299"


class Answering(Call):
    """A call whose answer says something of the file."""

    answer: dict[str, Where] = Field(
        default_factory=dict,
        description='Where the answer says what later calls need, by a name for it: `id = "data.id"` fills {id}.',
    )

    def unusable(self, where: str, known: Iterable[str]) -> Iterator[str]:
        """Names that can be no placeholder as well."""
        yield from super().unusable(where, known)
        for name in self.answer:
            if not _ANSWER_NAME.fullmatch(name):
                yield f"{where}.answer: {shown(name)} cannot be a placeholder: write it in small letters, digits and underscores"


class Upload(Answering):
    """[storage.objects.upload]: how a file goes in through the app. Its bytes are the body, unless `form` or `body` says where they are."""

    form: dict[str, str] = Field(
        default_factory=dict, description="Fields of a multipart form; `{file}` is the value of the one that is the file."
    )

    def texts(self) -> dict[str, list[str]]:
        """The form as well."""
        return {**super().texts(), "form": list(self.form.values())}

    def unusable(self, where: str, known: Iterable[str]) -> Iterator[str]:
        """The bytes have to stand somewhere, and once."""
        yield from super().unusable(where, [*known, *CONTENTS])
        if self.form and self.body:
            yield f"{where}: a request is a form or JSON: keep form or body"
        if "file" in self.placeholders("request", "headers", "body"):
            yield f"{where}: {{file}} is the value of a field of form; in body {{base64}} stands for the bytes"
        if self.form and list(self.form.values()).count("{file}") != 1:
            yield f"{where}.form: one field has to be the file: give one the value {{file}}"
        if self.body and "base64" not in self.placeholders("body"):
            yield f"{where}.body: nothing in it is the file: give a key the value {{base64}}"


class Presigned(Answering):
    """[storage.objects.presigned]: the app gives an address to upload to. Without [storage.objects.upload] every file goes in so."""

    answer: dict[str, Where] = Field(
        default_factory=lambda: {"url": "url"},
        description="Where the answer says `url`, and, if it does, `method`, `headers` and `fields` (of a form) of the upload; further "
        "names such as `key` and `id` fill the calls after it.",
    )
    method: Line | None = Field(default=None, description="Method of the upload, where the answer does not say it: PUT, of a form POST.")
    form: dict[str, str] = Field(default_factory=dict, description="Further fields of the upload form, beside those of the answer.")
    upload_headers: dict[str, str] = Field(default_factory=dict, description="Further headers of the upload, beside those of the answer.")
    file_field: Line = Field(default="file", description="Field of the upload form that is the file.")

    def unusable(self, where: str, known: Iterable[str]) -> Iterator[str]:
        """Without an address nothing can be uploaded."""
        known = list(known)
        yield from super().unusable(where, known)
        for key, table in (("form", self.form), ("upload_headers", self.upload_headers)):
            lacking = {name for text in table.values() for name in placeholders(text)} - {*known, *self.answer}
            yield from (f"{where}.{key}: nothing fills {{{name}}} there" for name in sorted(lacking))
        if "url" not in self.answer:
            yield f"{where}.answer: the upload goes to an address: say where the answer has it, as `url`"
        if self.method and self.method not in METHODS:
            yield f"{where}.method: must be one of {', '.join(METHODS)}, not {shown(self.method)}"


class Confirm(Answering):
    """[storage.objects.confirm]: what tells the app that an upload past it is done. Only then the file is there."""


class Read(Call):
    """[storage.objects.read]: how a file comes out, where that is not a GET of `file` that is answered with the bytes."""

    url: Where | None = Field(default=None, description="Where the answer, JSON, has the address of the bytes.")
    redirect: bool = Field(default=False, description="The answer redirects to the address of the bytes.")

    def unusable(self, where: str, known: Iterable[str]) -> Iterator[str]:
        """One way of the two."""
        yield from super().unusable(where, known)
        if self.url and self.redirect:
            yield f"{where}: the address of the bytes is in JSON or in a redirection: keep url or redirect"


class Deletion(Call):
    """[storage.objects.deletion]: how a file is deleted, where that is not a DELETE of `file`."""

    soft: bool = Field(default=False, description="What is deleted leaves the list alone: its owner may still read it (a trash).")


class Entries(Section):
    """[storage.objects.entries]: what the list looks like, where it is not `files` with names and sizes."""

    at: DottedPath | None = Field(default=None, description="Where the list stands in the answer; the answer itself where it is not said.")
    answer: dict[str, Where] = Field(
        default_factory=lambda: {"name": "name"},
        description="Where an entry says `name`, `size` (in bytes), `type`, and what fills the other calls, such as `id` and `key`.",
    )


def placeholders(text: str) -> list[str]:
    """The names of the placeholders in a text."""
    return [found[2] for found in PLACEHOLDER.finditer(text)]


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    for inner in value.values() if isinstance(value, Mapping) else value if isinstance(value, list) else ():
        yield from _texts(inner)


__all__ = ["Call", "Confirm", "Deletion", "Entries", "MediaType", "Path", "Presigned", "Read", "Upload", "placeholders"]
