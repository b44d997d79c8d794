"""One request and its answer, as evidence: redacted, immutable, readable."""

import re
import shlex
from dataclasses import dataclass, field

from base.plain_text import plain_lines
from clients.wire.redaction import MARK
from clients.wire.walls import Wall

Headers = tuple[tuple[str, str], ...]
_SUMMARY = re.compile(r"^\[\d+ bytes, ")


@dataclass(frozen=True)
class Exchange:
    """A request that was sent and what came back, with every secret replaced by its mark.

    ``started`` is in epoch seconds, ``elapsed`` in seconds up to the last byte. ``status`` is 0 and ``error`` says why when nothing
    came back. ``retries`` names the transport errors that came before this answer, oldest first. ``address`` is the source address
    that was asked for (empty: the machine's own). ``wall`` is what answered in the deployment's place, if something did;
    ``platform_error`` says what the platform answered there.
    """

    method: str
    url: str
    request_headers: Headers
    request_body: str
    status: int
    response_headers: Headers
    response_body: str
    started: float
    elapsed: float
    address: str = ""
    retries: tuple[str, ...] = ()
    error: str = ""
    connect: str = field(default="", repr=False)
    ca: str = field(default="", repr=False)
    wall: Wall | None = None
    platform_error: str = ""

    def header(self, name: str, default: str = "") -> str:
        """The first response header of that name, in any case."""
        return next((value for key, value in self.response_headers if key.lower() == name.lower()), default)

    def transcript(self) -> str:
        """The exchange as text, in the manner of ``curl --verbose``."""
        origin = f"   (from {self.address})" if self.address else ""
        lines = [f"{self.method} {self.url}{origin}"]
        lines += [f"> {name}: {value}" for name, value in self.request_headers]
        lines += _indented(">", self.request_body)
        lines += [f"* retried after: {cause}" for cause in self.retries]
        if self.error:
            lines.append(f"* no answer after {self.elapsed * 1000:.0f} ms: {self.error}")
        else:
            lines.append(f"< {self.status} after {self.elapsed * 1000:.0f} ms")
        lines += [f"* this is {self.wall.what}"] if self.wall else []
        lines += [f"* {self.platform_error}"] if self.platform_error else []
        lines += [f"< {name}: {value}" for name, value in self.response_headers]
        lines += _indented("<", self.response_body)
        return "\n".join(lines)

    def curl(self) -> str:
        """A curl command that repeats the request; marks stand where secrets have to be filled in."""
        words = ["curl", "--include", "--globoff", "--request", self.method, self.url]
        if self.connect:
            words += ["--connect-to", f"::{self.connect}"]
        if self.ca:
            words += ["--cacert", self.ca]
        if self.address:
            words += ["--interface", self.address]
        for name, value in self.request_headers:
            if name.lower() not in ("host", "content-length", "connection", "accept-encoding", "transfer-encoding"):
                words += ["--header", f"{name}: {value}"]
        if _SUMMARY.match(self.request_body):
            words += ["--data-binary", "@BODY"]
        elif self.request_body:
            words += ["--data-raw", self.request_body]
        line = " ".join(shlex.quote(word) for word in words)
        notes = [f"# BODY is {self.request_body[1:-1]}"] if "@BODY" in words else []
        notes += ["# fill in what is [hidden ...]"] if MARK.search(line) else []
        return "\n".join([*notes, line])


def _indented(sign: str, body: str) -> list[str]:
    return [sign, *(f"{sign} {line}" for line in plain_lines(body).split("\n"))] if body else []
