"""A capability of another repository: the very files of docs/add-a-capability.md, in a folder beside an app."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import unquote

import pytest

from tests.clients.servers import Answer, Arrived, Server, serving
from tests.end_to_end.command import PROJECT, Ended, clean, running, verify
from tests.end_to_end.servers import HOST
from tests.end_to_end.situations.copies import copied

PAGE = PROJECT / "docs" / "add-a-capability.md"
NAMED = re.compile(r"^```\w+\n(?:# |<!-- )app/(?P<name>\S+?)(?: -->)?\n(?P<text>.*?)^```", re.MULTILINE | re.DOTALL)
# Collecting all of the suites as well would take much longer, and shows nothing more.
ALONE = (sys.executable, "-m", "pytest", "-c", "pyproject.toml", "-p", "gonogo.plugin.timeline")
JSON = (("content-type", "application/json"), ("x-version", "v1"))


@dataclass
class Store:
    """Acme's deployment: says that it is well, and keeps values under names."""

    server: Server
    values: dict[str, str] = field(default_factory=dict)
    spoil: Callable[[str], str] = str
    deletes: bool = True
    lists: int = 200

    def get(self, path: str, _: object = None) -> Callable[[Arrived], Answer] | None:
        """The route of a path, as a server looks it up."""
        if path == "/status":
            return lambda _: Answer(200, b'{"status": "ok", "kv": "up"}', JSON)
        if path == "/kv":
            return lambda _: (
                Answer(self.lists, b"", JSON) if self.lists != 200 else Answer(200, json.dumps(sorted(self.values)).encode(), JSON)
            )
        return lambda arrived: self._value(arrived, unquote(path.removeprefix("/kv/"))) if path.startswith("/kv/") else Answer(404)

    def _value(self, arrived: Arrived, name: str) -> Answer:
        if arrived.method == "PUT":
            self.values[name] = self.spoil(arrived.body.decode())
            return Answer(201, b"", JSON)
        if arrived.method == "DELETE":
            if not self.deletes:
                return Answer(500, b"", JSON)
            return Answer(204 if self.values.pop(name, None) is not None else 404, b"", JSON)
        return Answer(200, self.values[name].encode(), JSON) if name in self.values else Answer(404, b"", JSON)


@pytest.fixture
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    """Up for a test."""
    with serving(tmp_path_factory.mktemp("server"), HOST) as running:
        made = Store(running)
        running.routes = made  # type: ignore[assignment] # a mapping, as far as the server looks
        yield made


@pytest.fixture
def app(tmp_path: Path, store: Store) -> Path:
    """The repository that the page describes, with the address of the store."""
    root = tmp_path / "app"
    for found in NAMED.finditer(PAGE.read_text(encoding="utf-8")):
        file = root / found["name"]
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(found["text"], encoding="utf-8")
    declared = root / "gonogo.toml"
    place = f'connect = "{store.server.connect}"\nca = "{store.server.ca}"\ncontrol.addresses = []\n'
    declared.write_text(declared.read_text(encoding="utf-8").replace("\n[version]", f"{place}\n[version]", 1), encoding="utf-8")
    written = subprocess.run(
        [*ALONE, "--manifest", "write", str(root / "checks")],
        cwd=PROJECT,
        env=clean(os.environ),
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert written.returncode == 0, written.stdout + written.stderr
    return root


def run(app: Path, *words: str) -> Ended:
    """`pytest --env=../app/gonogo.toml suites ../app/checks`."""
    return verify(app.parent / "out", f"--env={app / 'gonogo.toml'}", "suites", str(app / "checks"), "--no-report", *words)


def command(*words: str) -> subprocess.CompletedProcess[str]:
    """`python -m gonogo ...`."""
    line = [sys.executable, "-m", "gonogo", *words]
    return subprocess.run(line, cwd=PROJECT, env=clean(os.environ), capture_output=True, text=True, check=False, timeout=60)


@pytest.mark.parametrize("workers", [pytest.param("0", marks=pytest.mark.nightly), "2"])
def test_capability_of_another_repository_is_verified(app: Path, store: Store, workers: str) -> None:
    """Its checks run beside ours, what they have created is gone, and nothing of gonogo was edited for it."""
    ended = run(app, "-n", workers)
    assert ended.status == 0, ended.said
    assert ended.states["kv::value_survives"] == "passed"
    assert ended.states["kv::new_name_is_listed"] == "passed"
    assert store.values == {}
    assert not ended.verdict["part"]


def test_fault_is_noticed_and_the_runbook_comes_along(app: Path, store: Store) -> None:
    """A store that changes what it keeps fails by the right check."""
    store.spoil = str.upper
    ended = run(app)
    assert ended.status == 1, ended.said
    assert list(ended.failures) == ["kv::value_survives"]


def test_service_is_asked_whatever_health_says(app: Path, store: Store) -> None:
    """Health says that the store is up, and its list is an error: two of the checks that are ours and theirs say so."""
    store.lists = 500
    ended = run(app)
    assert ended.status == 1, ended.said
    assert set(ended.failures) == {"health.health::other_services_work_if_health_says_so", "kv::new_name_is_listed"}


def test_wrong_key_is_a_usage_error(app: Path, store: Store) -> None:
    """With its place and the reason, before anything is sent."""
    declared = app / "gonogo.toml"
    declared.write_text(declared.read_text(encoding="utf-8") + "slow_second = 3\n", encoding="utf-8")
    ended = run(app)
    assert ended.status == 4, ended.said
    assert "acme.kv.slow_second: unknown key" in ended.text
    assert store.server.arrived == []


def test_module_that_cannot_be_loaded_is_a_usage_error(app: Path) -> None:
    """It is named, with what is wrong in it."""
    (app / "checks" / "kv.py").write_text("import nothing_of_that_name\n", encoding="utf-8")
    ended = run(app)
    assert ended.status == 4, ended.said
    assert "extends: checks/kv.py cannot be loaded: ModuleNotFoundError" in ended.text


def test_run_without_the_folder_misses_its_checks(app: Path) -> None:
    """The file declares the capability: a run whose line does not name the folder has not verified it."""
    ended = verify(app.parent / "out", f"--env={app / 'gonogo.toml'}", "suites", "--no-report")
    assert ended.status == 3, ended.said
    assert "kv::value_survives: required, and not collected" in ended.text


def test_folder_alone_comes_with_the_suites(app: Path) -> None:
    """Nothing of gonogo is among the arguments: its plugin is there, and so are its checks."""
    done = command("verify", f"--env={app / 'gonogo.toml'}", f"--out={app.parent / 'out'}", "--no-report", str(app / "checks"))
    assert done.returncode == 0, done.stdout + done.stderr
    assert "PASS  all 11 required checks hold" in done.stdout


def test_file_from_outside_is_a_usage_error(app: Path) -> None:
    """Its checks would have no id; what to type instead is said."""
    ended = verify(app.parent / "out", f"--env={app / 'gonogo.toml'}", "suites/health", str(app / "checks" / "test_kv.py"), "--no-report")
    assert ended.status == 4, ended.said
    assert f"name {app / 'checks'}, and choose with -k" in ended.text


@pytest.mark.parametrize("table", ["health", "storage.objects.kv"])
def test_table_in_the_way_of_ours_is_a_usage_error(app: Path, table: str) -> None:
    """The folder's module is named, and not one of gonogo's that was loaded after it."""
    module = app / "checks" / "kv.py"
    module.write_text(module.read_text(encoding="utf-8").replace('"acme.kv"', f'"{table}"'), encoding="utf-8")
    ended = run(app)
    assert ended.status == 4, ended.said
    assert f"checks/kv.py cannot be loaded: TypeError: [{table}] of checks.kv is in the way of" in ended.text


def test_module_that_ends_the_process_is_a_usage_error(app: Path) -> None:
    """A script among the modules exits; the run says which."""
    (app / "checks" / "kv.py").write_text("raise SystemExit(0)\n", encoding="utf-8")
    ended = run(app)
    assert ended.status == 4, ended.said
    assert "checks/kv.py cannot be loaded: SystemExit: 0" in ended.text


def test_what_stays_is_named_and_a_sweep_removes_it(app: Path, store: Store) -> None:
    """What a run could not remove, or could not because it was killed, goes by the same code from the journal's lines alone."""
    store.deletes = False
    ended = run(app)
    left = [(record.what, record.name) for record in ended.ledger if record.kind == "residue"]
    assert left == [("key", next(iter(store.values)))]
    store.deletes = True
    swept = command("sweep", "--environment", str(app / "gonogo.toml"), "--older-than", "0", str(ended.out / "residue.jsonl"))
    assert (swept.returncode, store.values) == (0, {}), swept.stdout + swept.stderr
    assert "removed" in swept.stdout


def test_accounts_that_stay_keep_no_sweep_from_the_rest(app: Path, store: Store) -> None:
    """Members with a token have no way back in: their accounts are named, and what others can remove is gone."""
    declared, journal = app / "gonogo.toml", app.parent / "residue.jsonl"
    declared.write_text(declared.read_text(encoding="utf-8") + '\n[auth.bearer]\nsign_up = "/signup"\ndeletion = "/me"\n', encoding="utf-8")
    store.values["gonogo-0123456789ab"] = "left"
    lines = [{"account": "gonogo+gonogo-abcdefghijkl@gonogo.invalid"}, {"key": "gonogo-0123456789ab"}]
    journal.write_text("".join(json.dumps({**line, "environment": "gonogo", "at": 1.0}) + "\n" for line in lines), encoding="utf-8")
    swept = command("sweep", "--environment", str(declared), "--older-than", "0", str(journal))
    assert (swept.returncode, store.values) == (1, {}), swept.stdout + swept.stderr
    assert "gonogo+gonogo-abcdefghijkl@gonogo.invalid: still there: [auth.bearer] has no way into an account" in swept.stdout
    assert "gonogo-0123456789ab: removed" in swept.stdout


def test_nobody_else_s_key_is_swept(app: Path, store: Store) -> None:
    """A journal that names what no run makes up removes nothing."""
    store.values["settings"] = "dear to somebody"
    journal = app.parent / "residue.jsonl"
    journal.write_text(json.dumps({"key": "settings", "environment": "gonogo", "at": 1.0}) + "\n", encoding="utf-8")
    swept = command("sweep", "--environment", str(app / "gonogo.toml"), "--older-than", "0", str(journal))
    assert (swept.returncode, store.values) == (0, {"settings": "dear to somebody"}), swept.stdout + swept.stderr


def test_ticket_of_a_run_with_checks_of_others(app: Path, store: Store, tmp_path: Path) -> None:
    """Its ledger is signed and admitted, and none of the folder's code is loaded beside the key: by then it could not even be loaded."""
    who = ["-c", "user.name=a", "-c", "user.email=a@acme.example"]
    for git in (["init", "--quiet"], ["add", "--all"], [*who, "commit", "--quiet", "-m", "x"]):
        subprocess.run(["git", *git], cwd=app, check=True, capture_output=True, timeout=30)
    clone = copied(tmp_path / "gonogo", {})
    words = [f"--env={app / 'gonogo.toml'}", "suites", str(app / "checks"), "--no-report"]
    with running(tmp_path / "out", *words, project=clone) as process:
        ended = process.wait(120)
    assert ended.status == 0, ended.said
    (app / "checks" / "kv.py").write_text("raise SystemExit('loaded')\n", encoding="utf-8")
    line = [sys.executable, "-m", "gonogo"]

    def play(*more: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run([*line, *more], cwd=clone, env=clean(os.environ), capture_output=True, text=True, check=False, timeout=60)

    assert play("keygen", "--out", str(tmp_path / "keys")).returncode == 0
    ledger, ticket, keys = str(ended.out / "ledger.jsonl"), str(tmp_path / "ticket.json"), tmp_path / "keys"
    about = ["--environment", str(app / "gonogo.toml"), "--commit", "c" * 40, "--version", "v1", "--digest", ended.digest]
    signed = play("sign", ledger, "--key", str(keys / "ticket.key"), "--out", ticket, *about)
    assert signed.returncode == 0, signed.stdout + signed.stderr
    nonce = next(record.run for record in ended.ledger)
    admitted = play("admit", "--ticket", ticket, "--ledger", ledger, "--key", str(keys / "ticket.pub"), "--nonce", nonce, *about)
    assert admitted.returncode == 0, admitted.stdout + admitted.stderr
    assert "ADMITTED" in admitted.stdout
