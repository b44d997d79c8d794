"""What is to be promoted, in the words of whoever promotes it."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from reports.ticket.rejections import Rejected, Rejection
from reports.ticket.statement import ArtifactFile, Destination, Target

if TYPE_CHECKING:
    from environments import Environment


@dataclass(frozen=True)
class Promotion:
    """The environment that was verified, the commit, and what goes to production: the promoter's own, never a ticket's.

    Either the artifact travels: the files that are uploaded to another Worker. Or the `version` that was verified is itself put live: on
    one Worker with gradual deployments, or a staged build of Vercel's. `to` is the environment that it is promoted to, where that is
    another one; `new` and `changed` are what the platform's description of the version says of the one before it.
    """

    environment: "Environment"
    commit: str
    artifacts: tuple[ArtifactFile, ...] = ()
    repository: str = ""
    version: str | None = None
    to: "Environment | None" = None
    new: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()

    @property
    def wrangler_env(self) -> str | None:
        """Which part of the configuration was put live where it was verified."""
        return _wrangler_env(self.environment)

    @property
    def destination(self) -> Destination | None:
        """Where it is promoted to, and with which part of the configuration."""
        to = self.to
        if to is None:
            return None
        return Destination(
            environment=to.name,
            origin=to.origin,
            declaration=to.digest,
            platform=to.platform,
            service=to.service or to.host,
            wrangler_env=_wrangler_env(to),
        )

    @property
    def promotes(self) -> Literal["artifact", "version"]:
        """What the ticket has to open the way for."""
        return "artifact" if self.version is None else "version"

    @property
    def platform(self) -> tuple[str, str]:
        """Who runs the deployment, and under which name: as the environment declares it, else its host."""
        environment, service = self.environment, self.environment.service
        if service is None:
            return "host", environment.host
        declared = environment.promotion or environment.get("deploy.rollback")
        return (environment.platform if declared else "sandbox"), service

    @property
    def asked(self) -> tuple[str, str]:
        """Whom one asks about its versions, and under which name; the sandbox speaks as its Worker's platform."""
        return self.environment.platform, self.platform[1]

    def demand(self, target: Target) -> None:
        """Raises Rejected unless a target is this promotion's, all but the version, which is read where it runs."""
        from environments.schema.registry import is_known

        environment = self.environment
        if target.environment != environment.name:
            text = f"it is about the environment {target.environment}, this promotion about {environment.name}: verify that one"
            raise Rejected(Rejection.ENVIRONMENT, text)
        if target.origin != environment.origin:
            text = f"it is about {target.origin}, {environment.name} is at {environment.origin}: verify that address"
            raise Rejected(Rejection.ORIGIN, text)
        if target.tier != environment.tier.value:
            text = f"the run took {environment.name} for tier {target.tier}, its file says {environment.tier.value}: verify under that"
            raise Rejected(Rejection.DECLARATION, text)
        # What folders of other teams declare is known to the run alone; the digest below covers it.
        differ = sorted(name for name in environment.capabilities ^ set(target.capabilities) if not environment.extends or is_known(name))
        if differ:
            text = f"the run and the file of {environment.name} do not declare the same ({', '.join(differ)}): verify what it declares"
            raise Rejected(Rejection.DECLARATION, text)
        if target.wrangler_env != self.wrangler_env:
            text = f"it is about wrangler_env {target.wrangler_env!r}, {environment.name}'s file says {self.wrangler_env!r}: verify that"
            raise Rejected(Rejection.DECLARATION, text)
        if target.declaration != environment.digest:
            text = f"the run was made with another file of {environment.name} than this promotion's: verify with this one"
            raise Rejected(Rejection.DECLARATION, text)
        if (target.platform, target.service) != self.platform:
            text = f"it is about {target.platform}/{target.service}, {environment.name} runs as {'/'.join(self.platform)}: verify that one"
            raise Rejected(Rejection.PLATFORM, text)
        self._demand_promoted(target)
        if target.commit != self.commit:
            raise Rejected(Rejection.COMMIT, f"it is about commit {target.commit}, this promotion about {self.commit}: verify that commit")
        if target.repository != self.repository:
            ours, theirs = self.repository or "no repository", target.repository or "no repository"
            raise Rejected(Rejection.REPOSITORY, f"it names {theirs}, this promotion {ours}: give both the same --repository")
        if target.artifacts != self.artifacts:
            raise Rejected(Rejection.ARTIFACT, f"{_different(target.artifacts, self.artifacts)}: promote exactly what was verified")

    def _demand_promoted(self, target: Target) -> None:
        """Raises Rejected unless the ticket opens the way for what goes to production."""
        if target.promotes != self.promotes:
            text = f"it opens the way for the {target.promotes}, this promotion is one of the {self.promotes}: sign for what is promoted"
            raise Rejected(Rejection.PROMOTED, text)
        if self.version is not None and target.versions != (self.version,):
            verified = " and ".join(target.versions) or "none"
            text = f"it opens the way for version {verified}, this promotion is one of {self.version}: promote what was verified"
            raise Rejected(Rejection.PROMOTED, text)
        if target.destination != self.destination:
            text = f"it leads to {_shown(target.destination)}, this promotion to {_shown(self.destination)}: sign for where it goes (--to)"
            raise Rejected(Rejection.PROMOTED, text)
        if self.version is None and not self.artifacts:
            raise Rejected(Rejection.PROMOTED, "this promotion names neither an artifact nor a version: name what goes to production")


def _wrangler_env(environment: "Environment") -> str | None:
    return environment.promotion.wrangler_env if environment.promotion else None


def _shown(destination: Destination | None) -> str:
    if destination is None:
        return "no environment that is named"
    named = "" if destination.wrangler_env is None else f", wrangler_env {destination.wrangler_env!r}"
    return f"{destination.environment} ({destination.platform}/{destination.service}{named}, file {destination.declaration[:16]})"


def _different(signed: tuple[ArtifactFile, ...], given: tuple[ArtifactFile, ...]) -> str:
    """The first file that two artifacts do not share."""
    theirs, ours = {file.name: file.sha256 for file in signed}, {file.name: file.sha256 for file in given}
    for name in sorted(theirs.keys() | ours.keys()):
        if name not in ours:
            return f"the verified artifact holds {name}, this one does not"
        if name not in theirs:
            return f"this artifact holds {name}, the verified one does not"
        if theirs[name] != ours[name]:
            return f"{name} is not the file that was verified (sha256 {theirs[name][:16]} was, this is {ours[name][:16]})"
    return "the files are not listed as they were"
