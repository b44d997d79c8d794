"""Removing what runs have left: by the marks of their folders, and nothing that is in none of them."""

from __future__ import annotations

from pathlib import Path

from reports.folder import MARK, OutputFolder


def remove_outputs(place: Path) -> list[Path]:
    """Removes the folders of runs at and below a place, as deep as they lie. Returns what stays, because no mark says that it is a run's.

    Raises reports.folder.FolderError where a run is using one of them, or where it cannot be removed; those before it are gone by then.
    """
    if place.is_symlink() or not place.is_dir():
        return [place] if place.is_symlink() else []
    folder = OutputFolder(place, ())
    if folder.marked:
        with folder as held:
            held.clear_all()
        if {path.name for path in place.iterdir()} == {MARK}:
            (place / MARK).unlink()
    left: list[Path] = []
    for path in sorted(place.iterdir()):
        if path.is_dir() and not path.is_symlink():
            left += remove_outputs(path)
        elif path.name != MARK or not folder.marked:
            left.append(path)
    if not left and not any(place.iterdir()):
        place.rmdir()
    return left
