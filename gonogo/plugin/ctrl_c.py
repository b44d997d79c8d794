"""Ctrl-C, after it was heard once."""

from __future__ import annotations

import signal
import threading


def stop_listening() -> None:
    """From here to its end, which is near, the process hears no Ctrl-C: a second one says nothing new, and must not take the verdict away.

    SIGQUIT, which terminals send for Ctrl-Backslash, still ends it.
    """
    if threading.current_thread() is threading.main_thread():
        signal.signal(signal.SIGINT, signal.SIG_IGN)
