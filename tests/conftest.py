"""What all tests of gonogo need."""

from __future__ import annotations

import signal

# Tests that a shell started in the background ignore Ctrl-C, and so do their children: whoever interrupts one would wait for ever.
signal.signal(signal.SIGINT, signal.default_int_handler)
