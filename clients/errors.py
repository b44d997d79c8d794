"""Everything a client raises, on one page.

::

    Trouble
    ├── Refusal             the service answered and said no
    ├── Unreachable         no answer: name, connection, TLS, time-out
    ├── Malformed           an answer, but not what the protocol promises
    │   ├── Redirected          it leads elsewhere
    │   └── Excessive           more of it than is read
    ├── Unclear             a mail came, and what its receiver needs is not in it, or not without doubt


    │   ├── Excessive           more of it than is read
    │   └── DeadLink            a page of the app, where a link was to lead on
    ├── Overdue             a wait passed its deadline
    ├── Cancelled           the run was interrupted while a client waited
    ├── Inconclusive        what was to be found out cannot be found out here
    ├── Unavailable         something this machine lacks (a browser, wrangler)
    ├── Misconfigured       what a client was told cannot be used; nothing was done
    └── PlatformTrouble     of the platform or its tool: it says nothing about the deployment
        ├── DeploymentRefused   (and Refusal) it said no
        │   └── SecretsDiffer       because secrets would change with the version
        ├── PlatformMalformed   (and Malformed) its answer cannot be read
        └── Unsupported         it has no such thing

No message contains a secret: paths are shown without their query, quoted answers are redacted.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from base.waiting import Cancelled, Overdue, Trouble

__all__ = [
    "Cancelled",
    "DeadLink",
    "DeploymentRefused",
    "Excessive",
    "Inconclusive",
    "Malformed",
    "Misconfigured",
    "Overdue",
    "PlatformMalformed",
    "PlatformTrouble",
    "Redirected",
    "Refusal",
    "SecretsDiffer",
    "Trouble",
    "Unavailable",
    "Unclear",
    "Unreachable",
    "Unsupported",
]


@dataclass(eq=False)
class Refusal(Trouble):
    """The service answered, and its answer is no.

    ``status`` is the HTTP status, ``code`` the service's own name of the reason (better-auth's ``code``, Resend's ``name``, S3's
    ``Code``; empty when it names none), ``retry_after`` the seconds it asks to wait, when it does.
    """

    method: str
    path: str
    status: int
    code: str = ""
    message: str = ""
    retry_after: float | None = None
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)

    def __str__(self) -> str:
        return f"{self.method} {self.path} -> {self.status} {self.code or self.message}".rstrip()


@dataclass(eq=False)
class Unreachable(Trouble):
    """No answer came: ``host`` is the name asked for, ``cause`` says in plain words what happened.

    ``kind`` is one of ``name`` (not found), ``refused``, ``tls``, ``timeout``, ``reset``, ``network``, ``protocol``, ``closed``,
    ``proxy`` (it let nothing through).
    """

    host: str
    kind: str
    cause: str
    tried: str = ""

    def __str__(self) -> str:
        return f"{self.host} cannot be reached: {self.cause}" + (f" (tried {self.tried})" if self.tried else "")


@dataclass(eq=False)
class Malformed(Trouble):
    """The answer is not what the protocol promises; ``quote`` holds its redacted first 120 characters."""

    method: str
    path: str
    status: int
    expected: str
    content_type: str = ""
    quote: str = ""

    def __str__(self) -> str:
        got = self.content_type or "no content type"
        quote = f": {self.quote!r}" if self.quote else ", empty"
        return f"{self.method} {self.path} -> {self.status}: expected {self.expected}, got {got}{quote}"


class Redirected(Malformed):
    """The answer leads elsewhere, where none was expected that does; ``expected`` says what was, and where it leads."""

    def __str__(self) -> str:
        return f"{self.method} {self.path} -> {self.status}: expected {self.expected}"


class Excessive(Malformed):
    """The answer is larger than anybody needs; ``expected`` says how much is read at most."""

    def __str__(self) -> str:
        return f"{self.method} {self.path} -> {self.status}: more was answered than is read: {self.expected}"


class Unclear(Trouble):
    """A mail came, and what its receiver needs is not in it, or not without doubt; the message shows its shape, and no code or link."""


class DeadLink(Malformed):
    """A link that people click was answered with a page that leads nowhere; ``expected`` says who was to answer, and what to do."""

    def __str__(self) -> str:
        quote = f" ({self.quote!r})" if self.quote else ""
        return f"{self.method} {self.path} -> {self.status}: the link was answered with a page of the app{quote}, and not {self.expected}"


class Unavailable(Trouble):
    """This machine lacks something the client needs; the message says what to install."""


class Inconclusive(Trouble):
    """What was to be found out cannot be found out here, and that is nobody's fault; the message says what is missing."""


class Misconfigured(Trouble):
    """What a client was told cannot be used: nothing was done, and the message says what to mend."""


class PlatformTrouble(Trouble):
    """The platform that serves the deployment, or the tool that it is asked with, is in trouble: the deployment may be well."""


class DeploymentRefused(PlatformTrouble, Refusal):
    """The platform refused: ``method`` is the tool, ``path`` the command without secrets, ``status`` its exit code."""

    def __str__(self) -> str:
        code = f" [{self.code}]" if self.code else ""
        return f"{self.method} {self.path} ended with {self.status}{code}: {self.message}"


class SecretsDiffer(DeploymentRefused):
    """Secrets have changed since that version, and would go back with it; the message names them, and says whether anything was changed."""


class PlatformMalformed(PlatformTrouble, Malformed):
    """The platform's answer is not what it promises: ``method`` is the tool, ``path`` the command without secrets."""


class Unsupported(PlatformTrouble):
    """The platform has no such thing; the message names both."""
