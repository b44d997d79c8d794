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
from typing import Any
from urllib.parse import urlsplit

from clients.errors import DeploymentRefused, Malformed, Overdue, Unreachable
from clients.platforms.base import Release, Share, Version
from clients.platforms.command import Command, Output

API = "https://api.cloudflare.com/client/v4"
_VERSION_ID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
_UNREACHABLE = re.compile(r"fetch failed|fetch request failed|ECONNREFUSED|ENOTFOUND|ETIMEDOUT|ECONNRESET|EAI_AGAIN", re.IGNORECASE)
_SECRETS_CHANGED = re.compile(r"secrets have changed since version [^\n]*\n(?P<names>(?:\s*\*\s*\S+)+)")
_MESSAGE_LENGTH = 120


class CloudflareWorker:
    """One Worker. See :class:`clients.platforms.base.Deployments` for what the methods raise."""

    def __init__(
        self,
        name: str,
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
        self.name, self._timeout, self._home = name, timeout, home
        self._api_host = urlsplit(api).hostname or api
        self._known: dict[str, Version] = {}
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
            self._known[version_id] = self._version(self._json("versions", "view", self._explicit(version_id)))
        return self._known[version_id]

    def roll_back(self, version_id: str, message: str, *, secrets_may_change: bool = False) -> Release:
        """``wrangler rollback <id>``, after a look at what wrangler would not ask about.

        :raises DeploymentRefused: with code ``SECRETS_DIFFER``, before anything is changed, when the version has other secrets than the
            live one (as this client last read it: a :meth:`current` and :meth:`version` asked before cost nothing here); with code
            ``10220``, *after* the change, when Cloudflare reported changed values and wrangler confirmed that by itself.
            ``secrets_may_change`` allows both.
        """
        if not secrets_may_change:
            self._same_secrets(version_id)
        output = self._run("rollback", self._explicit(version_id), "--yes", "--message", message[:_MESSAGE_LENGTH], "--name", self.name)
        live = self._live(version_id, "rollback")
        changed = _SECRETS_CHANGED.search(output.stdout + output.stderr)
        if changed and not secrets_may_change:
            names = ", ".join(re.findall(r"\*\s*(\S+)", changed["names"]))
            raise self._refused("rollback", output.status, "10220", f"done, but wrangler let these secrets go back to old values: {names}")
        return live

    def upload(
        self,
        main: Path,
        configuration: Path,
        message: str,
        *,
        environment: str | None = None,
        tag: str = "",
        variables: Mapping[str, str] | None = None,
    ) -> Version:
        """``wrangler versions upload --no-bundle``: a new version of these files as they are, with none of the traffic.

        :param main: the module to start with; further ones lie beside it, and are found by the ``rules`` of the configuration.
        :param configuration: wrangler's configuration file, which says what the version is bound to; secrets are kept. wrangler runs its
            ``build.command`` and uploads its ``assets.directory`` all the same: whoever promotes looks at that before.
        :param environment: the ``[env.NAME]`` of that file to take bindings and variables from, empty for its top. With None wrangler takes
            the top too, whatever environments there are (https://developers.cloudflare.com/workers/wrangler/environments/).
        :param variables: plain-text variables on top of those of the configuration; no place for secrets, they are arguments.
        """
        told = self._home / "upload.ndjson"
        told.unlink(missing_ok=True)
        # Without --no-x-provision a mistyped bucket is created, and the version starts on an empty one.
        words = ["--no-bundle", "--no-x-provision", "--config", str(configuration.absolute()), "--name", self.name, "--message", message]
        words += [] if environment is None else [f"--env={environment}"]
        words += ["--tag", tag] if tag else []
        for name, value in (variables or {}).items():
            words += ["--var", f"{name}:{value}"]
        self._run("versions", "upload", str(main.absolute()), *words, more={"WRANGLER_OUTPUT_FILE_PATH": str(told)})
        try:
            lines = [json.loads(line) for line in told.read_text(encoding="utf-8").splitlines()]
            [uploaded] = [str(line["version_id"]) for line in lines if line.get("type") == "version-upload"]
        except (OSError, ValueError, KeyError, AttributeError):
            raise self._malformed("versions upload", "the id of the new version", "none") from None
        return self.version(uploaded)

    def deploy_beside(self, version_id: str, live: str, message: str) -> Release:
        """``wrangler versions deploy <id>@0% <live>@100%``: live for whoever asks for it by a version override, and for nobody else.

        https://developers.cloudflare.com/workers/versions-and-deployments/version-overrides/
        """
        shares = (f"{self._explicit(version_id)}@0%", f"{self._explicit(live)}@100%")
        self._run("versions", "deploy", *shares, "--yes", "--message", message[:_MESSAGE_LENGTH], "--name", self.name)
        release = self.current()
        if not release.beside(version_id, live):
            raise self._refused("versions deploy", 0, "NOT_LIVE", f"{version_id} was to stand beside {live}, but live is {release.shown}")
        return release

    def deploy(self, version_id: str, message: str) -> Release:
        """``wrangler versions deploy <id>@100%``. Unlike a rollback, wrangler asks nothing and forces nothing here."""
        share = f"{self._explicit(version_id)}@100%"
        self._run("versions", "deploy", share, "--yes", "--message", message[:_MESSAGE_LENGTH], "--name", self.name)
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
                raise self._refused("rollback", 0, "SECRETS_DIFFER", f"nothing was changed: in version {version_id}, {text}")

    def _explicit(self, version_id: str) -> str:
        if not _VERSION_ID.fullmatch(version_id):
            raise ValueError(f"{version_id!r} is not a version id; record one with current() or history() first")
        return version_id

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
        return DeploymentRefused("wrangler", f"{what} ({self.name})", status, code, message)

    def _json(self, *arguments: str) -> Any:
        output = self._run(*arguments, "--name", self.name, "--json")
        try:
            return json.loads(output.stdout)
        except ValueError:
            raise self._malformed(" ".join(arguments), "JSON", output.stdout) from None

    def _malformed(self, what: str, expected: str, got: object) -> Malformed:
        return Malformed("wrangler", what, 0, expected, "text", self._command.scrub(str(got))[:120])

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
            bindings = (entry.get("resources") or {}).get("bindings")
            number = entry.get("number")
            return Version(
                id=str(entry["id"]),
                created=datetime.fromisoformat(entry["metadata"]["created_on"]),
                number=number if isinstance(number, int) else None,
                source=str(entry["metadata"].get("source") or ""),
                tag=_annotation(entry, "workers/tag"),
                message=_annotation(entry, "workers/message"),
                secrets=None if bindings is None else frozenset(str(b["name"]) for b in bindings if b.get("type") == "secret_text"),
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
