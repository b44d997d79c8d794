"""[storage.objects]"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Literal, Self

from pydantic import Field, model_validator

from environments.schema.members import demand_members
from environments.schema.section import Section, Whole
from environments.schema.storage_recipe import (
    ABOUT_THE_UPLOAD,
    OF_A_FILE,
    Call,
    Confirm,
    Deletion,
    Entries,
    MediaType,
    Presigned,
    Read,
    Upload,
    placeholders,
)
from environments.schema.values import Line, Path
from environments.team_client import has, mistakes

_USUAL_TYPE = "application/x-gonogo"


class Objects(Section, capability="storage.objects", runbook=60, asked=True):
    """[storage.objects]: files through the app."""

    file: Path = Field(
        default="/api/files/{name}", description="One file: PUT, GET, HEAD, DELETE. {name}, or what an answer names: {id}, {key}."
    )
    list: Path | Literal[False] = Field(default="/api/files", description="The member's own files; false where nothing lists them.")
    presign: Path | None = Field(default=None, description="Asks for a presigned upload.")
    max_bytes: int | None = Field(default=None, ge=1, description="Largest body that the product promises to take.")
    overwrite_seconds: float = Field(default=1.1, ge=0, description="Pause between two writes to one key (R2 allows one a second).")
    type: MediaType = Field(default=_USUAL_TYPE, description="Media type of the files that a run stores, for an app that takes some only.")
    deletes: bool = Field(default=True, description="Members can delete a file.")
    public: bool = Field(default=False, description="Whoever has the address of a file may read it, as of an avatar.")
    overwrite: bool | None = Field(default=None, description="Storing a name again replaces the file.")
    ranges: bool | None = Field(default=None, description="Parts of a file can be asked for (Range).")
    head: bool | None = Field(default=None, description="HEAD tells size and type of a file.")
    metadata: bool | None = Field(default=None, description="x-meta-* headers of an upload come back with the file.")
    any_name: bool | None = Field(default=None, description="Every name that people come up with is taken, and empty files are.")
    from_bucket: bool | None = Field(default=None, description="What others put into the bucket of [storage.s3] is shown as a file.")
    client: Line | None = Field(
        default=None, description="`module:Class` in a folder of `extends` that speaks to the app, in place of all of this."
    )
    upload: Upload | None = None
    presigned: Presigned | None = None
    confirm: Confirm | None = None
    read: Read | None = None
    entries: Entries | None = None
    deletion: Deletion | None = None

    @model_validator(mode="after")
    def _whole(self) -> Self:
        if problems := list(self._unusable()):
            raise ValueError("\n".join(problems))
        return self

    @property
    def usual(self) -> bool:
        """Whether files go in and out in the usual way: nothing but paths is declared of it."""
        return not (self.client or any((self.upload, self.presigned, self.confirm, self.read, self.entries, self.deletion)))

    @property
    def reading(self) -> str:
        """What a file is read by."""
        return (self.read and self.read.request) or self.file

    @property
    def answered(self) -> frozenset[str]:
        """What answers name of a file that was stored."""
        calls = (self.upload, self.presigned, self.confirm)
        names = {name for call in calls if call for name in call.answer if not (call is self.presigned and name in ABOUT_THE_UPLOAD)}
        listed = set(self.entries.answer) if self.entries and self.list else set()
        return frozenset(names | listed - {"size", "type"})

    def _unusable(self) -> Iterator[str]:
        if self.client:
            parts = ("upload", "presigned", "confirm", "read", "entries", "deletion", "presign")
            if others := [name for name in parts if getattr(self, name)]:
                yield f"client speaks to the app alone: take out {', '.join(others)}"
        elif self.usual:
            if "{name}" not in self.file:
                yield "file must contain {name}, unless [storage.objects.upload] or [storage.objects.presigned] names what an answer says"
        else:
            yield from self._unfilled()
            yield from (
                f"{where}.request: missing" for where in ("presigned", "confirm") if (call := getattr(self, where)) and not call.request
            )
            yield from self._contradictions()

    def _contradictions(self) -> Iterable[str]:
        """What excludes each other."""
        headers = self.upload is not None and not self.upload.form and not self.upload.body
        soft = self.deletion is not None and self.deletion.soft
        found = {
            "confirm follows an upload past the app: add [storage.objects.presigned]": self.confirm and not self.presigned,
            "presign and [storage.objects.presigned] say the same: keep the table": self.presign and self.presigned,
            "entries tells what a list looks like, and list is false: keep one of them": self.list is False and self.entries,
            "deletion tells how a file is deleted, and deletes is false: keep one of them": self.deletion and not self.deletes,
            "deletion.soft: what is deleted would be seen in the list, and list is false": soft and self.list is False,
            "metadata travels in x-meta-* headers of an upload whose body is the file: take it out": self.metadata and not headers,
        }
        return [sentence for sentence, wrong in found.items() if wrong]

    def _unfilled(self) -> Iterator[str]:
        """Placeholders that nothing fills, and addresses that fit every file."""
        given = set(self.presigned.answer) - set(ABOUT_THE_UPLOAD) if self.presigned else set()
        stored = {"name", *self.answered}
        known: dict[str, tuple[Call | None, set[str]]] = {
            "upload": (self.upload, set(OF_A_FILE)),
            "presigned": (self.presigned, set(OF_A_FILE)),
            "confirm": (self.confirm, {*OF_A_FILE, *given, "etag"}),
            "read": (self.read, stored),
            "deletion": (self.deletion, stored),
        }
        for where, (call, names) in known.items():
            if call:
                yield from call.unusable(where, names)
        for name in dict.fromkeys(placeholders(self.file)):
            if name not in stored:
                yield f'file: nothing fills {{{name}}}: name it in answer of [storage.objects.{self._way_in}], `{name} = "..."`'
        for where, said in (("file", self.file), ("read.request", (self.read and self.read.request) or "")):
            if said and not placeholders(said):
                yield f"{where}: {said} is the same for every file: it must contain {{name}}, or what an answer names, such as {{id}}"
        if self.deletion and not self.deletion.placeholders() and self.deletion.request:
            yield "deletion: the same is sent for every file: put {name} or {id} into its request or body"
        if self.confirm and not self.confirm.placeholders():
            yield "confirm: the same is sent for every upload: put {key} or {id} into its request or body"

    @property
    def _way_in(self) -> str:
        return "presigned" if self.presigned and not self.upload else "upload"

    def promises(self, said: bool | None) -> bool:
        """What the usual way of storing files includes, and another one where the file says so."""
        return self.usual if said is None else said

    def refinements(self) -> Mapping[str, object]:
        """What the app lets members do with files, beside storing and reading them."""
        tells_keys = self.usual or "key" in self.answered
        return {
            "presign": self.presign or self.presigned or has(self.client, "presign"),
            "confirm": self.confirm or has(self.client, "complete"),
            "list": has(self.client, "list") if self.client else self.list,
            "deletes": has(self.client, "delete") if self.client else self.deletes,
            "private": not self.public,
            "elsewhere": self.read and (self.read.url or self.read.redirect) and not self.public,
            "overwrite": self.promises(self.overwrite),
            "ranges": self.promises(self.ranges),
            "head": self.promises(self.head),
            "metadata": self.promises(self.metadata),
            "any_name": self.promises(self.any_name),
            "from_bucket": self.promises(self.from_bucket),
            "keys": tells_keys,
        }

    def inconsistencies(self, environment: Whole) -> Iterable[str]:
        """Files are members', and a team's own client is there."""
        yield from demand_members(environment, self.capability)
        if self.client:
            yield from mistakes(f"[{self.capability}] client", self.client)
