"""Value types of environment files: origins, paths, secret variables."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Annotated, Any
from urllib.parse import urlsplit

from pydantic import AfterValidator, BeforeValidator, SecretStr, ValidationInfo

_VARIABLE = re.compile(r"^[A-Z][A-Z0-9_]*$")
_HOST = re.compile(r"^(?!-)[a-z0-9-]+(\.[a-z0-9-]+)+$|^localhost$|^127\.0\.0\.\d+$")
_CONNECT = re.compile(r"^[A-Za-z0-9.\-\[\]:]+:\d{1,5}$")

_TOKEN = re.compile(r"^[A-Za-z0-9!#$%&'*+.^_`|~-]+$")
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
    if not isinstance(name, str) or not _VARIABLE.match(name):
        raise ValueError("must be the NAME of a secret variable in capitals (for example RESEND_API_KEY), never the secret itself")
    variables: Mapping[str, str] | None = (info.context or {}).get("variables")
    if variables is None:
        return Secret(name, None)
    value = variables.get(name, "")
    if not value:
        raise ValueError(f"the variable {name} is not set: export it, or take the section out of the file")
    return Secret(name, value)


def _origin(value: str) -> str:
    parts = urlsplit(value)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ValueError(f"must be a base URL such as https://staging.example.org, not {value!r}")
    if parts.path not in ("", "/") or parts.query or parts.fragment or parts.username:
        raise ValueError(f"must end after the host (no path, query, fragment or user), not {value!r}")
    return f"{parts.scheme}://{parts.netloc.lower()}"


def _path(value: str) -> str:
    if not value.startswith("/"):
        raise ValueError(f"must start with '/', not {value!r}")
    return value


def _host(value: str) -> str:
    if not _HOST.match(value):
        raise ValueError(f"must be a host name without scheme, port or path, not {value!r}")
    return value


def _connect(value: str) -> str:
    if not _CONNECT.match(value):
        raise ValueError(f"must be HOST:PORT, not {value!r}")
    return value


def _header_name(value: str) -> str:
    if not _TOKEN.match(value):
        raise ValueError(f"must be the name of a request header, not {value!r}")
    if value.lower() in _TAKEN:
        raise ValueError(f"{value} belongs to the requests themselves: a wall that wants it cannot be passed this way")
    return value.lower()


def _labelled(value: str) -> str:
    if "{label}" not in value or "@" not in value:
        raise ValueError("must be an e-mail address with {label} in it, for example delivered+{label}@resend.dev")
    return value


SecretVariable = Annotated[Any, BeforeValidator(_secret)]
Origin = Annotated[str, AfterValidator(_origin)]
Path = Annotated[str, AfterValidator(_path)]
Host = Annotated[str, AfterValidator(_host)]
Connect = Annotated[str, AfterValidator(_connect)]
HeaderName = Annotated[str, AfterValidator(_header_name)]
LabelledAddress = Annotated[str, AfterValidator(_labelled)]
