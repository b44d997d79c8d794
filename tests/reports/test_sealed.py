"""What processes tell each other about secrets: read by those who have the key, and by nobody else."""

from __future__ import annotations

import secrets as tokens
import stat
from pathlib import Path

import pytest

from reports.errors import ReportError
from reports.sealed import Sealed


def test_processes_of_a_run_share_what_they_know(tmp_path: Path) -> None:
    """Whoever has the key reads what all have written; the file itself shows neither names nor values."""
    path, value = tmp_path / "secrets.sealed", tokens.token_urlsafe(24)
    owner = Sealed(path)
    for number in range(2):
        Sealed(path, owner.key).write(f"cookie {number}", f"{value}{number}")
    assert list(owner.read()) == [("cookie 0", f"{value}0"), ("cookie 1", f"{value}1")]
    assert value.encode() not in path.read_bytes()
    assert b"cookie" not in path.read_bytes()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    owner.remove()
    assert not path.exists()


def test_nothing_written_is_nothing_known(tmp_path: Path) -> None:
    """A run in which nobody had anything to tell has no file."""
    sealed = Sealed(tmp_path / "secrets.sealed")
    assert list(sealed.read()) == []
    sealed.remove()


@pytest.mark.parametrize("cut", [1, 20, -1], ids=["almost all", "much", "the end of a line"])
def test_damaged_file_is_no_knowledge(tmp_path: Path, cut: int) -> None:
    """A line that cannot be read may be any secret, so that nothing can be said to be clean."""
    path = tmp_path / "secrets.sealed"
    sealed = Sealed(path)
    sealed.write("cookie", tokens.token_urlsafe(24))
    data = path.read_bytes()
    path.write_bytes(data[: cut if cut > 0 else cut - 3])
    with pytest.raises(ReportError, match="cannot be read from secrets.sealed") as caught:
        list(sealed.read())
    assert "\n" not in str(caught.value)
