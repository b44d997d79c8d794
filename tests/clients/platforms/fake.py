"""A script in wrangler's place that records how it was called and answers as wrangler 4.156.0 does."""

import json
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from clients.platforms.cloudflare import CloudflareWorker

OLD, NEW, OTHER = (f"{digit * 8}-1111-4111-8111-111111111111" for digit in "abc")
TOKEN = "cf-token-of-the-account-0123456789"

SCRIPT = """
import json, os, pathlib, sys, time
folder = pathlib.Path(__file__).parent
calls = folder / "calls.jsonl"
with calls.open("a") as file:
    file.write(json.dumps({"argv": sys.argv[1:], "env": dict(os.environ), "cwd": os.getcwd(), "tty": sys.stdin.isatty()}) + "\\n")
answers = json.loads((folder / "answers.json").read_text())
words = [word for word in sys.argv[1:] if not word.startswith("-")]
key = next((key for key in sorted(answers, key=len, reverse=True) if " ".join(words).startswith(key)), None)
if key is None:
    sys.exit("ERROR: there is no such thing [code: 10007]")
answer = answers[key]
if isinstance(answer, list):
    answers[key] = answer[1:] or answer
    (folder / "answers.json").write_text(json.dumps(answers))
    answer = answer[0]
if "then" in answer:
    (folder / "answers.json").write_text(json.dumps({**answers, **answer["then"]}))
if "hang" in answer:
    child = os.fork()
    (folder / ("child" if child == 0 else "parent")).write_text(str(os.getpid()))
    time.sleep(60)
sys.stdout.write(answer.get("stdout", ""))
sys.stderr.write(answer.get("stderr", ""))
sys.exit(answer.get("status", 0))
"""


def deployment(*shares: tuple[str, float], at: str = "2026-11-20T12:00:00.000Z") -> dict[str, Any]:
    versions = [{"version_id": version, "percentage": percentage} for version, percentage in shares]
    return {
        "id": "d-1",
        "source": "wrangler",
        "author_email": "owner@fm5.test",
        "created_on": at,
        "annotations": {"workers/message": "m"},
        "versions": versions,
    }


def version(version_id: str, *secrets: str, at: str = "2026-11-20T11:00:00.000Z") -> dict[str, Any]:
    bindings = [{"type": "secret_text", "name": name} for name in secrets] + [{"type": "r2_bucket", "name": "FILES"}]
    return {
        "id": version_id,
        "number": 3,
        "metadata": {"created_on": at, "source": "api"},
        "annotations": {"workers/tag": "v3"},
        "resources": {"bindings": bindings},
    }


def said(value: object) -> dict[str, str]:
    return {"stdout": json.dumps(value, indent=2) + "\n"}


@dataclass
class Fake:
    """A wrangler that answers what the test wants, by the words that it is called with.

    Of a list each call takes the next answer, and keeps the last; `then` changes answers for the calls that follow.
    """

    folder: Path

    def answers(self, **answers: object) -> None:
        """Its answers from now on; `_` stands for a space."""
        given = {key.replace("_", " "): answer for key, answer in answers.items()}
        (self.folder / "answers.json").write_text(json.dumps(given))

    @property
    def calls(self) -> list[dict[str, Any]]:
        """How it was called, in order."""
        return [json.loads(line) for line in (self.folder / "calls.jsonl").read_text().splitlines()]

    def worker(self, **options: Any) -> CloudflareWorker:
        return CloudflareWorker(
            "fm5-staging",
            wrangler=[sys.executable, str(self.folder / "wrangler.py")],
            account_id="acc",
            token=TOKEN,
            home=self.folder / "home",
            api="http://127.0.0.1:9/client/v4",
            **options,
        )


@pytest.fixture
def wrangler(tmp_path: Path) -> Fake:
    """A wrangler that answers what the test wants."""
    (tmp_path / "wrangler.py").write_text(SCRIPT)
    return Fake(tmp_path)
