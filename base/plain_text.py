"""What a deployment says is data: the one place where its text becomes something that people's terminals, pages and logs can show.

What is invisible, moves the cursor, turns the direction of writing or ends a line is shown as its escape (`\\x1b`, `\\u202e`, `\\n`). What
a CI system would take for a command is broken up by a space: `::error::` (https://docs.github.com/actions/reference/workflow-commands-for-github-actions)
and `##[error]`, which GitHub's runner and Azure's also find in the middle of a line
(https://github.com/actions/runner/blob/main/src/Runner.Common/ActionCommand.cs). What is too long is cut, and says so.
"""

import hashlib
import re
from collections.abc import Callable

LONGEST = 4000
"""Characters of a text that a message may bear."""
LONGEST_NAME = 200
"""Characters of something that is a name: a version, a host, a title."""

_ESCAPED = {"\n": "\\n", "\r": "\\r"}
# Unicode's categories Cc, Cf, Cs, Zl and Zp, private use, noncharacters, and letters and marks that are blank.
_INVISIBLE = (
    "\x00-\x1f\x7f-\x9f\xad\u034f\u0600-\u0605\u061c\u06dd\u070f\u0890\u0891\u08e2\u115f\u1160\u17b4\u17b5\u180b-\u180f"
    "\u200b-\u200f\u2028-\u202e\u2060-\u206f\u3164\ud800-\udfff\ue000-\uf8ff\ufdd0-\ufdef\ufeff\uffa0\ufff0-\ufffb\ufffe\uffff"
    "\U000110bd\U000110cd\U00013430-\U0001343f\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff\U000f0000-\U0010ffff"
)
_ODD = re.compile(f"[{_INVISIBLE}]")
_COMMANDS = (
    "add-mask|add-matcher|add-path|debug|echo|endgroup|error|group|notice"
    "|remove-matcher|save-state|set-env|set-output|stop-commands|warning"
)
# At the beginning of a line any, elsewhere (where `suites/a.py::test_b` is no command) those that there are.
_COMMAND = re.compile(rf"(?:(?<=^)|(?<=\n))([^\S\n]*):(?=:)|:(?=:(?:{_COMMANDS})(?:\s+[\w-]+=[^\n]*)?::)", re.IGNORECASE)
_LEGACY = re.compile(r"#(?=#\w*\[)")
_CUT = re.compile(r"… \[cut: \d{1,12} characters, sha256 [0-9a-f]{12}\]\Z")
_MARK = 60
"""Characters of the mark of a cut, at most: a text that bears it has been cut already."""


def plain(text: str, most: int = LONGEST) -> str:
    """The text on one line, at most about ``most`` characters of it, without anything that a reader's machine would act on.

    Text that is plain already comes back as it is. A text that was cut ends with how long it was and a digest of the whole: two that begin
    alike stay apart.
    """
    return _cut(_harmless(text, _escape), most)


def plain_name(text: str) -> str:
    """As :func:`plain`, for a name such as a version."""
    return plain(text, LONGEST_NAME)


def plain_lines(text: str, most: int = 10 * LONGEST, indent: str = "") -> str:
    """As :func:`plain`, for a text that may have several lines: all but the first begin with ``indent``.

    Whoever forges a line of gonogo's own cannot bring it to the beginning of one.
    """
    found = _cut(_harmless(text.replace("\r\n", "\n"), _escape_but_lines), most)
    return found.replace("\n", f"\n{indent}") if indent else found


def visible(text: str) -> str:
    """The text on one line, whatever its length, with escapes in the place of what cannot be seen: for what is an id, and compared."""
    return _ODD.sub(_escape, text)


def _harmless(text: str, escape: Callable[[re.Match[str]], str]) -> str:
    found = _ODD.sub(escape, text.replace("\t", " ") if "\t" in text else text)
    if "::" in found:
        found = _COMMAND.sub(_broken, found)
    return _LEGACY.sub("# ", found) if "##" in found else found


def _broken(found: re.Match[str]) -> str:
    return f"{found[1] or ''}: "


def _escape(found: re.Match[str]) -> str:
    code = ord(found[0])
    short = f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"
    return _ESCAPED.get(found[0], short)


def _escape_but_lines(found: re.Match[str]) -> str:
    return "\n" if found[0] == "\n" else _escape(found)


def _cut(text: str, most: int) -> str:
    if len(text) <= most or (len(text) <= most + _MARK and _CUT.search(text, max(0, len(text) - _MARK))):
        return text
    digest = hashlib.sha256(text.encode(errors="surrogatepass")).hexdigest()[:12]
    return f"{text[:most]}… [cut: {len(text)} characters, sha256 {digest}]"
