"""Addresses as somebody changes them who has a permission for something else: one part is another, and the rest is as it was."""

from __future__ import annotations

from urllib.parse import parse_qs, urlsplit

import pytest

from clients.storage.objects import PresignedUrl
from clients.storage.tampering import (
    carries_token,
    changed,
    ticket_for_another_key,
    ticket_with_another_signature,
    with_another_signature,
    without_signature,
)

S3 = "https://s3.example/bucket/u1/a%20b.bin?X-Amz-Credential=key&X-Amz-SignedHeaders=host&X-Amz-Signature=0a1b2c3d4e"
TOKEN = "header-of-a-token.what-it-is-good-for.0123456789abcdefghij"


@pytest.mark.parametrize(
    ("url", "name"),
    [
        (S3, "X-Amz-Signature"),
        ("https://blob.example/c/a?sv=2026&se=2026-12-01T00%3A00%3A00Z&sig=abc%2Bdef%3D", "sig"),
        ("https://cdn.example/a?Policy=abcdefghijklmnopqrstuvwxyz&Signature=xyz&Key-Pair-Id=K1", "Signature"),
        (f"https://x.supabase.example/upload/sign/b/a?token={TOKEN}", "token"),
        ("https://files.example/a?until=1&proof=0123456789abcdef", "proof"),
    ],
    ids=["S3", "Azure", "CloudFront", "Supabase", "somebody's own"],
)
def test_one_letter_of_the_signature_is_another(url: str, name: str) -> None:
    """Of the parameter that is called so, else of the longest."""
    before, after = (parse_qs(urlsplit(each).query) for each in (url, with_another_signature(url)))
    assert [key for key in before if before[key] != after[key]] == [name]
    (old,), (new,) = before[name], after[name]
    assert sum(one != other for one, other in zip(old, new, strict=True)) == 1
    assert urlsplit(with_another_signature(url))[:3] == urlsplit(url)[:3]


def test_token_in_a_path_is_changed_there() -> None:
    """Where an address has no parameters."""
    url = f"https://files.example/upload/{TOKEN}/a.bin"
    assert with_another_signature(url) == url.replace(TOKEN, changed(TOKEN))
    assert with_another_signature("https://files.example/upload/12") == f"https://files.example/upload/{changed('12')}"


@pytest.mark.parametrize(
    ("url", "carries"),
    [
        (S3, True),
        (f"https://files.example/{TOKEN}/a", True),
        ("https://files.example/u1/a.bin", False),
        ("https://files.example/0f8fad5b-d9cb-469f-a165-70867728950e", False),
    ],
)
def test_an_id_is_no_permission(url: str, carries: bool) -> None:
    """An address with nothing but a key is open to whoever knows it."""
    assert carries_token(url) is carries
    assert without_signature(S3) == "https://s3.example/bucket/u1/a%20b.bin"


@pytest.mark.parametrize(
    ("url", "key", "other"),
    [
        (S3, "u1/a b.bin", S3.replace("a%20b.bin", "c%20d.bin")),
        ("https://s3.example/b/u1/0f8f?sig=1", "u1/0f8f", "https://s3.example/b/u1/0f0f?sig=1"),
        ("https://up.example/put?key=u1%2Fa%20b.bin&sig=1", "u1/a b.bin", "https://up.example/put?key=u1%2Fc%20d.bin&sig=1"),
    ],
    ids=["by name", "by id", "in a parameter"],
)
def test_ticket_for_another_key(url: str, key: str, other: str) -> None:
    """The name is another one, or the last part of a key; the signature stays."""
    assert ticket_for_another_key(PresignedUrl(url, "PUT", {}, key, name="a b.bin"), "c d.bin").url == other


def test_form_is_changed_in_its_fields() -> None:
    """An S3 POST policy: key and signature are fields, and its address stays."""
    fields = {"key": "u1/a.bin", "Policy": "e30=" * 20, "X-Amz-Signature": "0a1b2c"}
    ticket = PresignedUrl("https://s3.example/b", "POST", {}, "u1/a.bin", 0, fields, name="a.bin")
    assert ticket_for_another_key(ticket, "c.bin").fields == {**fields, "key": "u1/c.bin"}
    assert ticket_with_another_signature(ticket).fields == {**fields, "X-Amz-Signature": changed("0a1b2c")}
    assert ticket_with_another_signature(ticket).url == ticket.url
