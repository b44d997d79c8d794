"""Reading an answer: the JSON it promised, or the typed trouble that it is instead."""

import re
from collections.abc import Mapping
from typing import Any

import httpx

from base.plain_text import LONGEST_NAME, plain, plain_name
from clients.errors import Malformed, Redirected, Refusal
from clients.platforms.errors import PlatformError, recognise
from clients.wire.documents import UnreadableJson, read_json
from clients.wire.numbers import seconds
from clients.wire.redaction import Redactor, shown_path

_REDACTOR = Redactor()
_COUNTER = 10  # digits, of an id that the database counts up
_RETRY_HEADERS = ("x-retry-after", "retry-after")  # better-auth sends the former only


def refuse(response: httpx.Response) -> Refusal:
    """The refusal that an answer stands for: its status, the service's code and message, the wait it asks for."""
    code, message = "", ""
    body = object_of(response)
    if platforms := platform_error(response):
        message = str(platforms)
    elif body is not None:
        error = body.get("error")
        inner = error if isinstance(error, Mapping) else {}
        # better-auth says `code`, Resend `name`, the apps `error`.
        code = _first_text(body.get("code"), body.get("name"), inner.get("code"), error)
        message = _first_text(body.get("message"), inner.get("message"))
    elif response.content:
        found = {tag: re.search(f"<{tag}>([^<]*)</{tag}>", response.text) for tag in ("Code", "Message")}  # S3's XML
        if found["Code"]:
            code, message = found["Code"][1], found["Message"][1] if found["Message"] else ""
    if not code and not message:
        message = f"({media_type(response) or 'no content type'}: {quote(response)})" if response.content else "(empty body)"
    return Refusal(
        response.request.method,
        shown_path(str(response.request.url)),
        response.status_code,
        plain_name(code),
        plain(_REDACTOR.text(message), LONGEST_NAME * 5),
        retry_after(response),
        dict(response.headers),
    )


def platform_error(response: httpx.Response) -> PlatformError | None:
    """What a platform says in the deployment's place, where this answer is no answer of a deployment."""
    return recognise(response.status_code, response.headers.multi_items(), response.content)


def expect(response: httpx.Response, *statuses: int) -> httpx.Response:
    """The response itself when its status is one of ``statuses`` (default: any 2xx).

    :raises Refusal: for a status of 400 or more.
    :raises Malformed: for another success or a redirection, with its target.
    """
    status = response.status_code
    if status in statuses or (not statuses and response.is_success):
        return response
    if status >= 400:
        raise refuse(response)
    wanted = " or ".join(map(str, statuses)) or "a success"
    if response.is_redirect:
        path = shown_path(str(response.request.url))
        raise Redirected(response.request.method, path, status, f"{wanted}, not a redirection to {target(response)}")
    raise malformed(response, wanted)


def json_value(response: httpx.Response, *statuses: int) -> Any:
    """The JSON of a successful answer; :class:`Refusal` or :class:`Malformed` otherwise."""
    expect(response, *statuses)
    try:
        return read_json(response.content)
    except UnreadableJson as error:
        raise malformed(response, error.expected) from None


def json_object(response: httpx.Response, *statuses: int) -> dict[str, Any]:
    """The JSON object of a successful answer."""
    value = json_value(response, *statuses)
    if not isinstance(value, dict):
        raise malformed(response, "a JSON object")
    return value


def part(response: httpx.Response, value: Mapping[str, Any], *path: str) -> Any:
    """A field of an answer, by its path; :class:`Malformed` names the one that is missing."""
    inner: Any = value
    for name in path:
        if not isinstance(inner, Mapping) or name not in inner:
            raise malformed(response, f"JSON with {'.'.join(path)!r}")
        inner = inner[name]
    return inner


def shape(response: httpx.Response) -> str:
    """What an answer looks like, without its values: status, the names of its cookies, the names and kinds of its JSON's fields."""
    cookies = sorted(header.partition("=")[0].strip() for header in response.headers.get_list("set-cookie"))
    return " ".join([str(response.status_code), *(f"cookie {name}" for name in cookies), *_fields("", json_value(response))])


def _fields(path: str, value: Any) -> list[str]:
    if isinstance(value, Mapping):
        return [field for name in sorted(value) for field in _fields(f"{path}.{name}", value[name])]
    # A made-up id of another length, or a time in another form, tells as much as another field would; a counter only goes on to 10.
    kind = "null" if value is None else str(value).lower() if isinstance(value, bool) else type(value).__name__
    if not isinstance(value, str) or not path.endswith((".id", "At")):
        return [f"{path}:{kind}"]
    return [f"{path}:{kind}({'digits' if value.isdecimal() and len(value) < _COUNTER else len(value)})"]


def malformed(response: httpx.Response, expected: str) -> Malformed:
    request = response.request
    kind = plain_name(media_type(response))
    return Malformed(request.method, shown_path(str(request.url)), response.status_code, expected, kind, quote(response))


def media_type(response: httpx.Response) -> str:
    return str(response.headers.get("content-type", "")).partition(";")[0].strip().lower()


def quote(response: httpx.Response) -> str:
    """The redacted first 120 characters of a body, on one line."""
    if b"\x00" in response.content[:1000]:
        return f"{len(response.content)} bytes"
    shown = _REDACTOR.body(response.content[:4096], response.headers.get("content-type", ""))
    return plain(" ".join(shown.split())[:120])


def target(response: httpx.Response) -> str:
    """Where a redirection leads, without its query."""
    location = str(response.headers.get("location", ""))
    return plain(_REDACTOR.url(str(response.request.url.join(location))).partition("?")[0]) if location else "nowhere"


def retry_after(response: httpx.Response) -> float | None:
    """Seconds that the answer asks to wait."""
    for name in _RETRY_HEADERS:
        value = response.headers.get(name, "")
        if (asked := seconds(value)) is not None:
            return asked
    return None


def object_of(response: httpx.Response) -> dict[str, Any] | None:
    """The JSON object in an answer of any status, where there is one."""
    try:
        value = read_json(response.content)
    except UnreadableJson:
        return None
    return value if isinstance(value, dict) else None


def _first_text(*values: object) -> str:
    return next((value for value in values if isinstance(value, str) and value), "")
