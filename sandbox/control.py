"""The control plane of a running sandbox: Cloudflare's API under /client/v4, the sandbox's own under /sandbox."""

from __future__ import annotations

import http.client
import json
from typing import Any
from urllib.parse import urlsplit

from sandbox.connection import Connection
from sandbox.credentials import ACCOUNT_ID
from sandbox.errors import SandboxError

WITHIN = 60.0  # a deployment that swaps the running version waits for what is in flight


def ask(connection: Connection, method: str, path: str, body: object = None) -> tuple[int, dict[str, Any]]:
    """One request; the status and the answer's object. Raises SandboxError when the control plane does not answer."""
    headers = {"Authorization": f"Bearer {connection.variables['CLOUDFLARE_API_TOKEN']}", "Content-Type": "application/json"}
    plain = http.client.HTTPConnection(urlsplit(connection.api).netloc, timeout=WITHIN)
    try:
        plain.request(method, path, body=None if body is None else json.dumps(body), headers=headers)
        answer = plain.getresponse()
        content: dict[str, Any] = json.loads(answer.read())
    except (OSError, http.client.HTTPException, ValueError) as error:
        raise SandboxError(f"the control plane of sandbox {connection.run} does not answer ({error}); is it still up?") from error
    finally:
        plain.close()
    return answer.status, content


def deployed(connection: Connection, script: str) -> list[str]:
    """The versions that were in charge, newest first and each once. Raises SandboxError."""
    deployments = _result(connection, "GET", f"{_script(script)}/deployments")["deployments"]
    ids = [share["version_id"] for deployment in deployments for share in deployment["versions"] if share["percentage"] == 100]
    return list(dict.fromkeys(ids))


def deploy(connection: Connection, script: str, version: str, message: str) -> None:
    """Puts a version in charge of all traffic, whatever its secrets. Raises SandboxError."""
    body = {
        "strategy": "percentage",
        "versions": [{"version_id": version, "percentage": 100}],
        "annotations": {"workers/message": message},
    }
    _result(connection, "POST", f"{_script(script)}/deployments?force=true", body)


def create_bucket(connection: Connection, name: str) -> None:
    """Creates an empty bucket, unless it is there already. Raises SandboxError."""
    status, content = ask(connection, "POST", f"/client/v4/accounts/{ACCOUNT_ID}/r2/buckets", {"name": name})
    if status not in (200, 409):
        raise SandboxError(f"the control plane answers {status} to creating the bucket {name}: {content}")


def _script(script: str) -> str:
    return f"/client/v4/accounts/{ACCOUNT_ID}/workers/scripts/{script}"


def _result(connection: Connection, method: str, path: str, body: object = None) -> dict[str, Any]:
    status, content = ask(connection, method, path, body)
    if status != 200 or not content.get("success"):
        said = "; ".join(str(error.get("message")) for error in content.get("errors", [])) or str(content)
        raise SandboxError(f"the control plane answers {status} to {method} {path.partition('?')[0]}: {said}")
    result: dict[str, Any] = content["result"]
    return result
