"""Several questions at once, for whoever has to wait for all of them and must be able to leave."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from queue import SimpleQueue
from typing import TypeVar

Answer = TypeVar("Answer")


def together(questions: Sequence[Callable[[], Answer]], *, at_once: int = 16, name: str = "together") -> list[Answer]:
    """The answers, in the order of the questions; raises what the first question that broke has raised.

    The threads are daemons, which Ctrl-C leaves behind: with an executor's it would wait for the slowest connection.
    """
    answers: dict[int, Answer] = {}
    errors: dict[int, BaseException] = {}
    left = list(enumerate(questions))[::-1]
    lock = threading.Lock()
    over: SimpleQueue[None] = SimpleQueue()

    def work() -> None:
        while True:
            with lock:
                if not left:
                    break
                number, question = left.pop()
            try:
                answers[number] = question()
            except BaseException as error:  # noqa: BLE001 - raised again below, in the thread that asks
                errors[number] = error
        over.put(None)

    threads = [threading.Thread(target=work, name=f"{name}-{number}", daemon=True) for number in range(min(at_once, len(questions)))]
    for thread in threads:
        thread.start()
    for _ in threads:
        over.get()
    if errors:
        raise errors[min(errors)]
    return [answers[number] for number in range(len(questions))]
