"""Stories of files: a member keeps them through the app, the platform keeps them as objects."""

from __future__ import annotations

import secrets
from dataclasses import dataclass

from clients.identity.port import Person
from clients.storage.objects import Fetched, Stored
from clients.wire.attempts import Attempt, attempt
from fixtures.members import Members
from fixtures.people import Owner, Stranger
from fixtures.storage_objects import StorageObjects
from fixtures.storage_s3 import StorageBucket
from journeys import Cost, Examined, Journey, examine, step, uses

RANGES = {"first byte": "0-0", "middle": "5-9", "last hundred": "-100", "from the start": "0-"}


@dataclass(frozen=True)
class File:
    """A file as it was given to the deployment."""

    name: str
    data: bytes
    type: str
    metadata: dict[str, str]


def new_file(role: str, size: int = 4096) -> File:
    """A file with a name of its own and contents that nobody has seen."""
    return File(
        f"gonogo-{role}-{secrets.token_hex(6)}.bin", secrets.token_bytes(size), "application/x-gonogo", {"purpose": f"gonogo {role}"}
    )


def keep(storage: StorageObjects, person: Person, file: File) -> Stored:
    """Stores a file through the app."""
    return storage.put(person, file.name, file.data, file.type, file.metadata)


class RoundTrip(Journey, after=(Owner,), expected=4.0, cost=Cost(objects=1)):
    """A file goes in through the app and comes back through the app and through S3."""

    storage = uses(StorageObjects)

    @step(deadline=120)
    def file(self) -> File:
        """Waits for the member, and makes a file."""
        _ = self.other(Owner).person
        return new_file("round-trip")

    @step
    def stored(self) -> Stored:
        """Stores it through the app."""
        return keep(self.storage, self.other(Owner).person, self.file)

    @step(independent=True)
    def fetched(self) -> Fetched:
        """Fetches it through the app."""
        return self.storage.of(self.other(Owner).person).get(self.file.name)

    @step(independent=True)
    def listed(self) -> tuple[Stored, ...]:
        """Lists the member's files."""
        return self.storage.of(self.other(Owner).person).list()


class ThroughS3(Journey, after=(Owner,), cost=Cost(objects=2), expected=4.0):
    """What the app stores is in the declared bucket, and what lies in the bucket is what the app shows."""

    storage = uses(StorageObjects)
    bucket = uses(StorageBucket)

    @step(deadline=120)
    def file(self) -> File:
        """Waits for the member, and makes a file."""
        _ = self.other(Owner).person
        return new_file("to-s3")

    @step
    def stored(self) -> Stored:
        """Stores it through the app."""
        return keep(self.storage, self.other(Owner).person, self.file)

    @step(independent=True)
    def object(self) -> Fetched:
        """Fetches the object from the bucket."""
        return self.bucket.bucket().get(self.stored.key)

    @step(independent=True)
    def placed(self) -> File:
        """Puts another object beside it, through S3."""
        file = new_file("from-s3")
        key = self.stored.key.removesuffix(self.file.name) + file.name
        self.bucket.put(self.other(Owner).person, file.name, key, file.data, file.type, file.metadata)
        return file

    @step(independent=True)
    def shown(self) -> Fetched:
        """Fetches that one through the app."""
        return self.storage.of(self.other(Owner).person).get(self.placed.name)


class Ranges(Journey, after=(Owner,), expected=4.0, cost=Cost(objects=1)):
    """A player asks for parts of a file."""

    storage = uses(StorageObjects)

    @step(deadline=120)
    def file(self) -> File:
        """Stores a file of 1000 bytes."""
        file = new_file("ranges", size=1000)
        keep(self.storage, self.other(Owner).person, file)
        return file

    @step
    def parts(self) -> dict[str, Fetched]:
        """Asks for every kind of range."""
        person = self.other(Owner).person
        return {title: self.storage.of(person).get(self.file.name, asked) for title, asked in RANGES.items()}

    @step(independent=True)
    def past_the_end(self) -> Attempt:
        """Asks for bytes that the file has not got."""
        person = self.other(Owner).person
        return attempt(lambda: self.storage.of(person).get(self.file.name, "5000-"))


class Freshness(Journey, after=(Owner,), expected=4.0, cost=Cost(objects=2)):
    """A file appears, changes and goes; nobody is shown yesterday's."""

    storage = uses(StorageObjects)

    @step
    def first(self) -> File:
        """Makes a file."""
        return new_file("fresh")

    @step
    def second(self) -> bytes:
        """Makes other contents."""
        return secrets.token_bytes(2048)

    @step(deadline=120)
    def before(self) -> Attempt:
        """Asks for a file that is not there yet."""
        person = self.other(Owner).person
        return attempt(lambda: self.storage.of(person).get(self.first.name))

    @step
    def shown_first(self) -> Fetched:
        """Stores it and fetches it."""
        person = self.other(Owner).person
        keep(self.storage, person, self.first)
        return self.storage.of(person).get(self.first.name)

    @step
    def shown_second(self) -> Fetched:
        """Stores other contents under the same name, after the pause that R2 asks for, and fetches again."""
        person = self.other(Owner).person
        self.pause(self.storage.settings.overwrite_seconds)
        keep(self.storage, person, File(self.first.name, self.second, self.first.type, self.first.metadata))
        return self.storage.of(person).get(self.first.name)

    @step
    def gone(self) -> Attempt:
        """Deletes it and asks again."""
        person = self.other(Owner).person
        self.pause(self.storage.settings.overwrite_seconds)
        self.storage.of(person).delete(self.first.name)
        return attempt(lambda: self.storage.of(person).get(self.first.name))

    @step(independent=True)
    def left(self) -> list[str]:
        """Lists what is left."""
        _ = self.gone
        return [file.name for file in self.storage.of(self.other(Owner).person).list()]


class Privacy(Journey, after=(Owner, Stranger), cost=Cost(objects=1), expected=5.0):
    """Others try to get at a member's file."""

    storage = uses(StorageObjects)

    @step(deadline=120)
    def file(self) -> File:
        """The owner stores a file and looks at it, so that a cache in between has seen it."""
        file = new_file("private")
        keep(self.storage, self.other(Owner).person, file)
        self.storage.of(self.other(Owner).person).get(file.name)
        return file

    @step(independent=True, deadline=120)
    def stranger_sees(self) -> list[str]:
        """Another member lists the files they can see."""
        return [file.name for file in self.storage.of(self.other(Stranger).person).list()]

    @step(independent=True, deadline=120)
    def stranger_reads(self) -> Attempt:
        """Another member asks for it by name."""
        return attempt(lambda: self.storage.of(self.other(Stranger).person).get(self.file.name))

    @step(independent=True, deadline=120)
    def stranger_deletes(self) -> Attempt:
        """Another member deletes it by name."""
        return attempt(lambda: self.storage.of(self.other(Stranger).person).delete(self.file.name))

    @step(independent=True)
    def still_there(self) -> Fetched:
        """The owner fetches it after all of that."""
        _ = self.stranger_deletes
        return self.storage.of(self.other(Owner).person).get(self.file.name)


class Visitors(Journey, after=(Owner,), expected=4.0, cost=Cost(objects=2)):
    """Somebody who is not signed in tries to get at a member's file."""

    storage = uses(StorageObjects)
    members = uses(Members)

    @step(deadline=120)
    def stored(self) -> Stored:
        """The owner stores a file and looks at it, so that a cache in between has seen it."""
        stored = keep(self.storage, self.other(Owner).person, new_file("unlisted"))
        self.storage.of(self.other(Owner).person).get(stored.name)
        return stored

    @step(independent=True)
    def reads(self) -> Attempt:
        """Asks for it by name."""
        visitor = self.members.returning(self.other(Owner).person.member)
        return attempt(lambda: self.storage.of(visitor).get(self.stored.name))

    @step(independent=True)
    def lists(self) -> Attempt:
        """Lists the files."""
        visitor = self.members.returning(self.other(Owner).person.member)
        return attempt(self.storage.of(visitor).list)

    @step(independent=True)
    def writes(self) -> Attempt:
        """Stores a file."""
        person = self.other(Owner).person
        visitor = self.members.returning(person.member)
        file = new_file("intruder")
        return attempt(lambda: keep(self.storage, visitor, file))


class Unsigned(Journey, after=(Visitors,), expected=4.0):
    """Somebody without a key asks the bucket itself."""

    storage = uses(StorageObjects)
    bucket = uses(StorageBucket)

    @step(deadline=120)
    def reads(self) -> Attempt:
        """Asks for the object without a signature."""
        return self.bucket.anonymous(self.other(Visitors).stored.key)


class Presigned(Journey, after=(Owner,), cost=Cost(objects=1), expected=4.0):
    """A browser uploads straight to the bucket, with a ticket from the app."""

    storage = uses(StorageObjects, "presign")

    @step(deadline=120)
    def file(self) -> File:
        """Waits for the member, and makes a file."""
        _ = self.other(Owner).person
        return File(f"gonogo-presigned-{secrets.token_hex(6)}.bin", secrets.token_bytes(4096), "application/x-gonogo", {})

    @step
    def other_type(self) -> Attempt:
        """Uses a ticket for a content type that it was not made for."""
        person = self.other(Owner).person
        self.storage.expect(person, self.file.name)
        ticket = self.storage.of(person).presign(self.file.name, self.file.type)
        return attempt(lambda: self.storage.upload(ticket, self.file.data, "text/html"))

    @step
    def fetched(self) -> Fetched:
        """Uploads with a ticket and fetches through the app."""
        person = self.other(Owner).person
        self.storage.upload(self.storage.of(person).presign(self.file.name, self.file.type), self.file.data, self.file.type)
        return self.storage.of(person).get(self.file.name)


class Generated(Journey, after=(Owner,), expected=4.0, cost=Cost(objects=10)):
    """Files with names and contents that people come up with."""

    storage = uses(StorageObjects)

    @step(deadline=240)
    def examined(self) -> Examined:
        """Stores, fetches and deletes files until one does not come back as it was."""
        from hypothesis import given  # a quarter of a second, and only this step pays for it

        from suites.storage.names import CONTENTS, NAMES

        person = self.other(Owner).person

        @given(name=NAMES, data=CONTENTS)
        def comes_back(name: str, data: bytes) -> None:
            # Hypothesis may repeat an example, and R2 allows one write a second to a key: the name is made unique here.
            unique = f"gonogo {secrets.token_hex(4)} {name}"
            stored = keep(self.storage, person, File(unique, data, "application/octet-stream", {}))
            assert stored.name == unique, f"{unique!r} was stored as {stored.name!r}"
            fetched = self.storage.of(person).get(unique)
            assert fetched.data == data, f"stored {len(data)} bytes as {unique!r}, fetched {len(fetched.data)} other bytes"
            self.storage.of(person).delete(unique)

        return examine(comes_back, examples=200 if self.thorough else 10)
