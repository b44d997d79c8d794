"""`python -m gonogo promote upload|annotation|same|stage|release|restore|with`: one step of a promotion each.

Exit codes: 0 done, 1 not done (the message says what is live and what to do), 3 the platform cannot be asked, 4 unusable input; for `with`
that of the command.
"""

import argparse
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from base.plain_text import plain_lines
from clients.errors import DeploymentRefused, Misconfigured, Trouble, Unsupported
from gonogo.promotion import steps, variables
from gonogo.promotion.changes import notes, printable
from gonogo.promotion.errors import StepRefused, UnusableInput
from gonogo.promotion.records import Staged, demand_own, output, read, summary, write
from gonogo.promotion.target import PromotionTarget, target
from reports.errors import ReportError
from reports.ticket import Described

_DONE, _REFUSED, _UNKNOWN, _USAGE = 0, 1, 3, 4
Step = Callable[[argparse.Namespace, PromotionTarget], str]
Alone = Callable[[argparse.Namespace], str]


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> "None":  # type: ignore[override]
        """Say what is wrong and end, in one sentence."""
        raise UnusableInput(f"{message}; `{self.prog} --help` shows what can be given")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a step and return its exit code."""
    try:
        given = _parser().parse_args(arguments)
        if given.alone:
            print(given.alone(given))
            return _DONE
        named = [version for version in (getattr(given, "version", None), getattr(given, "instead_of", None)) if version is not None]
        with target(given.environment, named, origin=given.origin, connect=given.connect, ca=given.ca) as about:
            print(plain_lines(given.step(given, about)))
        return _DONE
    except (UnusableInput, Misconfigured, Unsupported, ReportError) as error:
        print(f"gonogo promote: {plain_lines(str(error))}", file=sys.stderr)
        return _USAGE
    except (StepRefused, DeploymentRefused) as refusal:
        print(f"REFUSED  {plain_lines(str(refusal))}")
        return _REFUSED
    except Trouble as trouble:
        print(f"UNKNOWN  {plain_lines(str(trouble))}")
        return _UNKNOWN


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(prog="python -m gonogo promote", description="One step of a promotion.")
    commands = parser.add_subparsers(required=True, metavar="STEP", parser_class=_Parser)

    def command(name: str, step: Step, text: str) -> argparse.ArgumentParser:
        sub = commands.add_parser(name, help=text, description=text)
        sub.set_defaults(step=step, alone=None)
        sub.add_argument("--environment", required=True, metavar="ENV", help="name or file of the environment whose service it is about")
        sub.add_argument("--origin", metavar="URL", help="the origin, where the environment's file has another")
        sub.add_argument("--connect", metavar="HOST:PORT", help="connect there for every host of the environment")
        sub.add_argument("--ca", metavar="FILE", help="the certificate authority to trust, PEM")
        sub.add_argument("--message", default="gonogo", metavar="TEXT", help="why, for the platform's history")
        return sub

    upload = command("upload", _upload, "Upload exactly one artifact as a new version without traffic.")
    upload.add_argument("--artifact", type=Path, required=True, metavar="PATH", help="what was built: a file, or the folder with it")
    upload.add_argument("--main", metavar="FILE", help="the module in that folder that the service starts with")
    upload.add_argument(
        "--config", type=Path, metavar="FILE", help="the platform's configuration file for this service; on Cloudflare wrangler's"
    )
    upload.add_argument("--var", action="append", default=[], metavar="NAME:VALUE", help="a plain-text variable; repeatable")
    upload.add_argument("--tag", default="", metavar="TEXT", help="the version's tag")
    upload.add_argument("--out", type=Path, required=True, metavar="FILE", help="where to write what the platform says about it")
    annotation = command("annotation", _annotation, "Write down what the platform says a version was uploaded from.")
    annotation.add_argument("--version", metavar="ID", help="the version; without it the live one")
    annotation.add_argument("--out", type=Path, required=True, metavar="FILE", help="where to write it")
    stage = command("stage", _stage, "Put a version beside the live one, with none of the traffic.")
    stage.add_argument("--version", required=True, metavar="ID", help="the version to be promoted")
    stage.add_argument("--record", type=Path, required=True, metavar="FILE", help="where to write which versions those are")
    release = command("release", _release, "Give a staged version all of the traffic.")
    release.add_argument("--record", type=Path, required=True, metavar="FILE", help="what `stage` wrote")
    restore = command("restore", _restore, "Give a known version all of the traffic again. Needs no ticket.")
    which = restore.add_mutually_exclusive_group(required=True)
    which.add_argument("--record", type=Path, metavar="FILE", help="what `stage` wrote: back to what was live before")
    which.add_argument("--version", metavar="ID", help="back to this version, whatever is live")
    restore.add_argument("--instead-of", metavar="ID", help="with --version: only while this version is live, or beside it")
    restore.add_argument("--secrets-may-change", action="store_true", help="also when secrets go back to older values with it")
    text = f"Run a command with the variables that {variables.SOURCE} holds, one NAME=VALUE a line."
    within = commands.add_parser("with", help=text, description=text)
    within.add_argument("command", nargs=argparse.REMAINDER, metavar="COMMAND", help="the command, after `--`")
    within.set_defaults(alone=_with)
    text = "Say whether the files that an earlier job has handed on are still those that it says itself. Asks nobody."
    same = commands.add_parser("same", help=text, description=text)
    same.set_defaults(alone=_same)
    same.add_argument("--artifact", type=Path, required=True, metavar="PATH", help="what the version was uploaded from")
    same.add_argument("--uploaded", type=Path, required=True, metavar="FILE", help="what `annotation` wrote about the version")
    same.add_argument("--version", required=True, metavar="ID", help="the version, as that job has put it out")
    same.add_argument("--message", required=True, metavar="TEXT", help="its message, as that job has put it out")
    return parser


def _with(given: argparse.Namespace) -> str:
    variables.become(given.command)


def _same(given: argparse.Namespace) -> str:
    steps.demand_same(given.artifact, Described.load(given.uploaded), given.version, given.message)
    return f"SAME  version {given.version}, {given.message}"


def _upload(given: argparse.Namespace, about: PromotionTarget) -> str:
    demand_own(given.out)
    pairs = dict(variables.pair(text, ":", "--var") for text in given.var)
    uploaded, difference = steps.upload(about, given.artifact, given.config, main=given.main, tag=given.tag, variables=pairs)
    write(given.out, uploaded)
    output(version=uploaded.version, message=uploaded.message)
    lines = notes(difference, about.environment) if difference else ()
    summary(f"Version {uploaded.version} of {about.service} beside the live one", lines)
    return "\n".join((f"UPLOADED  {about.service} version {uploaded.version}, {uploaded.message}", *lines))


def _annotation(given: argparse.Namespace, about: PromotionTarget) -> str:
    demand_own(given.out)
    uploaded = steps.describe(about, given.version)
    write(given.out, uploaded)
    output(version=uploaded.version)
    named = {"NEW": uploaded.new, "CHANGED": uploaded.changed}
    lines = [f"{word}  {', '.join(map(printable, names))}" for word, names in named.items() if names]
    return "\n".join((f"READ  {about.service} version {uploaded.version}: {uploaded.message or 'no message'}", *lines))


def _stage(given: argparse.Namespace, about: PromotionTarget) -> str:
    demand_own(given.record)
    staged = steps.stage(about, given.version, given.message)
    write(given.record, staged)
    output(version=staged.version, previous=staged.previous)
    return f"STAGED  {about.service} version {staged.version} at 0 %, beside {staged.previous}"


def _release(given: argparse.Namespace, about: PromotionTarget) -> str:
    staged = read(given.record, Staged, about.platform.name, about.service)
    steps.release(about, staged, given.message)
    return f"RELEASED  {about.service} version {staged.version}; before it {staged.previous}"


def _restore(given: argparse.Namespace, about: PromotionTarget) -> str:
    if given.record and given.instead_of:
        raise UnusableInput("--record names the version to take away itself: leave --instead-of out")
    staged = read(given.record, Staged, about.platform.name, about.service) if given.record else None
    version, instead = (staged.previous, staged.version) if staged else (given.version, given.instead_of)
    done = steps.restore(about, version, given.message, instead_of=instead, secrets_may_change=given.secrets_may_change)
    return f"RESTORED  {about.service} version {version} {done}"
