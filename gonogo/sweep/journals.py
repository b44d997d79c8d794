"""Which accounts runs have left: from their ledgers and their residue journals, and only such as gonogo itself makes up."""

import json
import re
import time
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from environments import Environment


class Unusable(Exception):
    """An option, a file or an environment is of no use; nothing was done."""


def ours(environment: Environment) -> re.Pattern[str]:
    """The addresses that runs of this environment make up, and nobody else's. Raises Unusable."""
    email = environment.auth.email if environment.auth else None
    if email is None:
        raise Unusable(f"{environment.name} declares no [auth.email]: its runs create no accounts")
    before, _, after = email.addresses.partition("{label}")
    return re.compile(rf"{re.escape(before)}gonogo-[a-z0-9-]+{re.escape(after)}", re.IGNORECASE)


def left(files: Iterable[Path], environment: Environment, older_than: float) -> list[str]:
    """The addresses of accounts that these files name, that are ours, and that are older than so many seconds, each once.

    An account that any of the files says is gone is not among them. Raises Unusable for a file that cannot be read. A line that is no JSON
    object is passed over: a killed run may end in the middle of one.
    """
    pattern, found, gone = ours(environment), dict[str, None](), set[str]()
    for file in files:
        try:
            lines, modified = file.read_text(encoding="utf-8", errors="replace").splitlines(), file.stat().st_mtime
        except OSError as error:
            raise Unusable(f"cannot read {file}: {error.strerror}; name ledgers and residue journals of runs") from error
        entries = [entry for line in lines if isinstance(entry := _parsed(line), dict)]
        about = {str(entry.get("environment")) for entry in entries if entry.get("kind") == "run"}
        if about and about != {environment.name}:
            continue
        gone |= {str(entry["gone"]).lower() for entry in entries if "kind" not in entry and "gone" in entry}
        for address, at in _accounts(entries, environment, modified):
            if pattern.fullmatch(address) and at < time.time() - older_than:
                found[address.lower()] = None
    return [address for address in found if address not in gone]


def note(journal: Path, address: str, environment: Environment) -> None:
    """Write down that an account is gone: a sweep after this one reads the same ledgers, and need not look for it. Raises Unusable."""
    line = json.dumps({"gone": address, "environment": environment.name, "at": time.time()})
    try:
        with journal.open("a", encoding="utf-8") as file:
            file.write(line + "\n")
    except OSError as error:
        raise Unusable(f"cannot write {journal}: {error.strerror}; name a file that can be written") from error


def _accounts(entries: Iterable[dict[str, Any]], environment: Environment, modified: float) -> Iterator[tuple[str, float]]:
    for entry in entries:
        if entry.get("kind") == "residue" and entry.get("what") == "account":
            yield str(entry.get("name")), _when(entry, modified)
        elif "kind" not in entry and "account" in entry and entry.get("environment", environment.name) == environment.name:
            yield str(entry["account"]), _when(entry, modified)  # a journal's line


def _when(entry: dict[str, Any], modified: float) -> float:
    """The time that a line says, else that of the file."""
    at = entry.get("at")
    return float(at) if isinstance(at, int | float) else modified


def _parsed(line: str) -> Any:
    try:
        return json.loads(line)
    except ValueError:
        return None
