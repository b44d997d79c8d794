"""What a version finds in its environment: variables, secrets, resources. Two versions are compared by what their names lead to."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Binding:
    """One of them, by its name.

    ``kind`` is the platform's word for what it is, ``leads_to`` says to which one, field by field, and ``shown`` says it for people. What
    must not be shown is only there as a digest: the value of a variable is in no field, that of a secret no platform tells. ``plain`` is
    a variable, whose value lies in the configuration.
    """

    name: str
    kind: str
    leads_to: Mapping[str, str]
    shown: str
    plain: bool = False

    def same(self, other: "Binding") -> bool:
        """Whether both lead to the same. What only one of them says decides nothing: platforms tell more than they are told."""
        both = self.leads_to.keys() & other.leads_to.keys()
        return self.kind == other.kind and all(self.leads_to[name] == other.leads_to[name] for name in both)


@dataclass(frozen=True)
class Bound:
    """What a version is bound to, by name, and what its code runs on (the day whose behaviour it gets, and flags)."""

    bindings: Mapping[str, Binding]
    runtime: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Planned:
    """What an upload says about its version.

    ``kept`` are the kinds that the platform takes over from the version before, where the upload has nothing of that name;
    ``inherited`` are names that it takes over one by one, each with the name that it has there.
    """

    bound: Bound
    kept: frozenset[str] = frozenset()
    inherited: Mapping[str, str] = field(default_factory=dict)

    def after(self, live: Bound) -> Bound:
        """What the version will be bound to, after a version that is bound to this."""
        taken = {name: live.bindings[old] for name, old in self.inherited.items() if old in live.bindings}
        kept = {name: binding for name, binding in live.bindings.items() if binding.kind in self.kept and name not in self.inherited}
        return Bound({**kept, **taken, **self.bound.bindings}, self.bound.runtime)


@dataclass(frozen=True)
class Difference:
    """How a candidate differs from a live version: names, each with words about it."""

    gone: Mapping[str, str]
    changed: Mapping[str, str]
    new: Mapping[str, str]
    runtime: tuple[str, ...] = ()

    @property
    def lost(self) -> Mapping[str, str]:
        """What was there and is gone, or leads elsewhere."""
        return dict(sorted({**self.gone, **self.changed}.items()))

    @classmethod
    def between(cls, live: Bound, candidate: Bound, *, given: Iterable[str] = ()) -> "Difference":
        """``given`` are names of variables whose value whoever uploads has named beside the configuration: another one is no change."""
        here, there, free = live.bindings, candidate.bindings, frozenset(given)
        both = [(here[name], there[name]) for name in sorted(here.keys() & there.keys())]
        return cls(
            gone={name: f"{name} ({here[name].shown}) is gone" for name in sorted(here.keys() - there.keys())},
            changed={
                old.name: _changed(old, new)
                for old, new in both
                if not old.same(new) and not (old.name in free and old.plain and new.plain)
            },
            new={name: f"{name} ({there[name].shown})" for name in sorted(there.keys() - here.keys())},
            runtime=tuple(_runtime(live.runtime, candidate.runtime)),
        )


def _changed(old: Binding, new: Binding) -> str:
    if old.shown == new.shown:
        return f"{old.name} ({old.shown}) has another value"
    return f"{old.name} is {new.shown} instead of {old.shown}"


def _runtime(live: Mapping[str, str], candidate: Mapping[str, str]) -> Iterator[str]:
    for name in sorted(live.keys() | candidate.keys()):
        before, after = live.get(name, ""), candidate.get(name, "")
        if before != after:
            yield f"{name} {after or 'none'} instead of {before or 'none'}"
