"""`python -m sandbox fault`: the catalogue by hand."""

from __future__ import annotations

from argparse import Namespace

from sandbox.errors import SandboxError
from sandbox.faults.catalogue import catalogue, find
from sandbox.faults.injecting import Injector
from sandbox.reading import read
from sandbox.running import chosen, system_of


def fault(arguments: Namespace) -> str:
    """Does what was asked and returns what to say about it. Raises SandboxError."""
    if arguments.what == "list":
        return _list(arguments.run)
    run, record, connection = chosen(arguments.run)
    system = system_of(record)
    injector = Injector(connection, record.get("databases") or {}, system)
    if arguments.what == "off":
        active = injector.active
        injector.off()
        return f"fault {active} is off in sandbox {run.id}" if active else f"no fault was on in sandbox {run.id}; conditions are cleared"
    if not arguments.id:
        raise SandboxError("fault on: say which one; `python -m sandbox fault list` shows them")
    wanted = find(arguments.id, system)
    injector.on(wanted)
    return f"fault {wanted.id} is on in sandbox {run.id}: {wanted.symptom}\n`python -m sandbox fault off` takes it back"


def _list(identifier: str | None) -> str:
    """The faults of a sandbox's system; of the default one where none is up."""
    try:
        _, record, connection = chosen(identifier)
    except SandboxError:
        system, active = read(), ""
    else:
        system = system_of(record)
        active = Injector(connection, record.get("databases") or {}, system).active
    lines = [f"{'*' if each.id == active else ' '} {each.id}  {each.symptom}" for each in catalogue(system)]
    return "\n".join(lines) or f"the system {system.name} has no fault"
