"""Search artifacts for secrets: in files, in their names, inside archives, and in text that is another form of something else."""

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from reports.archives import UnreadableError, may_be, members
from reports.decoding import decoded
from reports.escapes import bare, joined, levels
from reports.secrets import Secrets

_DEPTH = 5
_SMALLEST, _LARGE = 12, 4096
_BETWEEN = b" \n "
_UNKNOWN = "(an archive that cannot be opened)"
_FILE_THAT = "(a file that cannot be read)"


@dataclass(frozen=True, order=True)
class Hit:
    """A secret that was found: its name, where, and in which form. Never its value."""

    secret: str
    where: str
    how: str

    def __str__(self) -> str:
        return f"{self.secret} in {self.where} ({self.how})"


def scan(paths: Iterable[Path], secrets: Secrets) -> list[Hit]:
    """Search files, and folders with all that is in them. What cannot be opened is a hit: what is in it is unknown."""
    hits: set[Hit] = set()
    search = _Search(secrets)
    for root in paths:
        for path in sorted(root.rglob("*")) if root.is_dir() else [root]:
            name = str(path.relative_to(root)) if root.is_dir() else path.name
            shown = secrets.redact(name)
            hits.update(Hit(hit.secret, "a file name in " + root.name, hit.how) for hit in search.names(name, ""))
            if path.is_symlink():
                hits.update(search.names(str(path.readlink()), f"the target of {shown}"))
            elif path.is_file():
                try:
                    data = path.read_bytes()
                except OSError as error:
                    hits.add(Hit(_FILE_THAT, shown, error.strerror or "cannot be read"))
                else:
                    hits.update(search.data(data, shown))
    return sorted(hits)


def scan_bytes(data: bytes, name: str, secrets: Secrets) -> list[Hit]:
    """As `scan`, for what is not a file yet."""
    return sorted(set(_Search(secrets).data(data, name)))


class _Search:
    """Looks into data and into everything that it holds, and at nothing twice."""

    def __init__(self, secrets: Secrets) -> None:
        self._secrets = secrets
        self._seen: set[bytes] = set()

    def names(self, name: str, where: str) -> Iterator[Hit]:
        """Names of files are short: they are searched as they are."""
        for secret, needle in self._secrets.found(name.encode(errors="surrogateescape")):
            yield Hit(secret, where, needle.how)

    def data(self, data: bytes, where: str, depth: int = 0, *, altered: bool = False) -> Iterator[Hit]:
        """Everything in one file. `altered`: decoded from a text whose escapes and line breaks were undone, where that may have broken it.

        An archive that is damaged then says nothing: as it stands it was looked at, too.
        """
        here = {secret: Hit(secret, where, needle.how) for secret, needle in reversed(self._secrets.found(data))}
        here.update((secret, Hit(secret, where, "a piece of it")) for secret in self._secrets.pieces(data) - here.keys())
        yield from here.values()
        if depth >= _DEPTH:
            return
        archive = False
        try:
            for member, inner in members(data):
                archive = True
                yield from self.names(member, where)
                yield from self._once(inner, f"{where}!{self._secrets.redact(member)}" if member else where, depth)
        except UnreadableError as error:
            if not (altered and error.damaged):
                archive = True
                yield Hit(_UNKNOWN, where, str(error))
        if not archive and len(data) >= _SMALLEST:
            # What is there plainly does not have to be told again of its other forms.
            yield from (hit for hit in self._other_forms(data, where, depth) if hit.secret not in here)

    def _other_forms(self, data: bytes, where: str, depth: int) -> Iterator[Hit]:
        """With escapes undone, without markup and line breaks, by letters and digits alone, and decoded."""
        told: set[str] = set()
        seen: set[bytes] = set()
        small: dict[str, list[bytes]] = defaultdict(list)
        for how, text in levels(data):
            one = joined(text)
            flat = bare(one)
            for form in dict.fromkeys((text, flat)):
                if form is not data:
                    yield from self._plainly(form, f"{where} ({how or 'over several lines, or split'})", told, cut=form is text)
            for form in dict.fromkeys((text, flat)):
                yield from self._by_letters(form, where, told)
            for form in dict.fromkeys((text, one)):
                for encoding, inner in decoded(form):
                    if inner in seen:
                        continue
                    seen.add(inner)
                    if len(inner) >= _LARGE or may_be(inner):
                        yield from self._once(inner, f"{where} ({encoding})", depth, altered=form is not data)
                    else:
                        small[encoding].append(inner)
        for encoding, together in small.items():  # most of them are names and digests that look encoded: thousands in one go
            yield from self._once(_BETWEEN.join(together), f"{where} ({encoding})", depth)

    def _plainly(self, data: bytes, where: str, told: set[str], *, cut: bool) -> Iterator[Hit]:
        found = {secret: needle.how for secret, needle in reversed(self._secrets.found(data))}
        for secret in (found.keys() | (self._secrets.pieces(data) if cut else set())) - told:
            told.add(secret)
            yield Hit(secret, where, found.get(secret, "a piece of it"))

    def _by_letters(self, data: bytes, where: str, told: set[str]) -> Iterator[Hit]:
        for secret, needle in self._secrets.found_by_letters(data):
            if secret not in told:
                told.add(secret)
                yield Hit(secret, where, needle.how)

    def _once(self, data: bytes, where: str, depth: int, *, altered: bool = False) -> Iterator[Hit]:
        # What is small is looked at again: the same word may stand in two files, and both are named.
        if len(data) > _LARGE:
            digest = hashlib.blake2b(data + where.partition("!")[0].partition(" (")[0].encode(), digest_size=16).digest()
            if digest in self._seen:
                return
            self._seen.add(digest)
        yield from self.data(data, where, depth + 1, altered=altered)
