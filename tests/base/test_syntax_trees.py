"""Threads that parse at the same time."""

from __future__ import annotations

import subprocess
import sys

import pytest

from base import syntax_trees
from base.places import PROJECT

# The garbage collector lets other threads in while a tree is built: through the finalizers of what it finds.
MANY = """
import ast, gc, sys, threading, time
from base import syntax_trees
if "guarded" in sys.argv:
    syntax_trees.build_one_at_a_time()
    syntax_trees.build_one_at_a_time()

class Lingering:
    def __init__(self):
        self.itself = self
    def __del__(self):
        time.sleep(0.0005)

wrong, source = [], "x = [(1, 2), {3: f(4)}]\\n" * 300
def parse():
    for _ in range(30):
        Lingering()
        try:
            ast.parse(source)
        except SystemError as error:
            wrong.append(error)

gc.set_threshold(50)
threads = [threading.Thread(target=parse) for _ in range(4)]
for thread in threads: thread.start()
for thread in threads: thread.join()
print(len(wrong))
"""


def mismatches(*words: str) -> int:
    """How many trees could not be built, of 120."""
    ended = subprocess.run([sys.executable, "-c", MANY, *words], cwd=PROJECT, capture_output=True, text=True, check=True, timeout=120)
    return int(ended.stdout)


def test_no_tree_is_lost_to_another_thread() -> None:
    """On every Python, also on those that count the depth of all trees in one place."""
    assert mismatches("guarded") == 0


@pytest.mark.parametrize(
    ("version", "needed"),
    [((3, 11, 0), True), ((3, 11, 7), True), ((3, 11, 8), False), ((3, 12, 1), True), ((3, 12, 2), False), ((3, 13, 0), False)],
)
def test_only_where_python_needs_it(version: tuple[int, int, int], needed: bool) -> None:
    """The releases that mended it are left alone."""
    assert syntax_trees._counts_in_one_place(version) is needed
