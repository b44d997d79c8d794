"""`python -m gonogo clean`: removes what runs have left below the default place of outputs.

Exit codes: 0 nothing of gonogo's is left there, 1 a run is using a folder, 4 unusable options.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from base.places import OUTPUT
from reports.folder import FolderError
from reports.outputs import remove_outputs

_DONE, _USED, _USAGE = 0, 1, 4


def main(arguments: Sequence[str] | None = None) -> int:
    """Removes, says what stays, and returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m gonogo clean", description=f"Remove what runs have left below {OUTPUT}.")
    try:
        parser.parse_args(arguments)
    except SystemExit as end:
        if end.code:
            return _USAGE
        raise
    try:
        left = remove_outputs(OUTPUT)
    except FolderError as error:
        print(f"gonogo clean: {error}", file=sys.stderr)
        return _USED
    for path in left:
        print(f"stays: {path}, which no run has put there; remove it yourself if it may go", file=sys.stderr)
    return _DONE
