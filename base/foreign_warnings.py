"""Warnings of libraries that a run does not take for errors, named without loading the library that gives them."""

from __future__ import annotations


class _GivenByHypothesis(type):
    def __subclasscheck__(cls, category: type) -> bool:
        return any(base.__module__.partition(".")[0] == "hypothesis" for base in category.__mro__)


class HypothesisAdvice(Warning, metaclass=_GivenByHypothesis):
    """Whatever hypothesis warns of: that a strategy's text is long, or that another thread asked for a random number meanwhile.

    It speaks to who writes strategies. Raised as an error it would end an example, and the deployment would be blamed for it. The name
    stands in pytest's `filterwarnings`, which are read before anything needs hypothesis, and it takes a quarter of a second to load.
    """
