"""`python -m environments reference`: prints the reference of environment files, which is docs/environments.md."""

from __future__ import annotations

import sys

from environments.reference import render

_USAGE = 4


def main(arguments: list[str]) -> int:
    """Prints what was asked for; the exit code is 4 when that is nothing we know."""
    if arguments != ["reference"]:
        print("usage: python -m environments reference > docs/environments.md", file=sys.stderr)
        return _USAGE
    print(render(), end="")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
