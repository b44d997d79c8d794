"""Recycled copies of PostgreSQL's data folder: what a stopped run leaves is put right for the next one instead of being copied anew.

A data folder has about two thousand files. Creating and deleting them costs up to a second each time (ext4 does not use inodes again
that were freed in the last minutes, and searches past them); comparing them with the prepared state costs 30 ms.
"""

from __future__ import annotations

import contextlib
import os
import shutil
from pathlib import Path

from sandbox.ownership import is_prepared
from sandbox.state import StateFolder, discard, remove


def folder(state: StateFolder, prepared: Path) -> Path:
    """Where the recycled folder of a prepared state lies, if there is one."""
    return state.recycled / prepared.name


def take(state: StateFolder, prepared: Path, target: Path) -> bool:
    """Moves the recycled folder to `target` and makes it equal to the prepared data. False when there is none or another run took it."""
    try:
        folder(state, prepared).rename(target)
    except OSError:
        return False
    restore(prepared / "postgres" / "data", target)
    return True


def give(state: StateFolder, prepared: Path, data: Path) -> None:
    """Keeps a stopped run's data folder for the next run, unless there is one already or the prepared state is gone."""
    if prepared.is_dir():
        with contextlib.suppress(OSError):
            data.rename(folder(state, prepared))


def discard_unused(state: StateFolder) -> None:
    """Removes recycled folders whose prepared state does not exist any more."""
    for recycled in filter(is_prepared, state.recycled.iterdir()):
        if not (state.prepared / recycled.name).exists():
            remove(recycled)


def restore(pristine: Path, used: Path) -> None:
    """Makes `used` equal to `pristine`, of which it is a changed copy: files that differ in size or time are copied, further ones removed.

    Every write changes a file's time (ns), and copies keep it, so a file that kept both was not written to.
    """
    with os.scandir(pristine) as entries:
        wanted = {entry.name: entry for entry in entries}
    with os.scandir(used) as entries:
        present = {entry.name: entry for entry in entries}
    for name, entry in list(present.items()):
        if name not in wanted or entry.is_dir(follow_symlinks=False) != wanted[name].is_dir(follow_symlinks=False):
            discard(Path(entry.path))
            del present[name]
    for name, entry in wanted.items():
        target = used / name
        if entry.is_dir(follow_symlinks=False):
            if not target.is_dir():
                target.mkdir()
                copy_attributes(Path(entry.path), target)
            restore(Path(entry.path), target)
        elif name not in present or differ(entry, present[name]):
            shutil.copy2(entry.path, target)
            copy_attributes(Path(entry.path), target)


def differ(pristine: os.DirEntry[str], used: os.DirEntry[str]) -> bool:
    """Whether a file was written to or replaced."""
    one, other = pristine.stat(follow_symlinks=False), used.stat(follow_symlinks=False)
    return (one.st_size, one.st_mtime_ns, one.st_mode, one.st_uid) != (other.st_size, other.st_mtime_ns, other.st_mode, other.st_uid)


def copy_attributes(source: Path, target: Path) -> None:
    """Owner (only root may change it), mode and times."""
    found = source.stat()
    if os.geteuid() == 0:
        os.chown(target, found.st_uid, found.st_gid)
    target.chmod(found.st_mode & 0o7777)
    os.utime(target, ns=(found.st_atime_ns, found.st_mtime_ns))
