"""docs/detection.md: which faults gonogo notices, by which check, and which checks no fault has turned red yet."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from base.places import DETECTION
from gonogo.proving.prove import FaultResult, Proof
from reports.manifest import Manifest
from sandbox.faults.catalogue import Fault, catalogue

PAGE = DETECTION
_BY_APPS = "no system has such a way in: a broken sibling of an app in `tests/apps` has it"
_OF_OTHERS: Mapping[str, tuple[str, ...]] = {
    "auth.bearer_tokens": (
        "altered_token_opens_nothing",
        "nobody_is_known_without_a_token",
        "token_needs_a_member",
        "token_needs_the_password",
        "token_stands_for_the_member",
        "token_is_not_signed_with_a_published_key",
        "token_is_refused_after_signing_out",
    ),
    "auth.by_mail": (
        "mail_comes_from_the_declared_sender",
        "mail_is_sent_within_its_deadline",
        "mail_lets_in_once",
        "mail_lets_its_receiver_in",
        "scripts_cannot_read_the_session",
        "signing_out_ends_the_session",
    ),
    "auth.codes": (
        "code_of_somebody_else_is_refused",
        "made_up_code_is_refused",
        "newest_code_lets_in",
        "older_code_is_void",
        "right_code_is_refused_after_too_many_tries",
    ),
    "auth.invitations": ("nobody_signs_up_uninvited", "uninvited_person_cannot_sign_in"),
    "auth.magic_links": ("altered_link_is_refused", "link_ends_on_the_declared_page"),
    "auth.session_tokens": (
        "altered_session_token_opens_nothing",
        "session_token_ends_with_the_session",
        "session_token_names_the_member",
    ),
    "auth.social_strays": (
        "state_is_looked_at_before_the_code",
        "stray_way_back_is_answered",
        "stray_way_back_signs_nobody_in",
    ),
    "auth.two_factors": (
        "backup_code_signs_in",
        "backup_code_works_once",
        "one_time_code_cannot_be_guessed",
        "password_alone_opens_no_session",
        "right_code_signs_in",
        "wrong_code_is_refused",
    ),
    "auth.user_names": ("user_name_is_one_members",),
}
_NOT_YET = "it is advice about a way in that no system has, and no app has shown it yet"
_UNSEEN: Mapping[str, tuple[str, ...]] = {
    "auth.codes": ("older_code_stays_void",),
    "auth.two_factors": ("one_time_code_works_once",),
    "auth.user_names": ("foreign_origin_signs_nobody_in_by_name", "user_name_is_the_same_in_capitals"),
}
SHADOWED: Mapping[str, str] = {
    "auth.caches::session_says_that_it_may_not_be_kept": "it is advice: an app of better-auth 1.3 is told so (`tests/apps/express`)",
    "auth.refusals::form_of_another_site_signs_nobody_in": "it is advice: an app of better-auth 1.3 is told so (`tests/apps/express`)",
    "health.front_door::modern_tls_is_spoken": "gonogo's own connections demand TLS 1.2: where it is missing, nothing is reached at all",
    "health.health::mail_works_if_health_says_so": "it waits for a mail of `auth.arrivals`, which reports first why there is none",
    "health.health::other_services_work_if_health_says_so": "no system has such a service: a test with a capability from outside has one",
    "mail.delivery::confirmation_is_sent_within_its_deadline": "it judges one of the mails of `auth.arrivals`, which reports it first",
    "storage.reading::head_tells_size_and_type": "a broken app of `tests/end_to_end/test_files_by_recipe.py` has it",
    **dict.fromkeys(
        (
            "storage.privacy::read_address_is_open_to_nobody_else",
            "storage.uploads::ticket_is_bound_to_its_key",
            "storage.uploads::ticket_is_bound_to_its_method",
            "storage.uploads::ticket_needs_its_signature",
            "storage.uploads::upload_of_somebody_else_is_not_confirmed",
            "storage.uploads::upload_that_never_happened_is_not_confirmed",
        ),
        "the store of a system is not the app's to break: broken siblings of the app `tests/apps/presigned` have it",
    ),
    **{
        f"{suite}::{check}": why
        for found, why in ((_OF_OTHERS, _BY_APPS), (_UNSEEN, _NOT_YET))
        for suite, all_ in found.items()
        for check in all_
    },
}
"""Checks that no fault of the sandbox can turn red by themselves, and why."""


def without_fault(results: Iterable[FaultResult], checks: Sequence[str]) -> list[str]:
    """The checks that no measured fault has turned red."""
    return sorted(set(checks) - {check for result in results for check in result.red})


def render(proof: Proof, faults: Sequence[Fault], checks: Sequence[str]) -> str:
    """The page. Every fault of the catalogue is on it with its digest; one without a result of that digest is named as not measured."""
    results = {result.fault: result for result in proof.results}
    measured = {fault.id: results[fault.id] for fault in faults if fault.id in results and results[fault.id].digest == fault.digest}
    noticed = [result for result in measured.values() if result.noticed]
    wrong = [result for result in measured.values() if result.misattributed]
    rest = without_fault(measured.values(), checks)
    lines = [
        "# Detection",
        "",
        "Written by `make prove`: it injects each fault into a running sandbox, runs the whole gate, and demands the verdict, the",
        "check that notices, and words of its message. A fault is a defect that real teams have shipped; links stand in its `fault.toml`.",
        "",
        f"- Detection rate: {len(noticed)} of {len(measured)} measured faults are noticed by the check that they name;",
        f"  {len(faults)} are in the catalogue.",
        f"- Misattributions (another check failed that the fault does not list): {len(wrong)}.",
        f"- False alarms over {proof.healthy} healthy runs: {len(proof.alarms)}.",
        "",
        "| fault | symptom | verdict | noticed by | seconds | digest |",
        "|---|---|---|---|---|---|",
        *(_row(fault, measured) for fault in faults),
        "",
    ]
    lines += [f"- {result.fault}: {problem}" for result in measured.values() for problem in result.problems]
    lines += [f"- a healthy run was no pass: {alarm.said}" for alarm in proof.alarms]
    simulated = [f"- {fault.id}: {fault.simulated}" for fault in faults if fault.simulated]
    if simulated:
        lines += ["## Simulated", "", "The sandbox cannot have these faults themselves:", "", *simulated, ""]
    turned = f"{len(checks) - len(rest)} of {len(checks)} checks are turned red by at least one fault. Not yet:"
    lines += ["## Checks without a fault", "", turned, ""]
    lines += [f"- `{check}`" + (f": {SHADOWED[check]}" if check in SHADOWED else "") for check in rest] or ["none is left."]
    return "\n".join(lines).rstrip() + "\n"


def _row(fault: Fault, measured: Mapping[str, FaultResult]) -> str:
    result = measured.get(fault.id)
    by = f"`{fault.expect.check}`" if fault.expect.check else f"the run itself ({fault.expect.reason})"
    if result is None:
        by, seconds = f"not measured: {fault.awaiting or 'run `make prove`'}", "-"
    else:
        seconds = f"{result.seconds:.0f}"
        by = by if result.noticed else "nobody"
        by += "" if fault.environment == "local" else f", {fault.environment}"
    return f"| {fault.id} | {fault.symptom} | {fault.expect.verdict} | {by} | {seconds} | {fault.digest} |"


def write(proof: Proof, page: Path = PAGE) -> None:
    """Writes the page for today's catalogue and checks."""
    page.write_text(render(proof, catalogue(), list(Manifest.load().rows)), encoding="utf-8")
