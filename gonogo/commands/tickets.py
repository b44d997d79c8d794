"""The commands around a ticket: `keygen`, `artifact`, `sign`, `admit`. A refusal is one line and exit code 1."""

import argparse
import os
import re
import secrets
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from base.plain_text import plain, plain_lines
from environments import EnvironmentProblem, load
from reports.errors import ReportError
from reports.ledger import LedgerContents, read
from reports.manifest import Manifest
from reports.policy import Policy
from reports.scan import scan_bytes
from reports.secrets import Secrets
from reports.team_rules import OPTION as RULES
from reports.ticket import Described, Promotion, Rejected, Rejection, Rules, admit, digests, issue
from reports.ticket.artifacts import annotation
from reports.ticket.envelope import is_ticket
from reports.vouching import DIGEST, NotVouchedFor, demand_vouched, digest_of

if TYPE_CHECKING:
    from environments import Environment

_DONE, _REFUSED, _LEAK = 0, 1, 6
_COMMIT = re.compile(r"[0-9a-f]{40}")
Command = Callable[[argparse.Namespace, Policy, Manifest], int]
Register = Callable[[str, Command, str], argparse.ArgumentParser]


def register(command: Register) -> None:
    """Add the commands to the parser of `python -m gonogo`."""
    keygen = command("keygen", _keygen, "Make a pair of ed25519 keys for tickets.")
    keygen.add_argument("--out", type=Path, required=True, metavar="DIR", help="the folder for ticket.key and ticket.pub")

    artifact = command("artifact", _artifact, "Print the message that a version of this artifact has to be uploaded with.")
    artifact.add_argument("artifact", type=Path, nargs="+", metavar="FILE", help="what the version is uploaded from")

    sign = command("sign", _sign, "Sign the ticket of a run that passed.")
    sign.add_argument("ledger", type=Path, nargs="+", metavar="LEDGER", help="the ledger of the run, or those of all its shards")
    _vouched(sign)
    sign.add_argument("--key", type=Path, required=True, metavar="FILE", help="the private key")
    sign.add_argument("--out", type=Path, required=True, metavar="TICKET", help="where to write the ticket")
    sign.add_argument("--environment", metavar="ENV", help="name or file of the environment, if not the name that the ledger says")
    _promotion(sign)
    rules_option(sign)

    admission = command("admit", _admit, "Say whether a ticket opens the way for this promotion, now.")
    admission.add_argument("--environment", required=True, metavar="ENV", help="name or file of the environment that was verified")
    admission.add_argument("--ticket", type=Path, required=True, metavar="FILE")
    ledgers = "the ledger of the run, or those of all its shards"
    admission.add_argument("--ledger", type=Path, nargs="+", required=True, metavar="FILE", help=ledgers)
    _vouched(admission)
    admission.add_argument(
        "--key", type=Path, required=True, action="append", metavar="PUBLIC", help="a public key that counts; repeatable"
    )
    admission.add_argument("--nonce", required=True, metavar="RUN", help="the id of the run that this promotion waited for")
    admission.add_argument("--override", action="store_true", help="ask for --version by a version override: it stands at 0 %%")
    admission.add_argument("--connect", metavar="HOST:PORT", help="connect there for every host of the environment")
    admission.add_argument("--ca", metavar="FILE", help="the certificate authority to trust, PEM")
    _promotion(admission)
    rules_option(admission)


def rules_option(command: argparse.ArgumentParser) -> None:
    """Add the option for the team's rules."""
    command.add_argument("--rules", action="append", default=[], metavar="FILE", help=RULES)


def own_rules(policy: Policy, manifest: Manifest) -> Rules:
    """The rules of this checkout."""
    return Rules.own(policy, manifest)


def _vouched(command: argparse.ArgumentParser) -> None:
    command.add_argument("--digest", type=digest_of, required=True, action="append", metavar="SHA256", help=DIGEST)


def _promotion(command: argparse.ArgumentParser) -> None:
    command.add_argument("--origin", metavar="URL", help="the origin, where the environment's file has another (a preview)")
    command.add_argument("--commit", required=True, metavar="SHA", help="the full id of the commit that is deployed")
    command.add_argument("--repository", default="", metavar="R", help="where that commit is; the same for sign and admit")
    promoted = command.add_mutually_exclusive_group(required=True)
    promoted.add_argument("--artifact", type=Path, nargs="+", metavar="FILE", help="what the version was uploaded from, and is promoted")
    promoted.add_argument("--version", metavar="ID", help="the version that was verified, where it is itself put live")
    command.add_argument("--to", metavar="ENV", help="name or file of the environment that it is promoted to, where that is another one")
    command.add_argument("--uploaded", type=Path, metavar="FILE", help="what `python -m gonogo promote annotation` wrote about the version")


def _keygen(given: argparse.Namespace, policy: Policy, manifest: Manifest) -> int:
    from reports.ticket import keys

    del policy, manifest
    pair = keys.generate(given.out)
    print(f"private key: {pair.private} (a secret of whoever signs)\npublic key:  {pair.public} (pin it where tickets are admitted)")
    print(f"key id:      {pair.id}")
    return _DONE


def _artifact(given: argparse.Namespace, policy: Policy, manifest: Manifest) -> int:
    del policy, manifest
    print(annotation(digests(given.artifact)))
    return _DONE


def _sign(given: argparse.Namespace, policy: Policy, manifest: Manifest) -> int:
    from reports.ticket import keys

    _remove(given.out, but=(*given.ledger, given.key, *(given.artifact or ()), *([given.uploaded] if given.uploaded else ())))
    reading = [read(path) for path in given.ledger]
    named = next((record.environment for part in reading for record in part.records if record.kind == "run"), "")
    if not (given.environment or named):
        raise ReportError(f"the ledger {given.ledger[0]} does not say which environment it is about: name the ledger of a whole run")
    promotion = _promoted(given, _environment(given.environment or named, given.origin))
    signer, described = keys.load_signer(given.key), _described(given)
    try:
        _demand_vouched(reading, given)
        ticket = issue(reading, promotion, own_rules(policy, manifest), signer, described=described)
    except Rejected as refusal:
        print(f"REFUSED  {plain_lines(str(refusal))}")
        return _REFUSED
    if hits := scan_bytes(ticket, given.out.name, _secrets(given.key)):
        print(f"LEAK  {hits[0]}: the ticket was not written")
        return _LEAK
    _write(given.out, ticket)
    print(f"SIGNED  {given.out} with the key {signer.public_key.keyid[:16]}")
    return _DONE


def _demand_vouched(reading: Sequence[LedgerContents], given: argparse.Namespace) -> None:
    """Raises Rejected unless the ledgers are those that the verifying processes have handed over the digests of."""
    try:
        demand_vouched(reading, [str(path) for path in given.ledger], given.digest)
    except NotVouchedFor as error:
        raise Rejected(Rejection.LEDGER, str(error)) from None


def _secrets(key: Path) -> Secrets:
    """What must not be in a ticket: the private key, and what the environment of this process calls secret."""
    known = Secrets()
    for line in key.read_text(encoding="utf-8").splitlines():
        if not line.startswith("-"):
            known.register("the private key", line.strip())
    known.learn_variables(os.environ)
    return known


def _admit(given: argparse.Namespace, policy: Policy, manifest: Manifest) -> int:
    from gonogo.commands.live import live
    from reports.ticket import keys

    environment = _environment(given.environment, given.origin, connect=given.connect, ca=given.ca)
    promotion = _promoted(given, environment)
    pinned = [keys.load_public(path) for path in given.key]
    try:
        ticket = given.ticket.read_bytes()
    except OSError as error:
        raise ReportError(f"cannot read the ticket {given.ticket}: {error.strerror}; sign one with `python -m gonogo sign`") from error
    reading, rules = [read(path) for path in given.ledger], own_rules(policy, manifest)
    if given.override and not given.version:
        raise ReportError("--override asks for one version of the service: name it with --version")
    asked = partial(live, environment, version_override=given.version if given.override else None, described=_described(given))
    try:
        _demand_vouched(reading, given)
        statement = admit(ticket, reading, promotion, rules, keys=pinned, nonce=given.nonce, live=asked)
    except Rejected as refusal:
        print(f"REFUSED  {plain_lines(str(refusal))}")
        return _REFUSED
    [version] = statement.target.versions
    print(f"ADMITTED  {environment.name} version {version}, commit {promotion.commit}, until {statement.predicate.gate.expires}")
    for word, names in (("NEW", promotion.new), ("CHANGED", promotion.changed)):
        if names:
            print(f"{word}  {', '.join(names)}")
    for applied in statement.predicate.gate.applied:
        word = "WAIVED" if applied.kind == "waiver" else "ADVICE"
        print(plain(f"{word}  {applied.check} until {applied.expires} by {applied.owner}: {applied.reason}"))
    return _DONE


def _environment(name: str, origin: str | None, *, connect: str | None = None, ca: str | None = None) -> "Environment":
    """An environment without its secrets: whoever signs or admits has none of them."""
    supplied = {key: value for key, value in (("connect", connect), ("ca", str(Path(ca).resolve()) if ca else None)) if value}
    try:
        return load(name, variables=None, origin=origin, supplied=supplied, foreign=False)  # no code of others runs beside a key
    except EnvironmentProblem as problem:
        raise ReportError(str(problem).replace("--env", "environment")) from None


def _promoted(given: argparse.Namespace, environment: "Environment") -> Promotion:
    if not _COMMIT.fullmatch(given.commit):
        raise ReportError(f"--commit {given.commit}: give the full id of a commit, 40 lower-case hexadecimal digits")
    if given.version == "":
        raise ReportError("--version is empty: name the id of the version that is promoted")
    files, described = digests(given.artifact) if given.artifact else (), _described(given)
    new, changed = (described.new, described.changed) if described else ((), ())
    to = _environment(given.to, None) if given.to else None
    return Promotion(environment, given.commit, files, given.repository, given.version, to, new, changed)


def _described(given: argparse.Namespace) -> Described | None:
    return Described.load(given.uploaded) if given.uploaded else None


def _remove(path: Path, but: Sequence[Path]) -> None:
    """A ticket of an earlier run must not be taken for this one's."""
    if path.resolve() in {other.resolve() for other in but}:
        raise ReportError(f"--out {path} is one of the files that the ticket is made from: name another file")
    try:
        if path.exists() and not is_ticket(path.read_bytes()):
            raise ReportError(f"--out {path} is no ticket, and is not replaced: name a new file, or one that an earlier `sign` has written")
        path.unlink(missing_ok=True)
    except OSError as error:
        raise ReportError(f"cannot replace {path}: {error.strerror}; name a file that can be written") from error


def _write(path: Path, data: bytes) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        beside = path.with_name(f".{path.name}.{secrets.token_hex(6)}")
        beside.write_bytes(data)
        beside.replace(path)  # whole or not at all: the next `sign` replaces nothing that is no ticket
    except OSError as error:
        raise ReportError(f"cannot write the ticket {path}: {error.strerror}; name a file that can be written") from error
