"""What platforms answer in a deployment's place: told by their own marks, with a sentence about each code."""

from __future__ import annotations

import httpx
import pytest

from clients.health import Distribution, sample
from clients.platforms import cloudflare_errors, vercel_errors
from clients.platforms.errors import recognise
from clients.wire.answers import refuse

CLOUDFLARE = (("server", "cloudflare"), ("cf-ray", "0"))
VERCEL = (("server", "Vercel"), ("x-vercel-id", "fra1::1"))
NOTHING_YET = "<!doctype html><title>Soon</title><h1>There is nothing here yet</h1>"
CLOUDFLARE_PAGE = '<h1><span class="inline-block">Error</span><span class="code-label">Error code 521</span></h1>'
TITLED = "<html><head><title>acme.example | 526: Invalid SSL certificate</title></head></html>"
VERCEL_TEXT = "The deployment could not be found on Vercel.\n\nDEPLOYMENT_NOT_FOUND\n\nfra1::abcde-1676"

ABSENT = [
    pytest.param(404, (), NOTHING_YET, "placeholder", id="N1, N3 placeholder-404"),
    pytest.param(200, (), NOTHING_YET, "placeholder", id="N2 placeholder-200"),
    pytest.param(404, (), "Nothing is here yet", "placeholder", id="N3 as text"),
    pytest.param(404, CLOUDFLARE, "error code: 1042", "1042", id="N4 code-1042"),
    pytest.param(530, CLOUDFLARE, "error code: 1016", "1016", id="N4 code-1016"),
    pytest.param(522, CLOUDFLARE, "error code: 522", "522", id="N4 code-522"),
    pytest.param(404, (("x-vercel-error", "DEPLOYMENT_NOT_FOUND"),), "", "DEPLOYMENT_NOT_FOUND", id="N4 vercel-not-found"),
    (404, VERCEL, VERCEL_TEXT, "DEPLOYMENT_NOT_FOUND"),
    (410, (("x-vercel-error", "DEPLOYMENT_DELETED"),), "", "DEPLOYMENT_DELETED"),
    (530, CLOUDFLARE, "", "530"),
    (523, CLOUDFLARE, "<html></html>", "523"),
    (521, CLOUDFLARE, CLOUDFLARE_PAGE, "521"),
    (530, CLOUDFLARE, "<title>Error 1033</title>", "1033"),
    (404, (("server", "GitHub.com"),), "<title>Site not found &middot; GitHub Pages</title>", "placeholder"),
    (404, (("server", "Netlify"),), "<title>Site not found</title>", "placeholder"),
    (404, (("x-railway-fallback", "true"),), '{"message": "Application not found"}', "placeholder"),
]
BROKEN = [
    pytest.param(500, CLOUDFLARE, "error code: 1101", "1101", "the Worker threw", id="N5 code-1101"),
    pytest.param(503, CLOUDFLARE, "error code: 1102", "1102", "processor time", id="N5 code-1102"),
    pytest.param(500, (("x-vercel-error", "FUNCTION_INVOCATION_FAILED"),), "", "FUNCTION_", "the function crashed", id="N5 vercel-crashed"),
    pytest.param(402, (("x-vercel-error", "DEPLOYMENT_DISABLED"),), "", "DEPLOYMENT_DISABLED", "not paid", id="N5 vercel-disabled"),
    (504, VERCEL, "<p>504</p><span>Code: <code>FUNCTION_INVOCATION_TIMEOUT</code></span>", "FUNCTION_INVOCATION_TIMEOUT", "in time"),
    (508, (("x-vercel-error", "INFINITE_LOOP_DETECTED"),), "", "INFINITE_LOOP_DETECTED", "in a circle"),
    (503, (("x-vercel-error", "DEPLOYMENT_PAUSED"),), "", "DEPLOYMENT_PAUSED", "paused"),
    (404, (("x-vercel-error", "NOT_FOUND"),), "", "NOT_FOUND", "nothing at this path"),
    (500, (("x-vercel-error", "SOMETHING_NEW"),), "", "SOMETHING_NEW", "could not serve"),
    (429, CLOUDFLARE, "error code: 1015", "1015", "rate limited"),
    (520, CLOUDFLARE, "", "520", "an answer that is none"),
    (524, CLOUDFLARE, "", "524", "in time"),
    (525, CLOUDFLARE, "", "525", "TLS handshake"),
    (526, CLOUDFLARE, TITLED, "526", "certificate"),
    (500, CLOUDFLARE, "error code: 1199", "1199", "the platform itself"),
]


@pytest.mark.parametrize(("status", "headers", "body", "code"), ABSENT)
def test_nothing_is_deployed(status: int, headers: tuple[tuple[str, str], ...], body: str, code: str) -> None:
    """A placeholder, or a code that says so."""
    error = recognise(status, headers, body.encode())
    assert error is not None
    assert code in error.code
    assert error.absent
    assert error.page.startswith("https://")


@pytest.mark.parametrize(("status", "headers", "body", "code", "words"), BROKEN)
def test_what_is_deployed_does_not_work(status: int, headers: tuple[tuple[str, str], ...], body: str, code: str, words: str) -> None:
    """Each code has a sentence and the page that explains it; a refusal says them."""
    error = recognise(status, headers, body.encode())
    assert error is not None
    assert not error.absent
    assert code in error.code
    response = httpx.Response(status, headers=list(headers), text=body, request=httpx.Request("GET", "https://acme.example/status"))
    refusal = str(refuse(response))
    assert words in refusal
    assert error.page in refusal


@pytest.mark.parametrize(
    ("status", "headers", "body"),
    [
        (200, CLOUDFLARE, "error code: 1101"),
        (404, (), "error code: 1042"),
        (500, CLOUDFLARE, '{"error": "error code: 1101"}'),
        (500, CLOUDFLARE, "Internal Server Error"),
        (404, CLOUDFLARE, "not found"),
        (502, CLOUDFLARE, "error code: 502"),
        (200, (), '{"message": "There is nothing here yet"}'),
        (200, (), "<title>Acme</title><p>Your basket: there is nothing here yet</p>"),
        (404, VERCEL, "<h1>404</h1> nothing"),
        (500, (), "FUNCTION_INVOCATION_FAILED"),
        (500, (("x-vercel-error", "not a code\x1b[2J"),), ""),
        (200, (("server", "Netlify"),), "<title>Site not found</title>"),
        (503, (), ""),
    ],
)
def test_own_answer_of_a_deployment_is_none(status: int, headers: tuple[tuple[str, str], ...], body: str) -> None:
    """Without the platform's marks, in a success, or in the middle of something else."""
    assert recognise(status, headers, body.encode()) is None


def test_every_code_is_explained() -> None:
    """Those that the tables must not lose, each with words of its own."""
    numbers = {"520", "521", "522", "523", "524", "525", "526", "530", "1015", "1016", "1042", "1101", "1102"}
    assert numbers <= cloudflare_errors.CODES.keys()
    names = {"DEPLOYMENT_NOT_FOUND", "DEPLOYMENT_DISABLED", "DEPLOYMENT_PAUSED", "NOT_FOUND", "INFINITE_LOOP_DETECTED"}
    assert names | {"FUNCTION_INVOCATION_FAILED", "FUNCTION_INVOCATION_TIMEOUT"} <= vercel_errors.CODES.keys()
    meanings = [row[0] for row in cloudflare_errors.CODES.values()] + [row[0] for row in vercel_errors.CODES.values()]
    assert all(len(meaning) > 15 for meaning in meanings)


def test_health_that_only_errs_has_no_percentiles() -> None:
    """N6: how fast errors came is nothing that anybody asked; what they were is said once."""
    broken = httpx.MockTransport(lambda _: httpx.Response(500, headers=dict(CLOUDFLARE), text="error code: 1101"))
    seen = sample(lambda: httpx.Client(base_url="https://acme.example", transport=broken), "/status", requests=6)
    said = " ".join(seen.histogram().split())
    assert said.startswith("6 of 6 failed error: 500 Cloudflare error 1101: the Worker threw an exception")
    assert said.endswith("(6 times)")
    assert "nan" not in Distribution((), ("refused",)).histogram()
