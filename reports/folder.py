"""The output folder: whose it is, and who uses it now.

A run replaces what an earlier run has left, so it has to know what that is. A folder of gonogo's carries a mark: a file that names what
gonogo has put there. Whoever writes into the folder locks that file first. Nothing else is ever removed, renamed or overwritten.
"""

import fcntl
import json
import os
import shutil
from collections.abc import Collection, Iterable
from contextlib import suppress
from pathlib import Path

from base.places import OUTPUT
from reports.errors import ReportError

MARK = ".gonogo"
HISTORY = "history.jsonl"
"""What earlier runs were like. A run goes on writing that of the run before it in its folder; another one is handed over (`--history`)."""
NOBODYS = frozenset({".gitkeep", ".gitignore", ".DS_Store"})
"""What keeps an empty folder in a repository, or comes into being when somebody looks at one: nothing of it is ever touched."""

LEDGER, REPORT = "ledger.jsonl", "report.html"
# The only folder that may be uploaded. It comes into being last, and only when nothing was found anywhere.
PUBLISH = "publish"
# Where files are made before they take their place: what a kill leaves there is the next run's to remove.
UNFINISHED = "publish.unfinished"
OUTPUTS = (LEDGER, REPORT, "verdict.json", "summary.md", "junit.xml")
WRITTEN = (*OUTPUTS, HISTORY, PUBLISH, UNFINISHED)
"""The names of all that a conclusion leaves in its folder."""


class FolderError(ReportError):
    """A folder cannot be used: it is somebody else's, or another run is using it. Nothing in it was touched."""


class OutputFolder:
    """One output folder, and the names that whoever asks for it may write there.

    `ours` says that what lies there under these names is gonogo's, with or without a mark: so it is below the default place.
    """

    def __init__(self, path: Path, names: Collection[str], *, ours: bool = False) -> None:
        self.path = path
        self._names = frozenset(names)
        self._ours = ours or OUTPUT in path.resolve().parents
        self._lock = -1

    def _demand_ours(self) -> None:
        """Raises FolderError when the folder could not be used without touching what is not gonogo's."""
        try:
            found = {path.name for path in self.path.iterdir()} - {MARK}
        except FileNotFoundError:
            return
        except NotADirectoryError:
            raise FolderError(f"{self.path} is a file, or lies below one: name a folder") from None
        except OSError as error:
            raise FolderError(f"{self.path} cannot be read ({error.strerror}): name another folder") from None
        found -= NOBODYS
        held = self._held()
        if held is None and self._marked():
            raise FolderError(f"{self.path / MARK} is not gonogo's: nothing was touched; name a new or an empty folder")
        if held is None:
            held = frozenset(found if self._ours else ())
            strange = found - held
        else:
            strange = set() if self._ours else (found & self._names) - held
        links = {name for name in found & self._names if (self.path / name).is_symlink()}
        if foreign := sorted(strange | links | self._within(found & self._names)):
            more = f" and {len(foreign) - 1} more" if len(foreign) > 1 else ""
            what = f"{foreign[0]}{more}, which has no mark of gonogo's"
            raise FolderError(f"{self.path} holds {what}: nothing was touched; name a new or an empty folder, or move what is yours")

    def _within(self, names: Iterable[str]) -> set[str]:
        """What would go with the folders of these names, and is not theirs: another run's folder, and what no run has released."""
        folders = [self.path / name for name in names if (self.path / name).is_dir()]
        strange = {mark.parent for folder in folders for mark in folder.rglob(MARK)}
        if PUBLISH in self._names and (self.path / PUBLISH).is_dir():
            strange |= {path for path in (self.path / PUBLISH).iterdir() if path.name not in (*OUTPUTS, HISTORY)}
        return {str(path.relative_to(self.path)) for path in strange}

    def hold(self) -> None:
        """Takes the folder for this process, until :meth:`release` or its end, and marks it. Raises FolderError; changes nothing then."""
        self._demand_ours()
        try:
            self.path.mkdir(parents=True, exist_ok=True)
            lock = os.open(self.path / MARK, os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o644)
        except OSError as error:
            raise FolderError(f"{self.path}: cannot write there ({error.strerror}); choose another folder") from None
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            self._demand_ours()  # once more: now nobody else begins here
        except BlockingIOError:
            os.close(lock)
            raise FolderError(f"another run is using {self.path}: wait until it is over, or name another folder") from None
        except OSError as error:
            os.close(lock)
            raise FolderError(f"{self.path} cannot be locked ({error.strerror}): name a folder on this machine") from None
        except FolderError:
            os.close(lock)
            raise
        self._lock = lock
        # Written before anything of it is there, so that it is known to be gonogo's also after a kill.
        self._write(self._names | (self._held() or frozenset()))

    def clear(self, but: Iterable[str] = ()) -> None:
        """Removes what an earlier run has left under the names of this one, but for the history. Raises FolderError when it stays."""
        if not self.held:
            raise FolderError(f"{self.path} is not held by this run any more: somebody moved it or its mark; nothing was touched")
        for name in sorted(self._names - {HISTORY, *but}):
            self._discard(name)

    def clear_all(self) -> None:
        """Removes all that the mark says is gonogo's, the history too, and marks nothing any more. Raises FolderError when it stays.

        A link in the place of gonogo's own, and a folder in which another run has left its mark, are left alone.
        """
        names = {name for name in self._held() or () if name == Path(name).name and not (self.path / name).is_symlink()}
        for name in sorted(names - {MARK, ".."}):
            if not self._within([name]):
                self._discard(name)

    def _discard(self, name: str) -> None:
        path = self.path / name
        try:
            if path.is_dir() and not path.is_symlink():
                shutil.rmtree(path)
            else:
                path.unlink(missing_ok=True)
        except OSError as error:
            text = f"{path} of an earlier run cannot be removed ({error.strerror}): remove it, or choose another folder"
            raise FolderError(text) from None

    @property
    def marked(self) -> bool:
        """Whether the folder carries a mark of gonogo's."""
        return self._held() is not None

    @property
    def held(self) -> bool:
        """Whether the folder at this path is the one that this process holds: somebody may have moved it and put another in its place."""
        try:
            there, ours = (self.path / MARK).stat(), os.fstat(self._lock)
        except OSError:
            return False
        return (there.st_dev, there.st_ino) == (ours.st_dev, ours.st_ino)

    def release(self) -> None:
        """Gives the folder back. What is there by now, and no other name, is from then on known as gonogo's."""
        if self._lock < 0:
            return
        known = self._names | (self._held() or frozenset())
        try:
            self._write(name for name in known if os.path.lexists(self.path / name))
        finally:
            os.close(self._lock)
            self._lock = -1

    def __enter__(self) -> "OutputFolder":
        """Holds the folder."""
        self.hold()
        return self

    def __exit__(self, *_: object) -> None:
        """Releases it."""
        self.release()

    def _write(self, names: Iterable[str]) -> None:
        # One line at the end of the file: a kill in the middle leaves the line before it.
        os.write(self._lock, json.dumps({"gonogo": sorted(names)}).encode() + b"\n")

    def _marked(self) -> bool:
        """Whether there is something by the mark's name. An empty file is what a run leaves that was killed while it began."""
        mark = self.path / MARK
        return os.path.lexists(mark) and (mark.is_symlink() or not mark.is_file() or mark.stat().st_size > 0)

    def _held(self) -> frozenset[str] | None:
        """What the mark says is gonogo's: its last line that can be read. None without one."""
        mark = self.path / MARK
        try:
            lines = mark.read_bytes().splitlines() if mark.is_file() and not mark.is_symlink() else []
        except OSError:
            return None
        for line in reversed(lines):
            with suppress(ValueError):
                content = json.loads(line)
                if isinstance(content, dict) and isinstance(names := content.get("gonogo"), list):
                    return frozenset(map(str, names))
        return None
