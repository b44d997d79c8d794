"""Stories of uploads past the app: with a ticket, with a changed one, and with somebody else's."""

from __future__ import annotations

from clients.errors import Refusal
from clients.identity.port import Person
from clients.storage.objects import Fetched, PresignedUrl
from clients.storage.tampering import (
    carries_token,
    ticket_for_another_key,
    ticket_with_another_signature,
    with_another_signature,
    without_signature,
)
from clients.wire.attempts import Attempt, attempt, tried
from fixtures.people import Owner, Stranger
from fixtures.storage_objects import StorageObjects
from journeys import Cost, Journey, step, uses
from suites.storage.journeys.files import File, keep, kept_from, new_file, shows

OTHER_TYPE = "text/html"


class Presigned(Journey, after=(Owner,), cost=Cost(objects=3), expected=4.0):
    """A browser uploads straight to the bucket, with a ticket from the app."""

    storage = uses(StorageObjects, "presign")

    @step(deadline=120)
    def file(self) -> File:
        """Waits for the member, and makes a file."""
        _ = self.other(Owner).person
        return new_file(self.storage, "presigned")

    @step
    def other_type(self) -> Attempt:
        """Uses a ticket for a content type that it was not made for."""
        person = self.other(Owner).person
        # Where each ticket is another file, this one is not the one that is uploaded after it.
        name = self.file.name if self.storage.by_name else new_file(self.storage, "other-type").name
        self.storage.expect(person, name)
        ticket = self._ticket(name)
        if self.storage.usual:
            return attempt(lambda: self.storage.upload(ticket, self.file.data, OTHER_TYPE))
        return kept_from(self.storage, lambda: self._shown_as(ticket), lambda shown: shown == OTHER_TYPE, writes=True)

    @step
    def ticket(self) -> PresignedUrl:
        """Asks for another ticket, and uses it as it is meant to be used."""
        if not self.storage.by_name:
            self.storage.expect(self.other(Owner).person, self.file.name)
        ticket = self._ticket(self.file.name)
        used = self.storage.upload(ticket, self.file.data, self.file.type)
        self.storage.complete(self.other(Owner).person, used)
        return ticket

    @step
    def fetched(self) -> Fetched:
        """Fetches the file through the app."""
        _ = self.ticket
        return self.storage.of(self.other(Owner).person).get(self.file.name)

    @step(independent=True)
    def other_signature(self) -> Attempt:
        """Uses a ticket whose signature was changed."""
        _ = self.fetched
        return self._upload(ticket_with_another_signature(self._ticket(self.file.name)))

    @step(independent=True)
    def other_key(self) -> Attempt:
        """Uses a ticket at the address of another object."""
        _ = self.fetched
        other = new_file(self.storage, "other-key").name
        self.storage.expect(self.other(Owner).person, other)
        return self._upload(ticket_for_another_key(self._ticket(self.file.name), other))

    @step(independent=True)
    def other_methods(self) -> list[str]:
        """Reads, and deletes, with the ticket of the upload. Returns by which methods that had an effect."""
        _ = self.fetched
        # A form's address is that of the whole bucket.
        found = ["GET"] if shows(self._answered("GET"), self.file.data) else []
        if self.ticket.fields:
            return found
        self._answered("DELETE")
        owner = self.storage.of(self.other(Owner).person)
        return [*found, *(["DELETE"] if attempt(lambda: owner.get(self.file.name)).refusal else [])]

    def _ticket(self, name: str) -> PresignedUrl:
        return self.storage.of(self.other(Owner).person).presign(name, self.file.type, self.file.data)

    def _upload(self, ticket: PresignedUrl) -> Attempt:
        return attempt(lambda: self.storage.upload(ticket, self.file.data, self.file.type))

    def _answered(self, method: str) -> bytes:
        found = tried(lambda: self.storage.with_ticket(self.ticket, method))
        return found if isinstance(found, bytes) else b""

    def _shown_as(self, ticket: PresignedUrl) -> str:
        person = self.other(Owner).person
        self.storage.complete(person, self.storage.upload(ticket, self.file.data, OTHER_TYPE))
        return self.storage.of(person).get(ticket.name).type


class Addresses(Journey, after=(Owner,), cost=Cost(objects=1), expected=3.0):
    """A member is given the address of a file at the store, and others come by it."""

    storage = uses(StorageObjects, "elsewhere")

    @step(deadline=120)
    def file(self) -> File:
        """The owner stores a file."""
        file = new_file(self.storage, "addressed")
        keep(self.storage, self.other(Owner).person, file)
        return file

    @step
    def address(self) -> str:
        """The owner asks where it is, and it is there."""
        owner = self.storage.of(self.other(Owner).person)
        owner.get(self.file.name)
        return owner.address(self.file.name)

    @step(independent=True)
    def bare(self) -> Attempt:
        """Somebody asks at the address without what permits it. Where nothing in it can, that is the address as it is."""
        token_in_path = "?" not in self.address and carries_token(self.address)
        return self._asked(with_another_signature(self.address) if token_in_path else without_signature(self.address))

    @step(independent=True)
    def other_signature(self) -> Attempt:
        """Somebody asks with a signature in which one letter was changed."""
        return self._asked(with_another_signature(self.address))

    def _asked(self, url: str) -> Attempt:
        return kept_from(self.storage, lambda: self.storage.anonymous(url), lambda found: shows(found.data, self.file.data))


class Confirmations(Journey, after=(Owner, Stranger), cost=Cost(objects=3), expected=5.0):
    """The app is told that an upload is done: of one that never was, and of somebody else's."""

    storage = uses(StorageObjects, "confirm")

    @step(deadline=120)
    def never_uploaded(self) -> Attempt:
        """A member says that a file is there, and has not uploaded it."""
        person = self.other(Owner).person
        ticket = self._ticket(person, new_file(self.storage, "never-uploaded"))

        def there(_: None) -> bool:
            files = self.storage.of(person)
            return ticket.name in self._listed(person) or not isinstance(tried(lambda: files.get(ticket.name)), Refusal)

        return kept_from(self.storage, lambda: self.storage.complete(person, ticket), there, writes=True)

    @step(independent=True, deadline=120)
    def file(self) -> File:
        """Waits for the members, and makes a file."""
        _ = self.other(Owner).person, self.other(Stranger).person
        return new_file(self.storage, "confirmed")

    @step
    def ticket(self) -> PresignedUrl:
        """The owner uploads it, and has not said so yet."""
        ticket = self._ticket(self.other(Owner).person, self.file)
        return self.storage.upload(ticket, self.file.data, self.file.type)

    @step(independent=True)
    def taken(self) -> list[Attempt]:
        """Another member says that it is theirs: by what the owner was told, and with a part of that in what they were told themselves."""
        stranger = self.other(Stranger).person
        own = self._ticket(stranger, new_file(self.storage, "taken"))
        return [self._claimed(stranger, ticket) for ticket in self.storage.with_values_of(own, self.ticket)]

    @step(independent=True)
    def fetched(self) -> Fetched:
        """The owner says so, unless that was said already, and fetches it."""
        _ = self.taken
        owner = self.other(Owner).person
        confirmed = tried(lambda: self.storage.complete(owner, self.ticket))
        found = tried(lambda: self.storage.of(owner).get(self.file.name))
        if isinstance(found, Refusal):
            raise confirmed if isinstance(confirmed, Refusal) else found
        return found

    def _ticket(self, person: Person, file: File) -> PresignedUrl:
        self.storage.expect(person, file.name)
        return self.storage.of(person).presign(file.name, file.type, file.data)

    def _claimed(self, person: Person, ticket: PresignedUrl) -> Attempt:
        def theirs(_: None) -> bool:
            found = tried(lambda: self.storage.of(person).get(ticket.name))
            return (not isinstance(found, Refusal) and shows(found.data, self.file.data)) or self.file.name in self._listed(person)

        return kept_from(self.storage, lambda: self.storage.complete(person, ticket), theirs, writes=True)

    def _listed(self, person: Person) -> list[str]:
        return [file.name for file in self.storage.of(person).list()] if self.storage.offers("list") else []
