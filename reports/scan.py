"""Search artifacts for secrets: in files, in their names, inside archives, and in text that is another form of something else."""

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from reports.archives import UnreadableError, members
from reports.decoding import decoded_forms
from reports.secrets import Secrets

_DEPTH = 5
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

    def data(self, data: bytes, where: str, depth: int = 0) -> Iterator[Hit]:
        """Everything in one file."""
        here = self._secrets.found(data)
        yield from (Hit(secret, where, needle.how) for secret, needle in here)
        yield from (Hit(secret, where, "a piece of it") for secret in self._secrets.pieces(data) - {secret for secret, _ in here})
        if depth >= _DEPTH:
            return
        archive = False
        try:
            for member, inner in members(data):
                archive = True
                yield from self.names(member, where)
                yield from self._once(inner, f"{where}!{self._secrets.redact(member)}" if member else where, depth)
        except UnreadableError as error:
            archive = True
            yield Hit(_UNKNOWN, where, str(error))
        if archive:
            return
        told = {secret for secret, _ in here}  # what is there plainly does not have to be told again of its other forms
        for how, inner in decoded_forms(data):
            yield from (hit for hit in self._once(inner, f"{where} ({how})", depth) if hit.secret not in told)

    def _once(self, data: bytes, where: str, depth: int) -> Iterator[Hit]:
        # What is small is looked at again: the same word may stand in two files, and both are named.
        if len(data) > 4096:
            digest = hashlib.blake2b(data + where.partition("!")[0].partition(" (")[0].encode(), digest_size=16).digest()
            if digest in self._seen:
                return
            self._seen.add(digest)
        yield from self.data(data, where, depth + 1)
