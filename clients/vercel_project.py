"""One project on Vercel: which hosts are deployments of it. Nothing is changed there.

https://vercel.com/docs/rest-api/deployments/get-a-deployment-by-id-or-url
"""

from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from clients.errors import Refusal

if TYPE_CHECKING:
    import httpx

_NOT_FOUND = 404


class VercelProject:
    """A reading client. A deployment is asked for by its host: the one it was born with, or one that leads to it today."""

    def __init__(self, http: "httpx.Client", token: str, project: str, team: str | None = None) -> None:
        """``http``: a client whose base URL is Vercel's API; ``project`` and ``team`` are ids, which nobody else can have."""
        self.http, self._token, self.project, self._team = http, token, project, team

    def owns(self, host: str) -> bool:
        """Whether the host is a deployment of this project.

        Of somebody else's deployment the API may give a view that is public: without the project's id, or with another one.

        :raises Refusal: when the token may not ask, or the API is in trouble.
        :raises Malformed: when the answer is none of the API's.
        :raises Unreachable: when no answer comes.
        """
        from clients.wire.answers import json_object  # with httpx, and only `--origin` asks

        asked = self.http.get(
            f"/v13/deployments/{quote(host, safe='')}",
            params={"teamId": self._team} if self._team else {},
            headers={"authorization": f"Bearer {self._token}"},
        )
        try:
            found = json_object(asked, 200)
        except Refusal as refusal:
            if refusal.status == _NOT_FOUND and refusal.code == "not_found":
                return False
            raise
        return _project_of(found) == self.project


def _project_of(deployment: dict[str, Any]) -> object:
    project = deployment.get("project")
    return deployment.get("projectId") or (project.get("id") if isinstance(project, dict) else None)
