"""Several questions at once."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time

import pytest

from clients.wire.together import together
from tests.house import ROOT


def test_answers_come_in_the_order_of_the_questions() -> None:
    """However long each takes."""
    first, second = threading.Event(), threading.Event()

    def slow() -> str:
        assert second.wait(10)
        first.set()
        return "slow"

    def quick() -> str:
        second.set()
        assert first.wait(10)
        return "quick"

    assert together([slow, quick]) == ["slow", "quick"]


@pytest.mark.parametrize("questions", [0, 1, 3, 40])
def test_no_more_than_allowed_are_asked_at_once(questions: int) -> None:
    """And every one is asked."""
    lock = threading.Lock()
    running = most = 0

    def question() -> int:
        nonlocal running, most
        with lock:
            running += 1
            most = max(most, running)
        time.sleep(0.002)
        with lock:
            running -= 1
        return 1

    assert sum(together([question] * questions, at_once=3)) == questions
    assert most <= 3


def test_first_question_that_broke_is_told() -> None:
    """The others are asked all the same."""
    asked: list[str] = []

    def broken(name: str) -> None:
        asked.append(name)
        raise ValueError(name)

    with pytest.raises(ValueError, match="^a$"):
        together([lambda: asked.append("fine"), lambda: broken("a"), lambda: broken("b")])
    assert sorted(asked) == ["a", "b", "fine"]


def test_ctrl_c_waits_for_no_answer() -> None:
    """The process ends at once, though a question has no answer yet."""
    script = "import time; from clients.wire.together import together; print('asking', flush=True); together([lambda: time.sleep(60)] * 2)"
    process = subprocess.Popen([sys.executable, "-c", script], cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    assert process.stdout
    assert process.stdout.readline() == "asking\n"
    time.sleep(0.1)
    os.kill(process.pid, signal.SIGINT)
    assert process.wait(20) != 0
    process.stdout.close()
