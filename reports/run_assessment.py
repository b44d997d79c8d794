"""What speaks against a pass outside the checks: an incomplete ledger, events, and bounds that the run went beyond."""

from collections.abc import Iterable
from urllib.parse import urlsplit

from reports.cases import due
from reports.manifest import Manifest
from reports.policy import Policy, TierPolicy
from reports.reasons import Reason, ReasonKind, Weight
from reports.records import AFTERWARDS, Finish, Record, Residue, RunStarted, TimingsReported, TroubleMet, seal
from reports.team_rules import Judged, disagreement, severities
from reports.waivers import day_of

_SPENT = ("requests", "mails", "accounts", "objects")


def integrity(records: tuple[Record, ...], run: RunStarted | None, policy: Policy, manifest: Manifest) -> list[Reason]:
    """Whether these records are one complete run, concluded under the rules it ran under."""
    found: list[Reason] = []
    ids = sorted({record.run for record in records})
    if len(ids) > 1:
        names = ", ".join(i or "no id" for i in ids)
        found.append(Reason(ReasonKind.FOREIGN, f"the ledger mixes records of several runs ({names}): conclude over one run at a time"))
    found += _under_rules(records, run, policy, manifest) if run else []
    if run and run.selection == "whole" and not manifest.rows:
        found.append(Reason(ReasonKind.MANIFEST, "no check is written down as due (the manifest is empty): write it with `make manifest`"))
    listed = {record.of for record in records if record.kind == "due"}
    for name in (text.rpartition("@")[0] for text in (run.checks if run and run.selection == "whole" else ())):
        if name not in listed:
            text = f"no check of {name} is written down as due, so one that vanishes is missed by nobody: write its checks.toml with"
            found.append(Reason(ReasonKind.MANIFEST, f"{text} `pytest --manifest write suites FOLDER`"))
    finishes = [record for record in records if record.kind == "finish"]
    for name in dict.fromkeys([*(run.passes if run else ()), "main"]):
        count = sum(finish.of == name for finish in finishes)
        if count == 0 and records:
            found.append(Reason(ReasonKind.UNFINISHED, f"the {name} pass never finished (no finish record): it was killed or crashed"))
        if count > 1:
            found.append(Reason(ReasonKind.FINISHED_TWICE, f"the {name} pass finished {count} times: two processes played the same part"))
    announced = {"main", *(run.passes if run else (finish.of for finish in finishes))}
    found += [
        Reason(ReasonKind.FINISHED_TWICE, f"a {name} pass finished that the run never announced: another process wrote into its ledger")
        for name in sorted({finish.of for finish in finishes} - announced)
    ]
    found += _unfinished_workers(records)
    if any(finish.of == "main" for finish in finishes) and not any(record.kind in AFTERWARDS for record in records):
        text = "the search for secrets in what the run leaves never ended (no record of it): it was killed, or the copy is incomplete"
        found.append(Reason(ReasonKind.UNSEARCHED, text))
    for finish in finishes:
        found += _ending(finish, records)
    return found


def _under_rules(records: tuple[Record, ...], run: RunStarted, policy: Policy, manifest: Manifest) -> list[Reason]:
    """Whether the run was made under the policy and the team's rules that it is judged by, and whether these can be used at all."""
    found: list[Reason] = []
    if run.policy != policy.digest:
        found.append(
            Reason(ReasonKind.POLICY, "the run was made under another policy than the one it is judged by: run again with this revision")
        )
    if run.tier not in policy.tiers:
        found.append(Reason(ReasonKind.POLICY, f"the policy does not say what tier {run.tier} demands: add it to policy.toml"))
    if text := disagreement(run.rules, policy.team):
        found.append(Reason(ReasonKind.RULES, text))
    if policy.team and manifest.rows:
        known, whole = severities(due(records, manifest)), run.selection == "whole"
        judged = Judged(known, day_of(run.started), run.environment, policy.retired, whole=whole)
        found += [Reason(ReasonKind.RULES, text) for text in policy.team.mistakes(judged)]
    return found


def _unfinished_workers(records: tuple[Record, ...]) -> list[Reason]:
    """Workers that were started and neither finished nor are known to be lost."""
    over = {record.worker for record in records if record.kind in ("worker_finished", "worker_lost")}
    text = "worker {} never finished (no record of it): it was killed while it ended, so what it spent and left behind is not known"
    left = sorted({record.worker for record in records if record.kind == "worker_started"} - over)
    return [Reason(ReasonKind.UNFINISHED, text.format(name)) for name in left]


def _ending(finish: Finish, records: tuple[Record, ...]) -> list[Reason]:
    """What a finish record says about how the pass ended."""
    found: list[Reason] = []
    if finish.of == "main":
        count, digest = seal(records)
        if count != finish.records:
            text = f"the ledger holds {count} records, its finish record counted {finish.records}: the copy is incomplete or was added to"
            found.append(Reason(ReasonKind.BROKEN_SEAL, text))
        elif digest != finish.digest:
            found.append(Reason(ReasonKind.BROKEN_SEAL, "the records of the ledger are not those that were sealed when the run finished"))
    if finish.interrupted:
        found.append(Reason(ReasonKind.INTERRUPTED, "the run was interrupted before it could conclude", weight=Weight.INTERRUPTED))
    elif finish.exit_status == 4 and not any(record.kind == "result" for record in records):
        text = "nothing was run: the options or the environment file cannot be used (the message above says why)"
        found.append(Reason(ReasonKind.USAGE, text, weight=Weight.USAGE))
    elif finish.exit_status not in (0, 1):
        found.append(
            Reason(ReasonKind.ENDED_BADLY, f"the {finish.of} pass ended with status {finish.exit_status} instead of finishing its checks")
        )
    return found


def events(records: Iterable[Record]) -> list[Reason]:
    """Reasons that lie in single records, whatever else happened."""
    found: list[Reason] = []
    records = tuple(records)
    for r in records:
        order = (-1, r.at)  # before what follows from it: checks without a result, a pass that ended early
        match r.kind:
            case "leak":
                text = (
                    f"the secret {r.secret} was found in {r.where}: publish nothing of this run, and change that secret if somebody saw it"
                )
                found.append(Reason(ReasonKind.LEAK, text, weight=Weight.LEAK, order=order))
            case "trouble":
                weight = _weight(r, records)
                found.append(Reason(ReasonKind(r.what), f"{r.text}; {r.fix}" if r.fix else r.text, weight=weight, order=order))
            case "worker_lost":
                doing = f" while it ran {r.node}" if r.node else ""
                found.append(Reason(ReasonKind.WORKER_LOST, f"worker {r.worker} was lost{doing}: {r.reason}", order=order))
            case "collection_error":
                text = f"{r.path} could not be collected, so its checks are unknown: {r.reason}"
                found.append(Reason(ReasonKind.COLLECTION_ERROR, text, order=order))
    return found


def _weight(trouble: TroubleMet, records: tuple[Record, ...]) -> Weight:
    """What stood in front of the deployment spoils every answer; what is merely away leaves something unknown; and a platform that answers
    in the place of a deployment that is there, or should be there beside it, is the deployment's failure."""
    if trouble.what in ("wall", "challenge", "no_network"):
        return Weight.TAINTED
    if trouble.what == "platform_error":
        return Weight.FAILED
    if trouble.what == "no_deployment":
        origins = {urlsplit(record.origin).hostname for record in records if record.kind == "run"}
        before = (record for record in records if record.at <= trouble.at)
        seen = any((r.kind == "version" and any(r.ids)) or (r.kind == "result" and r.outcome in ("passed", "failed")) for r in before)
        return Weight.FAILED if seen or (origins and trouble.host not in origins) else Weight.MISSING
    return Weight.MISSING


def limits(records: tuple[Record, ...], tier: TierPolicy) -> list[Reason]:
    """The bounds of the policy that the run went beyond."""
    found: list[Reason] = []
    for name in _SPENT:
        spent, most = sum(getattr(r, name) for r in records if r.kind == "cost"), getattr(tier.limits, name)
        if spent > most:
            found.append(Reason(ReasonKind.COST, f"the run took {spent} {name}, the policy allows {most}: find out what it repeats"))
    flaky, most = len({r.check or r.journey or r.probe for r in records if r.kind == "probe_retry"}), tier.limits.flaky_probes
    if flaky > most:
        text = f"{flaky} probes only answered when asked again, the policy allows {most}: the network or the deployment drops requests"
        found.append(Reason(ReasonKind.FLAKY, text))
    took, longest = timings(records), tier.limits.run_seconds
    wall = took.wall if took else 0.0
    if wall > longest:
        text = f"the run took {wall:.0f} s, the policy allows {longest:.0f} s: what was seen first may no longer hold"
        found.append(Reason(ReasonKind.TOO_LONG, text))
    left = sorted(_residue(r) for r in records if r.kind == "residue")
    if left and tier.residue == "block":
        sure = not any(r.kind == "residue" and r.unknown for r in records)
        count = f"1 thing {'was' if sure else 'may be'}" if len(left) == 1 else f"{len(left)} things {'were' if sure else 'are or may be'}"
        found.append(Reason(ReasonKind.RESIDUE, f"{count} left behind in a tier that allows none, first {left[0]}: remove by hand"))
    return found


def timings(records: Iterable[Record]) -> TimingsReported | None:
    """The time of the whole run: workers and shards play beside each other, so the longest of each figure counts.

    A run of several shards takes from the first's beginning to the end of the last.
    """
    records = tuple(records)
    parts = [record for record in records if record.kind == "timings"]
    if not parts:
        return None
    longest = max(parts, key=lambda part: part.longest_chain)
    bound, wall = max(part.pacing_bound for part in parts), max(part.wall for part in parts)
    starts, ends = [r.started for r in records if r.kind == "run"], [r.at for r in records if r.kind == "finish"]
    if len(starts) > 1 and ends:
        wall = max(wall, round(max(ends) - min(starts), 3))
    return longest.model_copy(update={"wall": wall, "pacing_bound": bound})


def notes(records: Iterable[Record]) -> list[str]:
    """Facts that do not decide and are worth a line: what was left out, repeated requests, and what was left behind."""
    retried: set[str] = set()
    left: set[str] = set()
    out: set[str] = set()
    late: list[str] = []
    restored: set[str] = set()
    for r in records:
        if r.kind == "deselected":
            out.update(r.nodes)
        if r.kind == "probe_retry":
            retried.add(f"{r.check or r.journey or 'a probe'} needed a repeated request ({r.probe}: {r.error})")
        if r.kind == "start_delayed":
            count = "1 reading" if r.readings == 1 else f"{r.readings} readings"
            late.append(f"before the start, in {r.seconds:g} s, {count} of the version failed, the last with {r.last}")
        if r.kind == "residue":
            left.add(f"{'may be ' if r.unknown else ''}left behind: {_residue(r)}")
        if r.kind == "drill_restored":
            restored.add(r.text)
    chosen = [f"{len(out)} {'case was' if len(out) == 1 else 'cases were'} left out by the selection"] if out else []
    return sorted(restored) + chosen + late + sorted(retried) + sorted(left)


def _residue(record: Residue) -> str:
    return f"{record.what} {record.name}" + (f" ({record.reason})" if record.reason else "")
