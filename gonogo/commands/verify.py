"""`python -m gonogo verify ...`: a run of pytest in a process of its own, and the exit code of the verdict that its ledger allows.

Whatever ends the run's process, and with whichever code: a check that calls `os._exit`, an exit handler, a crash after the last line, an
option in PYTEST_ADDOPTS. This process concludes by itself, from the ledger that the run has begun, and hands over the ledger's digest.
"""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from base.confirmation import Heard, Listener
from base.places import PROJECT, SUITES, is_there
from base.run_ids import new_id
from gonogo.commands.signals import passed_on

if TYPE_CHECKING:  # loaded when the run is over: until then nothing is needed but the process
    from reports.ledger import LedgerContents
    from reports.team_rules import TeamRules
    from reports.verdict import Verdict

INTERRUPTED, NO_VERDICT, USAGE = 2, 3, 4
# The plugin is named: pytest finds it beside the arguments alone, and they may all lie in another repository.
_PYTEST = (sys.executable, "-m", "pytest", "-c", str(PROJECT / "pyproject.toml"), "-p", "gonogo.plugin.timeline")
_QUESTIONS = frozenset(
    {
        *("--help", "-h", "--version", "-V", "--markers", "--cache-show", "--collect-only", "--collectonly", "--co", "--manifest"),
        *("--fixtures", "--funcargs", "--fixtures-per-test"),
    }
)
"""Words with which pytest answers and runs nothing. Only whoever types them has asked: PYTEST_ADDOPTS is no question."""
_DIGEST, _RULES = "--digest", "--rules"


def main(arguments: Sequence[str]) -> int:
    """Plays the run, waits for it, and ends with the exit code of its verdict.

    From whichever folder it is started, it plays the suites, beside the folders and files that are named. `--digest FILE` is where the
    ledger's digest is written; the file is not there when there was no verdict. A shard, or the drills, end with the code of that part.
    """
    try:
        words, file = _digest_file(arguments)
        rules = _rules(words)
    except ValueError as mistake:
        sys.stderr.write(f"gonogo: {mistake}\n")
        return USAGE
    run, words = _named(words)
    listener = Listener()
    process = subprocess.Popen([*_PYTEST, *words, *_suites(words)], env=listener.environment, pass_fds=(listener.descriptor,))
    with passed_on(process) as heard_here:
        code = process.wait()
    heard = listener.heard()
    if heard.ledger is None:
        return _without_a_run(code, heard, words, interrupted=signal.SIGINT in heard_here)
    if heard.run != run:  # whoever is in the run's process can name another ledger, and cannot have made one of this id
        _say(f"no verdict: the run's process named the ledger of run {heard.run[:80]}, and this is run {run}")
        return NO_VERDICT
    return _concluded(code, heard, file, rules)


def _without_a_run(code: int, heard: Heard, words: Sequence[str], *, interrupted: bool) -> int:
    """A mistake of whoever started it, an interruption, or the answer to a question: nothing else ends without a run."""
    if code == USAGE:
        return USAGE
    if interrupted or (code == INTERRUPTED == heard.code):
        return INTERRUPTED
    # `--version` is answered before any plugin is loaded, and by none that would say so here.
    if code == 0 and _QUESTIONS & {word.partition("=")[0] for word in words} and (heard.code == 0 or {"--version", "-V"} & set(words)):
        return 0
    _say(f"no verdict: the run's process ended with {code} before a run had begun: an option in PYTEST_ADDOPTS, a plugin or a check did so")
    return NO_VERDICT


def _concluded(code: int, heard: Heard, file: Path | None, rules: TeamRules | None) -> int:
    """The verdict of the ledger; a yes only where the run's process, if it said how it means to end, meant a yes too."""
    from reports import summary
    from reports.errors import ReportError

    try:
        ledger, verdict = _verdict(heard, rules)
    except ReportError as error:
        _say(f"no verdict: {error}")
        return NO_VERDICT
    ends = verdict.exit_code
    if heard.code not in (None, ends) and not ends:  # it knows of something that is not in its ledger: that it could not be released
        _say(f"no verdict: the ledger says {verdict.kind.value}, and the run's process had to end with {heard.code}")
        return heard.code or NO_VERDICT
    if heard.code != ends:
        _say(f"the run's process ended with {code} before it could say how the run ended; its ledger does:")
        _say("\n".join([*summary.details(verdict), *summary.lines(verdict)]), error=False)
    elif code != ends:
        _say(f"the run's process ended with {code} after the verdict: the exit code is the verdict's, {ends}")
    _say(f"digest   sha256:{ledger.digest}", error=False)
    if file is not None:
        try:
            file.write_text(f"{ledger.digest}\n", encoding="utf-8")
        except OSError as error:
            _say(f"{_DIGEST} {file} cannot be written ({error.strerror}): copy the digest from the line above")
    return ends


def _verdict(heard: Heard, rules: TeamRules | None) -> tuple[LedgerContents, Verdict]:
    """What the ledger of the run allows to say. Raises ReportError where it is gone, or another one lies in its place."""
    from reports.errors import ReportError
    from reports.ledger import read
    from reports.manifest import Manifest
    from reports.policy import Policy
    from reports.verdict import conclude

    assert heard.ledger is not None
    ledger = read(heard.ledger)
    found = heard.ledger.stat()
    if (found.st_dev, found.st_ino) != heard.file or any(record.run != heard.run for record in ledger.records):
        raise ReportError(f"the ledger {heard.ledger} is not the one that this run has written: somebody replaced it; verify again")
    return ledger, conclude(ledger.records, Policy.load().under(rules), Manifest.load(), damage=ledger.damage, shard=True)


def _digest_file(arguments: Sequence[str]) -> tuple[list[str], Path | None]:
    """The words for pytest, and the file of `--digest`, from which the digest of an earlier run is gone. Raises ValueError."""
    words, file, given = [], None, iter(arguments)
    for word in given:
        name, equals, value = word.partition("=")
        if name != _DIGEST:
            words.append(word)
            continue
        value = value if equals else next(given, "")
        if not value or value.startswith("-"):
            raise ValueError(f"{_DIGEST} needs the name of a file, to which the digest of the ledger is written")
        file = Path(value).resolve()
    if file is not None:
        _give_way(file)
    return words, file


def _rules(words: Sequence[str]) -> TeamRules | None:
    """The team's rules, as they are before the run begins: what a check puts there meanwhile judges nobody. Raises ValueError."""
    given = [word.partition("=")[2] for word in words if word.startswith(f"{_RULES}=")]
    given += [words[number + 1] for number, word in enumerate(words[:-1]) if word == _RULES]
    if not given:
        return None
    from reports.errors import ReportError
    from reports.team_rules import only

    try:
        return only(given)
    except ReportError as error:
        raise ValueError(str(error)) from None


def _named(words: Sequence[str]) -> tuple[str, list[str]]:
    """The id of the run, by which its ledger is known from any other: the one that was given, or a new one; and the words with it."""
    for number, word in enumerate(words):
        if word.startswith("--run-id="):
            return word.partition("=")[2], list(words)
        if word == "--run-id":
            return next(iter(words[number + 1 : number + 2]), ""), list(words)
    made = new_id()
    return made, [f"--run-id={made}", *words]


def _give_way(file: Path) -> None:
    """Removes the digest of an earlier run, and nothing else. Raises ValueError."""
    from reports.vouching import is_digest

    try:
        if file.exists() and not is_digest(file.read_text(encoding="utf-8")[:200]):
            raise ValueError(f"{_DIGEST} {file} holds something else than a digest, and is not replaced: name another file")
        file.unlink(missing_ok=True)
        if not file.parent.is_dir():
            raise ValueError(f"{_DIGEST} {file}: there is no folder {file.parent}")
    except UnicodeDecodeError:
        raise ValueError(f"{_DIGEST} {file} holds something else than a digest, and is not replaced: name another file") from None
    except OSError as error:
        raise ValueError(f"{_DIGEST} {file} cannot be used ({error.strerror}): name another file") from None


def _suites(arguments: Sequence[str]) -> list[str]:
    """The suites, unless a part of them is named: pytest looks for them in the folder that it is started in."""
    named = [Path(word.partition("::")[0]) for word in arguments if not word.startswith("-")]
    return [] if any(is_there(path) and path.resolve().is_relative_to(SUITES) for path in named) else [str(SUITES)]


def _say(text: str, *, error: bool = True) -> None:
    """Where nobody can be told, the exit code says it."""
    with suppress(OSError, ValueError, AttributeError):
        sys.stdout.flush()
        stream = sys.stderr if error else sys.stdout
        stream.write(text + "\n")
        stream.flush()
