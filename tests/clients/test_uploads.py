"""Uploading a built Worker and putting it beside the live version, through wrangler's own words."""

from __future__ import annotations

import json
from itertools import pairwise
from pathlib import Path

import pytest

from clients.errors import DeploymentRefused, Malformed
from clients.platforms.served import override
from tests.clients.test_deployments import NEW, OLD, Fake, deployment, said, version, wrangler

__all__ = ["wrangler"]

TELLS = """
if "upload" in sys.argv:
    pathlib.Path(os.environ["WRANGLER_OUTPUT_FILE_PATH"]).write_text(%r)
"""


def telling(fake: Fake, *records: object) -> None:
    """A wrangler that writes these records to its output file when it uploads."""
    script = fake.folder / "wrangler.py"
    text = "".join(json.dumps(record) + "\n" for record in records)
    script.write_text(script.read_text().replace("folder = ", f"{TELLS % text}\nfolder = ", 1))


def test_upload_takes_exactly_these_files(wrangler: Fake, tmp_path: Path) -> None:
    """No bundling, no new resources, absolute paths, the id from the output file."""
    telling(wrangler, {"type": "wrangler-session"}, {"type": "version-upload", "version_id": NEW})
    wrangler.answers(versions_upload={}, versions_view=said(version(NEW)))
    uploaded = wrangler.worker().upload(
        tmp_path / "dist" / "index.js", tmp_path / "wrangler.jsonc", "artifact sha256:x", tag="v", variables={"RELEASE": "1:2"}
    )
    assert uploaded.id == NEW
    words = wrangler.calls[0]["argv"]
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


def test_upload_without_an_id_is_malformed(wrangler: Fake, tmp_path: Path) -> None:
    """Which version was made is never guessed."""
    telling(wrangler, {"type": "wrangler-session"})
    wrangler.answers(versions_upload={})
    with pytest.raises(Malformed, match="the id of the new version"):
        wrangler.worker().upload(tmp_path / "index.js", tmp_path / "w.jsonc", "m")


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
    assert override("fm5", NEW) == {"Cloudflare-Workers-Version-Overrides": f'fm5="{NEW}"'}
