"""Evidence as a person reads it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest

from reports import evidence

PNG = b"\x89PNG\r\n\x1a\n..."


@dataclass(frozen=True)
class Sent:
    """An exchange that knows how to tell itself."""

    path: str

    def transcript(self) -> str:
        """As text."""
        return f"GET {self.path} HTTP/1.1\n\n< 200 OK"

    def curl(self) -> str:
        """As a command."""
        return f"curl -i 'https://x.test{self.path}'"


def test_exchanges_become_transcript_and_commands() -> None:
    """What was sent is told in order, and can be sent again."""
    transcript, commands = evidence.exchanges([Sent("/a"), Sent("/b")])
    assert transcript.text == "--- 1 ---\nGET /a HTTP/1.1\n\n< 200 OK\n\n--- 2 ---\nGET /b HTTP/1.1\n\n< 200 OK"
    assert commands.text == "# 1\ncurl -i 'https://x.test/a'\n\n# 2\ncurl -i 'https://x.test/b'"
    assert (transcript.mime, transcript.extension) == ("text/plain", "txt")


def test_only_the_last_exchanges_are_told() -> None:
    """A long journey is told from its end, with what was left out."""
    transcript, _ = evidence.exchanges([Sent(f"/{i}") for i in range(evidence.MOST_EXCHANGES + 5)])
    assert transcript.text.startswith("(5 earlier exchanges left out)\n\n--- 6 ---\nGET /5 ")


def test_long_exchange_is_cut() -> None:
    """A body of megabytes is not evidence."""
    transcript, _ = evidence.exchanges([Sent("/" + "x" * 50_000)])
    assert len(transcript.body) < evidence.MOST_CHARACTERS + 200
    assert "more characters left out" in transcript.text


def test_nothing_sent_is_no_evidence() -> None:
    """Without exchanges there is nothing to attach."""
    assert evidence.exchanges([]) == []


def test_screenshots_are_images() -> None:
    """A screenshot is attached under its step's name; what is no PNG is refused."""
    (shot,) = evidence.screenshots({"signed in": PNG})
    assert (shot.name, shot.mime, shot.extension) == ("Screen after: signed in", "image/png", "png")
    assert shot.text == f"Screen after: signed in: {len(PNG)} bytes of image/png"
    with pytest.raises(ValueError, match="the screenshot of step signed in is no PNG image"):
        evidence.screenshots({"signed in": b"<html>"})


def test_traces_are_archives(tmp_path: Path) -> None:
    """A trace that exists is attached as an archive, because Allure's viewer for traces opens a page of an outside host."""
    (tmp_path / "files.zip").write_bytes(b"PK")
    (trace,) = evidence.traces([tmp_path / "files.zip", tmp_path / "never-written.zip"])
    assert (trace.mime, trace.body) == ("application/zip", b"PK")
    assert "playwright show-trace" in trace.name
