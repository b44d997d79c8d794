"""Files through an app's own interface."""

import httpx
import pytest

from clients.errors import Malformed, Refusal
from clients.storage.objects import AppObjects, ObjectPaths, PresignedUrl
from tests.clients.mocks import Service

ENTRY = {"name": "a b.txt", "key": "users/u1/a b.txt", "size": 5, "type": "text/plain", "etag": '"e1"'}


def test_put_sends_bytes_type_and_metadata() -> None:
    """The name is percent-encoded as one segment; metadata travels as headers."""
    service = Service({"PUT /api/files/a%20b%2F%C3%BC.txt": httpx.Response(201, json={**ENTRY, "metadata": {"color": "blue"}})})
    stored = AppObjects(service.client()).put("a b/ü.txt", b"hello", "text/plain", {"color": "blue"})
    request = service.requests[0]
    assert (request.content, request.headers["content-type"], request.headers["x-meta-color"]) == (b"hello", "text/plain", "blue")
    assert (stored.key, stored.size, stored.metadata) == ("users/u1/a b.txt", 5, {"color": "blue"})


def test_get_returns_everything_about_the_object() -> None:
    """Bytes, type, metadata, tag, and which part it is."""
    headers = {"content-type": "text/plain", "etag": '"e1"', "x-meta-color": "blue", "content-range": "bytes 0-4/10"}
    service = Service({"GET /api/files/a": httpx.Response(206, headers=headers, content=b"hello")})
    fetched = AppObjects(service.client()).get("a", "0-4", {"if-match": '"e1"'})
    assert service.requests[0].headers["range"] == "bytes=0-4"
    assert service.requests[0].headers["if-match"] == '"e1"'
    assert (fetched.data, fetched.type, fetched.metadata, fetched.etag) == (b"hello", "text/plain", {"color": "blue"}, '"e1"')
    assert (fetched.status, fetched.content_range, fetched.size) == (206, "bytes 0-4/10", 5)
    assert "hello" not in repr(fetched)


def test_head_list_and_delete() -> None:
    """A head has a size without bytes; a list has all of a user's objects."""
    service = Service(
        {
            "HEAD /api/files/a": httpx.Response(200, headers={"content-length": "5", "etag": '"e1"'}),
            "GET /api/files": httpx.Response(200, json={"files": [{**ENTRY, "uploaded": "2026-11-20T12:00:00.000Z"}]}),
            "DELETE /api/files/a": httpx.Response(204),
        }
    )
    files = AppObjects(service.client())
    assert (files.head("a").size, files.head("a").data) == (5, b"")
    (entry,) = files.list()
    assert (entry.name, entry.uploaded is not None) == ("a b.txt", True)
    files.delete("a")


def test_presigned_upload_goes_where_the_app_says() -> None:
    """With the declared headers; others can be tried."""
    url = "https://files.fm5.test/b/k?X-Amz-Signature=abc"
    answer = {"url": url, "method": "PUT", "headers": {"Content-Type": "image/png"}, "key": "users/u1/k", "expires_in": 300}
    service = Service({"POST /api/uploads": httpx.Response(200, json=answer), "PUT /b/k": httpx.Response(200)})
    files = AppObjects(service.client())
    presigned = files.presign("k", "image/png")
    assert presigned == PresignedUrl(url, "PUT", {"content-type": "image/png"}, "users/u1/k", 300)
    assert "X-Amz" not in repr(presigned)
    files.upload_presigned(presigned, b"png")
    assert (str(service.requests[-1].url), service.requests[-1].headers["content-type"]) == (url, "image/png")
    files.upload_presigned(presigned, b"png", headers={"content-type": "text/html"})
    assert service.requests[-1].headers["content-type"] == "text/html"


@pytest.mark.parametrize(("status", "code"), [(401, "unauthorized"), (404, "not_found"), (413, "too_large")], ids=["401", "404", "413"])
def test_refusals_carry_the_app_s_word(status: int, code: str) -> None:
    """The app says `error`."""
    service = Service({"GET /api/files/a": httpx.Response(status, json={"error": code})})
    with pytest.raises(Refusal) as caught:
        AppObjects(service.client()).get("a")
    assert (caught.value.status, caught.value.code) == (status, code)


def test_refused_head_has_no_body_to_read() -> None:
    """A HEAD's refusal is a refusal all the same."""
    with pytest.raises(Refusal, match=r"HEAD /api/files/a -> 404 \(empty body\)"):
        AppObjects(Service({"HEAD /api/files/a": httpx.Response(404)}).client()).head("a")


@pytest.mark.parametrize(
    "body", [{}, {"files": {}}, {"files": [{"name": "a"}]}, {"files": [{**ENTRY, "size": "5"}]}], ids=["none", "object", "fields", "size"]
)
def test_list_of_another_shape_is_malformed(body: object) -> None:
    """What is promised is there, or it is said what is not."""
    with pytest.raises(Malformed, match="GET /api/files -> 200: expected"):
        AppObjects(Service({"GET /api/files": httpx.Response(200, json=body)}).client()).list()


def test_other_paths_are_arguments() -> None:
    """Another app keeps its files elsewhere."""
    service = Service({"GET /v1/object/a%2Fb": httpx.Response(200, content=b"x")})
    assert AppObjects(service.client(), ObjectPaths(file="/v1/object/{name}")).get("a/b").data == b"x"
