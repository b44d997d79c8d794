"""Value types of environment files: origins, paths, secret variables."""

from __future__ import annotations

import re
from collections.abc import Mapping
from ipaddress import ip_address
from typing import Annotated, Any
from urllib.parse import SplitResult, urlsplit

from pydantic import AfterValidator, BeforeValidator, SecretStr, ValidationInfo

_VARIABLE = re.compile(r"[A-Z][A-Z0-9_]*")
_HOST = re.compile(r"(?!-)[a-z0-9-]+(\.[a-z0-9-]+)+|localhost|127\.0\.0\.[0-9]+")
_LABEL = "[a-z0-9]([a-z0-9-]*[a-z0-9])?"
_PREVIEW = re.compile(rf"((\*|[a-z0-9-]+\*[a-z0-9-]*|\*[a-z0-9-]+)\.)?{_LABEL}(\.{_LABEL})+")
_CONNECT = re.compile(r"[A-Za-z0-9.\-\[\]:]+:(?P<port>[0-9]{1,5})")
_LAST_PORT = 65535
# urlsplit drops some of these without a word, so they are looked for before it.
_BLANK = re.compile(r"[\s\x00-\x1f\x7f]")

_BINDING_NAME = re.compile(r"[!-~]{1,200}")
_WRANGLER_ENVIRONMENT = re.compile(r"([A-Za-z0-9_][A-Za-z0-9_.-]*)?")
_TOKEN = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+")
_TAKEN = frozenset(
    {"host", "cookie", "origin", "referer", "content-length", "content-type", "connection", "transfer-encoding", "user-agent"}
)


class Secret:
    """A secret variable: its name is in the file, its value comes from the process environment or the sandbox.

    The value is shown nowhere: ``str()`` and ``repr()`` give the variable's name.
    """

    def __init__(self, variable: str, value: str | None) -> None:
        self.variable = variable
        self._value = None if value is None else SecretStr(value)

    def reveal(self) -> str:
        """The value, for the client that sends it. Raises LookupError when the sandbox has not supplied it yet."""
        if self._value is None:
            raise LookupError(f"{self.variable} has no value yet: it comes from the sandbox, which is not running")
        return self._value.get_secret_value()

    @property
    def known(self) -> bool:
        """Whether a value has been supplied."""
        return self._value is not None

    def __repr__(self) -> str:
        return f"${self.variable}"

    __str__ = __repr__


def _secret(name: object, info: ValidationInfo) -> Secret:
    if not isinstance(name, str) or not _VARIABLE.fullmatch(name):
        raise ValueError("must be the NAME of a secret variable in capitals (for example RESEND_API_KEY), never the secret itself")
    variables: Mapping[str, str] | None = (info.context or {}).get("variables")
    if variables is None:
        return Secret(name, None)
    value = variables.get(name, "")
    if not value:
        raise ValueError(f"the variable {name} is not set: export it, or take the section out of the file")
    return Secret(name, value)


def _origin(value: str) -> str:
    if "@" in value:  # what stands before it may be a password, so it is not repeated
        raise ValueError("must have no user or password in it: what a wall in front wants is declared in [access.headers]")
    if _BLANK.search(value):
        raise ValueError(f"must have no white space in it, not {value!r}")
    parts = _split(value)
    if parts is None or parts.scheme not in ("http", "https") or not parts.hostname:
        raise ValueError(f"must be a base URL such as https://staging.example.org, not {value!r}")
    if parts.path not in ("", "/") or parts.query or parts.fragment:
        raise ValueError(f"must end after the host (no path, query, fragment or user), not {value!r}")
    if not _port_fits(parts):
        raise ValueError(f"must have a port from 1 to {_LAST_PORT} after the colon, or neither, not {value!r}")
    return f"{parts.scheme}://{parts.netloc.lower()}"


def _split(value: str) -> SplitResult | None:
    try:
        return urlsplit(value)
    except ValueError:  # a bracket without its other half
        return None


def _port_fits(parts: SplitResult) -> bool:
    try:
        return parts.port != 0 and not parts.netloc.endswith(":")
    except ValueError:  # no number, or too large a one
        return False


def _path(value: str) -> str:
    if not value.startswith("/"):
        raise ValueError(f"must start with '/', not {value!r}")
    return value


def loopback(host: str) -> bool:
    """Whether a name or address is one of this machine that nobody else reaches (https://www.rfc-editor.org/rfc/rfc6761#section-6.3)."""
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:  # another name
        return False


def _host(value: str) -> str:
    if not _HOST.fullmatch(value):
        raise ValueError(f"must be a host name without scheme, port or path, not {value!r}")
    return value


def _preview(value: str) -> str:
    if not _PREVIEW.fullmatch(value.lower()):
        text = "must be a host name without scheme, port or path, with * for its beginning or a part of its first label"
        raise ValueError(f"{text} (*.previews.acme.example, acme-*.vercel.app), not {value[:100]!r}")
    return value.lower()


def open_to_all(pattern: str) -> str:
    """The domain below which anybody can have a host that the pattern allows; empty where the domain is somebody's own."""
    first, _, rest = pattern.partition(".")
    if "*" not in first:
        return ""
    from publicsuffixlist import PublicSuffixList  # loading the list costs some 30 ms

    return rest if PublicSuffixList().is_public(rest) else ""


def on_this_machine(origin: str) -> bool:
    """Whether a base URL leads to this machine."""
    host = urlsplit(origin).hostname or ""
    return host in ("localhost", "::1") or re.fullmatch(r"127(\.[0-9]{1,3}){3}", host) is not None


def _connect(value: str) -> str:
    match = _CONNECT.fullmatch(value)
    if not match:
        raise ValueError(f"must be HOST:PORT, not {value!r}")
    if not 1 <= int(match["port"]) <= _LAST_PORT:
        raise ValueError(f"must be HOST:PORT with a port from 1 to {_LAST_PORT}, not {value!r}")
    return value


def _header_name(value: str) -> str:
    if not _TOKEN.fullmatch(value):
        raise ValueError(f"must be the name of a request header, not {value!r}")
    if value.lower() in _TAKEN:
        raise ValueError(f"{value} belongs to the requests themselves: a wall that wants it cannot be passed this way")
    return value.lower()


def _wrangler_environment(value: str) -> str:
    if not _WRANGLER_ENVIRONMENT.fullmatch(value):
        raise ValueError(f"must be the name of an environment in wrangler's configuration, or empty for the top of it, not {value!r}")
    return value


def _binding_name(value: str) -> str:
    if not _BINDING_NAME.fullmatch(value):
        raise ValueError(f"must be the name of a variable or a binding, not {value!r}")
    return value


def _labelled(value: str) -> str:
    if "{label}" not in value or "@" not in value:
        raise ValueError("must be an e-mail address with {label} in it, for example delivered+{label}@resend.dev")
    return value


SecretVariable = Annotated[Any, BeforeValidator(_secret)]
Origin = Annotated[str, AfterValidator(_origin)]
Path = Annotated[str, AfterValidator(_path)]
Host = Annotated[str, AfterValidator(_host)]
Preview = Annotated[str, AfterValidator(_preview)]
Connect = Annotated[str, AfterValidator(_connect)]
HeaderName = Annotated[str, AfterValidator(_header_name)]
LabelledAddress = Annotated[str, AfterValidator(_labelled)]
BindingName = Annotated[str, AfterValidator(_binding_name)]
WranglerEnvironment = Annotated[str, AfterValidator(_wrangler_environment)]
