"""The code in a mail, among everything that looks like one."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from clients.errors import Unclear
from clients.mail.codes import code_of, seen
from clients.mail.mails import Mail


def _mail(text: str = "", html: str = "", subject: str = "Sign in") -> Mail:
    return Mail("1", "a@acme.example", ("b@acme.example",), subject, datetime.now(UTC), "delivered", html, text)


PAGE = """<html><head><style>.box{color:#123456;width:600px}</style><title>998877</title></head>
<body style="background:#445566"><div style="display:none">Your code 111111 is inside</div>
<table width="6000"><tr><td><h1>Sign in to Acme</h1></td></tr>
<tr><td>Enter this code within 10 minutes:</td></tr><tr><td align="center"><strong>{code}</strong></td></tr>
<tr><td><a href="https://acme.example/in?t=555555">https://acme.example/in?t=555555</a></td></tr>
<tr><td>© 2026 Acme Inc., 2261 Market Street #4667, San Francisco, CA 94114</td></tr></table></body></html>"""


@pytest.mark.parametrize(
    ("mail", "code"),
    [
        (_mail("Your code is 123456"), "123456"),
        (_mail("123456"), "123456"),
        (_mail("Hello Ada,\n\n    0042\n\nis your code. It is good for 5 minutes.\n\nAcme, 12345 Berlin, +49 30 1234567"), "0042"),
        (_mail("Your verification code: 123 456\n"), "123456"),
        (_mail("Use 123-456 to sign in."), "123456"),
        (_mail("Use code A1B2C3 to sign in."), "A1B2C3"),
        (_mail("Dein Code lautet: QWERTZ"), "QWERTZ"),
        (_mail("Votre code est 7788 .\nCopyright 2025-2026 Acme"), "7788"),
        (_mail("ABCD-1234\n\nType this in."), "ABCD-1234"),
        (_mail("Here is your one-time password\n\n1 2 3 4 5 6\n"), "123456"),
        (_mail("Your code is 2026."), "2026"),
        (_mail("Order 4711 of 2026-12-01 at 12:30 for $1,234.00, 20% off. Your code is 8642."), "8642"),
        (_mail("Code: 123456\nOr open https://acme.example/verify?code=654321&n=1234"), "123456"),
        (_mail(html=PAGE.replace("{code}", "864209")), "864209"),
        (_mail("Your code: 864209", PAGE.replace("{code}", "864209")), "864209"),
        (_mail(html=PAGE.replace("{code}", "<span>8</span><span>6</span><span>4</span><span>2</span>")), "8642"),
        (_mail(html="<p>Code&nbsp;is: <b>31&#51;37</b></p>"), "31337"),
        (_mail("Somebody wants in.", subject="123456 is your Acme code"), "123456"),
        (_mail("4711\n\nor\n\n123456", subject="123456 is your Acme code"), "123456"),
        (_mail("Hi 4711! Use 987654 before 18:00."), "987654"),
        (_mail("Ihr Anmeldecode:\r\n\r\n=> 135790 <=\r\n"), "135790"),
    ],
)
def test_code_is_found_among_what_is_none(mail: Mail, code: str) -> None:
    """As a person would."""
    assert code_of(mail, len(code.replace("-", "")) if "Hi 4711" in mail.text else None) == code


@pytest.mark.parametrize(
    ("mail", "says"),
    [
        (_mail("Welcome to ACME 2026"), "no code of 4 to 10 digits"),
        (_mail("", ""), "it is empty"),
        (_mail("Open https://acme.example/in/123456"), "[link]"),
        (_mail("Use 111111 or 222222"), "2 words that could be its code: 'Use 000000 or 000000'"),
        (_mail("111111\n222222"), "2 words"),
    ],
)
def test_mail_without_one_code_is_quoted_by_its_shape(mail: Mail, says: str) -> None:
    """And no code is in the sentence."""
    with pytest.raises(Unclear) as unclear:
        code_of(mail)
    assert says in str(unclear.value)
    assert not any(secret in str(unclear.value) for secret in ("111111", "222222", "123456"))


def test_length_decides_where_it_is_known() -> None:
    """A declared length leaves out everything else."""
    mail = _mail("Your code 123456 for room 4711")
    assert code_of(mail, 6) == "123456"
    with pytest.raises(Unclear, match="no code of 8 characters"):
        code_of(mail, 8)


def test_what_is_not_shown_is_not_read() -> None:
    """Neither scripts, nor what is hidden, whatever lies in it."""
    text = seen("<div style='display: none'><div>1</div>2</div><script>3</script>4<img alt='5'><p>6<br>7</p>")
    assert [line for line in text.split("\n") if line] == ["4", "6", "7"]
