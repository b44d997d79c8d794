"""What a ticket is made with: keys, artifacts, rules, and the one way to write it down."""

from __future__ import annotations

import re
import stat
import subprocess
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

from reports.errors import ReportError
from reports.revisions import named, revision
from reports.ticket import canonical, digests, envelope, keys
from reports.ticket.artifacts import annotated, annotation
from reports.ticket.rules import LOCKFILES, lockfile
from reports.ticket.statement import ArtifactFile


def test_keys_are_made_once_and_work(tmp_path: Path) -> None:
    """The private key is its owner's alone; what it signs the public one verifies; a second pair is not put over the first."""
    pair = keys.generate(tmp_path / "new")
    assert stat.S_IMODE(pair.private.stat().st_mode) == 0o600
    signer, public = keys.load_signer(pair.private), keys.load_public(pair.public)
    assert signer.public_key.keyid == public.keyid == pair.id
    assert envelope.unseal(envelope.seal(b"{}", signer), [public]) == b"{}"
    before = pair.private.read_bytes()
    for gone in ((), (pair.public,)):
        for path in gone:
            path.unlink()
        with pytest.raises(ReportError, match="there is a key in"):
            keys.generate(tmp_path / "new")
    assert pair.private.read_bytes() == before


def test_key_that_others_may_read_is_not_used(tmp_path: Path) -> None:
    """A private key with an open door is one that somebody may have."""
    pair = keys.generate(tmp_path)
    pair.private.chmod(0o640)
    with pytest.raises(ReportError, match="others may read the private key"):
        keys.load_signer(pair.private)


def test_keys_of_other_kinds_are_refused(tmp_path: Path) -> None:
    """Only ed25519, only the right half, and no word of the file in the message."""
    pair, other = keys.generate(tmp_path), generate_private_key(SECP256R1())
    elliptic, public = tmp_path / "elliptic.key", tmp_path / "elliptic.pub"
    elliptic.write_bytes(other.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    elliptic.chmod(0o600)
    public.write_bytes(other.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo))
    pair.public.chmod(0o600)
    for path, words in ((elliptic, "not an ed25519 key"), (pair.public, "not a private key"), (tmp_path / "none", "cannot read")):
        with pytest.raises(ReportError, match=words):
            keys.load_signer(path)
    for path, words in ((public, "not an ed25519 key"), (pair.private, "not a public key"), (tmp_path / "none", "cannot read")):
        with pytest.raises(ReportError, match=words) as caught:
            keys.load_public(path)
        assert "BEGIN" not in str(caught.value)


def test_artifact_is_its_files(tmp_path: Path) -> None:
    """A file counts by its name, a folder by what is in it, whatever the order; `sha256sum` says the same of a file."""
    (tmp_path / "dist" / "deep").mkdir(parents=True)
    for name in ("dist/b.js", "dist/deep/a.wasm", "worker.js"):
        (tmp_path / name).write_text(name)
    files = digests([tmp_path / "worker.js", tmp_path / "dist"])
    assert [file.name for file in files] == ["b.js", "deep/a.wasm", "worker.js"]
    assert files == digests([tmp_path / "dist", tmp_path / "worker.js"])
    assert files[2].sha256 == "fdd59fc971c44b2f1c722633412abe173c9505fed3edb1025926d93c32a3faa9"


def test_artifact_that_is_not_clear_is_a_mistake(tmp_path: Path) -> None:
    """Nothing, a link, or two files of one name: nobody could say later what was meant."""
    for name in ("a", "b", "empty"):
        (tmp_path / name).mkdir()
    (tmp_path / "a" / "w.js").write_text("1")
    (tmp_path / "b" / "w.js").write_text("2")
    (tmp_path / "b" / "link.js").symlink_to(tmp_path / "a" / "w.js")
    for paths, words in (
        (["a/w.js", "b/w.js"], "two files of the artifact are called w.js"),
        (["b"], "is a link"),
        (["empty"], "has no file"),
        ([], "has no file"),
        (["none.js"], "cannot read the artifact"),
    ):
        with pytest.raises(ReportError, match=words):
            digests([tmp_path / path for path in paths])


def test_annotation_fits_and_is_found() -> None:
    """It fits into a version's message, is found among other words, and keeps one file apart from several."""
    one, two = (
        (ArtifactFile(name="a", sha256="a" * 64),),
        (ArtifactFile(name="a", sha256="a" * 64), ArtifactFile(name="b", sha256="b" * 64)),
    )
    assert annotation(one) != annotation(two)
    for files in (one, two):
        text = annotation(files)
        assert len(text) <= 100
        assert annotated("v7", f"release ({text})") == text
    assert annotated(annotation(one), annotation(two)) is None
    assert annotated(annotation(one) + "0") is None


def test_revision_is_a_commit_and_says_when_it_was_changed(tmp_path: Path) -> None:
    """The full id, also on a tag; marked when a tracked file was changed; unknown without git."""
    assert revision(tmp_path) == "unknown"
    who = ["-c", "user.name=a", "-c", "user.email=a@example.org", "-c", "commit.gpgsign=false", "-c", "tag.gpgsign=false"]
    (tmp_path / "a").write_text("1")
    for command in (["init", "-q"], ["add", "a"], ["commit", "-q", "-m", "a"], ["tag", "-a", "v1", "-m", "v1"]):
        subprocess.run(["git", *who, *command], cwd=tmp_path, check=True, capture_output=True)
    head = subprocess.run(["git", "rev-parse", "HEAD"], cwd=tmp_path, check=True, capture_output=True, text=True).stdout.strip()
    assert revision(tmp_path) == head
    (tmp_path / "a").write_text("2")
    assert revision(tmp_path) == f"{head}-dirty"


@pytest.mark.parametrize(
    ("file", "counts"),
    [
        ("suites/conftest.py", True),
        ("conftest.py", True),
        ("httpx/__init__.py", True),
        ("environments/extra.py", True),
        ("pytest.ini", True),
        ("suites/.pytest.toml", True),
        ("suites/pages/page.html", True),
        ("suites/caf\udce9.json", True),
        ("suites/.DS_Store", False),
        ("environments/acme.toml", False),
        ("environments/acme-ca.pem", False),
        ("acme.toml", False),
        ("ticket.json", False),
        ("keys/ticket.pub", False),
        ("dist/worker.js", False),
        ("docs/notes.md", False),
        ("suites/out/ignored.py", False),
        ("suites/__pycache__/test_a.pyc", False),
    ],
)
def test_loose_file_that_can_change_an_outcome_is_a_change(tmp_path: Path, file: str, counts: bool) -> None:
    """Code, a configuration of pytest and what lies in a room; not a team's environment file, nor what a release leaves behind."""
    for name, content in (("suites/test_a.py", ""), ("environments/schema.py", ""), ("docs/a.md", ""), (".gitignore", "out/\n")):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(content)
    head = committed(tmp_path, ".")
    (tmp_path / file).parent.mkdir(parents=True, exist_ok=True)
    try:
        (tmp_path / file).write_text("")
    except OSError:
        pytest.skip("this file system takes no such name")
    assert revision(tmp_path) == (f"{head}-dirty" if counts else head)


def test_repository_within_a_room_is_a_change(tmp_path: Path) -> None:
    """Checks that were cloned into the suites run with them, and git names their folder only. Beside the rooms they may lie."""
    (tmp_path / "suites").mkdir()
    (tmp_path / "suites" / "test_a.py").touch()
    head = committed(tmp_path, ".")
    for place, found in (("app", head), ("suites/acme", f"{head}-dirty")):
        (tmp_path / place).mkdir()
        (tmp_path / place / "test_b.py").touch()
        committed(tmp_path / place, ".")
        assert revision(tmp_path) == found


def test_folder_of_checks_is_named_with_its_revision(tmp_path: Path) -> None:
    """The commit of its repository, marked when a file is not what was committed; without a repository the digest of its files."""
    folder = tmp_path / "checks"
    folder.mkdir()
    check = folder / "test_door.py"
    check.write_text("1")
    loose = named(folder)
    assert re.fullmatch(r"checks@sha256:[0-9a-f]{64}", loose)
    (folder / "__pycache__").mkdir()
    (folder / "__pycache__" / "test_door.pyc").write_text("x")
    assert named(folder) == loose
    check.write_text("2")
    assert named(folder) != loose
    head = committed(tmp_path, "checks/test_door.py")
    assert named(folder) == f"checks@{head}"
    (folder / "test_new.py").write_text("not committed, and run all the same")
    assert named(folder) == f"checks@{head}-dirty"


def committed(folder: Path, file: str) -> str:
    """Makes a repository of a folder with one file in it. The id of its commit."""
    who = ["-c", "user.name=a", "-c", "user.email=a@example.org", "-c", "commit.gpgsign=false"]
    for command in (["init", "-q"], ["add", file], ["commit", "-q", "-m", "a"]):
        subprocess.run(["git", *who, *command], cwd=folder, check=True, capture_output=True)
    return subprocess.run(["git", "rev-parse", "HEAD"], cwd=folder, check=True, capture_output=True, text=True).stdout.strip()


def test_lockfile_digest_covers_both_files(tmp_path: Path) -> None:
    """A change to either is another digest; a missing one is a mistake."""
    seen = set()
    for name in ("", *LOCKFILES):
        for file in LOCKFILES:
            (tmp_path / file).parent.mkdir(exist_ok=True)
            (tmp_path / file).write_text("changed" if file == name else "as it was")
        seen.add(lockfile(tmp_path))
    assert len(seen) == 3
    (tmp_path / LOCKFILES[1]).unlink()
    with pytest.raises(ReportError, match="cannot read the lock file"):
        lockfile(tmp_path)


@pytest.mark.parametrize(
    "text", ['{"b":1,"a":1}', '{"a":1,"a":1}', '{"a": 1}', '{"a":1.00}', '{"a":NaN}', '["\u00e9"]', "[" * 5000, "{}\n", "\xff"]
)
def test_only_canonical_json_is_read(text: str) -> None:
    """What can be written in two ways is read in one."""
    with pytest.raises(ValueError, match="not JSON in its canonical form"):
        canonical.parse(text.encode("latin-1"))
    assert canonical.parse(canonical.dump({"b": [1.5, "\u00e9"], "a": None})) == {"a": None, "b": [1.5, "\u00e9"]}
