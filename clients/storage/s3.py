"""Objects over S3, with boto3 for the protocol and our own wire for the network.

boto3 signs and parses; sending is left to an ``httpx`` client by botocore's ``before-send`` event (a handler that returns a response
replaces the sending, https://github.com/boto/botocore/blob/develop/botocore/endpoint.py). So S3 honours ``connect``, the CA, pacing,
redaction and interrupts like every other request, and nothing of urllib3 has to be patched.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC
from typing import TYPE_CHECKING, Any

import httpx

from clients.creating import creates
from clients.errors import Malformed, Refusal
from clients.storage.objects import Fetched, Stored
from clients.wire.answers import malformed, media_type, target
from clients.wire.bounds import OBJECT_BYTES, PAGE_BYTES, size, up_to
from clients.wire.redaction import shown_path

if TYPE_CHECKING:
    from botocore.awsrequest import AWSPreparedRequest, AWSResponse
    from mypy_boto3_s3 import S3Client

_OCTETS = "application/octet-stream"


class S3Objects:
    """One bucket.

    Every method raises :class:`~clients.errors.Refusal` with S3's error code (``SignatureDoesNotMatch``, ``NoSuchKey``, ...),
    :class:`~clients.errors.Malformed`, or :class:`~clients.errors.Unreachable`. Nothing is retried: a retry would hide what is asked.
    """

    def __init__(
        self, http: httpx.Client, endpoint: str, bucket: str, access_key_id: str, secret_access_key: str, *, region: str = "auto"
    ) -> None:
        """
        :param http: a client of the wire without an actor's cookies, with ``retries=0``.
        :param endpoint: the S3 endpoint; buckets are addressed in the path below it.
        :param region: R2 wants ``auto``.
        """
        import boto3  # 160 ms, and only runs that speak S3 pay for it
        from botocore.config import Config

        self.http, self.bucket = http, bucket
        # A session of its own: boto3's default one may not be made in several threads at once.
        self._s3: S3Client = boto3.session.Session().client(
            "s3",
            endpoint_url=endpoint,
            region_name=region,
            aws_access_key_id=access_key_id,
            aws_secret_access_key=secret_access_key,
            config=Config(
                signature_version="s3v4",
                s3={"addressing_style": "path"},
                # boto3 adds checksums by default since 1.36, and R2 does not know all of them.
                request_checksum_calculation="when_required",
                response_checksum_validation="when_required",
                retries={"total_max_attempts": 1},
            ),
        )
        # The stubs know no handler that returns something.
        events: Any = self._s3.meta.events
        # R2 answers no 100 Continue, so that waiting for one costs a second per PUT.
        events.register_last("before-call.s3", _without_expect)
        events.register("before-send.s3", self._send)

    @creates
    def put(
        self, key: str, data: bytes, content_type: str = _OCTETS, metadata: Mapping[str, str] | None = None, **conditions: str
    ) -> Stored:
        """Store an object. ``conditions`` are boto3's, e.g. ``IfNoneMatch="*"``."""
        metadata = dict(metadata or {})
        options: dict[str, Any] = {"Key": key, "Body": data, "ContentType": content_type, "Metadata": metadata, **conditions}
        with self._refusals("PUT", key):
            answer = self._s3.put_object(Bucket=self.bucket, **options)
            etag = _etag(answer)
        return Stored(key.rpartition("/")[2], key, len(data), content_type, etag, metadata)

    def get(self, key: str, byte_range: str | None = None, **conditions: str) -> Fetched:
        """Fetch an object, or its bytes ``0-9``, ``5-`` or ``-3``."""
        options: dict[str, Any] = {"Key": key, **({"Range": f"bytes={byte_range}"} if byte_range else {}), **conditions}
        with self._refusals("GET", key):
            answer = self._s3.get_object(Bucket=self.bucket, **options)
            data, _ = answer["Body"].read(), _etag(answer)
        return _fetched(answer, data)

    def head(self, key: str) -> Fetched:
        """Everything about an object but its bytes."""
        with self._refusals("HEAD", key):
            answer = self._s3.head_object(Bucket=self.bucket, Key=key)
            _etag(answer)
        return _fetched(answer, b"")

    def exists(self, key: str) -> bool:
        """Whether there is such an object; a refusal other than 404 is raised."""
        try:
            self.head(key)
        except Refusal as refusal:
            if refusal.status == 404:
                return False
            raise
        return True

    def list(self, prefix: str = "") -> tuple[Stored, ...]:
        """All objects below a prefix, over as many pages as it takes; without content type and metadata."""
        found: list[Stored] = []
        with self._refusals("GET", prefix):
            for page in self._s3.get_paginator("list_objects_v2").paginate(Bucket=self.bucket, Prefix=prefix):
                for entry in page.get("Contents", []):
                    key = entry["Key"]
                    found.append(
                        Stored(key.rpartition("/")[2], key, entry["Size"], "", entry["ETag"], {}, entry["LastModified"].astimezone(UTC))
                    )
        return tuple(found)

    def _send(self, request: "AWSPreparedRequest", **_: object) -> "AWSResponse":
        from botocore.awsrequest import AWSResponse

        given: Any = request.headers
        headers = {name: value.decode() if isinstance(value, bytes) else str(value) for name, value in given.items()}
        # The bytes have to arrive as they are stored. Neither header is signed.
        headers |= {"accept-encoding": "identity", "user-agent": self.http.headers["user-agent"]}
        body: Any = request.body
        content = bytes(body) if isinstance(body, bytearray) else body
        # What is parsed is a document; only an object may be large.
        most = PAGE_BYTES if "list-type=" in str(request.url) else OBJECT_BYTES
        response = self.http.request(request.method, request.url, headers=headers, content=content, extensions=up_to(most))
        if response.status_code >= 400 and len(response.content) > PAGE_BYTES:
            raise malformed(response, f"an error of S3 of at most {size(PAGE_BYTES)}")
        # botocore would take a page for an internal error of S3 (500), and a redirection for one to another region.
        page = media_type(response) == "text/html" and "etag" not in response.headers
        if response.status_code < 400 and (page or response.is_redirect):
            raise malformed(response, f"an S3 answer, not a redirection to {target(response)}" if response.is_redirect else "an S3 answer")
        answer: Any = dict(response.headers)
        raw: Any = _Raw(response.content)
        return AWSResponse(request.url, response.status_code, answer, raw)

    @contextmanager
    def _refusals(self, method: str, key: str) -> Iterator[None]:
        from botocore.exceptions import BotoCoreError, ClientError
        from botocore.parsers import ResponseParserError

        path = f"/{self.bucket}/{shown_path('/' + key)[1:]}"
        try:
            yield
        except ClientError as error:
            about = error.response.get("Error", {})
            meta = error.response["ResponseMetadata"]
            code = str(about.get("Code", ""))
            # An answer without a body (HEAD) has no code; botocore puts the status there.
            code, text = ("", _PHRASES.get(code, "(empty body)")) if code.isdecimal() else (code, str(about.get("Message", "")))
            raise Refusal(method, path, meta["HTTPStatusCode"], code, text, None, dict(meta["HTTPHeaders"])) from error
        except (ResponseParserError, BotoCoreError, _NotS3) as error:
            raise Malformed(method, path, 0, "an S3 answer", "", " ".join(str(error).split())[:120]) from error


def _without_expect(params: dict[str, Any], **_: object) -> None:
    # Returning nothing matters: botocore takes what a before-call handler returns for the answer.
    params["headers"].pop("Expect", None)


_PHRASES = {"404": "not found", "403": "forbidden", "401": "unauthorized", "400": "bad request"}


class _NotS3(Exception):
    pass


def _etag(answer: Mapping[str, Any]) -> str:
    """Every S3 answer about an object has one; what answers 200 without is something else, such as a login page."""
    if "ETag" not in answer:
        headers = answer["ResponseMetadata"]["HTTPHeaders"]
        raise _NotS3(f"no ETag, content type {headers.get('content-type', 'missing')}")
    return str(answer["ETag"])


class _Raw:
    """The little that botocore reads from a response's raw body."""

    def __init__(self, content: bytes) -> None:
        self._content, self._at = content, 0

    def read(self, amount: int | None = None, **_: object) -> bytes:
        start, self._at = self._at, len(self._content) if amount is None else min(len(self._content), self._at + amount)
        return self._content[start : self._at]

    def stream(self, amount: int = 65536, **_: object) -> Iterator[bytes]:
        while chunk := self.read(amount):
            yield chunk

    def close(self) -> None:
        self._at = len(self._content)


def _fetched(answer: Mapping[str, Any], data: bytes) -> Fetched:
    meta = answer["ResponseMetadata"]
    headers = {str(name).lower(): str(value) for name, value in meta["HTTPHeaders"].items()}
    return Fetched(
        data=data,
        type=str(answer.get("ContentType", "")),
        metadata=dict(answer.get("Metadata", {})),
        etag=str(answer.get("ETag", "")),
        status=int(meta["HTTPStatusCode"]),
        headers=headers,
        size=int(answer.get("ContentLength", len(data))),
    )
