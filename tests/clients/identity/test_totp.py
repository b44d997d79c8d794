"""One-time codes: those of RFC 6238, from the URI that authenticator apps read."""

from __future__ import annotations

import base64

import httpx
import pytest

from clients.errors import Malformed, Refusal
from clients.identity.better_auth import TWO_FACTORS, BetterAuth
from clients.identity.totp import Totp
from clients.identity.two_factors import TwoFactors
from environments.schema.auth_two_factor import TwoFactorAuth

SEEDS = {"SHA1": b"12345678901234567890", "SHA256": b"12345678901234567890" + b"123456789012", "SHA512": (b"1234567890" * 7)[:64]}


def _uri(**given: str) -> str:
    secret = given.pop("secret", base64.b32encode(SEEDS["SHA1"]).decode().rstrip("="))
    return "otpauth://totp/Acme:anna%40fm5.test?" + "&".join(f"{name}={value}" for name, value in {"secret": secret, **given}.items())


@pytest.mark.parametrize(
    ("algorithm", "moment", "code"),
    [
        ("SHA1", 59, "94287082"),
        ("SHA256", 59, "46119246"),
        ("SHA512", 59, "90693936"),
        ("SHA1", 1111111109, "07081804"),
        ("SHA256", 2000000000, "90698825"),
        ("SHA512", 20000000000, "47863826"),
    ],
)
def test_codes_are_those_of_the_standard(algorithm: str, moment: int, code: str) -> None:
    """https://www.rfc-editor.org/rfc/rfc6238#appendix-B"""
    secret = base64.b32encode(SEEDS[algorithm]).decode()
    totp = Totp.of(_uri(secret=secret, algorithm=algorithm, digits="8", period="30"))
    assert totp.code(moment // 30) == code


def test_uri_has_defaults_and_no_secret_is_shown() -> None:
    """Six digits, half a minute, SHA-1; lower case and blanks in the secret are no mistake."""
    totp = Totp.of(_uri())
    assert (totp.digits, totp.period, totp.algorithm) == (6, 30, "SHA1")
    assert Totp.of(_uri(secret="gezd gnbv gy3t qojq gezd gnbv gy3t qojq".replace(" ", "%20"))) == totp
    assert "1234567890" not in repr(totp)


@pytest.mark.parametrize(
    "uri", ["", "https://fm5.test", "otpauth://hotp/x?secret=GEZDGNBV", "otpauth://totp/x", _uri(digits="x"), _uri(secret="1")]
)
def test_no_uri_is_a_sentence_without_it(uri: str) -> None:
    """Whatever stands there may be a secret."""
    with pytest.raises(ValueError, match="an otpauth://totp/ URI with") as error:
        Totp.of(uri)
    assert "GEZD" not in str(error.value)


def test_wrong_code_is_none_of_those_around_now() -> None:
    """Deployments accept codes of the periods beside this one."""
    totp = Totp(SEEDS["SHA1"])
    for _ in range(200):
        wrong = totp.wrong()
        assert len(wrong) == 6
        assert wrong not in {totp.code(totp.step + shift) for shift in (-2, -1, 0, 1, 2)}


def _auth(answers: dict[str, httpx.Response]) -> BetterAuth:
    transport = httpx.MockTransport(lambda request: answers[request.url.path])
    return BetterAuth(httpx.Client(base_url="https://staging.fm5.test", transport=transport))


def test_enabling_gives_out_codes_and_password_alone_is_a_refusal() -> None:
    """better-auth answers a password that is not enough with 200."""
    auth = _auth(
        {
            "/api/auth/two-factor/enable": httpx.Response(200, json={"totpURI": _uri(), "backupCodes": ["a-1", "b-2"]}),
            "/api/auth/sign-in/email": httpx.Response(200, json={"twoFactorRedirect": True, "twoFactorMethods": ["totp"]}),
        }
    )
    enrolment = TwoFactors(auth, TwoFactorAuth()).enable("password")
    assert enrolment.backup_codes == ("a-1", "b-2")
    assert "a-1" not in repr(enrolment)
    with pytest.raises(Refusal) as refusal:
        auth.sign_in("anna@fm5.test", "password")
    assert (refusal.value.status, refusal.value.code) == (200, TWO_FACTORS)


def test_enabling_without_a_uri_is_malformed() -> None:
    """And the answer is quoted without what may be a secret."""
    auth = _auth({"/api/auth/two-factor/enable": httpx.Response(200, json={"totpURI": "no uri"})})
    with pytest.raises(Malformed, match="an otpauth://totp/ URI"):
        TwoFactors(auth, TwoFactorAuth()).enable("password")
