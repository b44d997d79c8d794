"""Removes what set-up, the tests and the tools have made in the project, and nothing else: `make clean`.

Standard library only: it removes the packages. What each of them has made is known by what it leaves in it; a link, or a folder of the same
name that somebody else has filled, stays and is named.
"""

import os
import shutil
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
CACHE = "CACHEDIR.TAG"
"""Marks a folder whose content can be made again: https://bford.info/cachedir/"""
BYTECODE = "__pycache__"


def _has(*names: str) -> Callable[[Path], bool]:
    return lambda folder: any((folder / name).is_file() for name in names)


def _holds_only(*names: str) -> Callable[[Path], bool]:
    return lambda folder: {path.name for path in folder.iterdir()} <= set(names)


def _of_tests(folder: Path) -> bool:
    """pytest's own cache, or the folder around those of our tests."""
    return _has(CACHE)(folder) or _holds_only("whole-runs", "others", "whole-runs.log", "bytecode", "v", ".gitignore", "README.md")(folder)


# Folders of the project, and how it is known who has made them.
MADE: dict[str, Callable[[Path], bool]] = {
    "node_modules": _has(".package-lock.json"),
    "tests/apps/node_modules": _has(".package-lock.json"),
    ".mypy_cache": _has(CACHE),
    ".ruff_cache": _has(CACHE),
    ".pytest_cache": _of_tests,
    ".hypothesis": _holds_only(".gitignore", "constants", "unicode_data", "examples", "tmp", "eval_source", "patches"),
    # Last, because this may be its Python.
    ".venv": _has("setup.json"),
}
APPS = "sandbox/apps/*/node_modules"
OF_AN_APP = _has("installed-by-gonogo")


def remove(root: Path) -> list[str]:
    """Removes what was made below `root`. Returns what stays, each with the reason."""
    left = []
    for path in sorted(root.glob(APPS)):
        left += _removed(root, path, OF_AN_APP)
    for path in _bytecode(root):
        left += _compiled(root, path)
    for name, made in MADE.items():
        left += _removed(root, root / name, made)
    return left


def _removed(root: Path, path: Path, made: Callable[[Path], bool]) -> list[str]:
    shown = path.relative_to(root)
    if path.is_symlink():
        return [f"{shown} is a link, which set-up makes none of"]
    if not path.exists():
        return []
    try:
        if not path.is_dir() or (any(path.iterdir()) and not made(path)):
            return [f"{shown} has no mark of what makes it here"]
        shutil.rmtree(path)
    except OSError as error:
        return [f"{shown} cannot be removed ({error.strerror})"]
    return []


def _bytecode(root: Path) -> Iterator[Path]:
    """Folders of compiled Python in the project: neither behind links nor in hidden folders, packages, outputs or other checkouts."""
    for folder, folders, _ in os.walk(root):
        here = Path(folder)
        inside = [name for name in folders if not name.startswith(".") and name not in ("node_modules", BYTECODE)]
        folders[:] = [name for name in inside if here / name != root / "reports" / "out" and not (here / name / ".git").exists()]
        if (here / BYTECODE).is_dir() and not (here / BYTECODE).is_symlink():
            yield here / BYTECODE


def _compiled(root: Path, folder: Path) -> list[str]:
    try:
        for path in folder.glob("*.pyc*"):  # also such as were being written
            path.unlink()
        if not any(folder.iterdir()):
            folder.rmdir()
            return []
    except OSError as error:
        return [f"{folder.relative_to(root)} cannot be removed ({error.strerror})"]
    return [f"{folder.relative_to(root)} holds what is not compiled Python"]


def main() -> int:
    """Says what stays. Status 0: nothing of ours is left; that others' files are there is no failure."""
    for sentence in remove(ROOT):
        print(f"stays: {sentence}; remove it yourself if it may go", file=sys.stderr)
    return 0


if __name__ == "__main__":
    sys.exit(main())
