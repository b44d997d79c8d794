"""The shape of the house: who may import whom, and what belongs in which room."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests import house

RULES: dict[str, Callable[[Path], Iterator[str]]] = {
    "ticket_face": house.ticket_face,
    "dynamic": house.dynamic,
    "suite_parts": house.suite_parts,
    "suite_facets": house.suite_facets,
    "suite_creations": house.suite_creations,
    "suite_clients": house.suite_clients,
    "slow_parts": house.slow_parts,
    "only_plugins": house.only_plugins,
    "documented": house.documented,
    "node_directions": house.node_directions,
    "made_environments": house.made_environments,
}
CLIENT = """\
from dataclasses import dataclass

import httpx

@dataclass
class User:
    name: str

class BetterAuth:
    http: httpx.Client

def read() -> None: ...
"""
JOURNEYS = """\
from journeys import Journey
from clients.auth import BetterAuth, User

def f(a: BetterAuth) -> User:
    return User('x')
"""
MARKED = """\
from clients.creating import creates

class Files:
    @creates
    def put(self, name: str) -> None: ...

    def get(self, name: str) -> None: ...

class Person:
    @creates
    def sign_up(self) -> None: ...
"""
JOURNEY = """\
from fixtures.storage import Store
from journeys import Journey, uses

class A(Journey):
    store = uses(Store)

class B(A):
    def f(self) -> None:
        {call}
"""
CREATING = """\
from fixtures.storage import Store
from journeys import uses

class Holder:
    def __init__(self, store: Store) -> None:
        self._store: Store = store

    def f(self) -> None:
        self._store.put('x')

def keep(store: Store, path: str) -> object:
    attempt(store.put)
    attempt(path.get)
    path.open(path.settings.sign_up)
    return store.put('x')
"""
MADE = """\
import os
import subprocess

from base import children

if 'A' in os.environ:
    subprocess.run([os.environ['A'], os.environ.get('B', '')], env=children.made(names=['A']))
load(variables=os.environ)
secrets.learn_variables(os.environ)
os.execve('a', ['a'], children.made())
"""
CHECK = """\
import pytest
from suites.auth.journeys import f

def test_a():
    '''Something holds.'''
    assert f
"""
INHERITING = {
    "import subprocess\nsubprocess.run(['git'])": "gonogo/run/a.py:2: subprocess.run without env= hands on all variables",
    "import subprocess\nsubprocess.Popen(['git'], env=None)": "a.py:2: subprocess.Popen without env=",
    "import subprocess as s\ns.check_output(['git'])": "a.py:2: subprocess.check_output without env=",
    "from subprocess import run as start\nstart(['git'])": "a.py:2: subprocess.run without env=",
    "import asyncio\nasyncio.create_subprocess_exec('git')": "a.py:2: asyncio.create_subprocess_exec without env=",
    "import subprocess\nsubprocess.getoutput('git')": "a.py:2: subprocess.getoutput hands on all variables",
    "import os\nos.system('git')": "a.py:2: os.system hands on all variables",
    "import os\nos.execvp('git', ['git'])": "a.py:2: os.execvp hands on all variables",
    "import os\nimport subprocess\nsubprocess.run(['git'], env=os.environ)": "a.py:3: all variables of the process are copied",
    "import os\nenv = {**os.environ, 'A': 'b'}": "a.py:2: all variables of the process are copied",
    "import os\nenv = os.environ | {'A': 'b'}": "a.py:2: all variables of the process are copied",
    "import os\nenv = os.environ.copy()": "a.py:2: all variables of the process are copied",
    "import os\nenv = dict(os.environ)": "a.py:2: all variables of the process are copied",
    "import os\nenv = {name: os.environ[name] for name in os.environ}": "a.py:2: all variables of the process are copied",
    "from os import environ\nenv = dict(environ)": "a.py:1: all variables of the process are copied",
    "from base import children\nenv = children.whole()": "a.py:2: children.whole() is for processes of gonogo's own",
    "from base.children import whole\nenv = whole()": "a.py:2: children.whole() is for processes of gonogo's own",
}


@pytest.mark.parametrize("rule", RULES)
def test_tree_keeps_the_rule(rule: str) -> None:
    """Every file keeps every rule of its room."""
    offences = list(RULES[rule](house.ROOT))
    assert not offences, "\n".join(offences)


def test_rules_look_at_every_room() -> None:
    """A folder with Python code that no rule knows would be free of all of them."""
    folders = (path for path in house.ROOT.glob("[a-z]*") if path.is_dir() and path.name != "node_modules")
    rooms = {folder.name for folder in folders if any(folder.rglob("*.py"))}
    assert rooms == house.ROOMS, f"say in pyproject.toml, [tool.importlinter], what these may import: {sorted(rooms ^ house.ROOMS)}"


def planted(root: Path, **files: str) -> Path:
    """A small tree with the given files; `__` stands for a slash."""
    for name, text in {"conftest__py": "pytest_plugins = []", "clients__auth__py": CLIENT, "clients__files__py": MARKED, **files}.items():
        *folders, stem, suffix = name.split("__")
        file = root.joinpath(*folders, f"{stem}.{suffix}")
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
    return root


def test_creating_methods_of_the_clients_are_marked() -> None:
    """Where the mark is lost the rule about them refuses nothing."""
    assert house.creating_methods(house.ROOT) >= {"sign_up", "change_password", "reset", "put", "upload_presigned"}


@pytest.mark.parametrize(
    ("rule", "file", "text", "words"),
    [
        ("ticket_face", "gonogo__promotion__a__py", "from reports.verdict import conclude", "promotion imports reports.verdict.conclude"),
        ("dynamic", "fixtures__a__py", "name = 'suites'\n__import__(name)", "fixtures/a.py:2: a module is imported by a call"),
        ("dynamic", "sandbox__a__py", "__import__('reports.ledger')", "sandbox/a.py:1: a module is imported by a call"),
        (
            "dynamic",
            "environments__a__py",
            "import importlib\nimportlib.import_module('sandbox')",
            "environments/a.py:2: a module is imported",
        ),
        ("suite_parts", "suites__auth__test_a__py", "import httpx", "suites/auth/test_a.py:1: a suite imports httpx"),
        ("suite_parts", "suites__auth__journeys__py", "def f():\n    import boto3", "suites/auth/journeys.py:2: a suite imports boto3"),
        ("suite_parts", "suites__a__py", "from suites.auth.test_sign_up import x", "imports the checks of suites.auth.test_sign_up"),
        (
            "suite_clients",
            "suites__a__py",
            "import clients.auth",
            "suites/a.py:1: a suite imports the module clients.auth",
        ),
        (
            "suite_clients",
            "suites__a__py",
            "from clients import auth",
            "suites/a.py:1: a suite imports the module clients.auth",
        ),
        (
            "suite_clients",
            "suites__a__py",
            "from clients.auth import read",
            "clients.auth.read, which can open a connection",
        ),
        (
            "suite_clients",
            "suites__a__py",
            "from clients.auth import BetterAuth as B\n\nB()",
            "suites/a.py:3: a suite makes a clients.auth.BetterAuth",
        ),
        (
            "suite_facets",
            "suites__a__py",
            "from fixtures.context import Context",
            "suites/a.py:1: a suite imports fixtures.context",
        ),
        ("suite_facets", "suites__a__py", "def f():\n    from fixtures import wiring", "suites/a.py:2: a suite imports fixtures.wiring"),
        ("suite_facets", "suites__a__py", "import fixtures.registry", "suites/a.py:1: a suite imports fixtures.registry"),
        ("suite_facets", "suites__a__py", "import fixtures", "suites/a.py:1: a suite imports fixtures;"),
        (
            "suite_creations",
            "suites__a__py",
            "def f(a):\n    a.auth.sign_up('x')",
            "suites/a.py:2: a suite calls a.auth.sign_up",
        ),
        ("suite_creations", "suites__a__py", "attempt(person.sign_up)", "suites/a.py:1: a suite calls person.sign_up"),
        ("suite_creations", "suites__a__py", JOURNEY.format(call="self.other(X).person.sign_up()"), "calls self.other(X).person.sign_up"),
        ("suite_creations", "suites__a__py", JOURNEY.format(call="self.store.of(self.person).put('x')"), "self.store.of(self.person).put"),
        ("suite_creations", "suites__a__py", JOURNEY.format(call="self.stores.put('x')"), "suites/a.py:9: a suite calls self.stores.put"),
        (
            "suite_creations",
            "suites__a__py",
            "class A(Journey):\n    store = Store()\n\n    def f(self):\n        self.store.put()",
            "a.py:5:",
        ),
        ("slow_parts", "clients__a__py", "import boto3.session", "clients/a.py:1: boto3 is loaded in every run"),
        ("only_plugins", "conftest__py", "import pytest", "conftest.py:1: only a docstring and the list"),
        ("only_plugins", "conftest__py", "pytest_plugins = found()", "conftest.py:1: only a docstring and the list"),
        ("documented", "suites__test_a__py", "def test_a():\n    assert f()", "suites/test_a.py:1: test_a needs a docstring"),
        *(("made_environments", "gonogo__run__a__py", text, words) for text, words in INHERITING.items()),
        (
            "node_directions",
            "sandbox__apps__fm5__src__a__ts",
            "import { x } from '../../../cloud/log.mjs';",
            "sandbox/apps/fm5/src/a.ts:1: an app imports",
        ),
        (
            "node_directions",
            "sandbox__apps__fm5__src__a__mjs",
            "await import('node:test')",
            "sandbox/apps/fm5/src/a.mjs:1: an app imports node:test",
        ),
    ],
)
def test_rule_notices(tmp_path: Path, rule: str, file: str, text: str, words: str) -> None:
    """Each rule names the file, the line and the offence."""
    offences = list(RULES[rule](planted(tmp_path, **{file: text})))
    assert len(offences) == 1, offences
    assert words in offences[0]


def test_rules_accept_what_is_allowed(tmp_path: Path) -> None:
    """None of the rules refuses the ordinary."""
    root = planted(
        tmp_path,
        conftest__py='"""The list."""\n\npytest_plugins = ["gonogo.run.state"]',
        suites__auth__journeys__py=JOURNEYS,
        suites__auth__test_a__py=CHECK,
        suites__storage__journeys__py=JOURNEY.format(call="self.store.put('x')"),
        suites__storage__keeping__py=CREATING,
        gonogo__run__py="from clients.auth import BetterAuth\nfrom sandbox import boot\n\nBetterAuth()",
        gonogo__commands__live__py="from clients.auth import User",
        gonogo__promotion__steps__py="from reports.errors import ReportError\nfrom reports.ticket import annotation",
        clients__s3__py="def f():\n    import boto3",
        clients__registry__py='from importlib import import_module\n\ndef f(name):\n    import_module(f"{__package__}.{name}")',
        gonogo__run__b__py=MADE,
        sandbox__apps__fm5__src__a__ts="import { b } from './b.ts';\nimport { Hono } from 'hono';",
    )
    assert {rule: list(check(root)) for rule, check in RULES.items()} == {rule: [] for rule in RULES}
