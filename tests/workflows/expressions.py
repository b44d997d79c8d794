"""GitHub's expressions, as far as our workflows use them: https://docs.github.com/en/actions/reference/evaluate-expressions-in-workflows-and-actions"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from typing import Any

_TOKEN = re.compile(
    r"\s*(?:(?P<text>'(?:[^']|'')*')|(?P<number>-?\d+(?:\.\d+)?)|(?P<name>[A-Za-z_][\w-]*)|(?P<sign>==|!=|&&|\|\||[!().,\[\]]))"
)
_EXPRESSION = re.compile(r"\$\{\{(.*?)\}\}", re.DOTALL)
Functions = Mapping[str, Callable[..., Any]]


class Unsupported(Exception):
    """A workflow uses something that this emulation does not know: teach it, do not guess."""


class _Reader:
    def __init__(self, text: str, contexts: Mapping[str, Any], functions: Functions) -> None:
        self.tokens: list[tuple[str, str]] = []
        at = 0
        while text[at:].strip():
            found = _TOKEN.match(text, at)
            if not found:
                raise Unsupported(f"{text[at:]!r} in {text!r}")
            self.tokens.append((str(found.lastgroup), found.group(str(found.lastgroup))))
            at = found.end()
        self.text, self.contexts, self.functions, self.at = text, contexts, functions, 0

    def peek(self) -> str:
        return self.tokens[self.at][1] if self.at < len(self.tokens) else ""

    def take(self, expected: str = "") -> tuple[str, str]:
        if self.at >= len(self.tokens) or (expected and self.peek() != expected):
            raise Unsupported(f"expected {expected or 'more'} in {self.text!r}")
        self.at += 1
        return self.tokens[self.at - 1]

    def either(self) -> Any:
        left = self.both()
        while self.peek() == "||":
            self.take()
            right = self.both()
            left = left if _true(left) else right
        return left

    def both(self) -> Any:
        left = self.comparison()
        while self.peek() == "&&":
            self.take()
            right = self.comparison()
            left = right if _true(left) else left
        return left

    def comparison(self) -> Any:
        left = self.single()
        while self.peek() in ("==", "!="):
            _, sign = self.take()
            left = _same(left, self.single()) == (sign == "==")
        return left

    def single(self) -> Any:
        kind, word = self.take()
        if word == "!":
            return not _true(self.single())
        if word == "(":
            value = self.either()
            self.take(")")
            return value
        if kind == "text":
            return word[1:-1].replace("''", "'")
        if kind == "number":
            return float(word) if "." in word else int(word)
        if word in ("true", "false", "null"):
            return {"true": True, "false": False, "null": None}[word]
        return self.call(word) if self.peek() == "(" else self.context(word)

    def call(self, name: str) -> Any:
        if name not in self.functions:
            raise Unsupported(f"the function {name} in {self.text!r}")
        self.take("(")
        given = []
        while self.peek() != ")":
            given.append(self.either())
            if self.peek() == ",":
                self.take()
        self.take(")")
        return self.functions[name](*given)

    def context(self, name: str) -> Any:
        if name not in self.contexts:
            raise Unsupported(f"the context {name} in {self.text!r}")
        value = self.contexts[name]
        while self.peek() == ".":
            self.take()
            _, key = self.take()
            value = value.get(key) if isinstance(value, Mapping) else None
        return value


def evaluate(text: str, contexts: Mapping[str, Any], functions: Functions) -> Any:
    """The value of an expression. Raises Unsupported."""
    reader = _Reader(text, contexts, {"fromJSON": json.loads, "toJSON": json.dumps, **functions})
    value = reader.either()
    if reader.at != len(reader.tokens):
        raise Unsupported(f"{reader.peek()} in {text!r}")
    return value


def fill(value: Any, contexts: Mapping[str, Any], functions: Functions) -> Any:
    """A value of a workflow with its expressions replaced; one that is nothing but an expression keeps its type."""
    if isinstance(value, Mapping):
        return {key: fill(inner, contexts, functions) for key, inner in value.items()}
    if isinstance(value, list):
        return [fill(inner, contexts, functions) for inner in value]
    if not isinstance(value, str):
        return value
    whole = _EXPRESSION.fullmatch(value.strip())
    if whole and value.count("${{") == 1:
        return evaluate(whole[1], contexts, functions)
    return _EXPRESSION.sub(lambda found: shown(evaluate(found[1], contexts, functions)), value)


def condition(text: str | None, contexts: Mapping[str, Any], functions: Functions) -> bool:
    """Whether a job or step runs. Without a word about the status, everything before must have succeeded."""
    if text is None:
        return _true(functions["success"]())
    whole = _EXPRESSION.fullmatch(str(text).strip())
    inner = whole[1] if whole else str(text)
    holds = _true(evaluate(inner, contexts, functions))
    return holds if re.search(r"\b(success|failure|always|cancelled)\(\)", inner) else holds and _true(functions["success"]())


def shown(value: Any) -> str:
    """A value as it reads in a text."""
    if value is None:
        return ""
    return str(value).lower() if isinstance(value, bool) else str(value)


def _true(value: Any) -> bool:
    return value not in (None, False, 0, "")


def _same(left: Any, right: Any) -> bool:
    if isinstance(left, str) and isinstance(right, str):
        return left.lower() == right.lower()
    return bool((left or "") == (right or "")) if None in (left, right) else bool(left == right)
