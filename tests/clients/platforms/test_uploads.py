"""Uploading a built Worker and putting it beside the live version, through wrangler's own words."""

from __future__ import annotations

import json
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from clients.errors import DeploymentRefused, Misconfigured, PlatformMalformed
from clients.platforms.base import Configuration, Upload
from clients.platforms.cloudflare import CloudflareWorker
from tests.clients.platforms.fake import NEW, OLD, Fake, deployment, said, version, wrangler

__all__ = ["wrangler"]

TELLS = """
if "upload" in sys.argv:
    main = pathlib.Path(sys.argv[3])
    (folder / "seen.json").write_text(json.dumps([str(main), sorted(path.name for path in main.parent.iterdir())]))
    pathlib.Path(os.environ["WRANGLER_OUTPUT_FILE_PATH"]).write_text(%r)
"""


def telling(fake: Fake, *records: object) -> None:
    """A wrangler that writes these records to its output file when it uploads, and what it finds to upload into a file of ours."""
    script = fake.folder / "wrangler.py"
    text = "".join(json.dumps(record) + "\n" for record in records)
    script.write_text(script.read_text().replace("calls = ", f"{TELLS % text}\ncalls = ", 1))
    fake.answers(versions_upload={}, versions_view=said(version(NEW)))


@pytest.fixture
def uploading(wrangler: Fake) -> Fake:
    """A wrangler that makes the version NEW of whatever it gets."""
    telling(wrangler, {"type": "wrangler-session"}, {"type": "version-upload", "version_id": NEW})
    return wrangler


def wanted(folder: Path, *names: str, content: dict[str, Any] | None = None, only: str = "", **more: Any) -> Upload:
    """The upload of a build of these files, or of one of them alone."""
    (folder / "dist").mkdir(exist_ok=True)
    for name in names:
        (folder / "dist" / name).write_text(name)
    configuration = Configuration(folder / "wrangler.jsonc", content or {})
    return Upload(folder / "dist" / only, "artifact sha256:x", **{"configuration": configuration, **more})


def demand_nothing_sent(fake: Fake) -> None:
    """wrangler was not even started."""
    assert not (fake.folder / "calls.jsonl").exists()


def test_upload_takes_exactly_these_files(uploading: Fake, tmp_path: Path) -> None:
    """No bundling, no new resources, absolute paths, the id from the output file."""
    upload = wanted(tmp_path, "index.js", "page.css", tag="v", variables={"RELEASE": "1:2"})
    assert uploading.worker().upload(upload).id == NEW
    words = uploading.calls[0]["argv"]
    assert words[:3] == ["versions", "upload", str(tmp_path / "dist" / "index.js")]
    for option in ("--no-bundle", "--no-x-provision"):
        assert option in words
    pairs = dict(pairwise(words))
    assert (pairs["--config"], pairs["--name"], pairs["--message"]) == (
        str(tmp_path / "wrangler.jsonc"),
        "fm5-staging",
        "artifact sha256:x",
    )
    assert (pairs["--tag"], pairs["--var"]) == ("v", "RELEASE:1:2")
    assert not [word for word in words if word.startswith("--env")]


@pytest.mark.parametrize("named", ["production", ""])
def test_upload_is_of_the_named_environment(uploading: Fake, tmp_path: Path, named: str) -> None:
    """What the environment's file names is what wrangler is told; where nobody names one of several, nothing is sent."""
    content = {"vars": {"STAGE": "dev"}, "env": {"production": {"vars": {"STAGE": "production"}}}}
    with pytest.raises(Misconfigured, match=r"has \[env\.production\], and nobody says which one is put live"):
        uploading.worker().upload(wanted(tmp_path, "index.js", content=content))
    demand_nothing_sent(uploading)
    uploading.worker().upload(wanted(tmp_path, "index.js", content=content, environment=named))
    assert f"--env={named}" in uploading.calls[0]["argv"]


def test_upload_needs_a_configuration(uploading: Fake, tmp_path: Path) -> None:
    """wrangler would look for one by itself."""
    with pytest.raises(Misconfigured, match="name wrangler's configuration file for fm5-staging with --config"):
        uploading.worker().upload(wanted(tmp_path, "index.js", configuration=None))
    demand_nothing_sent(uploading)


@pytest.mark.parametrize("content", [{"build": {"command": "make"}}, {"assets": {"directory": "public"}}], ids=["command", "folder"])
def test_configuration_that_adds_to_the_artifact_is_not_used(uploading: Fake, tmp_path: Path, content: dict[str, Any]) -> None:
    """Neither a command nor a folder of the checkout: nothing is uploaded."""
    with pytest.raises(Misconfigured, match="wrangler.jsonc: "):
        uploading.worker().upload(wanted(tmp_path, "index.js", content=content))
    demand_nothing_sent(uploading)


@pytest.mark.parametrize(("names", "main"), [(("a.js",), None), (("index.js", "worker.js"), None), (("index.js",), "b.js")])
def test_module_that_starts_must_be_clear(uploading: Fake, tmp_path: Path, names: tuple[str, ...], main: str | None) -> None:
    """Not found, or more than one: nothing is uploaded."""
    with pytest.raises(Misconfigured, match="name it with --main"):
        uploading.worker().upload(wanted(tmp_path, *names, main=main))
    demand_nothing_sent(uploading)


def test_module_outside_of_the_artifact_is_not_uploaded(uploading: Fake, tmp_path: Path) -> None:
    """`--main` names a module of the artifact: another one is in no digest."""
    (tmp_path / "other.js").touch()
    with pytest.raises(Misconfigured, match="--main ../other.js lies outside of the artifact"):
        uploading.worker().upload(wanted(tmp_path, "index.js", main="../other.js"))
    demand_nothing_sent(uploading)


def test_file_is_uploaded_without_its_neighbours(uploading: Fake, tmp_path: Path) -> None:
    """wrangler attaches what lies beside the module; when the artifact is one file, nothing does."""
    uploading.worker().upload(wanted(tmp_path, "index.js", "page.html", only="index.js"))
    main, beside = json.loads((uploading.folder / "seen.json").read_text())
    assert (beside, Path(main).exists()) == (["index.js"], False)


def test_upload_without_an_id_is_malformed(wrangler: Fake, tmp_path: Path) -> None:
    """Which version was made is never guessed."""
    telling(wrangler, {"type": "wrangler-session"})
    with pytest.raises(PlatformMalformed, match="the id of the new version"):
        wrangler.worker().upload(wanted(tmp_path, "index.js"))


def test_beside_is_read_back(wrangler: Fake) -> None:
    """0 % for the new one, 100 % for the live one, and the platform must say so afterwards."""
    wrangler.answers(versions_deploy={}, deployments_status=[said(deployment((NEW, 0), (OLD, 100))), said(deployment((OLD, 100)))])
    worker = wrangler.worker()
    assert worker.deploy_beside(NEW, OLD, "m").beside(NEW, OLD)
    assert wrangler.calls[0]["argv"][2:4] == [f"{NEW}@0%", f"{OLD}@100%"]
    with pytest.raises(DeploymentRefused, match="was to stand beside"):
        worker.deploy_beside(NEW, OLD, "m")


def test_override_is_a_structured_field() -> None:
    """https://developers.cloudflare.com/workers/versions-and-deployments/version-overrides/"""
    assert CloudflareWorker.override("fm5", NEW) == {"Cloudflare-Workers-Version-Overrides": f'fm5="{NEW}"'}
