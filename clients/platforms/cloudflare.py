"""Deployments of a Cloudflare Worker, changed by the real ``wrangler`` and always by an explicit version id.

Without an id, ``wrangler rollback`` takes "the newest earlier deployment", which after a second rollback or a ``secret put`` is not the
version one had in mind; and without a terminal it confirms every question by itself, also that secrets go back to old values
(https://developers.cloudflare.com/workers/configuration/versions-and-deployments/rollbacks/).
"""

import json
import re
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from pathlib import Path
from threading import Event
from typing import Any, Self
from urllib.parse import urlsplit

from base.tools import ToolMissing, toolchain
from clients.errors import DeploymentRefused, Misconfigured, Overdue, PlatformMalformed, SecretsDiffer, Unavailable, Unreachable
from clients.platforms import worker_bindings
from clients.platforms import wrangler as wranglers
from clients.platforms.base import Platform, Release, Setting, Share, Tooling, Upload, Version
from clients.platforms.bindings import Planned
from clients.platforms.command import Command, Output

API = "https://api.cloudflare.com/client/v4"
# https://developers.cloudflare.com/workers/versions-and-deployments/version-overrides/
OVERRIDE = "Cloudflare-Workers-Version-Overrides"
_UNREACHABLE = re.compile(r"fetch failed|fetch request failed|ECONNREFUSED|ENOTFOUND|ETIMEDOUT|ECONNRESET|EAI_AGAIN", re.IGNORECASE)
_SECRETS_CHANGED = re.compile(r"secrets have changed since version [^\n]*\n(?P<names>(?:\s*\*\s*\S+)+)")
_MESSAGE_LENGTH = 120
# What Cloudflare calls secrets that have other values than in the version, and what this client calls other names of secrets.
_CHANGED, _DIFFER = "10220", "SECRETS_DIFFER"
# No Worker of that name, and no service of that name.
_NO_WORKER = frozenset({"10007", "10090"})


class CloudflareWorker(Platform):
    """One Worker. See :class:`clients.platforms.base.Deployments` for what the methods raise."""

    name = "cloudflare"
    # wrangler's own variables, for whoever promotes.
    settings = (
        Setting("token", "CLOUDFLARE_API_TOKEN"),
        Setting("account", "CLOUDFLARE_ACCOUNT_ID"),
        Setting("api", "CLOUDFLARE_API_BASE_URL", required=False),
    )
    version_ids = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")

    def __init__(
        self,
        service: str,
        *,
        wrangler: Sequence[str],
        account_id: str,
        token: str,
        home: Path,
        api: str = API,
        timeout: float = 60,
        cancelled: Event | None = None,
        started: Callable[[int], None] | None = None,
    ) -> None:
        """
        :param wrangler: how wrangler is called: Node, and its script.
        :param home: private folder for wrangler's own files; nothing of the caller's home is read or written.
        :param api: base URL of the API (``CLOUDFLARE_API_BASE_URL``).
        :param timeout: seconds for one wrangler command (about one second each, most of it wrangler's start).
        :param started: told the process id of each wrangler.
        """
        self.service, self._timeout, self._home = service, timeout, home
        self._api_host = urlsplit(api).hostname or api
        self._known: dict[str, Version] = {}
        self._migrated: dict[str, str] = {}
        self._live_now: Release | None = None
        self._command = Command(
            wrangler,
            home=home,
            environment={
                "CLOUDFLARE_API_TOKEN": token,
                "CLOUDFLARE_ACCOUNT_ID": account_id,
                "CLOUDFLARE_API_BASE_URL": api,
                "CI": "1",
                "WRANGLER_SEND_METRICS": "false",
                "WRANGLER_SEND_ERROR_REPORTS": "false",
                "WRANGLER_HIDE_BANNER": "true",
                "NO_COLOR": "1",
                "FORCE_COLOR": "0",
            },
            secrets=[token, account_id],
            cancelled=cancelled,
            started=started,
        )
        _without_update_check(home)

    @classmethod
    def open(cls, service: str, settings: Mapping[str, str], tooling: Tooling) -> Self:
        """With the wrangler that is installed here."""
        try:
            tools = toolchain()
        except ToolMissing as missing:
            raise Unavailable(str(missing)) from missing
        return cls(
            service,
            wrangler=[str(tools.node), str(tools.wrangler)],
            account_id=settings["account"],
            token=settings["token"],
            home=tooling.home,
            api=settings.get("api") or API,
            timeout=tooling.timeout,
            cancelled=tooling.cancelled,
            started=tooling.started,
        )

    @classmethod
    def override(cls, service: str, version_id: str) -> Mapping[str, str]:
        """The header that asks for one version of a Worker: a structured field. One that cannot be honoured is ignored."""
        return {OVERRIDE: f'{service}="{version_id}"'}

    def current(self) -> Release:
        self._live_now = self._release(self._json("deployments", "status"))
        return self._live_now

    def history(self) -> tuple[Release, ...]:
        """The ten latest deployments, newest first."""
        entries = [self._release(entry) for entry in self._json("deployments", "list")]
        newest_first = tuple(sorted(entries, key=lambda release: release.created, reverse=True))
        self._live_now = newest_first[0] if newest_first else None
        return newest_first

    def versions(self) -> tuple[Version, ...]:
        """The ten latest versions, newest first; without their secrets' names."""
        entries = [self._version(entry) for entry in self._json("versions", "list")]
        return tuple(sorted(entries, key=lambda version: version.created, reverse=True))

    def version(self, version_id: str) -> Version:
        """One version with its secrets' names. Versions do not change: each is asked for once."""
        if version_id not in self._known:
            entry = self._json("versions", "view", self.explicit(version_id))
            self._known[version_id] = self._version(entry)
            runtime = (entry.get("resources") or {}).get("script_runtime") or {}
            self._migrated[version_id] = str(runtime.get("migration_tag") or "")
        return self._known[version_id]

    def roll_back(self, version_id: str, message: str, *, secrets_may_change: bool = False) -> Release:
        """``wrangler rollback <id>``, after a look at what wrangler would not ask about.

        :raises SecretsDiffer: with code ``SECRETS_DIFFER``, before anything is changed, when the version has other secrets than the
            live one (as this client last read it: a :meth:`current` and :meth:`version` asked before cost nothing here); with code
            ``10220``, *after* the change, when Cloudflare reported changed values and wrangler confirmed that by itself.
            ``secrets_may_change`` allows both.
        """
        self.explicit(version_id)
        if not secrets_may_change:
            self._same_secrets(version_id)
        output = self._run("rollback", version_id, "--yes", "--message", message[:_MESSAGE_LENGTH], "--name", self.service)
        live = self._live(version_id, "rollback")
        changed = _SECRETS_CHANGED.search(output.stdout + output.stderr)
        if changed and not secrets_may_change:
            names = ", ".join(re.findall(r"\*\s*(\S+)", changed["names"]))
            raise self._refused("rollback", output.status, _CHANGED, f"done, but wrangler let these secrets go back to old values: {names}")
        return live

    def planned(self, wanted: Upload) -> Planned:
        """What ``wrangler versions upload --dry-run`` would send: its own reading of the configuration, with what it inherits and what not.

        A migration of a Durable Object that the live version has not had is refused as :meth:`upload` would have it refused.
        """
        form = self._home / "upload.form"
        form.unlink(missing_ok=True)
        self._upload(wanted, "--dry-run", "--outfile", str(form))
        self._demand_migrated(wanted)
        try:
            return worker_bindings.planned(worker_bindings.metadata(form), self.service)
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            raise self._malformed("versions upload --dry-run", "the metadata of an upload", "something else") from None
        finally:
            form.unlink(missing_ok=True)

    def upload(self, wanted: Upload) -> Version:
        """``wrangler versions upload --no-bundle``: a new version of these files as they are, with none of the traffic.

        The configuration is wrangler's. It says what the version is bound to, and by its ``rules`` which files beside the first module are
        modules too; secrets are kept. It is refused where it would add to the artifact. The environment is an ``[env.NAME]`` of it, empty
        for its top (https://developers.cloudflare.com/workers/wrangler/environments/).
        """
        told = self._home / "upload.ndjson"
        told.unlink(missing_ok=True)
        self._upload(wanted, more={"WRANGLER_OUTPUT_FILE_PATH": str(told)})
        try:
            lines = [json.loads(line) for line in told.read_text(encoding="utf-8").splitlines()]
            [uploaded] = [str(line["version_id"]) for line in lines if line.get("type") == "version-upload"]
        except (OSError, ValueError, KeyError, AttributeError):
            raise self._malformed("versions upload", "the id of the new version", "none") from None
        return self.version(uploaded)

    def _upload(self, wanted: Upload, *further: str, more: Mapping[str, str] | None = None) -> None:
        configuration = wanted.configuration
        if configuration is None:
            raise Misconfigured(f"name wrangler's configuration file for {self.service} with --config")
        entry = wranglers.entry(wanted.artifact, wanted.main)
        wranglers.demand_bound(configuration, wanted.artifact, wanted.environment)
        # Without --no-x-provision a mistyped bucket is created, and the version starts on an empty one.
        words = ["--no-bundle", "--no-x-provision", "--config", str(configuration.path.absolute()), "--name", self.service]
        words += ["--message", wanted.message]
        words += [] if wanted.environment is None else [f"--env={wanted.environment}"]
        words += ["--tag", wanted.tag] if wanted.tag else []
        for name, value in wanted.variables.items():
            words += ["--var", f"{name}:{value}"]
        with wranglers.alone(entry, wanted.artifact) as module:
            try:
                self._run("versions", "upload", str(module.absolute()), *words, *further, more=more)
            except DeploymentRefused as refusal:
                if wranglers.wants_migration(refusal.code, refusal.message):
                    raise Misconfigured(wranglers.migration_first(self.service, wanted.environment)) from refusal
                raise

    def _demand_migrated(self, wanted: Upload) -> None:
        """Raises Misconfigured where it is certain that a migration is to be applied; where it is not, wrangler looks before it uploads."""
        tags = wranglers.migrations(wanted.configuration, wanted.environment) if wanted.configuration else ()
        if not tags:
            return
        try:
            live = [self.version(version_id).id for version_id in self.current().version_ids]
        except DeploymentRefused as refusal:
            if refusal.code not in _NO_WORKER:
                raise
            raise Misconfigured(wranglers.migration_first(self.service, wanted.environment)) from refusal
        applied = {tag for version_id in live if (tag := self._migrated[version_id])}
        if applied - {tags[-1]}:
            unknown = sorted(applied - set(tags))
            raise Misconfigured(wranglers.migration_first(self.service, wanted.environment, unknown))

    def deploy_beside(self, version_id: str, live: str, message: str) -> Release:
        """``wrangler versions deploy <id>@0% <live>@100%``: live for whoever asks for it by a version override, and for nobody else.

        https://developers.cloudflare.com/workers/versions-and-deployments/version-overrides/
        """
        shares = (f"{self.explicit(version_id)}@0%", f"{self.explicit(live)}@100%")
        self._run("versions", "deploy", *shares, "--yes", "--message", message[:_MESSAGE_LENGTH], "--name", self.service)
        release = self.current()
        if not release.beside(version_id, live):
            raise self._refused("versions deploy", 0, "NOT_LIVE", f"{version_id} was to stand beside {live}, but live is {release.shown}")
        return release

    def deploy(self, version_id: str, message: str) -> Release:
        """``wrangler versions deploy <id>@100%``. Unlike a rollback, wrangler asks nothing and forces nothing here."""
        share = f"{self.explicit(version_id)}@100%"
        self._run("versions", "deploy", share, "--yes", "--message", message[:_MESSAGE_LENGTH], "--name", self.service)
        return self._live(version_id, "versions deploy")

    def _live(self, version_id: str, what: str) -> Release:
        # wrangler's own output names no deployment; what is live is read back.
        live = self.current()
        if live.sole != version_id:
            raise self._refused(what, 0, "NOT_LIVE", f"{version_id} was asked for, but live is {live.shown}")
        return live

    def _same_secrets(self, version_id: str) -> None:
        release = self._live_now or self.current()
        # wrangler takes a second to start, so the versions are looked at together.
        with ThreadPoolExecutor(len(release.shares) + 1, thread_name_prefix="wrangler") as pool:
            wanted, *serving = (version.secrets or frozenset() for version in pool.map(self.version, (version_id, *release.version_ids)))
        for live in serving:
            if live != wanted:
                parts = {"would be gone": live - wanted, "would come back": wanted - live}
                text = "; ".join(f"{', '.join(sorted(names))} {verb}" for verb, names in parts.items() if names)
                raise self._refused("rollback", 0, _DIFFER, f"nothing was changed: in version {version_id}, {text}")

    def _run(self, *arguments: str, more: Mapping[str, str] | None = None) -> Output:
        try:
            output = self._command.run(*arguments, within=self._timeout, more=more)
        except Overdue as overdue:  # of the platform's tool: it says nothing about what is deployed
            raise Unreachable(self._api_host, "timeout", str(overdue)) from overdue
        if output.status == 0:
            return output
        said = self._command.trimmed(output)
        if _UNREACHABLE.search(said):
            raise Unreachable(self._api_host, "network", f"wrangler could not reach the platform's API: {said}")
        code = re.search(r"\[code: (\d+)\]", output.stderr + output.stdout)
        raise self._refused(" ".join(arguments[:3]), output.status, code[1] if code else "", said)

    def _refused(self, what: str, status: int, code: str, message: str) -> DeploymentRefused:
        kind = SecretsDiffer if code in (_CHANGED, _DIFFER) else DeploymentRefused
        return kind("wrangler", f"{what} ({self.service})", status, code, message)

    def _json(self, *arguments: str) -> Any:
        output = self._run(*arguments, "--name", self.service, "--json")
        try:
            return json.loads(output.stdout)
        except ValueError:
            raise self._malformed(" ".join(arguments), "JSON", output.stdout) from None

    def _malformed(self, what: str, expected: str, got: object) -> PlatformMalformed:
        return PlatformMalformed("wrangler", what, 0, expected, "text", self._command.scrub(str(got))[:120])

    def _release(self, entry: Any) -> Release:
        try:
            shares = tuple(Share(str(part["version_id"]), float(part["percentage"])) for part in entry["versions"])
            release = Release(
                id=str(entry["id"]),
                shares=shares,
                created=datetime.fromisoformat(entry["created_on"]),
                source=str(entry.get("source") or ""),
                author=str(entry.get("author_email") or ""),
                message=_annotation(entry, "workers/message"),
            )
        except (KeyError, TypeError, ValueError, AttributeError):
            raise self._malformed("deployments", "a deployment with id, versions and created_on", entry) from None
        if not shares:
            raise self._malformed("deployments", "a deployment of at least one version", entry)
        return release

    def _version(self, entry: Any) -> Version:
        try:
            resources = entry.get("resources") or {}
            bindings, runtime = resources.get("bindings"), resources.get("script_runtime") or {}
            number = entry.get("number")
            return Version(
                id=str(entry["id"]),
                created=datetime.fromisoformat(entry["metadata"]["created_on"]),
                number=number if isinstance(number, int) else None,
                source=str(entry["metadata"].get("source") or ""),
                tag=_annotation(entry, "workers/tag"),
                message=_annotation(entry, "workers/message"),
                secrets=None if bindings is None else frozenset(str(b["name"]) for b in bindings if b.get("type") == "secret_text"),
                bound=worker_bindings.bound(bindings or (), runtime, self.service) if resources else None,
            )
        except (KeyError, TypeError, ValueError, AttributeError):
            raise self._malformed("versions", "a version with id and metadata.created_on", entry) from None


def _without_update_check(home: Path) -> None:
    # When a command fails, wrangler asks the npm registry for a newer version, with no way to forbid it but its own cache: a JSON file in
    # the temporary folder, which is ours. "No newer one", for good.
    cache = home / "update-check" / "wrangler-latest.json"
    if not cache.exists():
        cache.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        cache.write_text(json.dumps({"latest": None, "lastUpdate": 2**53}))


def _annotation(entry: Mapping[str, Any], name: str) -> str:
    return str((entry.get("annotations") or {}).get(name) or "")
