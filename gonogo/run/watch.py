"""The watch: what stands between gonogo and the deployment is written down once, whichever process of the run meets it."""

from __future__ import annotations

import hashlib
import os
from urllib.parse import urlsplit

from clients.errors import Unreachable
from clients.wire.control import reachable, resolved
from clients.wire.proxies import Proxies
from clients.wire.walls import Wall
from fixtures.folder import TEMPORARY
from gonogo.run.state import Run
from reports.records import TroubleMet


class Watch:
    """Writes troubles into the run's ledger, each of them once."""

    def __init__(self, run: Run) -> None:
        self._run = run

    def report(self, trouble: TroubleMet, *, key: str = "") -> None:
        """Appends the trouble, unless a process of this run has written one of this ``key`` (default: its text) already."""
        name = hashlib.sha256(f"{self._run.id} {trouble.what} {trouble.host} {key or trouble.text}".encode()).hexdigest()[:24]
        folder = self._run.out / TEMPORARY
        folder.mkdir(parents=True, exist_ok=True)
        try:
            (folder / f"seen-{name}").touch(exist_ok=False)
        except FileExistsError:
            return
        self._run.ledger.append(trouble)

    def wall(self, wall: Wall, method: str, url: str, status: int) -> str | None:
        """A wall was seen at this address: the sentence that says so, None when the address is none of the deployment's."""
        host, environment = urlsplit(url).hostname or "", self._run.environment
        if host not in environment.declared_hosts:
            return None
        text = f"{host} answers with {wall.what} ({method} {urlsplit(url).path or '/'}: {status})"
        sent = environment.access is not None and host in environment.access_hosts
        fix = f"what [access] declares was sent and does not open it (is the secret still valid?): {wall.fix}" if sent else wall.fix
        self.report(TroubleMet(what=wall.kind, host=host, text=text, fix=fix), key=wall.what)
        return text

    def unreachable(self, error: Unreachable, *, when: str = "") -> str:
        """The origin cannot be reached: asks others, to tell a deployment that is down from a machine without network."""
        environment = self._run.environment
        text = f"{when}{environment.origin} cannot be reached: {error.cause}"
        if environment.needs_no_network and error.kind not in ("tls", "proxy"):
            return self._nobody_here(error, when)
        if error.kind == "tls":  # somebody answered, so there is a network
            fix = "renew the certificate, or name the authority that signed it with ca in the environment's file"
            self.report(TroubleMet(what="unreachable", host=environment.host, text=text, fix=fix))
            return text
        if error.kind == "proxy":
            fix = "mend the proxy variables of this machine; NO_PROXY names hosts that are reached without a proxy"
            self.report(TroubleMet(what="no_network", host=environment.host, text=text, fix=fix))
            return text
        asked = environment.control_addresses
        within = environment.control.within_seconds if environment.control else 5
        others = reachable(asked, within=within, proxies=Proxies.of(os.environ)) if asked else ()
        known = resolved(asked) if asked and not others and error.kind == "name" else ()
        if known:  # names are found, and this one is not: a firewall in front of the others tells nothing about the deployment
            text = f"{when}{environment.host} is no name that can be found ({error.cause}), and {' and '.join(known)} can"
            fix = "check the name in origin, and whether it is in the DNS that this machine asks"
            self.report(TroubleMet(what="unreachable", host=environment.host, text=text, fix=fix))
            return text
        if asked and not others:
            text = f"{when}this machine has no network: neither {environment.host} ({error.cause}) nor {' or '.join(asked)} can be reached"
            fix = "connect it, or let it through the firewall; where it has to go through a proxy, name that in HTTPS_PROXY"
            self.report(TroubleMet(what="no_network", host=environment.host, text=text, fix=fix))
            return text
        text += f" ({' and '.join(others)} can be reached from here)" if others else ""
        fix = (
            "check the address, and whether the deployment is up"
            if others
            else "check the address, and whether this machine reaches it at all"
        )
        self.report(TroubleMet(what="unreachable", host=environment.host, text=text, fix=fix))
        return text

    def _nobody_here(self, error: Unreachable, when: str) -> str:
        """An app on this machine that does not answer: no network has anything to do with it."""
        environment = self._run.environment
        where = environment.place
        text = f"{when}nothing listens at {where}" if error.kind == "refused" else f"{when}{where} does not answer: {error.cause}"
        text += f" (connect leads there, for {environment.host})" if environment.connect else ""
        fix = f"start the app, or mend {'connect' if environment.connect else 'origin'} in the environment's file if it listens elsewhere"
        self.report(TroubleMet(what="unreachable", host=environment.host, text=text, fix=fix))
        return text
