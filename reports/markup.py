"""The little Markdown that runbooks are written in, as HTML."""

import html
import re
from itertools import groupby

_ITEM = re.compile(r"^(?:\d+\.|-) ")


def rendered(text: str) -> str:
    """Paragraphs, lists, code, bold and links. Everything else is shown as it is; nothing in the text is taken for HTML."""
    found = []
    for number, part in enumerate(re.split(r"^\s*```\w*\n?", text, flags=re.MULTILINE)):
        if number % 2:
            found.append(f"<pre>{html.escape(part.rstrip())}</pre>")
            continue
        for block in re.split(r"\n\s*\n", part.strip()):
            for is_item, lines in groupby(_items(block), key=lambda line: bool(_ITEM.match(line))):
                texts = [_inline(_ITEM.sub("", line)) for line in lines]
                found.append(f"<ol>{''.join(f'<li>{t}</li>' for t in texts)}</ol>" if is_item else f"<p>{'<br>'.join(texts)}</p>")
    return "".join(part for part in found if part != "<p></p>")


def _items(block: str) -> list[str]:
    """Lines, with what continues the item of a list joined to it."""
    found: list[str] = []
    for line in block.splitlines():
        if found and _ITEM.match(found[-1]) and line.startswith(" ") and not _ITEM.match(line):
            found[-1] += " " + line.strip()
        else:
            found.append(line.strip())
    return found


def _inline(text: str) -> str:
    found = re.split(r"\[([^\]]+)\]\((https?://[^)\s\"]+)\)", text)
    parts = []
    for plain, label, address in zip(found[::3], [*found[1::3], ""], [*found[2::3], ""], strict=True):
        parts += [_code(plain), f'<a href="{html.escape(address)}" rel="noreferrer">{_code(label)}</a>' if label else ""]
    return "".join(parts)


def _code(text: str) -> str:
    parts = re.split(r"`([^`]+)`", text)
    return "".join(f"<code>{html.escape(part)}</code>" if i % 2 else _bold(part) for i, part in enumerate(parts))


def _bold(text: str) -> str:
    return re.sub(r"\*\*([^*]+)\*\*", r"<b>\1</b>", html.escape(text, quote=False))
