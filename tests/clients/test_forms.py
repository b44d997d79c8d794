"""Forms of many shapes: the fields are found by their names and by what they are for, and what a page says against them is quoted."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from urllib.parse import parse_qs

import pytest

from clients.browser import forms
from clients.browser.browsing import Browsing
from clients.browser.forms import Called, Form, NoField
from tests.clients.servers import Answer, Arrived, Server, serving
from tests.clients.test_browser import ORIGIN, chromium, needs_chromium, page

pytestmark = needs_chromium

EMAIL, NAME, PASSWORD = "ada@acme.example", "Ada L", "Correct-Horse-99"
USUAL = {"name": Called("Name", declared=False), "email": Called("E-mail", declared=False), "password": Called("Password", declared=False)}
CREATE = Called("Create account", declared=False)


def field(label: str, name: str, more: str = "") -> str:
    """A field inside of its label."""
    return f"<label>{label} <input name={name} {more}></label>"


SECRET, MAIL = "type=password", "type=email"
PLAIN = field("Name", "n") + field("E-mail", "e") + field("Password", "p", SECRET)
# Fields of sign-up forms as people build them, without a word in the file.
SHAPES = {
    "labels around": PLAIN,
    "labels with stars": "<label for=n>Name *</label><input id=n name=n>"
    "<label for=e>E-mail <span aria-hidden=true>*</span></label><input id=e name=e>"
    "<label for=p>Password (required)</label><input id=p name=p type=password>",
    "other words, and types": field("Full name", "n", "autocomplete=name")
    + field("Email address", "e", MAIL)
    + field("Choose one", "p", SECRET),
    "placeholders": "<input name=n placeholder=Name><input name=e placeholder=E-mail><input name=p placeholder=Password type=password>",
    "aria": "<input name=n aria-label=Name><span id=m>E-mail</span><input name=e aria-labelledby=m>"
    "<input name=p type=password aria-label=Password>",
    "autofill": "<input name=n autocomplete='section-a name'><input name=e autocomplete=username>"
    "<input name=p type=password autocomplete=new-password>",
    "a second password": field("Name", "n")
    + field("Email", "e", MAIL)
    + field("Pick one", "p", SECRET)
    + field("Once more", "again", SECRET),
    "in other letters": field("name", "n") + field("E-MAIL", "e") + field("password:", "p", SECRET),
    "a search box above": f"<form action=/search><input type=search name=q placeholder=Search><button>Go</button></form>{PLAIN}",
    "drawn later": f"<p id=late></p><script>setTimeout(() => {{ late.innerHTML = '{PLAIN}' }}, 400)</script>",
}
BUTTONS = {
    "called so": "<button>Create account</button>",
    "in other letters": "<button>create ACCOUNT</button>",
    "another word": "<button>Join us</button>",
    "beside another": "<button type=button>Show</button><button type=submit>Go on</button>",
    "an input": "<input type=submit value=Continue>",
}


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """Takes whatever is sent to /take, and shows nothing else but what a test has put there."""
    with serving(tmp_path_factory.mktemp("site"), "staging.fm5.test") as server:
        yield server


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is not there is not waited for as long as on a slow page."""
    monkeypatch.setattr(forms, "_APPEARS", 1000.0)


@pytest.fixture(scope="module")
def browsing(site: Server) -> Iterator[Browsing]:
    """One browser for all forms."""
    with chromium(site).open(ORIGIN) as opened:
        yield opened


def shown(
    site: Server, browsing: Browsing, fields: str, button: str = "<button>Create account</button>", taken: Answer | None = None
) -> dict[str, str]:
    """Opens a page with such a form. What is sent will be in the dictionary."""
    sent: dict[str, str] = {}

    def take(arrived: Arrived) -> Answer:
        sent.update({key: values[0] for key, values in parse_qs(arrived.body.decode(), keep_blank_values=True).items()})
        return taken or page("<h1>Welcome</h1>")

    site.routes["/take"] = take
    head, form, rest = fields.rpartition("</form>")
    site.routes["/form"] = lambda _: page(f"<link rel=icon href='data:,'>{head}{form}<form method=post action=/take>{rest}{button}</form>")
    browsing.open("/form")
    return sent


@pytest.mark.parametrize("shape", SHAPES)
def test_fields_are_found_without_a_word_in_the_file(site: Server, browsing: Browsing, shape: str) -> None:
    """By the usual names, else by what they are for."""
    sent, form = shown(site, browsing, SHAPES[shape]), Form(browsing)
    form.fill("email", EMAIL, USUAL["email"])
    form.fill("name", NAME, USUAL["name"])
    form.fill("new password", PASSWORD, USUAL["password"], secret=True)
    answer = browsing.submitted(form.button(CREATE, beside="password").click, EMAIL)
    assert answer.through
    assert (sent["n"], sent["e"], sent["p"]) == (NAME, EMAIL, PASSWORD)


@pytest.mark.parametrize("kind", BUTTONS)
def test_button_that_sends_the_form_is_found(site: Server, browsing: Browsing, kind: str) -> None:
    """By its name, else as the one that sends the form with the password."""
    sent, form = shown(site, browsing, SHAPES["labels around"], BUTTONS[kind]), Form(browsing)
    form.fill("email", EMAIL, USUAL["email"])
    assert browsing.submitted(form.button(CREATE, beside="password").click, EMAIL).through
    assert sent["e"] == EMAIL


def test_further_fields_are_answered(site: Server, browsing: Browsing) -> None:
    """Texts, lists, choices and boxes, also one that a stylesheet has drawn over."""
    fields = (
        field("Company", "company"),
        "<label>Country <select name=country><option value=at>Austria</option><option value=ch>Switzerland</option></select></label>",
        "<label><input type=radio name=plan value=free> Free</label><label><input type=radio name=plan value=pro> Pro</label>",
        "<style>.box { opacity: 0; position: absolute; width: 0; height: 0 }</style>",
        "<input type=checkbox class=box id=terms name=terms><label for=terms>I accept the terms</label>",
        field("Repeat password", "again", SECRET),
    )
    sent, form = shown(site, browsing, "".join(fields)), Form(browsing)
    answers: dict[str, str | bool] = {"Company": "Acme", "Country": "Switzerland", "Pro": "yes"}
    for label, value in {**answers, "I accept the terms": True, "Repeat password": PASSWORD}.items():
        form.answer(label, value)
    assert browsing.submitted(form.button(CREATE).click).through
    assert sent == {"company": "Acme", "country": "ch", "plan": "pro", "terms": "on", "again": PASSWORD}


def test_declared_name_is_demanded(site: Server, browsing: Browsing) -> None:
    """What the file says is looked for, and nothing in its place; the message names what there is."""
    shown(site, browsing, SHAPES["other words, and types"])
    with pytest.raises(NoField) as missing:
        Form(browsing).field("email", Called("Work e-mail"))
    said = str(missing.value)
    assert "/form has no field called 'Work e-mail' for the email: its fields are 'Full name', 'Email address', 'Choose one'" in said
    assert "its buttons are 'Create account'" in said


def test_field_that_is_there_twice_is_not_guessed(site: Server, browsing: Browsing) -> None:
    """Which of them is meant the file has to say."""
    shown(site, browsing, "<label>Private <input name=a type=email></label><label>Business <input name=b type=email></label>")
    with pytest.raises(NoField, match="no field called 'E-mail'"):
        Form(browsing).field("email", USUAL["email"])


SAYS = {
    "a field that must not be empty": (
        "<label>E-mail <input name=e required></label>",
        None,
        "the field 'E-mail' is not valid (Please fill out this field.)",
    ),
    "an alert": ("<p role=alert>That password was in a leak.</p>", None, "the page says 'That password was in a leak.'"),
    "a field that the page calls invalid": (
        "<label>Password <input name=p aria-invalid=true aria-describedby=why></label><small id=why>One symbol at least.</small>",
        None,
        "the field 'Password' is not valid (One symbol at least.)",
    ),
    "a sentence in a class": ("<div class='form-error-text'>Sign-up is closed.</div>", None, "the page says 'Sign-up is closed.'"),
}


@pytest.mark.parametrize("case", SAYS)
def test_page_is_quoted(site: Server, browsing: Browsing, case: str) -> None:
    """In its own words, and by the name of the field."""
    fields, _, said = SAYS[case]
    shown(site, browsing, fields)
    assert said in str(Form(browsing).complaints())


def test_what_is_quoted_is_data(site: Server, browsing: Browsing) -> None:
    """At a bounded length, on one line, without what was typed as a secret."""
    Form(browsing)
    shown(site, browsing, f"<p role=alert>{PASSWORD} ::error::x {'a' * 5000}</p><label>Password <input name=p type=password></label>")
    Form(browsing).fill("password", PASSWORD, USUAL["password"], secret=True)
    said = str(Form(browsing).complaints())
    assert PASSWORD not in said
    assert "::error::" not in said
    assert len(said) < 600


def test_nothing_sent_is_told_from_refused(site: Server, browsing: Browsing) -> None:
    """A field that the browser itself finds wrong keeps the form where it is; a beacon of the page is no form."""
    beacon = "<script>setInterval(() => fetch('/beacon', {method: 'POST', body: 'x'}), 50)</script>"
    site.routes["/beacon"] = lambda _: Answer(200)
    shown(site, browsing, f"{beacon}<label>E-mail <input name=e type=email required></label><label>Code <input name=c required></label>")
    form = Form(browsing)
    form.fill("email", EMAIL, USUAL["email"])
    answer = browsing.submitted(form.button(CREATE).click, EMAIL, within=1.0)
    assert (answer.status, answer.moved, answer.through) == (None, False, False)
    refused = shown(site, browsing, SHAPES["labels around"], taken=Answer(422, json.dumps({"code": "WEAK"}).encode()))
    form.fill("email", EMAIL, USUAL["email"])
    answer = browsing.submitted(form.button(CREATE).click, EMAIL)
    assert (answer.status, answer.through) == (422, False)
    assert answer.failed == ("POST https://staging.fm5.test/take -> 422",)
    assert refused["e"] == EMAIL


def test_form_that_a_script_sends_is_the_one_with_what_was_typed(site: Server, browsing: Browsing) -> None:
    """As JSON, with another call ahead of it."""
    script = (
        "<script>document.querySelector('form').onsubmit = async event => { event.preventDefault();"
        " await fetch('/events', {method: 'POST', body: '{}'});"
        " await fetch('/api/sign-up', {method: 'POST', body: JSON.stringify({e: e.value})}) }</script>"
    )
    site.routes["/events"] = lambda _: Answer(204)
    site.routes["/api/sign-up"] = lambda _: Answer(409)
    shown(site, browsing, "<label>E-mail <input id=e name=e></label>", f"<button>Create account</button>{script}")
    form = Form(browsing)
    form.fill("email", EMAIL, USUAL["email"])
    assert browsing.submitted(form.button(CREATE).click, EMAIL).status == 409


def test_choice_of_a_file_may_be_out_of_sight(site: Server, browsing: Browsing) -> None:
    """Something else is drawn in its place; it takes the file all the same."""
    shown(site, browsing, "<label for=f>Drop it here</label><input id=f type=file hidden>")
    field = Form(browsing).field("file", Called("File", declared=False))
    field.set_input_files({"name": "a.txt", "mimeType": "text/plain", "buffer": b"a"})
    assert field.evaluate("e => e.files[0].name") == "a.txt"


def test_button_that_only_a_script_sends_with_is_found(site: Server, browsing: Browsing) -> None:
    """As many pages have it: no button of the form sends it by itself, and there is one."""
    shown(site, browsing, SHAPES["labels around"], "<button type=button onclick='this.form.submit()'>Next</button>")
    form = Form(browsing)
    form.fill("email", EMAIL, USUAL["email"])
    assert browsing.submitted(form.button(CREATE, beside="password").click, EMAIL).through


def slow(_: Arrived) -> Answer:
    """A page that takes a moment."""
    time.sleep(0.3)
    return page("<h1>Slow</h1>")


@pytest.mark.parametrize("after", [0, 20, 60, 200])
def test_page_that_goes_on_by_itself_keeps_nobody_from_an_address(site: Server, browsing: Browsing, after: int) -> None:
    """Whoever types one gets there, though a form that was just sent was about to lead elsewhere."""
    site.routes |= {"/start": lambda _: page("<h1>Start</h1>"), "/slow": slow}
    shown(site, browsing, PLAIN)
    browsing.page.evaluate(f"setTimeout(() => {{ location.href = '/start' }}, {after})")
    assert browsing.open("/slow") is not None
    assert browsing.page.get_by_role("heading", name="Slow").is_visible()
