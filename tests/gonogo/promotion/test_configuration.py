"""wrangler's configuration: what it would add to an upload is found however it is written, and nothing is uploaded then."""

from __future__ import annotations

import json
import re
import subprocess
from contextlib import nullcontext
from pathlib import Path

import pytest

from base.places import PROJECT
from base.tools import toolchain
from clients.errors import Misconfigured
from clients.platforms import wrangler
from gonogo.promotion.configuration import read, without_comments
from gonogo.promotion.errors import UnusableInput

# The reading of the pinned wrangler itself.
_READING = """
const { experimental_readRawConfig: read } = require(process.argv[1]);
console.log(JSON.stringify(process.argv.slice(2).map((config) => read({ config }).rawConfig)));
"""


def demand_bound(configuration: Path, artifact: Path, environment: str | None = None) -> None:
    """As an upload does it: the file is read, and then looked at."""
    wrangler.demand_bound(read(configuration), artifact, environment)


def built(folder: Path) -> Path:
    """A build with a module and static assets."""
    (folder / "dist" / "client").mkdir(parents=True)
    (folder / "dist" / "index.js").write_text("export default {}")
    (folder / "dist" / "client" / "logo.svg").write_text("<svg/>")
    return folder / "dist"


def written(folder: Path, text: str, name: str = "wrangler.jsonc") -> Path:
    """A configuration in the team's checkout, beside the build."""
    file = folder / "caller" / name
    file.parent.mkdir(exist_ok=True)
    file.write_text(text, encoding="utf-8")
    return file


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("w.jsonc", '{ // built here\n "build": { /* "command": "" */ "command": "npm run build", }, }'),
        ("w.json", '{"vars": {"A": "// \\"}"}, "build": {"command": "npm run build"}}'),
        ("w.toml", '[build]\ncommand = "npm run build"\n'),
        ("w.jsonc", '\ufeff{"build": {"command": "npm run build"}}'),
    ],
    ids=["jsonc", "json", "toml", "mark"],
)
def test_build_command_is_refused(tmp_path: Path, name: str, text: str) -> None:
    """wrangler runs it with --no-bundle too, where the token is."""
    with pytest.raises(Misconfigured, match=rf"{name}: build\.command would run beside the token"):
        demand_bound(written(tmp_path, text, name), built(tmp_path))


@pytest.mark.parametrize(
    ("content", "key"),
    [
        ({"assets": {"directory": "./public"}}, "assets.directory"),
        ({"assets": {"directory": "../dist/../caller"}}, "assets.directory"),
        ({"assets": {"directory": ".."}}, "assets.directory"),
        ({"site": {"bucket": "public"}}, "site.bucket"),
        ({"base_dir": "."}, "base_dir"),
        ({"text_blobs": {"PAGE": "page.html"}}, "text_blobs.PAGE"),
    ],
    ids=["below", "around", "above", "site", "base", "blob"],
)
def test_files_from_elsewhere_are_refused(tmp_path: Path, content: object, key: str) -> None:
    """What lies in the checkout is in no digest of the ticket; the sentence says which key, and what to do."""
    words = rf"{re.escape(key)} = '.+' lies outside of the artifact .+dist, so no ticket binds it: put it into the artifact's folder"
    with pytest.raises(Misconfigured, match=words):
        demand_bound(written(tmp_path, json.dumps(content)), built(tmp_path))


@pytest.mark.parametrize("directory", ["../dist/client", "../dist", "{absolute}"])
def test_assets_within_the_artifact_are_bound(tmp_path: Path, directory: str) -> None:
    """They are among the files that the ticket names. Of one file alone nothing lies within."""
    dist = built(tmp_path)
    configuration = written(tmp_path, json.dumps({"assets": {"directory": directory.format(absolute=dist / "client")}}))
    demand_bound(configuration, dist)
    with pytest.raises(Misconfigured, match=r"assets\.directory"):
        demand_bound(configuration, dist / "index.js")


def test_link_into_the_artifact_is_followed_to_its_end(tmp_path: Path) -> None:
    """What counts is where the files are."""
    dist = built(tmp_path)
    configuration = written(tmp_path, '{"assets": {"directory": "public"}}')
    (tmp_path / "caller" / "public").symlink_to(dist / "client")
    demand_bound(configuration, dist)


def test_image_that_would_be_built_is_refused(tmp_path: Path) -> None:
    """A Dockerfile is built by the job that uploads; an image of a registry is not."""
    text = json.dumps(
        {"containers": [{"class_name": "A", "image": "registry.cloudflare.com/a:1"}, {"class_name": "B", "image": "Dockerfile"}]}
    )
    configuration = written(tmp_path, text)
    demand_bound(configuration, built(tmp_path))
    (tmp_path / "caller" / "Dockerfile").touch()
    with pytest.raises(Misconfigured, match="the container's image 'Dockerfile' would be built beside the token"):
        demand_bound(configuration, tmp_path / "dist")


def test_every_problem_is_one_message(tmp_path: Path) -> None:
    """Both at once, with the file's name in front."""
    text = '{"build": {"command": "make"}, "assets": {"directory": "public"}}'
    with pytest.raises(Misconfigured, match=r"^[^;]+wrangler\.jsonc: build\.command [^;]+; assets\.directory [^;]+$"):
        demand_bound(written(tmp_path, text), built(tmp_path))


ENVIRONMENTS = {
    "build": {"cwd": "."},
    "assets": {"directory": "../dist/client"},
    "env": {
        "production": {"build": {"command": "make"}},
        "staging": {"assets": {"directory": "public"}},
        "preview": {"vars": {"STAGE": "preview"}},
    },
}


def test_environment_has_to_be_named(tmp_path: Path) -> None:
    """Without a name wrangler takes the top of the file: a developer's database, put live, with everything green. The way out is said."""
    words = r"has \[env\.preview\], \[env\.production\], \[env\.staging\], and nobody says which .+ one of \"preview\", \"production\", "
    configuration = written(tmp_path, json.dumps(ENVIRONMENTS))
    with pytest.raises(Misconfigured, match=words):
        demand_bound(configuration, built(tmp_path))
    with pytest.raises(Misconfigured, match=r"has no \[env\.live\], and it has preview, production, staging: mend wrangler_env"):
        demand_bound(configuration, tmp_path / "dist", "live")
    toml = written(tmp_path, "[env.production.vars]\nSTAGE = 'production'\n", "wrangler.toml")
    with pytest.raises(Misconfigured, match=r"\[env\.production\]"):
        demand_bound(toml, tmp_path / "dist")
    demand_bound(toml, tmp_path / "dist", "production")


def test_named_environment_counts(tmp_path: Path) -> None:
    """What it says itself, and for the rest the top. A build without a command builds nothing."""
    configuration, dist = written(tmp_path, json.dumps(ENVIRONMENTS)), built(tmp_path)
    with pytest.raises(Misconfigured, match=r"build\.command would run beside the token"):
        demand_bound(configuration, dist, "production")
    with pytest.raises(Misconfigured, match=r"assets\.directory = 'public' lies outside"):
        demand_bound(configuration, dist, "staging")
    demand_bound(configuration, dist, "preview")
    demand_bound(configuration, dist, "")


def test_key_of_the_top_alone_cannot_be_hidden(tmp_path: Path) -> None:
    """wrangler looks for a site at the top only, whatever an environment says."""
    content = {"site": {"bucket": "public"}, "env": {"production": {"site": {"bucket": "../dist"}}}}
    with pytest.raises(Misconfigured, match=r"site\.bucket = 'public'"):
        demand_bound(written(tmp_path, json.dumps(content)), built(tmp_path), "production")


@pytest.mark.parametrize(("environment", "refused"), [({"build": None}, "build.command"), ({}, "build.command"), ({"build": {}}, "")])
def test_null_hides_nothing(tmp_path: Path, environment: object, refused: str) -> None:
    """Where an environment says null, wrangler takes what the top says, and would run it."""
    configuration = written(tmp_path, json.dumps({"build": {"command": "make"}, "env": {"production": environment}}))
    dist = built(tmp_path)
    with pytest.raises(Misconfigured, match=refused) if refused else nullcontext():
        demand_bound(configuration, dist, "production")


def test_containers_of_the_top_are_not_those_of_an_environment(tmp_path: Path) -> None:
    """wrangler does not inherit them: an image that only a developer's deployment has is nothing to refuse."""
    top = {"containers": [{"class_name": "B", "image": "Dockerfile"}]}
    configuration, dist = written(tmp_path, json.dumps({**top, "env": {"production": {}, "staging": top}})), built(tmp_path)
    (tmp_path / "caller" / "Dockerfile").touch()
    demand_bound(configuration, dist, "production")
    for environment in ("staging", ""):
        with pytest.raises(Misconfigured, match="the container's image"):
            demand_bound(configuration, dist, environment)


def test_environment_is_asked_for_where_there_is_none(tmp_path: Path) -> None:
    """wrangler would only warn, and take the top."""
    with pytest.raises(Misconfigured, match=r"has no \[env\.production\], and it has none"):
        demand_bound(written(tmp_path, '{"env": {}}'), built(tmp_path), "production")
    demand_bound(written(tmp_path, '{"env": {}}'), tmp_path / "dist")


@pytest.mark.parametrize(
    ("name", "text"),
    [("w.jsonc", '{"a": '), ("w.jsonc", "[]"), ("w.jsonc", '{"a": "b // c\n}'), ("w.toml", "a = "), ("w.yaml", "a: 1"), ("wrangler", "{}")],
)
def test_configuration_that_cannot_be_read_is_refused(tmp_path: Path, name: str, text: str) -> None:
    """Whoever cannot say what would be uploaded uploads nothing. Of a file with another ending wrangler would read nothing."""
    with pytest.raises(UnusableInput, match=re.escape(name)):
        demand_bound(written(tmp_path, text, name), built(tmp_path))


TRICKY = [
    '{"a": "// no comment", /* a "comment" */ "b": "/* nor */ this", }',
    '{"a": "quote \\" // still text", // "b": 1\n "c": [1, 2, /* last */ ], // end\r\n}',
    '{"a": "\\\\", // the backslash ends here\n "b": {"c": ", }"}, }',
    '// first\n{ "a": 1 /**/ , /***/ "b": "x" // y\r, "c": 2 \n}\n// last',
    '{"a": 1, "a": 2, "b": {"c": 1}, "b": {"d": 2}}',
]


def test_comments_are_taken_away_as_wrangler_does_it(tmp_path: Path) -> None:
    """The same content as its own parser finds, in texts that look like comments and comments that look like texts."""
    tools, files = toolchain(), [tmp_path / f"{number}.jsonc" for number in range(len(TRICKY))]
    for file, text in zip(files, TRICKY, strict=True):
        file.write_text(text, encoding="utf-8", newline="")
    words = [str(tools.node), "-e", _READING, str(PROJECT / "node_modules" / "wrangler"), *map(str, files)]
    ended = subprocess.run(words, capture_output=True, text=True, cwd=tmp_path, timeout=120, check=True)
    assert [json.loads(without_comments(text)) for text in TRICKY] == json.loads(ended.stdout)
