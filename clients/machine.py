"""The machine on which gonogo runs: a measurement says nothing about a deployment while there is no time to take it."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Processors:
    """What all processors have spent since the machine was started, in seconds: altogether, and waiting for something to do."""

    spent: float
    idle: float

    @classmethod
    def now(cls) -> "Processors":
        """Read from the operating system (https://psutil.readthedocs.io/en/latest/#psutil.cpu_times)."""
        import psutil  # 40 ms, and only a measurement needs it

        times = psutil.cpu_times()._asdict()
        for counted in ("guest", "guest_nice"):  # in user and nice, that is
            times.pop(counted, None)
        return cls(sum(times.values()), times["idle"] + times.get("iowait", 0.0))

    def busy_since(self, before: "Processors") -> float:
        """Share of the time between two moments in which the processors had something to do, 0 to 1; 0 when no time has passed."""
        spent = self.spent - before.spent
        return min(1.0, max(0.0, 1 - (self.idle - before.idle) / spent)) if spent > 0 else 0.0
