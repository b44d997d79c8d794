"""The programs that the sandbox runs, and what it says when they are not installed."""

from __future__ import annotations

from base.tools import Toolchain, ToolMissing, toolchain
from sandbox.errors import SandboxError


def installed() -> Toolchain:
    """Node, npm and wrangler. Raises SandboxError that names the first missing one."""
    try:
        return toolchain()
    except ToolMissing as missing:
        raise SandboxError(str(missing)) from missing
