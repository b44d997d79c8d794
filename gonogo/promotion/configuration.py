"""A platform's configuration file, read for the platform: TOML, or JSON with comments and last commas."""

import json
import re
import tomllib
from pathlib import Path

from clients.platforms.base import Configuration
from gonogo.promotion.errors import UnusableInput

_STRING = r'"(?:[^"\\]|\\.)*"'
_COMMENT = re.compile(rf"({_STRING})|//[^\r\n]*|/\*.*?\*/", re.DOTALL)
_LAST_COMMA = re.compile(rf"({_STRING})|,(?=\s*[\]}}])", re.DOTALL)


def without_comments(text: str) -> str:
    """JSON of what may be JSON with comments and last commas."""
    return _LAST_COMMA.sub(lambda match: match[1] or "", _COMMENT.sub(lambda match: match[1] or " ", text))


def read(configuration: Path) -> Configuration:
    """What the file says. Raises UnusableInput."""
    try:
        text = configuration.read_text(encoding="utf-8-sig")
        if configuration.suffix == ".toml":
            return Configuration(configuration, tomllib.loads(text))
        if configuration.suffix in (".json", ".jsonc"):
            content = json.loads(without_comments(text))
            if isinstance(content, dict):
                return Configuration(configuration, content)
    except OSError as error:
        raise UnusableInput(f"cannot read the configuration {configuration}: {error.strerror}") from error
    except ValueError as error:  # of either kind, or no text
        raise UnusableInput(f"the configuration {configuration} cannot be read: {error}") from error
    # Of a file with another name wrangler, for one, reads nothing, and says nothing.
    raise UnusableInput(f"{configuration} is no configuration: name a .jsonc, .json or .toml file with a table of keys")
