"""Evidence as a person reads it."""

from __future__ import annotations

from dataclasses import dataclass

from reports import evidence


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
    assert transcript.body.decode() == "--- 1 ---\nGET /a HTTP/1.1\n\n< 200 OK\n\n--- 2 ---\nGET /b HTTP/1.1\n\n< 200 OK"
    assert commands.body.decode() == "# 1\ncurl -i 'https://x.test/a'\n\n# 2\ncurl -i 'https://x.test/b'"
    assert (transcript.mime, transcript.extension) == ("text/plain", "txt")


def test_only_the_last_exchanges_are_told() -> None:
    """A long journey is told from its end, with what was left out."""
    transcript, _ = evidence.exchanges([Sent(f"/{i}") for i in range(evidence.MOST_EXCHANGES + 5)])
    assert transcript.body.decode().startswith("(5 earlier exchanges left out)\n\n--- 6 ---\nGET /5 ")


def test_long_exchange_is_cut() -> None:
    """A body of megabytes is not evidence."""
    transcript, _ = evidence.exchanges([Sent("/" + "x" * 50_000)])
    assert len(transcript.body) < evidence.MOST_CHARACTERS + 200
    assert "more characters left out" in transcript.body.decode()


def test_nothing_sent_is_no_evidence() -> None:
    """Without exchanges there is nothing to attach."""
    assert evidence.exchanges([]) == []
