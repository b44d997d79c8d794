"""`python -m gonogo COMMAND ...`: everything that people and CI ask of gonogo, each command with its own `--help`."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence

USAGE = 4
COMMANDS = {
    "verify": "verify a deployment: the options are those of pytest, the exit code is the verdict's",
    "verdict": "print the verdict of a ledger, or of those of all shards of a run",
    "render": "write the report of a run again",
    "keygen": "make a pair of keys for tickets",
    "artifact": "print the message that a version of an artifact has to be uploaded with",
    "sign": "sign the ticket of a run that passed",
    "admit": "say whether a ticket opens the way for a promotion, now",
    "promote": "one step of a promotion: upload, annotation, same, stage, release, restore, with",
    "sweep": "remove what earlier runs have left",
    "soak-table": "compare many runs",
    "prove": "inject known faults, and demand that each is noticed",
    "soak": "full runs back to back",
    "detection": "write docs/detection.md from what was measured last",
    "sandbox": "the local deployment by hand, or an inbox alone (`sandbox mail`)",
    "clean": "remove what runs have left in the default place",
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Hands the words over to the command that the first of them names. Returns its exit code, 4 where there is no such command."""
    words = list(sys.argv[1:] if arguments is None else arguments)
    if not words or words[0] in ("-h", "--help"):
        print("\n".join(["usage: python -m gonogo COMMAND ...", "", *(f"  {name:<11} {does}" for name, does in COMMANDS.items())]))
        return 0 if words else USAGE
    name, *rest = words
    if name not in COMMANDS:
        print(f"gonogo: there is no command {name[:40]!r}; known: {', '.join(COMMANDS)}", file=sys.stderr)
        return USAGE
    return _command(name)(rest)


def _command(name: str) -> Callable[[list[str]], int]:
    """What plays it, loaded when it is asked for: most of them need little of gonogo."""
    if name == "verify":
        from gonogo.commands import verify

        return verify.main
    if name == "clean":
        from gonogo.commands import clean

        return clean.main
    if name == "promote":
        from gonogo.promotion import command as promote

        return promote.main
    if name == "sweep":
        from gonogo.sweep import command as sweep

        return sweep.main
    if name in ("prove", "soak", "detection"):
        from gonogo.proving import command as prove

        return lambda rest: prove.main([name, *rest])
    if name == "sandbox":
        from sandbox import __main__ as sandbox

        return sandbox.main
    from gonogo.commands import conclusions

    return lambda rest: conclusions.main([name, *rest])


if __name__ == "__main__":
    sys.exit(main())
