"""`ast.parse` from several threads: some Pythons count the depth of all the trees that are being built in one place.

A thread that builds a tree while another one does then ends with "SystemError: AST constructor recursion depth mismatch". Hypothesis
parses sources in the threads of journeys, and pytest in its own, to show a failure. https://github.com/python/cpython/issues/106905,
mended in 3.11.8 and 3.12.2.
"""

from __future__ import annotations

import ast
import functools
import sys
import threading
from collections.abc import Callable
from typing import Any


def build_one_at_a_time() -> None:
    """From now on, threads that call `ast.parse` wait for one another, where the interpreter needs it. Again does nothing."""
    if _counts_in_one_place(sys.version_info[:3]) and not hasattr(ast.parse, "__wrapped__"):
        ast.parse = _one_at_a_time(ast.parse)


def _counts_in_one_place(version: tuple[int, int, int]) -> bool:
    return version < (3, 11, 8) or (3, 12) <= version < (3, 12, 2)


def _one_at_a_time(parse: Callable[..., Any]) -> Callable[..., Any]:
    # The garbage collector may run anything in the middle of a call, so the same thread may come in again.
    building = threading.RLock()

    @functools.wraps(parse)
    def waited(*args: Any, **kwargs: Any) -> Any:
        with building:
            return parse(*args, **kwargs)

    return waited
