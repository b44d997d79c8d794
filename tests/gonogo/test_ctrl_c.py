"""Ctrl-C beside threads that are at work."""

from __future__ import annotations

import pytest

from gonogo.plugin import conclusion as module


def excinfo(error: BaseException) -> pytest.ExceptionInfo[BaseException]:
    """As pytest hands over what ended it."""
    with pytest.raises(type(error)) as caught:
        raise error
    return caught


def test_ctrl_c_parses_no_source(monkeypatch: pytest.MonkeyPatch) -> None:
    """Beside threads that parse, Python 3.11 cannot: Ctrl-C must not end in a traceback of that."""

    def torn(*_: object, **__: object) -> None:
        raise SystemError("AST constructor recursion depth mismatch")

    info = excinfo(KeyboardInterrupt())
    with monkeypatch.context() as patched:  # pytest itself needs it again as soon as something here fails
        patched.setattr("_pytest._code.code.getstatementrange_ast", torn, raising=False)
        patched.setattr("_pytest._code.source.getstatementrange_ast", torn)
        torn_apart = False
        try:
            info.getrepr(funcargs=True)
        except SystemError:
            torn_apart = True
        module.shown_plainly(info)
        crash = info.getrepr(funcargs=True).reprcrash
    assert torn_apart, "pytest no longer parses here: what the hook does about it can go"
    assert crash is not None
    assert "KeyboardInterrupt" in crash.message
