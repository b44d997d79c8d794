"""How likely a text is a secret: by what it looks like, and by the name that stands beside it."""

import re

_HARMLESS = re.compile(r"https?://|(?:/[a-z0-9._~-]*)+$|[0-9.:-]+$|[\w.+-]+@[\w.-]+$|[0-9T:.+Z-]+$|\$?\{.*\}$|<.*>$")
_UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
# A word is small, begins with a capital or is all capitals, and may end with a year.
_WORD = r"(?:[A-Z]?[a-z]+|[A-Z]+)[0-9]{0,4}|[0-9]{1,4}"
_WORDS = re.compile(rf"(?:{_WORD})(?:[ ._-]+(?:{_WORD}))*|(?:[A-Z][a-z]+)+[0-9]{{0,4}}")
_CHUNK = re.compile(r"[A-Z]?[a-z]+|[A-Z]+|[0-9]+")
_SHORTEST, _VARIETY = 8, 5
_LONGEST_WORD = 24
# So many words of so many letters together are a pass phrase.
_PHRASE_WORDS, _PHRASE = 4, 20
_RANDOM, _CHUNKS = 16, 3.0
_UNBROKEN = 20


class _Names:
    """What names of variables, fields and parameters say about their values."""

    _SECRET = re.compile(
        r"TOKEN|SECRET|PASSW|PASSPHRASE|CREDENTIAL|API_?KEY|ACCESS_?KEY|ACCOUNT_?KEY|PRIVATE|SIGNATURE|BEARER"
        r"|(?:^|[_.\s-])(?:(?:DB|PG|SQL|MYSQL|REDIS|SMTP|MAIL|USER|ADMIN|ROOT)?PASS|(?:\w*[a-z])?KEY|PAT|PWD|DSN|AUTH|SK|SIG|SALT|PEPPER|JWT|HMAC|COOKIE)"
        r"(?:[_.\s-]|$)",
        re.IGNORECASE,
    )
    # The last word of the name: what it holds is the secret itself, and not how or where secrets are kept.
    _ITSELF = re.compile(
        r"(?:TOKEN|SECRET|PASS(?:W(?:OR)?D|PHRASE)?|PWD|CREDENTIALS?|KEY|(?:^|[_.\s-])(?:PAT|SK|SALT|PEPPER|HMAC))(?:[_-]?[0-9]{1,2})?$",
        re.IGNORECASE,
    )
    _NOT = re.compile(
        r"(?:^|[_.\s-])(?:(?:client_?|key_?|user_?|account_?)?(?:id|name)|kid|type|kind|alg\w*|kty|user|username|login|e?mail|host|hostname|server|port|"
        r"database|db|dbname|region|project|issuer|aud\w*|scope|url|uri|endpoint|public\w*|version)$|(?:email|name|_?ids?|_ur[li])$",
        re.IGNORECASE,
    )

    def search(self, name: str) -> bool:
        """Whether the name says that what it stands for is secret, or has to do with secrets."""
        return bool(self._SECRET.search(name))

    def says_so(self, name: str) -> bool:
        """Whether the name is that of a secret itself."""
        return bool(self._ITSELF.search(name)) and (self.search(name) or name.lower() in ("pass", "key"))

    def says_no(self, name: str) -> bool:
        """Whether the name is that of an id, a name or an address."""
        return bool(self._NOT.search(name))


SECRET_NAME = _Names()


def known_by_its_name(text: str) -> bool:
    """Whether something that stands where a secret does is one: no word, no name, no number and no address."""
    if len(text) < _SHORTEST or len(set(text)) < _VARIETY or _HARMLESS.match(text):
        return False
    return not _words(text) or phrase(text)


def phrase(text: str) -> bool:
    """Whether these are so many words that nobody says them by chance."""
    return bool(_words(text)) and len(text) >= _PHRASE and len(re.findall(r"[A-Za-z]{3,}", text)) >= _PHRASE_WORDS


def random(text: str) -> bool:
    """Whether a text looks made by chance, so that nothing beside it has to say so."""
    return len(text) >= _RANDOM and not _HARMLESS.match(text) and not _UUID.fullmatch(text) and not _words(text) and _mixed(text)


def unmistakable(text: str) -> bool:
    """Whether its letters and digits alone, whatever their case and whatever stands between them, cannot be an ordinary text."""
    plain = "".join(c for c in text if c.isascii() and c.isalnum())
    if len(plain) < 12 or len(set(plain.lower())) < 6 or _words(text):
        return phrase(text) and len(plain) >= _LONGEST_WORD
    return _mixed(text) or len(plain) >= 2 * _LONGEST_WORD


def _mixed(text: str) -> bool:
    """Whether it changes between letters and digits, or small and capital ones, more often than words do; or is longer than words are."""
    chunks = _CHUNK.findall(text)
    plain = sum(map(len, chunks))
    longest = max(map(len, re.findall(r"[A-Za-z0-9]+", text)), default=0)
    return bool(chunks) and (plain / len(chunks) < _CHUNKS or longest >= _UNBROKEN)


def _words(text: str) -> bool:
    """Whether it consists of words, or is one."""
    return bool(_WORDS.fullmatch(text)) and max(map(len, re.split(r"[ ._-]+", text))) < _LONGEST_WORD
