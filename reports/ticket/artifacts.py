"""The artifact a version was uploaded from: its files and their digests, and the words in which the version itself carries them."""

import hashlib
import re
from collections.abc import Iterable, Sequence
from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationError

from reports.errors import ReportError
from reports.ticket import canonical
from reports.ticket.rejections import Rejected, Rejection
from reports.ticket.statement import ArtifactFile, Names

_ANNOTATION = re.compile(r"\b(artifacts? sha256:[0-9a-f]{64})(?![0-9A-Za-z])")


def digests(paths: Iterable[Path]) -> tuple[ArtifactFile, ...]:
    """Name and SHA-256 of every file, and of every file below a folder, sorted by name.

    A file counts by its own name, one below a folder by its path from there. Raises ReportError for what cannot be read, for a link,
    and for two files of one name.
    """
    found: dict[str, ArtifactFile] = {}
    for path in paths:
        for name, file in _files(path):
            if name in found:
                raise ReportError(f"two files of the artifact are called {name}: name the folder they lie in instead")
            found[name] = _digest(name, file)
    if not found:
        raise ReportError("the artifact has no file: name what the version was uploaded from")
    return tuple(found[name] for name in sorted(found))


def annotation(files: Sequence[ArtifactFile]) -> str:
    """What to upload a version with, as its message (`wrangler versions upload --message`): 80 or 81 characters.

    The digest of a single file is its own. The word in front keeps a file apart from a list of files that reads like it.
    """
    if len(files) == 1:
        return f"artifact sha256:{files[0].sha256}"
    return f"artifacts sha256:{canonical.digest([file.model_dump(mode='json') for file in files])}"


def annotated(*texts: str) -> str | None:
    """The annotation in the tag or the message of a version, None when there is none, or more than one."""
    found = {match for text in texts for match in _ANNOTATION.findall(text)}
    return found.pop() if len(found) == 1 else None


class Described(BaseModel):
    """What the platform says about a version: the file that `python -m gonogo promote annotation` writes."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    platform: str
    service: str
    version: str
    tag: str
    message: str
    new: Names = ()
    changed: Names = ()

    @classmethod
    def load(cls, path: Path) -> "Described":
        """Read such a file. Raises ReportError."""
        try:
            return cls.model_validate_json(path.read_bytes())
        except OSError as error:
            raise ReportError(f"cannot read {path}: {error.strerror}; `python -m gonogo promote annotation` writes it") from error
        except ValidationError as error:
            if any(problem["loc"] == ("worker",) for problem in error.errors()):
                text = "an earlier gonogo wrote it, with `worker` in the place of `platform` and `service`"
                raise ReportError(f"{path}: {text}: write it again with `python -m gonogo promote annotation`") from None
            raise ReportError(f"{path} does not describe a version: name what `python -m gonogo promote annotation` wrote") from None

    def demand(self, platform: tuple[str, str], versions: Sequence[str], files: Sequence[ArtifactFile]) -> None:
        """Raises Rejected unless it is about the version that was verified, uploaded from these files (if there are any).

        `platform` is who runs the deployment, and under which name.
        """
        if (self.platform, self.service) != platform:
            asked, verified = f"{self.platform}/{self.service}", "/".join(platform)
            text = f"the platform was asked about the service {asked}, the run verified {verified}: ask about that one"
            raise Rejected(Rejection.LIVE_ARTIFACT, text)
        if (self.version,) != tuple(versions):
            verified = " and ".join(versions) or "none"
            text = f"the platform was asked about version {self.version}, the run verified {verified}: ask about that one"
            raise Rejected(Rejection.LIVE_ARTIFACT, text)
        if files:
            _demand_annotation(files, self.tag, self.message)


def _demand_annotation(files: Sequence[ArtifactFile], *texts: str) -> None:
    wanted, found = annotation(files), annotated(*texts)
    if found is None:
        raise Rejected(
            Rejection.LIVE_ARTIFACT, f"the version does not say what it was uploaded from: upload it with the message `{wanted}`"
        )
    if found != wanted:
        raise Rejected(Rejection.LIVE_ARTIFACT, f"the version was uploaded from another artifact ({found}) than this one ({wanted})")


def _files(path: Path) -> Iterable[tuple[str, Path]]:
    if path.is_dir():
        for file in sorted(path.rglob("*")):
            if file.is_symlink():
                raise ReportError(f"{file} is a link, and what it leads to may change: copy the file")
            if file.is_file():
                yield file.relative_to(path).as_posix(), file
    else:
        yield path.name, path


def _digest(name: str, path: Path) -> ArtifactFile:
    try:
        with path.open("rb") as file:
            return ArtifactFile(name=name, sha256=hashlib.file_digest(file, "sha256").hexdigest())
    except OSError as error:
        raise ReportError(f"cannot read the artifact {path}: {error.strerror}; name the file that the version was uploaded from") from error
    except ValueError:
        raise ReportError(f"the artifact {path} has a name with control characters, or a very long one: rename it") from None
