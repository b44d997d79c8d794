"""Value types of environment files: origins, paths, secret variables."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Annotated, Any
from urllib.parse import SplitResult, urlsplit

from pydantic import AfterValidator, BeforeValidator, SecretStr, ValidationInfo

from base.places import usable_file
from environments.schema.hosts import host_mistake, in_ascii, is_open
from environments.sentences import shown

_VARIABLE = re.compile(r"[A-Z][A-Z0-9_]*")
_HOST = re.compile(r"(?!-)[a-z0-9-]+(\.[a-z0-9-]+)+|localhost")
_LABEL = "[a-z0-9]([a-z0-9-]*[a-z0-9])?"
_PREVIEW = re.compile(rf"((\*|[a-z0-9-]+\*[a-z0-9-]*|\*[a-z0-9-]+)\.)?{_LABEL}(\.{_LABEL})+")
_CONNECT = re.compile(r"(?P<host>[A-Za-z0-9.\-\[\]:]+):(?P<port>[1-9][0-9]{0,4})")
_LAST_PORT = 65535
_BROADCAST = "255.255.255.255"
# urlsplit drops some of these without a word, so they are looked for before it.
_BLANK = re.compile(r"[\s\x00-\x1f\x7f]")

_BINDING_NAME = re.compile(r"[!-~]{1,200}")
_WRANGLER_ENVIRONMENT = re.compile(r"([A-Za-z0-9_][A-Za-z0-9_.-]*)?")
_SERVICE = re.compile(r"[^\s\x00-\x1f\x7f-][^\s\x00-\x1f\x7f]{0,254}")
# What a line cannot hold, and what turns the direction of writing (https://www.unicode.org/reports/tr9/#Directional_Formatting_Codes).
_NO_LINE = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]")
_HEADER_VALUE = re.compile(r"[\x21-\x7e](?:[\x20-\x7e\t]*[\x21-\x7e])?")
_LONGEST_LINE, _LONGEST_PATH, _LONGEST_NAME, _LONGEST_ADDRESS = 500, 2000, 100, 320

_METHODS = ("POST", "PUT", "PATCH", "DELETE")
_TOKEN = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+")
# What a request says about itself, its connection or what it will take as an answer: with other values it would be another request.
_TAKEN = frozenset(
    {
        *("host", "cookie", "origin", "referer", "user-agent", "accept", "accept-encoding", "accept-language", "range", "expect"),
        *("content-length", "content-type", "content-encoding", "connection", "keep-alive", "proxy-connection", "transfer-encoding"),
        *("te", "trailer", "upgrade", "http2-settings", "cache-control", "pragma"),
        *("if-match", "if-none-match", "if-modified-since", "if-unmodified-since", "if-range"),
        *("access-control-request-method", "access-control-request-headers"),
    }
)
# Response headers that are about one answer or its way, and never about the version that gives it.
_OF_ANY_ANSWER = frozenset(
    {
        *("date", "age", "expires", "set-cookie", "content-length", "content-type", "content-encoding", "content-range", "connection"),
        *("keep-alive", "transfer-encoding", "trailer", "upgrade", "vary", "via", "cache-control", "cf-ray", "x-vercel-id", "retry-after"),
        *("x-request-id", "alt-svc", "nel", "report-to", "cf-cache-status", "x-vercel-cache"),
    }
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
    if not _is_text(value):
        raise ValueError(f"the variable {name} holds bytes that are no UTF-8: export it again")
    return Secret(name, value)


def _is_text(value: str) -> bool:
    try:
        value.encode()
    except UnicodeEncodeError:
        return False
    return True


def _header_secret(name: object, info: ValidationInfo) -> Secret:
    secret = _secret(name, info)
    if secret.known and not _HEADER_VALUE.fullmatch(secret.reveal()):
        raise ValueError(
            f"the variable {secret.variable} holds what no header can carry: printable ASCII on one line, without white space at its ends; "
            "export it again"
        )
    return secret


def _origin(value: str) -> str:
    parts = _base(value)
    if parts.path not in ("", "/") or parts.query or parts.fragment:
        raise ValueError(f"must end after the host (no path, query, fragment or user), not {shown(value)}")
    return f"{parts.scheme}://{_location(value, parts)}"


def _base_url(value: str) -> str:
    parts = _base(value)
    if parts.query or parts.fragment:
        raise ValueError(f"must end after the path (no query, fragment or user), not {shown(value)}")
    _location(value, parts)
    return value


def _base(value: str) -> SplitResult:
    if "@" in value:  # what stands before it may be a password, so it is not repeated
        raise ValueError("must have no user or password in it: what a wall in front wants is declared in [access.headers]")
    if _BLANK.search(value):
        raise ValueError(f"must have no white space in it, not {shown(value)}")
    parts = _split(value)
    if parts is None or parts.scheme not in ("http", "https") or not parts.hostname or len(value) > _LONGEST_PATH:
        raise ValueError(f"must be a base URL such as https://staging.example.org, not {shown(value)}")
    return parts


def _location(value: str, parts: SplitResult) -> str:
    """Host and port, in ASCII."""
    if not _port_fits(parts):
        raise ValueError(f"must have a port from 1 to {_LAST_PORT} after the colon, or neither, not {shown(value)}")
    bracketed, host = parts.netloc.startswith("["), parts.hostname or ""
    try:
        name = host if bracketed else in_ascii(host)
    except ValueError:
        raise ValueError(f"must be a base URL with a host name that can be, not {shown(value)}: no zone has such a name") from None
    if bracketed != (":" in name) or (mistake := host_mistake(name)):
        why = mistake if bracketed == (":" in name) else "only an IPv6 address stands in brackets"
        raise ValueError(f"must be a base URL with a host name that can be, not {shown(value)}: {why}")
    return (f"[{name}]" if bracketed else name) + (f":{parts.port}" if parts.port else "")


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


def path(value: str) -> str:
    """A path of a request, as it is. Raises ValueError for what cannot be one."""
    if "#" in value:
        raise ValueError(f"must have no '#' in it, not {shown(value)}: what stands behind one is not sent to a server")
    return _page(value)


def _path_or_url(value: str) -> str:
    return _base_url(value) if "://" in value else path(value)


def _page(value: str) -> str:
    if not value.startswith("/"):
        raise ValueError(f"must start with '/', not {shown(value)}")
    if value[1:2] in ("/", "\\"):
        raise ValueError(f"must start with one '/', not {shown(value)}: two begin the name of another host")
    if _BLANK.search(value) or _NO_LINE.search(value):
        raise ValueError(f"must have no white space and no control characters in it, not {shown(value)}: percent-encode them")
    if len(value) > _LONGEST_PATH:
        raise ValueError(f"must have at most {_LONGEST_PATH} characters, not {len(value)}")
    return value


def _call(value: str) -> str:
    method, blank, address = value.partition(" ")
    if not blank or method not in _METHODS:
        raise ValueError(f"must be a method and a path such as POST /delete-user, not {shown(value)}: the method is {', '.join(_METHODS)}")
    return f"{method} {path(address)}"


def _paths(value: object) -> tuple[str, ...]:
    given = [value] if isinstance(value, str) else value
    if not isinstance(given, (list, tuple)) or not given or not all(isinstance(each, str) for each in given):
        raise ValueError(f"must be a path such as /app, or a list of paths, not {shown(value)}")
    return tuple(dict.fromkeys(map(path, given)))


def _statuses(value: object) -> tuple[int, ...]:
    given = [value] if isinstance(value, int) else range(200, 300) if value == "2xx" else value
    if (
        not isinstance(given, (list, tuple, range))
        or not given
        or not all(isinstance(each, int) and not isinstance(each, bool) and 200 <= each < 300 for each in given)
    ):
        raise ValueError(f'must be a status of a success such as 204, a list of them, or "2xx" for any, not {shown(value)}')
    return tuple(dict.fromkeys(given))


def _host(value: str) -> str:
    mistake = "" if _HOST.fullmatch(value) else "it has small letters, digits, hyphens and dots"
    if mistake := mistake or host_mistake(value):
        raise ValueError(f"must be a host name without scheme, port or path, not {shown(value)}: {mistake}")
    return value


def _preview(value: str) -> str:
    if not _PREVIEW.fullmatch(value.lower()):
        text = "must be a host name without scheme, port or path, with * for its beginning or a part of its first label"
        raise ValueError(f"{text} (*.previews.acme.example, acme-*.vercel.app), not {value[:100]!r}")
    return value.lower()


def open_to_all(pattern: str) -> str:
    """The domain below which anybody can have a host that the pattern allows; empty where the domain is somebody's own."""
    first, _, rest = pattern.partition(".")
    return rest if "*" in first and is_open(rest) else ""


def on_this_machine(origin: str) -> bool:
    """Whether a base URL leads to this machine."""
    host = urlsplit(origin).hostname or ""
    return host in ("localhost", "::1") or re.fullmatch(r"127(\.[0-9]{1,3}){3}", host) is not None


def _connect(value: str) -> str:
    match = _CONNECT.fullmatch(value)
    if not match:
        raise ValueError(f"must be HOST:PORT, not {shown(value)}")
    if not 1 <= int(match["port"]) <= _LAST_PORT:
        raise ValueError(f"must be HOST:PORT with a port from 1 to {_LAST_PORT}, not {shown(value)}")
    host = match["host"]
    bracketed = host.startswith("[") and host.endswith("]")
    name = host[1:-1] if bracketed else host
    if ":" in name and not bracketed:
        raise ValueError(f"must be HOST:PORT, not {shown(value)}: an IPv6 address stands in brackets")
    if name == _BROADCAST:
        raise ValueError(f"must be HOST:PORT, not {shown(value)}: nobody listens at the address of all")
    if mistake := host_mistake(name) or ("only an IPv6 address stands in brackets" if bracketed and ":" not in name else ""):
        raise ValueError(f"must be HOST:PORT, not {shown(value)}: {mistake}")
    return value


def _source_address(value: str) -> str:
    if mistake := host_mistake(value):
        raise ValueError(f"must be an address of this machine such as 127.0.0.2, not {shown(value)}: {mistake}")
    return value


def _line(value: str) -> str:
    if _NO_LINE.search(value):
        raise ValueError(f"must be one line without control characters, not {shown(value)}")
    if len(value) > _LONGEST_LINE:
        raise ValueError(f"must have at most {_LONGEST_LINE} characters, not {len(value)}")
    return value


def _said(value: str) -> str:
    if not value.strip():
        raise ValueError(f"must have something in it, not {shown(value)}: any answer holds that")
    return _line(value)


def _dotted(value: str) -> str:
    if not value or not all(part.strip() for part in value.split(".")):
        raise ValueError(f"must be a dotted path such as checks.db.status, not {shown(value)}: each of its parts names something")
    return _line(value)


def _file(value: str) -> str:
    if not usable_file(value):
        raise ValueError(f"must be the path of a file or folder, not {shown(value)}")
    return value


def _service(value: str) -> str:
    if not _SERVICE.fullmatch(value):
        raise ValueError(f"must be a name in one word that does not begin with a hyphen, not {shown(value)}")
    return value


def _response_header(value: str) -> str:
    if not _TOKEN.fullmatch(value) or len(value) > _LONGEST_NAME:
        raise ValueError(f"must be the name of a response header, not {shown(value)}")
    return value


def _version_header(value: str) -> str:
    if _response_header(value).lower() in _OF_ANY_ANSWER:
        raise ValueError(f"must be a response header that names the version, and {shown(value)} says something about one answer")
    return value


def _header_name(value: str) -> str:
    if not _TOKEN.fullmatch(value) or len(value) > _LONGEST_NAME:
        raise ValueError(f"must be the name of a request header, not {shown(value)}")
    if value.lower() in _TAKEN or value.lower().startswith("sec-"):
        raise ValueError(f"{value} belongs to the requests themselves: a wall that wants it cannot be passed this way")
    return value.lower()


def _carrying_header(value: str) -> str:
    if not _TOKEN.fullmatch(value) or len(value) > _LONGEST_NAME:
        raise ValueError(f"must be the name of a request header, not {shown(value)}")
    if value.lower() in _TAKEN - {"authorization"} or value.lower().startswith("sec-"):
        raise ValueError(f"{value} belongs to the requests themselves: no token is shown in it")
    return value.lower()


def each_once(table: object) -> object:
    """A table of headers as it is; raises ValueError where one of them stands there twice, in other letters."""
    names = [name.lower() for name in table if isinstance(name, str)] if isinstance(table, dict) else []
    if twice := sorted({name for name in names if names.count(name) > 1}):
        raise ValueError(f"{', '.join(shown(name) for name in twice[:3])} stands there twice: capitals make no other header")
    return table


def _wrangler_environment(value: str) -> str:
    if not _WRANGLER_ENVIRONMENT.fullmatch(value):
        raise ValueError(f"must be the name of an environment in wrangler's configuration, or empty for the top of it, not {shown(value)}")
    return value


def _binding_name(value: str) -> str:
    if not _BINDING_NAME.fullmatch(value):
        raise ValueError(f"must be the name of a variable or a binding, not {value!r}")
    return value


def _labelled(value: str) -> str:
    if "{label}" not in value or "@" not in value or _BLANK.search(value) or _NO_LINE.search(value) or len(value) > _LONGEST_ADDRESS:
        raise ValueError("must be an e-mail address with {label} in it, for example delivered+{label}@resend.dev")
    return value


SecretVariable = Annotated[Any, BeforeValidator(_secret)]
HeaderSecret = Annotated[Any, BeforeValidator(_header_secret)]
Origin = Annotated[str, AfterValidator(_origin)]
BaseUrl = Annotated[str, AfterValidator(_base_url)]
Line = Annotated[str, AfterValidator(_line)]
Said = Annotated[str, AfterValidator(_said)]
DottedPath = Annotated[str, AfterValidator(_dotted)]
FileName = Annotated[str, AfterValidator(_file)]
ServiceName = Annotated[str, AfterValidator(_service)]
SourceAddress = Annotated[str, AfterValidator(_source_address)]
ResponseHeader = Annotated[str, AfterValidator(_response_header)]
VersionHeader = Annotated[str, AfterValidator(_version_header)]
Path = Annotated[str, AfterValidator(path)]
"""Of a request: from the first `/`, with a query if need be."""
PathOrUrl = Annotated[str, AfterValidator(_path_or_url)]
"""Of the origin, or of another deployment: a proxy."""
Call = Annotated[str, AfterValidator(_call)]
"""What is asked for, with the method: `DELETE /me`."""
Paths = Annotated[tuple[str, ...], BeforeValidator(_paths)]
Statuses = Annotated[tuple[int, ...], BeforeValidator(_statuses)]
Page = Annotated[str, AfterValidator(_page)]
"""What a browser opens: some apps keep their pages behind a `#`."""
Host = Annotated[str, AfterValidator(_host)]
Preview = Annotated[str, AfterValidator(_preview)]
Connect = Annotated[str, AfterValidator(_connect)]
HeaderName = Annotated[str, AfterValidator(_header_name)]
CarryingHeader = Annotated[str, AfterValidator(_carrying_header)]
"""Of a request: what somebody shows to be let in."""
LabelledAddress = Annotated[str, AfterValidator(_labelled)]
BindingName = Annotated[str, AfterValidator(_binding_name)]
WranglerEnvironment = Annotated[str, AfterValidator(_wrangler_environment)]
