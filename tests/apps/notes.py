"""An app of nobody's: members sign in with an address and a password at `POST /login`, show a bearer token, and keep files."""

from __future__ import annotations

import hashlib
import json
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from urllib.parse import unquote

from tests.clients.servers import Answer, Arrived

JSON = (("content-type", "application/json"), ("cache-control", "no-store"), ("x-version", "v1"))
Route = Callable[[Arrived], Answer]


def answer(status: int, body: object = None) -> Answer:
    """JSON, or nothing."""
    return Answer(status, b"" if body is None else json.dumps(body).encode(), JSON)


@dataclass(frozen=True)
class Kept:
    """A file of somebody's."""

    data: bytes
    type: str
    metadata: dict[str, str]

    def told(self, name: str, owner: str) -> dict[str, object]:
        """What the app says of it."""
        etag = hashlib.sha256(self.data).hexdigest()
        return {"name": name, "key": f"{owner}/{name}", "size": len(self.data), "type": self.type, "etag": etag, "metadata": self.metadata}


@dataclass
class Notes:
    """The app. ``faults`` are names of what it does wrong on purpose."""

    faults: set[str] = field(default_factory=set)
    passwords: dict[str, str] = field(default_factory=dict)
    tokens: dict[str, str] = field(default_factory=dict)
    files: dict[str, dict[str, Kept]] = field(default_factory=dict)
    last: str = ""

    def get(self, path: str, _: object = None) -> Route | None:
        """The route of a path, as a server looks it up."""
        if path.startswith("/api/files/"):
            return lambda arrived: self._file(arrived, unquote(path.removeprefix("/api/files/")))
        routes: dict[str, Route] = {
            "/status": lambda _: answer(200, {"status": "ok"}),
            "/signup": self._sign_up,
            "/login": self._login,
            "/logout": self._logout,
            "/me": self._me,
            "/api/files": self._list,
        }
        return routes.get(path)

    def _who(self, arrived: Arrived) -> str | None:
        return self.tokens.get(arrived.headers.get("authorization", "").removeprefix("Bearer "))

    def _sign_up(self, arrived: Arrived) -> Answer:
        told = json.loads(arrived.body)
        if told["email"] in self.passwords:
            return answer(409, {"code": "TAKEN"})
        self.passwords[told["email"]] = told["password"]
        return answer(201)

    def _login(self, arrived: Arrived) -> Answer:
        told = json.loads(arrived.body)
        if self.passwords.get(told["email"]) != told["password"]:
            return answer(401, {"code": "WRONG"})
        token = secrets.token_urlsafe(24)
        self.tokens[token] = told["email"]
        return answer(200, {"token": token})

    def _logout(self, arrived: Arrived) -> Answer:
        self.tokens.pop(arrived.headers.get("authorization", "").removeprefix("Bearer "), None)
        return answer(204)

    def _me(self, arrived: Arrived) -> Answer:
        who = self._who(arrived)
        if who is None:
            return answer(401, {"code": "NOBODY"})
        if arrived.method == "DELETE":
            del self.passwords[who]
            self.files.pop(who, None)
            self.tokens = {token: of for token, of in self.tokens.items() if of != who}
            return answer(204)
        shown, self.last = self.last if "last member" in self.faults and self.last else who, who
        return answer(200, {"email": shown})

    def _list(self, arrived: Arrived) -> Answer:
        who = self._who(arrived)
        if who is None:
            return answer(401, {"code": "NOBODY"})
        return answer(200, {"files": [kept.told(name, who) for name, kept in list(self.files.get(who, {}).items())]})

    def _file(self, arrived: Arrived, name: str) -> Answer:
        who = self._who(arrived)
        if who is None:
            return answer(401, {"code": "NOBODY"})
        mine = self.files.setdefault(who, {})
        if arrived.method == "PUT":
            metadata = {key.removeprefix("x-meta-"): value for key, value in arrived.headers.items() if key.startswith("x-meta-")}
            mine[name] = Kept(arrived.body, arrived.headers.get("content-type", ""), metadata)
            return answer(201, mine[name].told(name, who))
        others = [files for files in self.files.values() if name in files] if "everybody reads" in self.faults else []
        home = mine if name in mine else others[0] if others else None
        if home is None or (arrived.method == "DELETE" and home is not mine):
            return answer(404, {"code": "NOT_FOUND"})
        if arrived.method == "DELETE":
            del mine[name]
            return answer(204)
        return self._served(arrived, home[name])

    def _served(self, arrived: Arrived, kept: Kept) -> Answer:
        told = (*JSON[1:], ("content-type", kept.type), ("etag", f'"{hashlib.sha256(kept.data).hexdigest()}"'))
        meta = tuple((f"x-meta-{key}", value) for key, value in kept.metadata.items())
        asked = arrived.headers.get("range", "").removeprefix("bytes=")
        if not asked:
            return Answer(200, kept.data, (*told, *meta))
        first, _, last = asked.partition("-")
        begin = int(first) if first else max(0, len(kept.data) - int(last))
        end = min(len(kept.data) - 1, int(last)) if first and last else len(kept.data) - 1
        if begin >= len(kept.data):
            return Answer(416, b"", (*JSON, ("content-range", f"bytes */{len(kept.data)}")))
        part = ("content-range", f"bytes {begin}-{end}/{len(kept.data)}")
        return Answer(206, kept.data[begin : end + 1], (*told, *meta, part))
