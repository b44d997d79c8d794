"""Resend: what was sent to whom, and what became of it (https://resend.com/docs/api-reference)."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from email.utils import parseaddr
from threading import Event
from typing import Any

import httpx

from base.waiting import pause, until
from clients.errors import Inconclusive, Malformed
from clients.mail.mails import Mail, links_of, parse_created
from clients.wire.answers import json_object, malformed, media_type, object_of, part, retry_after
from clients.wire.walls import recognise

ENDED = frozenset({"delivered", "bounced", "complained", "suppressed", "failed", "canceled"})
_PAGE = 100
_PAGES = 20
_CLOCK_SKEW = timedelta(seconds=120)
_LIMITED_TRIES = 5
_LIMITED_PAUSE = 1.0
_LONGEST_PAUSE = 10.0


class Resend:
    """A reading client. The key needs full access: one that may only send cannot read (401 ``restricted_api_key``).

    A 429 is waited out for as long as ``retry-after`` says, five times at most; the documented limits disagree with each other, so none
    is assumed. Every method raises :class:`~clients.errors.Refusal` with Resend's ``name`` as code, :class:`~clients.errors.Unreachable`,
    or :class:`~clients.errors.Inconclusive` for a 5xx, a challenge, and whatever else is not the answer that is documented: none of it is
    the deployment's.
    """

    def __init__(self, http: httpx.Client, key: str, *, cancelled: Event | None = None) -> None:
        """``http``: a client whose base URL is Resend's API, without cookies of an actor."""
        self.http, self._key, self._cancelled = http, key, cancelled

    def list(self, limit: int = 20, after: str | None = None) -> tuple[Mail, ...]:
        """The newest mails, or those before the mail ``after``; without their text (see :meth:`get`)."""
        return self._page(limit, after)[0]

    def get(self, mail_id: str) -> Mail:
        """One mail with its text and its latest event."""
        response = self._get(f"/emails/{mail_id}")
        with _as_documented(response):
            return _mail(response, json_object(response))

    def for_recipient(self, address: str, since: datetime, *, full: bool = True) -> tuple[Mail, ...]:
        """All mails to ``address`` since a moment (two minutes of clock difference allowed), oldest first; ``full``: with their text.

        A name may stand before the address.

        :raises Inconclusive: when ``since`` is not reached within 2,000 mails.
        """
        found: tuple[Mail, ...] = ()
        after: str | None = None
        for _ in range(_PAGES):
            page, more, response = self._page(_PAGE, after)
            recent = tuple(mail for mail in page if mail.created >= since - _CLOCK_SKEW)
            found += tuple(mail for mail in recent if address.lower() in (parseaddr(to)[1].lower() for to in mail.to))
            if not more or len(recent) < len(page) or not page:
                return tuple(self.get(mail.id) if full else mail for mail in reversed(found))
            after = page[-1].id
        with _as_documented(response):
            raise malformed(response, f"the mails since {since:%H:%M:%S} within {_PAGE * _PAGES}")

    def await_mail(self, address: str, since: datetime, *, within: float, accept: Callable[[Mail], bool] = lambda _: True) -> Mail:
        """Wait until a mail to ``address`` that ``accept`` takes exists; it may not have been delivered yet.

        :raises Overdue: after ``within`` seconds, naming the mails that were seen.
        """

        def fitting() -> tuple[Mail, ...]:
            return tuple(mail for mail in self.for_recipient(address, since) if accept(mail))

        what = f"a mail to {address}"
        return until(fitting, bool, within=within, what=what, first=0.1, cancelled=self._cancelled)[0]

    def await_end(self, mail_id: str, *, within: float) -> Mail:
        """Wait until what became of a mail is final: delivered, bounced, complained, suppressed, failed or canceled."""

        def look() -> Mail:
            return self.get(mail_id)

        def ended(mail: Mail) -> bool:
            return mail.last_event in ENDED

        return until(look, ended, within=within, what=f"the end of mail {mail_id}", first=0.1, cancelled=self._cancelled)

    def _page(self, limit: int, after: str | None) -> tuple[tuple[Mail, ...], bool, httpx.Response]:
        response = self._get("/emails", {"limit": str(limit), **({"after": after} if after else {})})
        with _as_documented(response):
            answer = json_object(response)
            data = part(response, answer, "data")
            if not isinstance(data, list):
                raise malformed(response, "a JSON array under 'data'")
            return tuple(_mail(response, entry) for entry in data), bool(answer.get("has_more")), response

    def _get(self, path: str, query: dict[str, str] | None = None) -> httpx.Response:
        for attempt in range(_LIMITED_TRIES):
            response = self.http.get(path, params=query, headers={"authorization": f"Bearer {self._key}"})
            if response.status_code != 429 or attempt == _LIMITED_TRIES - 1:
                break
            asked = retry_after(response)
            pause(min(_LIMITED_PAUSE if asked is None else asked, _LONGEST_PAUSE), self._cancelled)
        answers = f"{response.request.url.host} answers {response.status_code}"
        if response.status_code >= 500:
            raise Inconclusive(f"{answers}: the mail provider has trouble of its own, so nobody knows what arrived")
        if wall := recognise(response.status_code, response.headers.multi_items(), response.content):
            raise Inconclusive(f"{answers} with {wall.what} to this machine, so nobody knows what arrived: verify from another network")
        if response.is_error and object_of(response) is None:  # a page of something in between; the API's own refusals are JSON
            raise Inconclusive(
                f"{answers} with {media_type(response) or 'no content type'} instead of JSON: that is not the mail provider's API, so "
                "nobody knows what arrived"
            )
        return response


@contextmanager
def _as_documented(response: httpx.Response) -> Iterator[None]:
    try:
        yield
    except Malformed as error:
        host = response.request.url.host
        raise Inconclusive(f"{host} does not answer as the mail provider documents it, so nobody knows what arrived: {error}") from error


def _mail(response: httpx.Response, value: Any) -> Mail:
    to = part(response, value, "to")
    html, text = str(value.get("html") or ""), str(value.get("text") or "")
    try:
        created = parse_created(str(part(response, value, "created_at")))
    except ValueError:
        raise malformed(response, "a created_at that is a time") from None
    return Mail(
        id=str(part(response, value, "id")),
        sender=str(part(response, value, "from")),
        to=tuple(map(str, to)) if isinstance(to, list) else (str(to),),
        subject=str(value.get("subject") or ""),
        created=created,
        last_event=str(value.get("last_event") or ""),
        html=html,
        text=text,
        links=links_of(html, text),
    )
