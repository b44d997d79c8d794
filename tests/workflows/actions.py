"""Runs our workflows on this machine: the commands of each job in order, with the environment that the workflow gives them.

Emulated: needs and their results, conditions, matrices, outputs, secrets of GitHub environments, artifacts, reusable workflows.
Not: checkouts (but that of a team's default branch), set-up and caches, which are there already, and permissions.
"""

from __future__ import annotations

import itertools
import os
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from tests.house import ROOT
from tests.workflows.expressions import Unsupported, condition, fill, shown

WORKFLOWS = ROOT / ".github" / "workflows"
CHECKOUT = "actions/checkout@"
DEFAULT = "the default branch"
PRESENT = (CHECKOUT, "actions/cache/")
SETTING_UP = "make setup"
# How GitHub starts a shell, without and with its name: https://docs.github.com/en/actions/reference/workflow-syntax-for-github-actions#jobsjob_idstepsshell
SHELLS = {"": ["bash", "-e"], "bash": ["bash", "--noprofile", "--norc", "-eo", "pipefail"]}
Plain = dict[str, Any]


def load(name: str) -> Plain:
    """A workflow of ours. YAML 1.1 takes the key `on` for a truth value."""
    content: dict[Any, Any] = yaml.safe_load((WORKFLOWS / name).read_text(encoding="utf-8"))
    content["on"] = content.pop(True, content.get("on"))
    return content


@dataclass
class Job:
    """How a job ended, what it hands on, and what its commands said."""

    result: str
    outputs: Plain = field(default_factory=dict)
    said: str = ""
    seconds: float = 0.0


@dataclass
class Github:
    """One workflow run in a repository whose checkout lies in `caller`. That of gonogo has a folder around it, where jobs run.

    `default` is a checkout of the default branch, where that is not what is verified. `secrets` and `variables` are those of GitHub
    environments: environment -> name -> value. `before` is called with the name of a job just before it runs, for what the world does
    meanwhile. `done` are jobs that are not run, because somebody has done their work. `machine` are variables that every machine has before
    a workflow says anything.
    """

    folder: Path
    gonogo: Path
    caller: Path
    sha: str
    secrets: Mapping[str, Mapping[str, str]]
    variables: Mapping[str, str] = field(default_factory=dict)
    before: Callable[[str], None] = lambda _job: None
    done: Mapping[str, Job] = field(default_factory=dict)
    machine: Mapping[str, str] = field(default_factory=dict)
    default: Path | None = None
    jobs: dict[str, Job] = field(default_factory=dict)
    ran: list[str] = field(default_factory=list)
    workflow: str = ""

    @property
    def artifacts(self) -> Path:
        """Where workflow artifacts lie, one folder each."""
        return self.folder / "artifacts"

    def run(self, workflow: str, inputs: Mapping[str, Any], *, inherits: bool = True, prefix: str = "") -> Plain:
        """Run a workflow; its result and outputs. `inherits`: whether the caller said `secrets: inherit`."""
        content = load(workflow)
        self.workflow = self.workflow or workflow
        declared: Plain = (content["on"].get("workflow_call") or {}).get("inputs") or {}
        unknown = inputs.keys() - declared.keys()
        missing = {name for name, entry in declared.items() if entry.get("required") and name not in inputs}
        assert not unknown | missing, f"{workflow}: unknown inputs {unknown}, missing inputs {missing}"
        given = {name: inputs.get(name, entry.get("default", "")) for name, entry in declared.items()}
        done: dict[str, Job] = {}
        waiting = dict(content["jobs"])
        while waiting:
            name = next(name for name, job in waiting.items() if set(_list(job.get("needs"))) <= done.keys())
            job = waiting.pop(name)
            began = time.monotonic()
            needs, full = {need: done[need] for need in _list(job.get("needs"))}, f"{prefix}{name}"
            done[name] = self.done.get(full) or self._job(full, _with_defaults(job, content), given, needs, inherits)
            done[name].seconds = time.monotonic() - began
            self.jobs[full] = done[name]
        outputs = (content["on"].get("workflow_call") or {}).get("outputs") or {}
        contexts = {"jobs": {name: {"outputs": job.outputs, "result": job.result} for name, job in done.items()}}
        values = {name: shown(fill(entry["value"], contexts, {})) for name, entry in outputs.items()}
        bad = [job.result for job in done.values() if job.result not in ("success", "skipped")]
        return {"result": "failure" if bad else "success", "outputs": values}

    def _job(self, name: str, job: Plain, inputs: Plain, needs: dict[str, Job], inherits: bool) -> Job:
        contexts: Plain = {
            "inputs": inputs,
            "needs": {need: {"result": other.result, "outputs": other.outputs} for need, other in needs.items()},
            "github": self._github,
            "vars": self.variables,
        }
        fine = all(other.result == "success" for other in needs.values())
        functions: Plain = {"success": lambda: fine, "failure": lambda: not fine, "always": lambda: True, "cancelled": lambda: False}
        if not condition(job.get("if"), contexts, functions):
            return Job("skipped")
        self.before(name)
        self.ran.append(name)
        ended: list[Job] = []
        for strategy, matrix in _combinations(job, contexts, functions):
            contexts |= {"strategy": strategy, "matrix": matrix}
            if "uses" in job:
                assert job["uses"].startswith("$/.github/workflows/"), job["uses"]
                called = job["uses"].rpartition("/")[2]
                done = self.run(
                    called, fill(job["with"], contexts, functions), inherits=inherits and job.get("secrets") == "inherit", prefix=f"{name}."
                )
                ended.append(Job(done["result"], done["outputs"]))
            else:
                ended.append(self._steps(name, job, contexts, inherits))
        bad = [each.result for each in ended if each.result != "success"]
        # Of a matrix, the last that set an output decides:
        # https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-syntax#jobsjob_idoutputs
        outputs = {key: value for each in ended for key, value in each.outputs.items() if value}
        return Job(bad[0] if bad else "success", outputs, "".join(each.said for each in ended))

    @property
    def _github(self) -> Plain:
        return {
            "run_id": "77",
            "run_attempt": "1",
            "repository": "acme/shop",
            "sha": self.sha,
            "server_url": "https://git.example",
            "token": "",
            "event": {"repository": {"default_branch": DEFAULT}},
        }

    def _steps(self, name: str, job: Plain, contexts: Plain, inherits: bool) -> Job:
        workspace = self._workspace()
        held = shown(fill(job.get("environment"), contexts, {}))
        contexts = {**contexts, "steps": {}, "secrets": self.secrets.get(held, {}) if inherits else {}}
        ended, result, said = Job("success"), "success", []
        functions: Plain = {
            "success": lambda: result == "success",
            "failure": lambda: result == "failure",
            "always": lambda: True,
            "cancelled": lambda: False,
        }
        for step in job["steps"]:
            if not condition(step.get("if"), contexts, functions):
                continue
            given = fill(step.get("with") or {}, contexts, functions)
            uses = str(step.get("uses", ""))
            if uses.startswith(CHECKOUT) and given.get("ref") == DEFAULT:
                shutil.copytree(self.default or self.caller, workspace / given["path"])
            if uses.startswith(PRESENT) or step.get("run") == SETTING_UP:
                continue
            if uses.startswith("actions/upload-artifact@"):
                fine, text, outputs = self._upload(self._root(workspace, job), given), "", Plain()
            elif uses.startswith("actions/download-artifact@"):
                fine, text, outputs = self._download(self._root(workspace, job), given), "", Plain()
            elif "run" in step:
                fine, text, outputs = self._command(workspace, job, step, contexts, functions)
            else:
                raise Unsupported(f"a step of {name}: {step}")
            if "id" in step:
                contexts["steps"][step["id"]] = {"outputs": outputs, "outcome": "success" if fine else "failure"}
            said.append(f"--- {name}: {step.get('name', uses)}{'' if fine else ' FAILED'}\n{text}")
            result = result if fine else "failure"
        ended.result, ended.said = result, "".join(said)
        ended.outputs = {key: shown(fill(value, contexts, functions)) for key, value in (job.get("outputs") or {}).items()}
        return ended

    def _workspace(self) -> Path:
        """A fresh machine: both checkouts, and nothing that a job before has left."""
        workspace = self.gonogo.parent
        for left in workspace.iterdir():
            if left != self.gonogo:
                shutil.rmtree(left) if left.is_dir() else left.unlink()
        (workspace / "temp").mkdir()
        shutil.copytree(self.caller, workspace / "caller")
        return workspace

    def _command(self, workspace: Path, job: Plain, step: Plain, contexts: Plain, functions: Plain) -> tuple[bool, str, Plain]:
        outputs = workspace / "temp" / "outputs"
        outputs.write_text("")
        said = {**job["defaults"]["run"], **step}
        where = self._root(workspace, job) / str(said.get("working-directory", "."))
        script = workspace / "temp" / "script.sh"
        script.write_text(step["run"], encoding="utf-8")
        environment = {
            **self.machine,
            "PATH": os.environ["PATH"],
            "HOME": str(workspace / "temp"),
            "CI": "true",
            "GITHUB_OUTPUT": str(outputs),
            "GITHUB_STEP_SUMMARY": str(workspace / "temp" / "summary.md"),
            "GITHUB_SHA": self.sha,
            "GITHUB_REPOSITORY": "acme/shop",
            "GITHUB_SERVER_URL": "https://git.example",
            "GITHUB_RUN_ID": "77",
            "GITHUB_REF_NAME": "main",
            "GITHUB_WORKFLOW_REF": f"acme/shop/.github/workflows/{self.workflow}@refs/heads/main",
            "RUNNER_TEMP": str(workspace / "temp"),
            **{key: shown(value) for key, value in fill(job.get("env") or {}, contexts, functions).items()},
            **{key: shown(value) for key, value in fill(step.get("env") or {}, contexts, functions).items()},
        }
        assert "${{" not in step["run"], f"an expression inside a script can be injected into: {step['run']}"
        done = subprocess.run(
            [*SHELLS[said.get("shell", "")], str(script)],
            cwd=where,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=300,
            check=False,
        )
        pairs = (line.partition("=") for line in outputs.read_text().splitlines())
        return done.returncode == 0, done.stdout, {key: value for key, _, value in pairs}

    def _root(self, workspace: Path, job: Plain) -> Path:
        """Where the commands of a job begin: a checkout without a path is the workspace itself, and such a job is one of gonogo's own."""
        checkouts = [step.get("with") or {} for step in job["steps"] if str(step.get("uses", "")).startswith(CHECKOUT)]
        return self.gonogo if any("path" not in given for given in checkouts) else workspace

    def _upload(self, root: Path, given: Plain) -> bool:
        source, target = root / str(given["path"]).strip(), self.artifacts / given["name"]
        if not source.exists():
            return given.get("if-no-files-found") != "error"
        shutil.rmtree(target, ignore_errors=True)
        target.mkdir(parents=True)
        for file in source.iterdir() if source.is_dir() else [source]:
            shutil.copyfile(file, target / file.name)
        return True

    def _download(self, root: Path, given: Plain) -> bool:
        if "pattern" in given:
            for found in self.artifacts.glob(given["pattern"]):
                shutil.copytree(found, root / given["path"] / found.name)
            return True
        if not (self.artifacts / given["name"]).is_dir():
            return False
        shutil.copytree(self.artifacts / given["name"], root / given["path"], dirs_exist_ok=True)
        return True


def _with_defaults(job: Plain, workflow: Plain) -> Plain:
    """A job with its own defaults, else those of its workflow. That GitHub merges the two is nothing to count on."""
    held = job if (job.get("defaults") or {}).get("run") else workflow
    return {**job, "defaults": {"run": (held.get("defaults") or {}).get("run") or {}}}


def _combinations(job: Plain, contexts: Plain, functions: Plain) -> Iterator[tuple[Plain, Plain]]:
    axes = fill((job.get("strategy") or {}).get("matrix") or {}, contexts, functions)
    every = [dict(zip(axes, values, strict=True)) for values in itertools.product(*axes.values())]
    for matrix in every:
        yield {"job-total": len(every)}, matrix


def _list(value: Any) -> list[str]:
    return [] if value is None else [value] if isinstance(value, str) else list(value)
