"""What is kept in the repository: nothing of one machine, nothing secret, nothing unfinished, and documents that lead somewhere."""

from __future__ import annotations

import json
import re
import subprocess
import tomllib
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from tests.house import ROOT

CODE = {".py", ".mjs", ".js", ".ts", ".sh"}
LINES = 400
CHECK_LINES = 250
BYTES = 1_000_000

# The patterns are written so that this file does not match itself.
REGISTRY = re.compile(r"registry\.npmjs|pypi\.org/simple|files\.pythonhosted|deb\.debian\.org", re.IGNORECASE)
MACHINE = re.compile(r"(?<![\w.~{}>-])/(?:work|root)/\w")
PERSONAL = re.compile(r"(?<![\w.~{}>-])/(?:(?:var/)?tmp|home/\w+|Users/\w+)/\w")
UNFINISHED = re.compile(r"\b(?:TO[D]O|FIX[M]E|X{3})\b|raise Not[I]mplementedError|not implemented[ ]yet")
SECRETS = {
    "a private key": re.compile(r"-----BEGIN [A-Z ]*PRIVATE[ ]KEY-----"),
    "a GitHub token": re.compile(r"\bgh[pousr]_[A-Za-z0-9]{36}"),
    "an AWS access key": re.compile(r"\bAKIA[0-9A-Z]{16}\b"),
    "a Resend key": re.compile(r"\bre_[A-Za-z0-9]{8}_[A-Za-z0-9]{20,}"),
    "a webhook secret": re.compile(r"\bwhsec_[A-Za-z0-9+/]{32,}"),
    "a JSON web token": re.compile(r"\beyJ[\w-]{16,}\.eyJ[\w-]{16,}\.[\w-]{16,}"),
    "a Slack token": re.compile(r"\bxox[baprs]-[0-9A-Za-z-]{20,}"),
}
# Made-up values that a scrubber has to recognise.
MADE_UP = ("tests/clients/test_redaction.py",)


@cache
def tracked() -> tuple[Path, ...]:
    """Every file that git tracks and that is there."""
    listed = subprocess.run(
        ["git", "-c", "safe.directory=*", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True, text=True
    ).stdout
    files = tuple(ROOT / name for name in listed.split("\0") if name and (ROOT / name).is_file())
    assert files, "git lists no file: these tests need a checkout"
    return files


@cache
def texts() -> tuple[tuple[str, str], ...]:
    """Name and text of every tracked text file."""
    found = []
    for file in tracked():
        content = file.read_bytes()
        if b"\0" not in content[:8000]:
            found.append((file.relative_to(ROOT).as_posix(), content.decode("utf-8")))
    return tuple(found)


def lines_with(pattern: re.Pattern[str], *, but: tuple[str, ...] = ()) -> list[str]:
    """`file:line: the match` for every line that the pattern finds, outside of files that begin with one of `but`."""
    return [
        f"{name}:{number}: {match.group()}"
        for name, text in texts()
        if not name.startswith(but)
        for number, line in enumerate(text.splitlines(), 1)
        if (match := pattern.search(line))
    ]


def test_no_registry_is_named() -> None:
    """A package comes from the registry that the user's tools are set to."""
    assert not lines_with(REGISTRY)


def test_no_path_of_one_machine() -> None:
    """Nothing depends on where somebody's checkout lies."""
    assert not lines_with(MACHINE, but=("docs/",))


def test_folders_are_asked_for() -> None:
    """Code takes the home and the temporary folder that the system says; only tests may make up a path."""
    assert not [place for place in lines_with(PERSONAL, but=("docs/", "tests/")) if ".test." not in place]


def test_nothing_is_marked_unfinished() -> None:
    """Open work belongs in an issue, not in a comment."""
    assert not lines_with(UNFINISHED)


@pytest.mark.parametrize("kind", SECRETS)
def test_no_secret(kind: str) -> None:
    """Environment files name secret variables; values are nowhere."""
    places = [place.rpartition(": ")[0] for place in lines_with(SECRETS[kind], but=MADE_UP)]
    assert not places, f"{kind} in {places}"


def test_files_are_small() -> None:
    """A file does one job: source files stay short, files of checks shorter, and nothing big is tracked."""
    long = []
    for name, text in texts():
        most = CHECK_LINES if re.match(r"suites/.*/test_", name) else LINES
        if Path(name).suffix in CODE and (count := text.count("\n")) > most:
            long.append(f"{name}: {count} lines, at most {most}: split it by job")
    big = [f"{file.relative_to(ROOT)}: {file.stat().st_size} bytes" for file in tracked() if file.stat().st_size > BYTES]
    assert not long + big, "\n".join(long + big)


def test_output_is_ignored(tmp_path: Path) -> None:
    """What the commands make is never offered to git, wherever the folders of a checkout really lie."""
    subprocess.run(["git", "init", "-q"], cwd=tmp_path, check=True)
    (tmp_path / ".gitignore").write_bytes((ROOT / ".gitignore").read_bytes())
    made = [".venv/x", "node_modules/x", ".sandbox/x", "reports/out/local/ledger.jsonl", "suites/__pycache__/x", ".hypothesis/x"]
    listed = subprocess.run(["git", "check-ignore", *made], cwd=tmp_path, capture_output=True, check=False, text=True).stdout
    assert listed.split() == made


@pytest.mark.parametrize("name", ["run", "dev", "setup"])
def test_requirements_are_pinned_and_hashed(name: str) -> None:
    """Every Python package is installed in one version, and checked against its hash."""
    text = (ROOT / "requirements" / f"{name}.txt").read_text(encoding="utf-8")
    packages = re.split(r"\n(?=[a-z])", text.strip(), flags=re.IGNORECASE)
    loose = [package.splitlines()[0] for package in packages if "--hash=sha256:" not in package or not re.match(r"[\w.-]+==\S+", package)]
    assert not loose, f"run `make lock`: {loose}"


def test_requirements_follow_pyproject() -> None:
    """What pyproject.toml asks for is what is installed; `make lock` keeps it so."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    groups = project["dependency-groups"]
    asked = {
        "run": project["project"]["dependencies"],
        "dev": [*project["project"]["dependencies"], *(name for name in groups["dev"] if isinstance(name, str)), *groups["setup"]],
        "setup": groups["setup"],
    }
    missing = []
    for file, wanted in asked.items():
        locked = (ROOT / "requirements" / f"{file}.txt").read_text(encoding="utf-8")
        for requirement in wanted:
            name, _, version = re.sub(r"\[.*?\]|\s*;.*", "", requirement).partition("==")
            if not re.search(rf"^{re.escape(name)}=={re.escape(version)}{'' if version else '.'}", locked, re.MULTILINE):
                missing.append(f"requirements/{file}.txt has no {name}{'==' + version if version else ''}")
    assert not missing, f"run `make lock`: {missing}"


def node_lock() -> dict[str, dict[str, object]]:
    packages: dict[str, dict[str, object]] = json.loads((ROOT / "package-lock.json").read_text(encoding="utf-8"))["packages"]
    return packages


def test_node_packages_are_hashed_and_come_from_anywhere() -> None:
    """Every Node package has a hash, and no lock file names an address to take it from: the project's, and those of apps."""
    locks = [json.loads(file.read_text(encoding="utf-8"))["packages"] for file in tracked() if file.name == "package-lock.json"]
    packages = {name: package for lock in locks for name, package in lock.items() if name}
    assert not [name for name, package in packages.items() if "integrity" not in package]
    assert not [name for name, package in packages.items() if "resolved" in package], "run `make lock`: .npmrc keeps addresses out"


def test_node_lock_follows_package_json() -> None:
    """What package.json asks for is what is locked; `make lock` keeps it so."""
    asked = json.loads((ROOT / "package.json").read_text(encoding="utf-8"))
    for kind in ("dependencies", "devDependencies"):
        assert node_lock()[""].get(kind) == asked[kind], "run `make lock`"


def test_node_lock_serves_linux_and_macos() -> None:
    """The runtime's program is locked for Linux and macOS, and exists once: miniflare is the one that wrangler itself asks for."""
    packages = node_lock()
    runtimes = {name.rpartition("workerd-")[2] for name in packages if "@cloudflare/workerd-" in name}
    assert runtimes >= {"linux-64", "linux-arm64", "darwin-64", "darwin-arm64"}
    wrangler = packages["node_modules/wrangler"]["dependencies"]
    assert isinstance(wrangler, dict)
    assert packages["node_modules/miniflare"]["version"] == wrangler["miniflare"]
    assert [name for name in packages if name.endswith("node_modules/workerd")] == ["node_modules/workerd"]


def test_licence_is_mit_everywhere() -> None:
    """One licence, said the same way in every place that says it."""
    assert (ROOT / "LICENSE").read_text(encoding="utf-8").startswith("MIT License\n\nCopyright (c) 2026 The gonogo authors\n")
    assert json.loads((ROOT / "package.json").read_text(encoding="utf-8"))["license"] == "MIT"
    assert tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["license"] == "MIT"


def pages() -> list[Path]:
    return [ROOT / name for name, _ in texts() if name.endswith(".md")]


def links() -> Iterator[tuple[Path, str, Path]]:
    """Every link of a page to a file of ours: the page, the link, the file."""
    for page in pages():
        text = re.sub(r"```.*?```", "", page.read_text(encoding="utf-8"), flags=re.DOTALL)
        for link in re.findall(r"\]\(([^)\s]+)\)", text):
            if not re.match(r"[a-z]+:", link):
                path = link.partition("#")[0]
                yield page, link, (page.parent / path).resolve() if path else page


def test_links_lead_somewhere() -> None:
    """Every link between pages reaches a file, and every anchor a heading."""
    dead = []
    for page, link, target in links():
        anchor = link.partition("#")[2]
        headings = (
            re.findall(r"^#+ (.+)$", target.read_text(encoding="utf-8"), re.MULTILINE)
            if target.suffix == ".md" and target.is_file()
            else []
        )
        anchors = {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}
        if not target.exists() or (anchor and target.suffix == ".md" and anchor not in anchors):
            dead.append(f"{page.relative_to(ROOT)}: {link}")
    assert not dead, "\n".join(dead)


def test_every_page_can_be_found() -> None:
    """From the README a reader reaches every page of docs/."""
    onward: dict[Path, set[Path]] = {}
    for page, _, target in links():
        onward.setdefault(page, set()).add(target)
    reached, waiting = set(), [ROOT / "README.md"]
    while waiting:
        page = waiting.pop()
        if page not in reached:
            reached.add(page)
            waiting.extend(onward.get(page, ()))
    lost = [page.relative_to(ROOT).as_posix() for page in pages() if page.is_relative_to(ROOT / "docs") and page not in reached]
    assert not lost, f"link these from docs/index.md: {lost}"


def test_commands_in_the_pages_exist() -> None:
    """Every `make x` that a page, the CI script or a message speaks of is a target of the Makefile."""
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    targets = set(re.findall(r"^([a-z-]+):", makefile, re.MULTILINE))
    spoken = {
        f"{name}: make {target}"
        for name, text in texts()
        if Path(name).suffix in {".md", ".py", ".yml", ".toml"} and not name.startswith("tests/")
        for target in re.findall(r"(?:`|^)make ([a-z-]+)", text, re.MULTILINE)
        if target not in targets
    }
    assert not spoken


def test_every_environment_is_documented() -> None:
    """docs/environments.md speaks of every environment that ships here."""
    page = (ROOT / "docs" / "environments.md").read_text(encoding="utf-8")
    names = [file.stem for file in sorted((ROOT / "environments").glob("*.toml"))]
    assert names
    assert not [name for name in names if f"`{name}`" not in page]


def test_ci_runs_what_the_readme_says() -> None:
    """CI has no steps of its own: it runs the commands that a user is told to run."""
    script = ROOT / ".ci" / "run"
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    stages = re.findall(r"\bstage \d+ ([a-z]+)", script.read_text(encoding="utf-8"))
    assert {"test", "lint", "verify"} <= set(stages)
    assert script.stat().st_mode & 0o111, ".ci/run must be executable"
    assert [f"make {stage}" for stage in stages if f"make {stage}" not in readme] == []
