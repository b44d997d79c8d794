"""Which prepared state fits today's sources, and which ones are kept."""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from base.tools import Toolchain, toolchain
from sandbox import prepared
from sandbox.errors import SandboxError
from sandbox.installation import Installation, installed_binaries
from sandbox.prepared import Preparation, fingerprint
from sandbox.processes import Processes
from sandbox.reading import read
from sandbox.state import StateFolder
from sandbox.system import Database, System

FM5 = read("fm5")
FILES = {
    "package-lock.json": "{}",
    "sandbox/stack.py": "1",
    "sandbox/apps/fm5/src/app.ts": "2",
    "sandbox/cloud/main.mjs": "3",
    "sandbox/mail/main.mjs": "4",
}


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A small project."""
    for name, text in FILES.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    return tmp_path


@pytest.fixture(scope="module")
def tools() -> Toolchain:
    return toolchain()


@pytest.fixture(scope="module")
def binaries() -> Installation:
    return installed_binaries()


@pytest.mark.parametrize("name", FILES)
def test_every_source_counts(project: Path, tools: Toolchain, binaries: Installation, name: str) -> None:
    """A changed, renamed or removed source asks for another prepared state, and undoing the change for the old one."""
    before = fingerprint(project, tools, binaries, FM5)
    seen = {before}
    path = project / name
    old = path.read_text()
    path.write_text(old + " ")
    seen.add(fingerprint(project, tools, binaries, FM5))
    path.unlink()
    seen.add(fingerprint(project, tools, binaries, FM5))
    assert len(seen) == 3
    path.write_text(old)
    assert fingerprint(project, tools, binaries, FM5) == before


@pytest.mark.parametrize(
    "name",
    [
        "README.md",
        "sandbox/cloud/main.test.mjs",
        "sandbox/apps/fm5/.wrangler/tmp/x.js",
        "sandbox/apps/fm5/node_modules/a/index.js",
        "sandbox/apps/plain/a.ts",
    ],
)
def test_what_is_not_deployed_does_not_count(project: Path, tools: Toolchain, binaries: Installation, name: str) -> None:
    """Tests, tools' leftovers and what is not part of it leave the prepared state good."""
    before = fingerprint(project, tools, binaries, FM5)
    (project / name).parent.mkdir(parents=True, exist_ok=True)
    (project / name).write_text("x")
    assert fingerprint(project, tools, binaries, FM5) == before


def test_system_counts(project: Path, tools: Toolchain, binaries: Installation) -> None:
    """What the system's file says, and the sources of its own apps: another system's are another state."""
    before = fingerprint(project, tools, binaries, FM5)
    further = replace(FM5, databases={**FM5.databases, "more": Database()})
    assert fingerprint(project, tools, binaries, further) != before
    plain = fingerprint(project, tools, binaries, read("plain"))
    (project / "sandbox/apps/fm5/src/app.ts").write_text("changed")
    assert fingerprint(project, tools, binaries, FM5) != before
    assert fingerprint(project, tools, binaries, read("plain")) == plain


def test_binaries_count(project: Path, tools: Toolchain, binaries: Installation, tmp_path: Path) -> None:
    """Another PostgreSQL or wrangler needs another prepared state: data formats and bundles may differ."""
    other = tmp_path / "other" / "bin"
    other.mkdir(parents=True)
    (other / "postgres").write_text("")
    assert fingerprint(project, tools, Installation(other.parent, ()), FM5) != fingerprint(project, tools, binaries, FM5)
    modules = tmp_path / "node_modules"
    for name in ("wrangler", "miniflare", "workerd"):
        (modules / name).mkdir(parents=True)
        (modules / name / "package.json").write_text('{"version": "0"}')
    (modules / "wrangler" / "bin").mkdir()
    older = Toolchain(tools.node, tools.npm, modules / "wrangler" / "bin" / "wrangler.js")
    assert fingerprint(project, older, binaries, FM5) != fingerprint(project, tools, binaries, FM5)


class Site:
    """Preparations in an empty state folder whose building is replaced by writing a file."""

    def __init__(self, root: Path, tools: Toolchain, binaries: Installation, monkeypatch: pytest.MonkeyPatch) -> None:
        self.state = StateFolder(root)
        self.run, self.descriptor = self.state.new_run()
        self.tools, self.binaries = tools, binaries
        self.said: list[str] = []
        self.built = 0
        self.meanwhile: Callable[[], None] = lambda: None
        self.preparation = self.prepare(FM5)
        monkeypatch.setattr(prepared, "PROJECT", root.parent)
        monkeypatch.setattr(Preparation, "_build", lambda _, path: self.build(path))

    def prepare(self, system: System) -> Preparation:
        """Preparations of a system."""
        how = {"tools": self.tools, "installed": self.binaries, "processes": Processes(), "progress": self.said.append}
        return Preparation(system, self.state, self.run, **how)  # type: ignore[arg-type]

    def build(self, path: Path) -> None:
        """Stands for the real building, which every boot of the tests with a real sandbox exercises."""
        self.built += 1
        path.mkdir()
        self.meanwhile()

    def names(self) -> list[str]:
        """Folders among the prepared states."""
        return sorted(path.name for path in self.state.prepared.iterdir())


@pytest.fixture
def site(project: Path, tools: Toolchain, binaries: Installation, monkeypatch: pytest.MonkeyPatch) -> Site:
    made = Site(project / ".sandbox", tools, binaries, monkeypatch)
    os.close(made.descriptor)
    return made


def test_state_is_built_once(site: Site) -> None:
    """The second boot finds what the first one built."""
    assert site.preparation.ensure() == site.preparation.ensure()
    assert site.built == 1


def test_newest_states_are_kept(site: Site, project: Path) -> None:
    """Two prepared states are kept, so that going back to the last branch is quick; abandoned buildings are removed."""
    (site.state.prepared / "old.building-x").mkdir()
    paths = []
    for number in range(4):
        (project / "sandbox" / "stack.py").write_text(str(number))
        paths.append(site.preparation.ensure())
        os.utime(paths[-1], (time.time(), time.time() + number))
    assert site.names() == sorted(path.name for path in paths[-2:])


def test_states_of_another_system_are_left_alone(site: Site, project: Path) -> None:
    """Each system keeps its own: going from one to the other and back prepares nothing again."""
    plain = site.prepare(read("plain"))
    first = plain.ensure()
    for number in range(3):
        (project / "sandbox" / "apps" / "fm5" / "src" / "app.ts").write_text(str(number))
        site.preparation.ensure()
    assert plain.ensure() == first
    assert [name.rpartition("-")[0] for name in site.names()] == ["fm5", "fm5", "plain"]


def test_sources_that_change_meanwhile_are_prepared_again(site: Site, project: Path) -> None:
    """A state never carries the name of sources that it was not built from."""

    def edit() -> None:
        if site.built == 1:
            (project / "sandbox" / "stack.py").write_text("edited")

    site.meanwhile = edit
    path = site.preparation.ensure()
    assert site.built == 2
    assert site.names() == [path.name]
    assert any("starting over" in line for line in site.said)


def test_sources_that_never_rest_are_an_error(site: Site, project: Path) -> None:
    """Trying again has an end."""

    def edit() -> None:
        (project / "sandbox" / "stack.py").write_text(f"edit {site.built}")

    site.meanwhile = edit
    with pytest.raises(SandboxError, match="sources change while it is being prepared"):
        site.preparation.ensure()
    shutil.rmtree(site.state.root)
