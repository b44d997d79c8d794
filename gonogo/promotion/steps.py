"""The steps. Each names the versions it means by their ids, and reads back what is live."""

from collections.abc import Mapping
from pathlib import Path

from clients.errors import SecretsDiffer
from clients.platforms.base import Release, Upload, Version, previous_version
from clients.platforms.bindings import Difference
from gonogo.promotion import changes
from gonogo.promotion.configuration import read
from gonogo.promotion.errors import StepRefused
from gonogo.promotion.records import Staged, Uploaded
from gonogo.promotion.target import PromotionTarget
from reports.ticket import Described, annotation, digests


def upload(
    target: PromotionTarget,
    artifact: Path,
    configuration: Path | None,
    *,
    main: str | None = None,
    tag: str = "",
    variables: Mapping[str, str],
) -> tuple[Uploaded, Difference | None]:
    """Upload exactly this artifact, a file or a folder, as a new version without traffic, whose message names its digest.

    With it comes how that version differs from the live one, where the platform says it. Raises UnusableInput, or
    clients.errors.Misconfigured, and uploads nothing, when the version would consist of anything else, or lose what the live one has. What
    only shows in the uploaded version is refused then: it has no traffic, and gets none.
    """
    message, promoted = annotation(digests([artifact])), target.environment.promotion
    wanted = Upload(
        artifact,
        message,
        configuration=read(configuration) if configuration else None,
        environment=promoted.wrangler_env if promoted else None,
        main=main,
        tag=tag,
        variables=variables,
    )
    planned, live = target.platform.planned(wanted), list[Version]()
    if planned is not None:
        live = changes.serving(target.platform)
        changes.demand_kept(target.environment, live, planned, given=variables, done="nothing was uploaded")
    version = target.platform.upload(wanted)
    if version.message != message:
        raise StepRefused(f"version {version.id} of {target.service} says {version.message!r} instead of {message!r}: do not promote it")
    done = f"version {version.id} was uploaded, and has no traffic"
    difference = changes.demand_kept(target.environment, live, version, given=variables, done=done)
    return _uploaded(target, version, difference), difference


def describe(target: PromotionTarget, version_id: str | None) -> Uploaded:
    """What the platform says about a version, and how it differs from the one before it; without an id about the live one."""
    current = target.platform.current()
    version = target.platform.version(version_id or _live(target, current))
    before = current.sole if current.sole not in (None, version.id) else previous_version(target.platform.history(), version.id)
    earlier = target.platform.version(before).bound if before else None
    return _uploaded(target, version, Difference.between(earlier, version.bound) if earlier and version.bound else None)


def stage(target: PromotionTarget, version_id: str, message: str) -> Staged:
    """Put a version beside the live one, with none of the traffic, and say which one that is.

    Raises UnusableInput, and changes nothing, when it would lose what the live one has.
    """
    current = target.platform.current()
    serving = next((share.version_id for share in current.shares if share.percentage == 100), "")
    if current.beside(version_id, serving):  # this step, once more
        return Staged(target.platform.name, target.service, version_id, serving, current.id)
    previous = _live(target, current)
    if previous == version_id:
        raise StepRefused(f"version {version_id} of {target.service} has all of the traffic already: there is nothing to promote")
    version, live = target.platform.version(version_id), target.platform.version(previous)
    if live.bound is not None:
        given = changes.given_values(version)
        changes.demand_kept(target.environment, [live], version, given=given, done="nothing was changed")
    release = target.platform.deploy_beside(version_id, previous, message)
    return Staged(target.platform.name, target.service, version_id, previous, release.id)


def release(target: PromotionTarget, staged: Staged, message: str) -> None:
    """Give a staged version all of the traffic, and wait until only it answers.

    Raises StepRefused, and changes nothing, when something else is live than what `stage` left: somebody else is at work.
    """
    current = target.platform.current()
    if current.sole != staged.version:  # else this step was done before, and is looked at once more
        if current.id != staged.deployment or not current.beside(staged.version, staged.previous):
            left = f"{staged.version} 0 %, {staged.previous} 100 %"
            raise StepRefused(
                f"live is {current.shown}, and `stage` left {left}: somebody deployed since; nothing was changed, begin again"
            )
        target.platform.deploy(staged.version, message)
        before = target.platform.history()[1:2]
        if [entry.id for entry in before] != [staged.deployment]:
            raise StepRefused(f"somebody deployed {target.service} while this step did: look at what is live, and `restore` if in doubt")
    target.converge(staged.version)


def restore(target: PromotionTarget, version_id: str, message: str, *, instead_of: str | None, secrets_may_change: bool) -> str:
    """Give a known version all of the traffic again, and wait until only it answers; what was done, for people.

    `instead_of` is the only other version that may be live; None for a person who knows. Needs no ticket, whatever happens.
    """
    current = target.platform.current()
    if current.sole == version_id:
        target.converge(version_id)
        return "was live already"
    strangers = {share.version_id for share in current.shares} - {version_id, instead_of}
    if instead_of and strangers:
        text = f"live is {current.shown}: somebody has deployed since, so nothing was changed; to go back all the same give --version alone"
        raise StepRefused(text)
    try:
        target.platform.deploy(version_id, message)
    except SecretsDiffer as refusal:
        if not secrets_may_change:
            text = "with --secrets-may-change they go back to what they were in that version"
            raise StepRefused(f"nothing was changed, because secrets have other values now ({refusal.message}): {text}") from refusal
        target.platform.roll_back(version_id, message, secrets_may_change=True)
    target.converge(version_id)
    return "is live again"


def _uploaded(target: PromotionTarget, version: Version, difference: Difference | None) -> Uploaded:
    new, changed = (tuple(map(changes.printable, names)) for names in ((difference.new, difference.lost) if difference else ((), ())))
    return Uploaded(target.platform.name, target.service, version.id, version.tag, version.message, new, changed)


def _live(target: PromotionTarget, current: Release) -> str:
    if current.sole is None:
        raise StepRefused(
            f"the traffic of {target.service} is split ({current.shown}): let whoever did that finish, or `restore` one of them"
        )
    return current.sole


def demand_same(artifact: Path, described: Described, version: str, message: str) -> None:
    """Raises StepRefused unless these files are what the job that uploaded them says.

    Any job of a workflow's run can replace its artifacts, also the one that runs the checks of a team; none the outputs of another.
    """
    found = annotation(digests([artifact]))
    if found != message:
        raise StepRefused(f"this is {found}, and staging got {message or 'nothing'}: somebody has replaced it since")
    if (described.version, described.message) != (version, message):
        about = f"{described.version} {described.message}"
        raise StepRefused(f"the annotation is about {about}, and staging got {version} {message}: somebody has replaced it since")
