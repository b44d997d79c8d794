"""S3 over the wire: what boto3 signs is what arrives, and what is answered is what it says."""

import threading
from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from botocore.auth import S3SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from clients.errors import Cancelled, Malformed, Refusal, Unreachable
from clients.storage.s3 import S3Objects
from clients.wire.exchange import Exchange
from clients.wire.wire import Wire
from tests.clients.conftest import Wires
from tests.clients.servers import Answer, Arrived, Server

HOST = "https://files.fm5.test"
ENDPOINT = f"{HOST}/cdn-cgi/local/r2/s3"
ROOT = "/cdn-cgi/local/r2/s3/bucket"
KEY_ID, SECRET = "AKIDEXAMPLE", "wJalrXUtnFEMIK7MDENGbPxRfiCYEXAMPLEKEY"
TAG = ("etag", '"e1"')


def objects(wire: Wire, secret: str = SECRET) -> S3Objects:
    return S3Objects(wire.client(HOST, retries=0), ENDPOINT, "bucket", KEY_ID, secret)


def error(status: int, code: str) -> Callable[[Arrived], Answer]:
    body = f'<?xml version="1.0"?><Error><Code>{code}</Code><Message>No: {code}.</Message></Error>'.encode()
    return lambda _: Answer(status, body, (("content-type", "application/xml"),))


def signature(arrived: Arrived) -> str:
    """The Authorization that the arrived request should have, computed from what arrived."""
    signed = arrived.headers["authorization"].partition("SignedHeaders=")[2].partition(",")[0].split(";")
    request = AWSRequest(arrived.method, f"{HOST}{arrived.path}", {name: arrived.headers[name] for name in signed}, arrived.body)
    request.context["timestamp"] = arrived.headers["x-amz-date"]
    signer = S3SigV4Auth(Credentials(KEY_ID, SECRET), "s3", "auto")
    canonical = signer.canonical_request(request)
    return str(signer.signature(signer.string_to_sign(request, canonical), request))


@pytest.mark.parametrize(
    "key", ["users/u1/plain.txt", "a b+c&d=e%2F.txt", "ünïcode/✓.bin", "~tilde-_.()'!*"], ids=["plain", "reserved", "unicode", "marks"]
)
def test_signature_holds_for_what_arrives(edge: Server, wires: Wires, key: str) -> None:
    """Whatever the key, method, host, path, headers and body that arrive are those that were signed."""
    exchanges: list[Exchange] = []
    from urllib.parse import quote

    edge.routes[f"{ROOT}/{quote(key, safe='/~')}"] = lambda _: Answer(200, b"", (TAG,))
    s3 = objects(wires(connect=edge.connect, ca=edge.ca, after=exchanges.append))
    s3.put(key, b"hello", "text/plain", {"color": "blue"})
    s3.head(key)
    put, head = edge.arrived
    assert (put.headers["host"], put.sni, put.body) == ("files.fm5.test", "files.fm5.test", b"hello")
    assert (put.headers["content-type"], put.headers["x-amz-meta-color"]) == ("text/plain", "blue")
    for arrived in (put, head):
        assert arrived.headers["authorization"].endswith(f"Signature={signature(arrived)}")
    assert "expect" not in put.headers, "R2 answers no 100 Continue"
    assert not [name for name in put.headers if name.startswith(("x-amz-checksum", "x-amz-sdk-checksum"))]
    assert KEY_ID not in exchanges[0].transcript()
    assert "AWS4-HMAC-SHA256 [hidden " in exchanges[0].transcript()


def test_object_comes_back_whole(edge: Server, wires: Wires) -> None:
    """Bytes, type, metadata, tag and size; a part of it says which."""
    headers = (("content-type", "image/png"), ("x-amz-meta-color", "blue"), TAG)
    edge.routes[f"{ROOT}/k"] = lambda arrived: (
        Answer(206, b"89", (*headers, ("content-range", "bytes 8-9/10")))
        if "range" in arrived.headers
        else Answer(200, b"0123456789", headers)
    )
    s3 = objects(wires(connect=edge.connect, ca=edge.ca))
    whole, part, head = s3.get("k"), s3.get("k", "-2"), s3.head("k")
    assert (whole.data, whole.type, whole.metadata, whole.etag, whole.status) == (
        b"0123456789",
        "image/png",
        {"color": "blue"},
        '"e1"',
        200,
    )
    assert (part.data, part.status, part.content_range) == (b"89", 206, "bytes 8-9/10")
    assert edge.arrived[1].headers["range"] == "bytes=-2"
    assert (head.data, head.size) == (b"", 10)


def test_list_reads_all_pages(edge: Server, wires: Wires) -> None:
    """A listing that goes on is read to its end."""

    def listing(arrived: Arrived) -> Answer:
        last = "continuation-token" in arrived.path
        entry = (
            f"<Contents><Key>users%2F{'b' if last else 'a'}</Key><Size>3</Size><ETag>&quot;e&quot;</ETag>"
            "<LastModified>2026-11-20T12:00:00.000Z</LastModified></Contents>"
        )
        more = "false" if last else "true"
        token = "" if last else "<NextContinuationToken>t1</NextContinuationToken>"
        body = f"<ListBucketResult><IsTruncated>{more}</IsTruncated>{token}<EncodingType>url</EncodingType>{entry}</ListBucketResult>"
        return Answer(200, body.encode(), (("content-type", "application/xml"),))

    edge.routes[ROOT] = listing
    found = objects(wires(connect=edge.connect, ca=edge.ca)).list("users/")
    assert [(entry.key, entry.name, entry.size, entry.etag) for entry in found] == [("users/a", "a", 3, '"e"'), ("users/b", "b", 3, '"e"')]
    assert found[0].uploaded == datetime(2026, 11, 20, 12, tzinfo=UTC)
    assert len(edge.arrived) == 2


@pytest.mark.parametrize(
    ("status", "code"),
    [(403, "SignatureDoesNotMatch"), (401, "Unauthorized"), (404, "NoSuchKey"), (416, "InvalidRange"), (503, "SlowDown")],
    ids=["signature", "unknown-key", "missing", "range", "slow-down"],
)
def test_refusals_carry_the_code_of_s3(edge: Server, wires: Wires, status: int, code: str) -> None:
    """One request, one refusal: nothing is retried, not even what botocore would."""
    edge.routes[f"{ROOT}/k"] = error(status, code)
    with pytest.raises(Refusal, match=f"GET /bucket/k -> {status} {code}") as caught:
        objects(wires(connect=edge.connect, ca=edge.ca)).get("k")
    assert (caught.value.code, caught.value.message) == (code, f"No: {code}.")
    assert len(edge.arrived) == 1


def test_absence_is_told_from_refusal(edge: Server, wires: Wires) -> None:
    """Only a 404 means that there is no object; a HEAD has no code to tell."""
    edge.routes[f"{ROOT}/secret"] = error(403, "AccessDenied")
    s3 = objects(wires(connect=edge.connect, ca=edge.ca))
    assert s3.exists("none") is False
    with pytest.raises(Refusal, match="HEAD /bucket/secret -> 403 forbidden"):
        s3.exists("secret")


@pytest.mark.parametrize(
    "call",
    [lambda s3: s3.get("k"), lambda s3: s3.put("k", b"x"), lambda s3: s3.head("k"), lambda s3: s3.list()],
    ids=["get", "put", "head", "list"],
)
def test_page_in_place_of_s3_is_malformed(edge: Server, wires: Wires, call: Callable[[S3Objects], object]) -> None:
    """A host that answers 200 with HTML to everything is not a bucket."""
    for path in (ROOT, f"{ROOT}/k"):
        edge.routes[path] = lambda _: Answer(200, b"<!doctype html><p>Sign in", (("content-type", "text/html"),))
    s3 = objects(wires(connect=edge.connect, ca=edge.ca))
    with pytest.raises(Malformed, match="an S3 answer, got text/html"):
        call(s3)
    for path in (ROOT, f"{ROOT}/k"):
        edge.routes[path] = lambda _: Answer(302, b"", (("location", "https://sso.example/login?x=1"),))
    with pytest.raises(Malformed, match=r"not a redirection to https://sso\.example/login"):
        call(s3)


def test_network_trouble_passes_through_boto3(edge: Server, wires: Wires) -> None:
    """Unreachable and Cancelled are the wire's, not botocore's."""
    edge.routes[f"{ROOT}/k"] = edge.hold
    wire = wires(connect=edge.connect, ca=edge.ca, timeout=0.2)
    with pytest.raises(Unreachable, match=r"files\.fm5\.test cannot be reached: timed out"):
        objects(wire).get("k")
    threading.Timer(0.05, wire.interrupt).start()
    with pytest.raises(Cancelled):
        objects(wire).get("k")
