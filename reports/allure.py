"""Render one self-contained Allure report that asks nothing of the network.

Facts this relies on, of allure 3.18.0: `historyPath` is resolved against the process's folder, every HTML report loads Google Tag
Manager, and no option turns that off (https://github.com/allure-framework/allure3).
"""

import json
import re
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from html.parser import HTMLParser
from pathlib import Path

from base import tools
from reports.errors import ReportError

HISTORY_LIMIT = 30
DEADLINE = 300.0

# The first that matches gives a result its category. The outcome label is ours, see results.py.
_CATEGORIES = [
    {"name": "Waived: somebody answers for it", "matchers": [{"labels": {"outcome": "^waived$"}}], "expand": True},
    {"name": "Deployment fault", "matchers": [{"statuses": ["failed"]}], "expand": True},
    {
        "name": "Inconclusive: something stood in the way",
        "matchers": [{"labels": {"outcome": "^(inconclusive|lost|missing)$"}}],
        "expand": True,
    },
    {"name": "Inconclusive: seen in a run that cannot be used", "matchers": [{"labels": {"outcome": "^observed$"}}], "expand": True},
    {"name": "Inconclusive: gonogo itself broke", "matchers": [{"labels": {"outcome": "^errored$"}}], "expand": True},
    {"name": "Not reached: an earlier step broke", "matchers": [{"labels": {"outcome": "^not reached$"}}]},
    {"name": "Not applicable: not declared", "matchers": [{"labels": {"outcome": "^not applicable$"}}]},
    {"name": "Skipped", "matchers": [{"statuses": ["skipped"]}]},
    {"name": "Inconclusive", "matchers": [{"statuses": ["broken"]}]},
]
_ANALYTICS = re.compile(
    r"<script[^>]*\bsrc=[\"']https://www\.googletagmanager\.com/[^>]*>\s*</script>\s*<script>(?:(?!</script>).)*gtag\((?:(?!</script>).)*</script>\s*",
    re.DOTALL,
)
# Whatever a report shows, evidence included, the browser itself refuses to fetch anything for it.
_POLICY = (
    "default-src 'self' data: blob:; script-src 'unsafe-inline' 'unsafe-eval' data: blob:; style-src 'unsafe-inline' data: blob:; "
    "connect-src data: blob:; form-action 'none'; base-uri 'self'"
)


class RenderError(ReportError):
    """The report could not be rendered. The verdict does not depend on it."""


@dataclass(frozen=True)
class Tools:
    """Where Node and Allure's command line (`cli.js` of the npm package) are."""

    node: Path
    allure: Path

    @classmethod
    def installed(cls) -> "Tools":
        """What set-up has installed. Raises RenderError when it has not."""
        try:
            return cls(tools.node(), tools.allure())
        except tools.ToolMissing as missing:
            raise RenderError(f"not rendered: {missing}") from missing


def render(
    results: Path, report: Path, tools: Tools, *, title: str, facts: Mapping[str, str], history: Path | None = None, front: str = ""
) -> None:
    """Render prepared results into one HTML file.

    `title` names the report, `front` is HTML that stands above it, `facts` are shown as variables above the results, and `history` is the
    file that trends are kept in.
    Works in a folder beside the results. Raises RenderError with what Allure said.
    """
    work = results.with_name(results.name + ".rendered")
    work.mkdir(parents=True, exist_ok=True)
    (work / "allurerc.json").write_text(json.dumps(configuration(work, title, facts, history)), encoding="utf-8")
    command = [str(tools.node), str(tools.allure), "generate", "--config", str(work / "allurerc.json"), "--cwd", str(work), str(results)]
    try:
        done = subprocess.run(
            command,
            cwd=work,
            # Nothing of ours is inherited: secrets are in the environment, and a CI's variables would add links to it.
            env={"PATH": str(tools.node.parent), "HOME": str(work)},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=DEADLINE,
            check=False,
        )
    except OSError as error:
        raise RenderError(f"the report was not rendered: cannot start {tools.node} ({error.strerror}); run `make setup`") from error
    except subprocess.TimeoutExpired as error:
        raise RenderError(f"the report was not rendered: Allure took longer than {DEADLINE:.0f} s") from error
    page = work / "out" / "index.html"
    if done.returncode != 0 or not page.is_file():
        said = " ".join((done.stderr or done.stdout).split())[-300:]
        raise RenderError(f"the report was not rendered: Allure ended with status {done.returncode}: {said or 'no message'}")
    report.parent.mkdir(parents=True, exist_ok=True)
    report.write_text(isolate(page.read_text(encoding="utf-8"), front), encoding="utf-8")


def configuration(work: Path, title: str, facts: Mapping[str, str], history: Path | None) -> dict[str, object]:
    """Allure's configuration. It holds no quality gate: that one says yes when nothing ran."""
    options = {"singleFile": True, "groupBy": ["epic", "feature"], "defaultSortBy": "status,asc", "sections": ["timeline"], "theme": "auto"}
    return {
        "name": title,
        "output": str(work / "out"),
        "plugins": {"awesome": {"options": options}, "agent": {"enabled": False}},
        "variables": dict(facts),
        "categories": _CATEGORIES,
        "appendHistory": history is not None,
        **({"historyPath": str(history), "historyLimit": HISTORY_LIMIT} if history else {}),
    }


def isolate(page: str, front: str = "") -> str:
    """The page without the analytics it comes with, and with a policy under which a browser fetches nothing from outside.

    `front` is put at the beginning of its body.

    Raises RenderError when the page still names an outside resource, which happens when a newer Allure builds its pages differently.
    """
    stripped = _ANALYTICS.sub("", page)
    stripped = stripped.replace("<head>", f'<head>\n    <meta http-equiv="Content-Security-Policy" content="{_POLICY}">', 1)
    stripped = re.sub(r"<body[^>]*>", lambda found: f"{found[0]}\n{front}", stripped, count=1)
    outside = outside_resources(stripped)
    if outside or "googletagmanager" in stripped or _POLICY not in stripped:
        what = ", ".join(outside) or "its analytics"
        raise RenderError(f"the report was not kept: it would load {what}; pin allure to the version that gonogo was tested with")
    return stripped


def outside_resources(page: str) -> list[str]:
    """Addresses from which a browser would load a part of this page."""
    finder = _Resources()
    finder.feed(page)
    return sorted(finder.found)


class _Resources(HTMLParser):
    """Collects what tags load by themselves; a link that somebody has to follow is none of it."""

    _LOADING = frozenset({"src", "srcset", "data", "poster", "background", "href"})

    def __init__(self) -> None:
        super().__init__()
        self.found: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Look at what one tag refers to."""
        for name, value in attrs:
            if name in self._LOADING and tag != "a" and value and re.match(r"\s*(?:https?:|//|ftp:|wss?:)", value, re.IGNORECASE):
                self.found.add(value.strip())
