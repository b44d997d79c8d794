"""The local deployment that ships with gonogo. `boot()` starts one, `python -m sandbox` is the same for people."""

from __future__ import annotations

from sandbox.booting import BootOptions, Sandbox, boot
from sandbox.connection import Connection
from sandbox.errors import SandboxDied, SandboxError, SandboxStopped

__all__ = ["BootOptions", "Connection", "Sandbox", "SandboxDied", "SandboxError", "SandboxStopped", "boot"]
