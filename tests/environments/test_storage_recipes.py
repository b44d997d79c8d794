"""[storage.objects] by recipe: each mistake has its place and a sentence, and what is declared decides which checks apply."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from environments import Environment, EnvironmentProblem, load
from environments.team_client import LOADED

HEAD = """\
title = "Acme"
tier = "staging"
origin = "https://acme.example"
{extends}
[auth.bearer]
sign_up = "/accounts"

[storage.objects]
"""
TABLES = "[storage.objects.upload] or [storage.objects.presigned]"
OF_A_FILE = "{base64}, {file}, {md5}, {name}, {sha256}, {size}, {type}"


def environment(folder: Path, text: str, extends: str = "") -> Environment:
    """The environment with these lines about files."""
    file = folder / "acme.toml"
    file.write_text(HEAD.format(extends=extends) + text, encoding="utf-8")
    return load(str(file), variables={})


def mistakes(folder: Path, text: str, extends: str = "") -> list[str]:
    """What is wrong with these lines."""
    with pytest.raises(EnvironmentProblem) as caught:
        environment(folder, text, extends)
    return caught.value.lines


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            'file = "/f"',
            [f"storage.objects: file must contain {{name}}, unless {TABLES} names what an answer says"],
        ),
        (
            'file = "/f/{id}"\n[storage.objects.upload]\nrequest = "POST /f"',
            ['storage.objects: file: nothing fills {id}: name it in answer of [storage.objects.upload], `id = "..."`'],
        ),
        (
            'file = "/f"\n[storage.objects.upload]\nrequest = "POST /f"\nanswer = { id = "id" }',
            ["storage.objects: file: /f is the same for every file: it must contain {name}, or what an answer names, such as {id}"],
        ),
        (
            'file = "/f/{name}"\n[storage.objects.upload]\nrequest = "POST /f/{nam}"\nbody = { a = ["{typ}"], b = "{base64}" }',
            [
                f"storage.objects: upload.request: nothing fills {{nam}} there; known are {OF_A_FILE}",
                f"storage.objects: upload.body: nothing fills {{typ}} there; known are {OF_A_FILE}",
            ],
        ),
        (
            '[storage.objects.upload]\nform = { upload = "x" }',
            ["storage.objects: upload.form: one field has to be the file: give one the value {file}"],
        ),
        (
            '[storage.objects.upload]\nbody = { name = "{name}" }',
            ["storage.objects: upload.body: nothing in it is the file: give a key the value {base64}"],
        ),
        (
            '[storage.objects.upload]\nbody = { b = "{base64}" }\nform = { f = "{file}" }',
            ["storage.objects: upload: a request is a form or JSON: keep form or body"],
        ),
        (
            '[storage.objects.upload]\nrequest = "LIST /f"',
            ["storage.objects.upload.request: must be a path with a method before it, such as 'POST /api/files', not 'LIST /f'"],
        ),
        ('[storage.objects.upload]\nrequest = "POST f"', ["storage.objects.upload.request: must start with '/', not 'f'"]),
        (
            "[storage.objects.upload]\nstatuses = [302]",
            ["storage.objects: upload.statuses: 302 says no success: name those from 200 to 299"],
        ),
        (
            '[storage.objects.upload]\nanswer = { Id = "id" }',
            ["storage.objects: upload.answer: 'Id' cannot be a placeholder: write it in small letters, digits and underscores"],
        ),
        (
            '[storage.objects.upload]\nanswer = { id = "a..b" }',
            ["storage.objects.upload.answer.id: must be a dotted path such as data.0.id, or 'header:location', not 'a..b'"],
        ),
        (
            '[storage.objects.presigned]\nrequest = "POST /p"\nanswer = { key = "key" }',
            ["storage.objects: presigned.answer: the upload goes to an address: say where the answer has it, as `url`"],
        ),
        (
            '[storage.objects.presigned]\nrequest = "POST /p"\nform = { "Content-Type" = "{kind}" }',
            ["storage.objects: presigned.form: nothing fills {kind} there"],
        ),
        ("[storage.objects.presigned]\nbody = {}", ["storage.objects: presigned.request: missing"]),
        (
            '[storage.objects.confirm]\nrequest = "POST /c"\nbody = { name = "{name}" }',
            ["storage.objects: confirm follows an upload past the app: add [storage.objects.presigned]"],
        ),
        (
            '[storage.objects.presigned]\nrequest = "POST /p"\n[storage.objects.confirm]\nrequest = "POST /c"\nbody = { id = "{id}" }',
            ["storage.objects: confirm.body: nothing fills {id} there; known are {etag}, {md5}, {name}, {sha256}, {size}, {type}"],
        ),
        (
            '[storage.objects.presigned]\nrequest = "POST /p"\n[storage.objects.confirm]\nrequest = "POST /c"',
            ["storage.objects: confirm: the same is sent for every upload: put {key} or {id} into its request or body"],
        ),
        (
            '[storage.objects.deletion]\nrequest = "POST /trash"',
            ["storage.objects: deletion: the same is sent for every file: put {name} or {id} into its request or body"],
        ),
        (
            "list = false\n[storage.objects.deletion]\nsoft = true",
            ["storage.objects: deletion.soft: what is deleted would be seen in the list, and list is false"],
        ),
        (
            "deletes = false\n[storage.objects.deletion]\nsoft = true",
            ["storage.objects: deletion tells how a file is deleted, and deletes is false: keep one of them"],
        ),
        (
            '[storage.objects.read]\nurl = "url"\nredirect = true',
            ["storage.objects: read: the address of the bytes is in JSON or in a redirection: keep url or redirect"],
        ),
        (
            'metadata = true\n[storage.objects.upload]\nform = { f = "{file}" }',
            ["storage.objects: metadata travels in x-meta-* headers of an upload whose body is the file: take it out"],
        ),
        ('type = "png"', ["storage.objects.type: must be a media type such as image/png, not 'png'"]),
        ('client = "files"', ["file: [storage.objects] client: must be module:Class, such as checks.files:Files, not 'files'"]),
        (
            'client = "checks.files:Files"',
            ["file: [storage.objects] client: checks is none of the folders that the file names: add it to `extends`"],
        ),
        (
            'client = "checks.files:Files"\npresign = "/p"\n[storage.objects.upload]\nrequest = "POST /f"',
            ["storage.objects: client speaks to the app alone: take out upload, presign"],
        ),
    ],
)
def test_mistake_has_its_place_and_a_sentence(text: str, said: list[str], tmp_path: Path) -> None:
    """One line each, and nothing else."""
    assert mistakes(tmp_path, text) == said


USUAL = {"any_name", "deletes", "from_bucket", "head", "keys", "list", "metadata", "overwrite", "private", "ranges"}
LINK = '[storage.objects.read]\nurl = "url"'
PRESIGNED = 'file = "/f/{id}"\n[storage.objects.presigned]\nrequest = "POST /p"\nanswer = { url = "url", id = "id", key = "key" }'
CONFIRMED = f'{PRESIGNED}\n[storage.objects.confirm]\nrequest = "POST /c/{{id}}"'


@pytest.mark.parametrize(
    ("text", "found"),
    [
        pytest.param("", USUAL, id="the usual way"),
        pytest.param('presign = "/p"', USUAL | {"presign"}, id="with tickets"),
        pytest.param("ranges = false\nlist = false", USUAL - {"ranges", "list"}, id="less than is usual"),
        pytest.param("public = true", USUAL - {"private"}, id="public"),
        pytest.param("[storage.objects.upload]", {"deletes", "list", "private"}, id="a recipe"),
        pytest.param("ranges = true\n[storage.objects.upload]", {"deletes", "list", "private", "ranges"}, id="a recipe with more"),
        pytest.param(PRESIGNED, {"deletes", "keys", "list", "presign", "private"}, id="presigned"),
        pytest.param(CONFIRMED, {"confirm", "deletes", "keys", "list", "presign", "private"}, id="confirmed"),
        pytest.param(LINK, {"deletes", "elsewhere", "list", "private"}, id="a link"),
        pytest.param(f"public = true\n{LINK}", {"deletes", "list"}, id="a link for everybody"),
    ],
)
def test_what_is_declared_decides_what_applies(text: str, found: set[str], tmp_path: Path) -> None:
    """Another way of storing promises nothing that the file does not say."""
    capabilities = environment(tmp_path, text).capabilities
    assert {name.removeprefix("storage.objects.") for name in capabilities if name.startswith("storage.objects.")} == found


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    """A folder of a team's, forgotten after the test."""
    made = tmp_path / "acme_files"
    made.mkdir()
    yield made
    LOADED.pop("acme_files", None)
    for name in [name for name in sys.modules if name.partition(".")[0] == "acme_files"]:
        del sys.modules[name]


WHOLE = """\
class Files:
    def __init__(self, http): ...
    def put(self, name, data, content_type): ...
    def get(self, file): ...
"""


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("", "acme_files.files has no class Files"),
        ("Files = 3", "Files of acme_files.files is no class: write `class Files:`"),
        ("class Files: ...", "acme_files.files:Files has no put: write `def put(name, data, content_type)`, which stores a file"),
        (WHOLE.replace("(self, http)", "(self)"), "__init__ of acme_files.files:Files is called as __init__(http), and does not take that"),
        (WHOLE.replace(", file)", ")"), "get of acme_files.files:Files is called as get(file), and does not take that"),
        (f"{WHOLE}    def delete(self): ...", "delete of acme_files.files:Files is called as delete(file), and does not take that"),
        (f"{WHOLE}    list = ['a']", "list of acme_files.files:Files is no method: write `def list()`"),
        (f"{WHOLE}    def complete(self, ticket): ...", "acme_files.files:Files has complete and no presign"),
    ],
)
def test_class_of_a_team_is_looked_at_before_a_run(written: str, said: str, folder: Path, tmp_path: Path) -> None:
    """What is missing or cannot be called so is a mistake of the file."""
    (folder / "files.py").write_text(written, encoding="utf-8")
    lines = mistakes(tmp_path, 'client = "acme_files.files:Files"', 'extends = ["acme_files"]')
    (line,) = lines
    assert line.startswith("file: [storage.objects] client: ")
    assert said in line


@pytest.mark.parametrize(
    ("more", "found"),
    [
        ("", {"private"}),
        ("    def list(self): ...\n    def delete(self, file): ...", {"deletes", "list", "private"}),
        ("    def presign(self, name, content_type, size): ...\n    def complete(self, ticket): ...", {"confirm", "presign", "private"}),
    ],
)
def test_class_of_a_team_says_what_the_app_can_do(more: str, found: set[str], folder: Path, tmp_path: Path) -> None:
    """By the methods that it has."""
    (folder / "files.py").write_text(WHOLE + more, encoding="utf-8")
    capabilities = environment(tmp_path, 'client = "acme_files.files:Files"', 'extends = ["acme_files"]').capabilities
    assert {name.removeprefix("storage.objects.") for name in capabilities if name.startswith("storage.objects.")} == found
