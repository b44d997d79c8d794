"""The rules somebody judges by: those of the own checkout, never those that a ticket brings along."""

import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from base import places
from reports.errors import ReportError
from reports.manifest import Manifest
from reports.policy import Policy
from reports.revisions import UNKNOWN, revision
from reports.team_rules import disagreement
from reports.ticket import canonical
from reports.ticket.rejections import Rejected, Rejection
from reports.ticket.statement import CommitDigest, Resource, Sha256Digest

ROOT = places.PROJECT
LOCKFILES = ("requirements/run.txt", "package-lock.json")
_COMMIT = re.compile(r"[0-9a-f]{40}")


@dataclass(frozen=True)
class Rules:
    """Policy (with the rules of a team beside it) and manifest, the revision of the suite, and the digest of what it is installed from."""

    policy: Policy
    manifest: Manifest
    suite: str
    lockfile: str

    @classmethod
    def own(cls, policy: Policy, manifest: Manifest, root: Path = ROOT) -> "Rules":
        """The rules of a checkout. Raises ReportError when its lock files cannot be read."""
        return cls(policy, manifest, revision(root), lockfile(root))

    def demand_suite(self, revision: str) -> None:
        """Raises Rejected unless a run was made with the suites of this very commit: no tag, which can be moved, no change on top."""
        for what, text in (("the run was made with suites at", revision), ("this checkout is at", self.suite)):
            if not _COMMIT.fullmatch(text):
                raise Rejected(Rejection.SUITE, f"{what} {text[:80] or UNKNOWN!r}, which is no unchanged commit: commit first, then run")
        if revision != self.suite:
            text = f"the run was made with suites at {revision}, this checkout is at {self.suite}: use one revision for both"
            raise Rejected(Rejection.SUITE, text)

    def demand_team(self, digest: str) -> None:
        """Raises Rejected unless a run was made under the same rules of a team, or under none where there are none."""
        if text := disagreement(digest, self.policy.team):
            raise Rejected(Rejection.RULES, text)

    def configuration(self) -> tuple[Resource, ...]:
        """What a statement says about the rules it was made under."""
        return (
            Resource(name="suite", digest=CommitDigest(git_commit=self.suite)),
            Resource(name="policy", digest=Sha256Digest(sha256=self.policy.digest)),
            Resource(name="manifest", digest=Sha256Digest(sha256=self.manifest.digest)),
            Resource(name="lockfile", digest=Sha256Digest(sha256=self.lockfile)),
            *([Resource(name="rules", digest=Sha256Digest(sha256=self.policy.team.digest))] if self.policy.team else ()),
        )


def outside(checks: Iterable[str]) -> tuple[Resource, ...]:
    """The folders of checks that lie outside, each at its revision. Raises Rejected when one of them is at none."""
    found: list[Resource] = []
    for name, _, at in (text.rpartition("@") for text in checks):
        content = at.removeprefix("sha256:")
        if _COMMIT.fullmatch(at):
            found.append(Resource(name=f"checks:{name}", digest=CommitDigest(git_commit=at)))
        elif at != content and re.fullmatch(r"[0-9a-f]{64}", content):
            found.append(Resource(name=f"checks:{name}", digest=Sha256Digest(sha256=content)))
        else:
            text = f"the checks of {name[:80]!r} were at {at[:80] or UNKNOWN!r}, which is no unchanged commit: commit them first, then run"
            raise Rejected(Rejection.SUITE, text)
    return tuple(found)


def lockfile(root: Path = ROOT) -> str:
    """One digest over the lock files, Python's and Node's."""
    try:
        return canonical.digest({name: hashlib.sha256((root / name).read_bytes()).hexdigest() for name in LOCKFILES})
    except OSError as error:
        raise ReportError(f"cannot read the lock file {error.filename}: {error.strerror}; run from a complete checkout") from error
