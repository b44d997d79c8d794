"""Stories of files: a member keeps them through the app, the platform keeps them as objects."""

from __future__ import annotations

import secrets

from clients.storage.objects import Fetched, Stored
from clients.wire.attempts import Attempt, attempt
from fixtures.members import Members
from fixtures.people import Owner, Stranger
from fixtures.storage_objects import StorageObjects
from fixtures.storage_s3 import StorageBucket
from journeys import Cost, Examined, Journey, examine, step, uses
from suites.storage.journeys.files import File, contents, keep, kept_from, new_file, shows

PIECES = 160 * 1024
"""Bytes: more than the pieces of 64 KiB in which a body comes, and than the 100 KiB at which common parsers of bodies stop."""
RANGES = {"first byte": "0-0", "middle": "5-9", "last hundred": "-100", "from the start": "0-"}


class RoundTrip(Journey, after=(Owner,), expected=4.0, cost=Cost(objects=1)):
    """A file goes in through the app and comes back through the app and through S3."""

    storage = uses(StorageObjects)

    @step(deadline=120)
    def file(self) -> File:
        """Waits for the member, and makes a file."""
        _ = self.other(Owner).person
        return new_file(self.storage, "round-trip", min(PIECES, self.storage.settings.max_bytes or PIECES))

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
        """Lists the member's files, where something does."""
        return self.storage.of(self.other(Owner).person).list() if self.storage.offers("list") else ()

    @step(independent=True)
    def described(self) -> Fetched | None:
        """Asks for everything about it but its bytes, where that can be asked for."""
        return self.storage.of(self.other(Owner).person).head(self.file.name) if self.storage.offers("head") else None


class ThroughS3(Journey, after=(Owner,), cost=Cost(objects=2), expected=4.0):
    """What the app stores is in the declared bucket, and what lies in the bucket is what the app shows."""

    storage = uses(StorageObjects, "keys")
    bucket = uses(StorageBucket)

    @step(deadline=120)
    def file(self) -> File:
        """Waits for the member, and makes a file."""
        _ = self.other(Owner).person
        return new_file(self.storage, "to-s3")

    @step
    def stored(self) -> Stored:
        """Stores it through the app."""
        return keep(self.storage, self.other(Owner).person, self.file)

    @step(independent=True)
    def object(self) -> Fetched:
        """Fetches the object from the bucket."""
        return self.bucket.bucket().get(self.stored.key)

    @step(independent=True)
    def placed(self) -> File | None:
        """Puts another object beside it, through S3, where the app shows what others put there."""
        if not self.storage.offers("from_bucket"):
            return None
        file = new_file(self.storage, "from-s3")
        key = self.stored.key.removesuffix(self.file.name) + file.name
        self.bucket.put(self.other(Owner).person, file.name, key, file.data, file.type, file.metadata)
        return file

    @step(independent=True)
    def shown(self) -> Fetched | None:
        """Fetches that one through the app."""
        return self.storage.of(self.other(Owner).person).get(self.placed.name) if self.placed else None


class Ranges(Journey, after=(Owner,), expected=4.0, cost=Cost(objects=1)):
    """A player asks for parts of a file."""

    storage = uses(StorageObjects, "ranges")

    @step(deadline=120)
    def file(self) -> File:
        """Stores a file of 1000 bytes."""
        file = new_file(self.storage, "ranges", size=1000)
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
        return new_file(self.storage, "fresh", 2048)

    @step
    def second(self) -> bytes:
        """Makes other contents."""
        return contents(self.first.type, 2048)

    @step(deadline=120)
    def before(self) -> Attempt | None:
        """Asks for a file that is not there yet, where it can be asked for by its name."""
        _ = self.other(Owner).person
        return self._asked(self.first.name) if self.storage.by_name else None

    @step
    def shown_first(self) -> Fetched:
        """Stores it and fetches it."""
        person = self.other(Owner).person
        keep(self.storage, person, self.first)
        return self.storage.of(person).get(self.first.name)

    @step(independent=True)
    def missing(self) -> Attempt:
        """Asks for a file that nobody has stored: by an id of the kind that the first one got, where files have ids."""
        _ = self.shown_first
        return self.before or self._asked(f"gonogo-nobodys-{secrets.token_hex(6)}")

    @step(independent=True)
    def shown_second(self) -> Fetched | None:
        """Stores other contents under the same name, after the pause that R2 asks for, and fetches again."""
        _ = self.shown_first
        if not self.storage.offers("overwrite"):
            return None
        person = self.other(Owner).person
        self.pause(self.storage.settings.overwrite_seconds)
        keep(self.storage, person, File(self.first.name, self.second, self.first.type, self.first.metadata))
        return self.storage.of(person).get(self.first.name)

    @step(independent=True)
    def gone(self) -> Attempt | None:
        """Deletes it and asks again."""
        _ = self.shown_second
        if not self.storage.offers("deletes"):
            return None
        if self.storage.offers("overwrite"):
            self.pause(self.storage.settings.overwrite_seconds)
        self.storage.of(self.other(Owner).person).delete(self.first.name)
        return self._asked(self.first.name)

    @step(independent=True)
    def left(self) -> list[str]:
        """Lists what is left."""
        _ = self.gone
        return [file.name for file in self.storage.of(self.other(Owner).person).list()] if self.storage.offers("list") else []

    def _asked(self, name: str) -> Attempt:
        files, known = self.storage.of(self.other(Owner).person), (self.first.data, self.second)
        return kept_from(self.storage, lambda: files.get(name), lambda found: any(shows(found.data, data) for data in known))


class Privacy(Journey, after=(Owner, Stranger), cost=Cost(objects=1), expected=5.0):
    """Others try to get at a member's file."""

    storage = uses(StorageObjects)

    @step(deadline=120)
    def file(self) -> File:
        """The owner stores a file and looks at it, so that a cache in between has seen it."""
        file = new_file(self.storage, "private")
        keep(self.storage, self.other(Owner).person, file)
        self.storage.of(self.other(Owner).person).get(file.name)
        return file

    @step(independent=True, deadline=120)
    def stranger_sees(self) -> list[str]:
        """Another member lists the files they can see, where something does."""
        if not self.storage.offers("list"):
            return []
        return [file.name for file in self.storage.of(self.other(Stranger).person).list()]

    @step(independent=True, deadline=120)
    def stranger_reads(self) -> Attempt | None:
        """Another member asks for it, by what it is asked for."""
        if not self.storage.offers("private"):
            return None
        stranger = self.storage.of(self.other(Stranger).person)
        return kept_from(self.storage, lambda: stranger.get(self.file.name), lambda found: shows(found.data, self.file.data))

    @step(independent=True, deadline=120)
    def stranger_deletes(self) -> Attempt | None:
        """Another member deletes it, by what it is deleted by."""
        if not self.storage.offers("deletes"):
            return None
        stranger, owner = self.storage.of(self.other(Stranger).person), self.storage.of(self.other(Owner).person)

        def took_it(_: None) -> bool:
            return attempt(lambda: owner.get(self.file.name)).refusal is not None

        return kept_from(self.storage, lambda: stranger.delete(self.file.name), took_it, writes=True)

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
    def file(self) -> File:
        """Waits for the owner, and makes a file."""
        _ = self.other(Owner).person
        return new_file(self.storage, "unlisted")

    @step(deadline=120)
    def stored(self) -> Stored:
        """The owner stores a file and looks at it, so that a cache in between has seen it."""
        stored = keep(self.storage, self.other(Owner).person, self.file)
        self.storage.of(self.other(Owner).person).get(stored.name)
        return stored

    @step(independent=True)
    def reads(self) -> Attempt | None:
        """Asks for it, by what it is asked for."""
        if not self.storage.offers("private"):
            return None
        visitor = self.storage.of(self.members.returning(self.other(Owner).person.member))
        return kept_from(self.storage, lambda: visitor.get(self.stored.name), lambda found: shows(found.data, self.file.data))

    @step(independent=True)
    def lists(self) -> Attempt | None:
        """Lists the files, where something does."""
        if not self.storage.offers("list"):
            return None
        visitor = self.storage.of(self.members.returning(self.other(Owner).person.member))
        return kept_from(self.storage, visitor.list, lambda listed: self.stored.name in [file.name for file in listed])

    @step(independent=True)
    def writes(self) -> Attempt:
        """Stores a file."""
        person = self.other(Owner).person
        visitor = self.members.returning(person.member)
        file = new_file(self.storage, "intruder")
        return kept_from(self.storage, lambda: keep(self.storage, visitor, file), lambda _: True, writes=True)


class Unsigned(Journey, after=(Visitors,), expected=4.0):
    """Somebody without a key asks the bucket itself."""

    storage = uses(StorageObjects, "keys")
    bucket = uses(StorageBucket)

    @step(deadline=120)
    def reads(self) -> Attempt:
        """Asks for the object without a signature."""
        return self.bucket.anonymous(self.other(Visitors).stored.key)


class Generated(Journey, after=(Owner,), expected=4.0, cost=Cost(objects=10)):
    """Files with names and contents that people come up with."""

    storage = uses(StorageObjects, "any_name")

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
            if self.storage.offers("deletes"):
                self.storage.of(person).delete(unique)

        return examine(comes_back, examples=200 if self.thorough else 10)
