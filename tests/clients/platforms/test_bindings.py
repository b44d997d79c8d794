"""What a version of a Worker is bound to: wrangler's own reading of a configuration against what Cloudflare's API tells of a version."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from clients.errors import DeploymentRefused, Misconfigured, PlatformMalformed
from clients.platforms.base import Upload
from clients.platforms.bindings import Bound, Difference
from clients.platforms.cloudflare import CloudflareWorker
from clients.platforms.registry import open_platform
from clients.platforms.worker_bindings import bound, planned
from gonogo.promotion.configuration import read
from tests.clients.platforms.fake import NEW, OLD, OTHER, Fake, deployment, said, version, wrangler

__all__ = ["wrangler"]

SERVICE = "birch"
BINDINGS: list[dict[str, Any]] = [
    {"name": "KV", "type": "kv_namespace", "namespace_id": "k1"},
    {"name": "FILES", "type": "r2_bucket", "bucket_name": "birch-files"},
    {"name": "DB", "type": "d1", "id": "d-1"},
    {"name": "JOBS", "type": "queue", "queue_name": "jobs"},
    {"name": "AUTH", "type": "service", "service": "birch-auth"},
    {"name": "ROOM", "type": "durable_object_namespace", "class_name": "Room"},
    {"name": "FLOW", "type": "workflow", "workflow_name": "flow", "class_name": "Flow"},
    {"name": "PG", "type": "hyperdrive", "id": "h1"},
    {"name": "INDEX", "type": "vectorize", "index_name": "i1"},
    {"name": "STORED", "type": "secrets_store_secret", "store_id": "s1", "secret_name": "n1"},
    {"name": "LIMIT", "type": "ratelimit", "namespace_id": "1", "simple": {"limit": 3, "period": 10}},
    {"name": "MAIL", "type": "send_email", "destination_address": "a@birch.test"},
    {"name": "STAGE", "type": "plain_text", "text": "live"},
    {"name": "SIZES", "type": "json", "json": {"b": [1, 2]}},
    {"name": "OTHER", "type": "kind_of_tomorrow", "target": "t1"},
]
# What the API tells beside what an upload says.
TOLD = {
    "DB": {"database_id": "d-1"},
    "FILES": {"jurisdiction": "default"},
    "AUTH": {"environment": "production"},
    "ROOM": {"namespace_id": "0123", "script_name": SERVICE},
    "FLOW": {"script_name": SERVICE},
    "OTHER": {"id": "from the platform"},
}
ELSEWHERE: list[tuple[str, dict[str, Any], str]] = [
    ("KV", {"namespace_id": "k2"}, "KV is KV namespace k2 instead of KV namespace k1"),
    ("FILES", {"bucket_name": "scratch"}, "FILES is R2 bucket scratch instead of R2 bucket birch-files"),
    ("FILES", {"jurisdiction": "eu"}, "FILES is R2 bucket birch-files eu instead of R2 bucket birch-files"),
    ("DB", {"id": "d-2"}, "DB is D1 database d-2 instead of D1 database d-1"),
    ("JOBS", {"queue_name": "other"}, "JOBS is queue other instead of queue jobs"),
    ("AUTH", {"service": "scratch"}, "AUTH is Worker scratch instead of Worker birch-auth"),
    ("AUTH", {"entrypoint": "Admin"}, "AUTH is Worker birch-auth Admin instead of Worker birch-auth"),
    ("AUTH", {"environment": "staging"}, "AUTH is Worker birch-auth staging instead of Worker birch-auth"),
    ("ROOM", {"class_name": "Hall"}, "ROOM is Durable Object class Hall instead of Durable Object class Room"),
    ("ROOM", {"script_name": "else"}, "ROOM is Durable Object class Room else instead of Durable Object class Room"),
    ("FLOW", {"workflow_name": "f2"}, "FLOW is workflow f2 Flow instead of workflow flow Flow"),
    ("PG", {"id": "h2"}, "PG is Hyperdrive h2 instead of Hyperdrive h1"),
    ("INDEX", {"index_name": "i2"}, "INDEX is Vectorize index i2 instead of Vectorize index i1"),
    ("STORED", {"secret_name": "n2"}, "STORED is secret of a store s1 n2 instead of secret of a store s1 n1"),
    ("LIMIT", {"simple": {"limit": 9, "period": 10}}, "LIMIT (rate limit 1) has another value"),
    ("MAIL", {"destination_address": "b@birch.test"}, "MAIL (e-mail) has another value"),
    ("STAGE", {"text": "dev"}, "STAGE (variable) has another value"),
    ("SIZES", {"json": {"b": [1]}}, "SIZES (variable) has another value"),
    ("STAGE", {"type": "json", "json": "live"}, "STAGE (variable) has another value"),
    ("STAGE", {"type": "secret_text"}, "STAGE is secret instead of variable"),
    ("OTHER", {"target": "t2"}, "OTHER (binding of type kind_of_tomorrow) has another value"),
]


def live(*left_out: str) -> Bound:
    """What the API tells of the live version."""
    entries = [{**TOLD.get(entry["name"], {}), **entry} for entry in BINDINGS if entry["name"] not in left_out]
    return bound(entries, {"compatibility_date": "2026-01-01"}, SERVICE)


def upload(*entries: dict[str, Any], keep: tuple[str, ...] = (), here: Bound | None = None, date: str = "2026-01-01") -> Difference:
    """How a version of such an upload would differ from the live one."""
    metadata = {"bindings": entries, "keep_bindings": ["secret_text", "secret_key", *keep], "compatibility_date": date}
    here = here or live()
    return Difference.between(here, planned(metadata, SERVICE).after(here))


def test_what_the_platform_tells_beside_is_no_change() -> None:
    """The same configuration once more: Cloudflare says more than it is told, and fills in what was left out."""
    difference = upload(*BINDINGS)
    assert (difference.lost, difference.new, difference.runtime) == ({}, {}, ())


@pytest.mark.parametrize(("name", "change", "words"), ELSEWHERE, ids=["-".join((name, *change)) for name, change, _ in ELSEWHERE])
def test_what_leads_elsewhere_is_told(name: str, change: dict[str, Any], words: str) -> None:
    """P1, P2: of each kind the one that changed, with what is no secret about it, and never the value of a variable."""
    difference = upload(*({**entry, **(change if entry["name"] == name else {})} for entry in BINDINGS))
    assert (dict(difference.changed), dict(difference.gone), dict(difference.new)) == ({name: words}, {}, {})


@pytest.mark.parametrize("name", [entry["name"] for entry in BINDINGS])
def test_what_is_gone_or_new_is_told(name: str) -> None:
    """Each kind, in both directions; a renamed one is both."""
    rest = [entry for entry in BINDINGS if entry["name"] != name]
    [entry] = [entry for entry in BINDINGS if entry["name"] == name]
    assert list(upload(*rest).lost) == [name]
    assert list(upload(*BINDINGS, here=live(name)).new) == [name]
    renamed = upload(*rest, {**entry, "name": "RENAMED"})
    assert (list(renamed.gone), list(renamed.new), list(renamed.changed)) == ([name], ["RENAMED"], [])


def test_what_is_kept_is_not_gone() -> None:
    """`keep_vars`, secrets (which every upload keeps), and what is inherited by name."""
    assert list(upload(keep=("plain_text", "json")).lost) == sorted({e["name"] for e in BINDINGS} - {"STAGE", "SIZES"})
    secret = bound([{"name": "KEY", "type": "secret_text"}], {}, SERVICE)
    assert upload(here=secret).lost == {}
    assert list(upload({"name": "KEY", "type": "plain_text", "text": "x"}, here=secret).lost) == ["KEY"]
    kept = upload(*BINDINGS[1:], {"name": "KV", "type": "inherit"})
    assert (kept.lost, kept.new) == ({}, {})
    assert list(upload(*BINDINGS[1:], {"name": "KV2", "type": "inherit", "old_name": "KV"}).lost) == ["KV"]


def test_no_value_is_held() -> None:
    """Neither in a representation nor in words: the values of variables may be anything."""
    held = repr((live(), upload(*({**entry, "text": "sesame"} for entry in BINDINGS))))
    for value in ("sesame", "'live'", "a@birch.test"):
        assert value not in held


def test_what_the_code_runs_on_is_told_apart() -> None:
    """It is no binding."""
    assert upload(*BINDINGS, date="2026-05-01").runtime == ("compatibility_date 2026-05-01 instead of 2026-01-01",)


TOP = {
    "name": "birch",
    "main": "dist/index.js",
    "compatibility_date": "2026-01-01",
    "vars": {"STAGE": "dev", "SIZES": [1], "ONLY": "top"},
    "kv_namespaces": [{"binding": "KV", "id": "k1"}],
    "r2_buckets": [{"binding": "FILES", "bucket_name": "scratch"}],
    "queues": {"producers": [{"binding": "JOBS", "queue": "jobs"}]},
    "keep_vars": True,
    "env": {"live": {"name": "birch-live", "vars": {"STAGE": "live"}, "r2_buckets": [{"binding": "FILES", "bucket_name": "files"}]}},
}
TOML = """
name = "birch"
main = "dist/index.js"
compatibility_date = "2026-01-01"
vars = { STAGE = "dev" }
[[d1_databases]]
binding = "DB"
database_name = "birch"
database_id = "d-1"
[env.live]
vars = { STAGE = "live" }
[env.other.vars]
STAGE = "other"
"""


@pytest.mark.parametrize(
    ("name", "text", "environment", "expected"),
    [
        ("w.jsonc", json.dumps(TOP) + "// of the team", "live", {"FILES": "R2 bucket files"}),
        ("w.toml", TOML, "", {"DB": "D1 database d-1"}),
    ],
    ids=["environment", "top"],
)
def test_the_plan_is_wranglers_own(tmp_path: Path, name: str, text: str, environment: str, expected: dict[str, str]) -> None:
    """The real wrangler reads the file: what an environment inherits and what not, and what the command line adds. Nobody is asked."""
    (tmp_path / "dist").mkdir()
    (tmp_path / "dist" / "index.js").write_text("export default {}")
    (tmp_path / name).write_text(text)
    settings = {"token": "t", "account": "a", "api": "http://127.0.0.1:9/client/v4"}
    platform = open_platform("cloudflare", "birch-live", settings, home=tmp_path / "home")
    wanted = Upload(tmp_path / "dist", "m", read(tmp_path / name), environment, variables={"RELEASE": "r"})
    plan = platform.planned(wanted)
    assert plan is not None
    variables = dict.fromkeys(("RELEASE", "STAGE"), "variable")
    assert {name: binding.shown for name, binding in plan.bound.bindings.items()} == {**variables, **expected}
    assert ("plain_text" in plan.kept, "secret_text" in plan.kept) == (name == "w.jsonc", True)
    assert plan.bound.runtime == {"compatibility_date": "2026-01-01"}


PLANS = """
if "--outfile" in sys.argv:
    pathlib.Path(sys.argv[sys.argv.index("--outfile") + 1]).write_bytes(%r)
"""
MIGRATIONS = {"migrations": [{"tag": "v1", "new_sqlite_classes": ["Room"]}, {"tag": "v2", "new_sqlite_classes": ["Hall"]}]}


def planning(fake: Fake, metadata: str) -> None:
    """A wrangler that leaves such a form when it only pretends to upload."""
    form = f'--b\r\nContent-Disposition: form-data; name="metadata"\r\n\r\n{metadata}\r\n--b\r\n\r\ncode\r\n--b--\r\n'
    script = fake.folder / "wrangler.py"
    script.write_text(script.read_text().replace("calls = ", f"{PLANS % form.encode()}\ncalls = ", 1))


def wanted_of(folder: Path, content: dict[str, Any], environment: str | None = None) -> Upload:
    """The upload of one module with this configuration."""
    (folder / "index.js").write_text("export default {}")
    (folder / "w.json").write_text(json.dumps(content))
    return Upload(folder / "index.js", "m", read(folder / "w.json"), environment)


def migrated(tag: str) -> dict[str, str]:
    """What the platform says about a version that has had this migration."""
    entry = version(OLD)
    entry["resources"]["script_runtime"] = {"migration_tag": tag} if tag else {}
    return said(entry)


@pytest.mark.parametrize(
    ("tag", "words"),
    [
        (
            "v1",
            r"a migration of a Durable Object that fm5-staging has not had yet, .+ `wrangler deploy --env live`, .+ promote what follows",
        ),
        ("v3", r"fm5-staging has had the Durable Object migration 'v3', which the configuration does not name"),
        ("v2", ""),
        ("", ""),
    ],
    ids=["pending", "unknown", "applied", "untold"],
)
def test_migration_is_refused_before_anything_is_uploaded(wrangler: Fake, tmp_path: Path, tag: str, words: str) -> None:
    """P3: where the configuration and the live version show it. Where the platform tells of none, wrangler looks itself."""
    planning(wrangler, '{"bindings": []}')
    wrangler.answers(versions_upload={}, deployments_status=said(deployment((OLD, 100))), versions_view=migrated(tag))
    upload = wanted_of(tmp_path, {"env": {"live": MIGRATIONS}}, "live")
    if words:
        with pytest.raises(Misconfigured, match=words):
            wrangler.worker().planned(upload)
    else:
        wrangler.worker().planned(upload)
    assert [call for call in wrangler.calls if "upload" in call["argv"] and "--dry-run" not in call["argv"]] == []


def test_migration_of_a_worker_that_is_not_there_is_refused(wrangler: Fake, tmp_path: Path) -> None:
    """P3: its first deployment brings the migration. A Worker without one is refused as before."""
    planning(wrangler, '{"bindings": []}')
    wrangler.answers(versions_upload={})
    with pytest.raises(Misconfigured, match="apply it by `wrangler deploy`, "):
        wrangler.worker().planned(wanted_of(tmp_path, MIGRATIONS))
    wrangler.worker().planned(wanted_of(tmp_path, {}))


REFUSALS = [
    "✘ [ERROR] A request to the Cloudflare API (/accounts/a/workers/scripts/b) failed.\n\n  Version upload failed. [code: 10211]\n",
    "✘ [ERROR] This Worker has a pending Durable Object migration, which cannot be applied by `wrangler versions upload`.\n",
    "✘ [ERROR] Durable Object binding depends on an export. [code: 100406]\n",
]


@pytest.mark.parametrize("text", REFUSALS, ids=["platform", "wrangler", "export"])
def test_migration_that_the_platform_refuses_leads_to_the_way_out(wrangler: Fake, tmp_path: Path, text: str) -> None:
    """P3: also where only the platform knows, whoever says it."""
    wrangler.answers(versions_upload={"status": 1, "stderr": text})
    with pytest.raises(Misconfigured, match="apply it by `wrangler deploy`, in a release that does nothing else, and promote what follows"):
        wrangler.worker().upload(wanted_of(tmp_path, {}))


def test_other_refusals_stay_what_they_are_and_show_no_values(wrangler: Fake, tmp_path: Path) -> None:
    """After a refusal wrangler lists the bindings with their values."""
    text = '✘ [ERROR] Uncaught TypeError [code: 10021]\nenv.ERROR_PAGE ("sesame")      Environment Variable\n'
    wrangler.answers(versions_upload={"status": 1, "stderr": text})
    with pytest.raises(DeploymentRefused) as caught:
        wrangler.worker().upload(wanted_of(tmp_path, {}))
    assert "10021" in str(caught.value)
    assert "sesame" not in str(caught.value)


@pytest.mark.parametrize("metadata", ["{", "[]", '{"bindings": [1]}', '{"bindings": [{"name": "A"}]}', "{}"])
def test_plan_that_cannot_be_read_is_malformed(wrangler: Fake, tmp_path: Path, metadata: str) -> None:
    """Another wrangler, another form: it is not guessed."""
    planning(wrangler, metadata)
    wrangler.answers(versions_upload={})
    with pytest.raises(PlatformMalformed, match="the metadata of an upload"):
        wrangler.worker().planned(wanted_of(tmp_path, {}))


def test_version_tells_what_it_is_bound_to(wrangler: Fake) -> None:
    """By the API's words. Where it tells of the version and of no bindings, it has none; where it tells nothing, nothing is known."""
    entry = version(NEW, "KEY")
    bare = {**entry, "id": OLD, "resources": {"script_runtime": {}}}
    wrangler.answers(versions_view=[said(entry), said(bare), said({**bare, "id": OTHER, "resources": {}})])
    worker: CloudflareWorker = wrangler.worker()
    told = worker.version(NEW).bound
    assert told is not None
    assert {name: binding.shown for name, binding in told.bindings.items()} == {"KEY": "secret", "FILES": "R2 bucket"}
    assert worker.version(OLD).bound == Bound({})
    assert worker.version(OTHER).bound is None
