"""What other hosts of apps answer at a name that nothing is deployed at: those of which gonogo knows no more than this."""

from __future__ import annotations

from clients.platforms.errors import Answered, PlatformError

# Platform, the header that only it sets and its value, what its page is headed with (empty: anything), and where it explains itself.
MARKS: tuple[tuple[str, tuple[str, str], str, str], ...] = (
    ("GitHub Pages", ("server", "github.com"), "site not found", "https://docs.github.com/pages"),
    ("Heroku", ("server", "heroku"), "no such app", "https://devcenter.heroku.com/articles/error-codes"),
    ("Netlify", ("server", "netlify"), "site not found", "https://docs.netlify.com"),
    ("Railway", ("x-railway-fallback", "true"), "", "https://docs.railway.com/reference/errors"),
    ("Render", ("x-render-routing", "no-server"), "", "https://render.com/docs/troubleshooting-deploys"),
)


def recognise(answer: Answered) -> PlatformError | None:
    """The page of a name that no app has."""
    if answer.status < 400:
        return None
    for platform, (header, value), head, page in MARKS:
        marked = answer.headers.get(header, "").lower().startswith(value) and header in answer.headers
        if marked and (not head or any(said.lower().startswith(head) for said in answer.heads)):
            return PlatformError(platform, "placeholder", "no app has this name (yet)", page, absent=True)
    return None
