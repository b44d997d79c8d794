"""What a version of a Worker is bound to: as Cloudflare's API shows it, and as wrangler would upload it.

Both speak of bindings in the same words, those of the metadata of an upload
(https://developers.cloudflare.com/workers/configuration/multipart-upload-metadata/#bindings); the API tells a little more.
"""

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from clients.platforms.bindings import Binding, Bound, Planned


class _Kind(NamedTuple):
    """Words for people, the fields that say which one and may be shown, and those that may not."""

    words: str
    shown: tuple[str, ...] = ()
    hidden: tuple[str, ...] = ()


_KINDS = {
    "plain_text": _Kind("variable", hidden=("text",)),
    "json": _Kind("variable", hidden=("json",)),
    "secret_text": _Kind("secret"),
    "secret_key": _Kind("secret"),
    "kv_namespace": _Kind("KV namespace", ("namespace_id",)),
    "r2_bucket": _Kind("R2 bucket", ("bucket_name", "jurisdiction")),
    "d1": _Kind("D1 database", ("id",)),
    "queue": _Kind("queue", ("queue_name",)),
    "service": _Kind("Worker", ("service", "environment", "entrypoint"), ("props",)),
    "durable_object_namespace": _Kind("Durable Object class", ("class_name", "script_name", "environment")),
    "workflow": _Kind("workflow", ("workflow_name", "class_name", "script_name")),
    "hyperdrive": _Kind("Hyperdrive", ("id",)),
    "vectorize": _Kind("Vectorize index", ("index_name",)),
    "analytics_engine": _Kind("Analytics Engine dataset", ("dataset",)),
    "mtls_certificate": _Kind("mTLS certificate", ("certificate_id",)),
    "dispatch_namespace": _Kind("dispatch namespace", ("namespace",)),
    "secrets_store_secret": _Kind("secret of a store", ("store_id", "secret_name")),
    "ratelimit": _Kind("rate limit", ("namespace_id",), ("simple",)),
    "pipelines": _Kind("pipeline", ("pipeline", "stream")),
    "vpc_service": _Kind("VPC service", ("service_id",)),
    "vpc_network": _Kind("VPC network", ("network_id", "tunnel_id")),
    "send_email": _Kind("e-mail", hidden=("destination_address", "allowed_destination_addresses", "allowed_sender_addresses")),
}
# What an upload may leave out, and what that means then; of the rest only what both sides say is compared.
_LEFT_OUT = {"jurisdiction": "default", "environment": "production", "entrypoint": "default", "script_name": ""}
_PLAIN = frozenset({"plain_text", "json"})
_ALIASES = {"database_id": "id"}
_SHOWN_LENGTH = 80


def bound(bindings: Sequence[Mapping[str, Any]], runtime: Mapping[str, Any], service: str) -> Bound:
    """What these bindings are, of a version of the Worker ``service``. Raises KeyError or TypeError for what are none."""
    named = {str(entry["name"]): _binding(entry, service) for entry in bindings if entry["type"] != "inherit"}
    flags = sorted(map(str, runtime.get("compatibility_flags") or ()))
    stated = {"compatibility_date": runtime.get("compatibility_date"), "compatibility_flags": ", ".join(flags)}
    return Bound(named, {name: str(value) for name, value in stated.items() if value})


def planned(metadata: Mapping[str, Any], service: str) -> Planned:
    """What the metadata of an upload says. Raises KeyError or TypeError for what is none."""
    bindings = metadata["bindings"]
    inherited = {str(entry["name"]): str(entry.get("old_name") or entry["name"]) for entry in bindings if entry["type"] == "inherit"}
    return Planned(bound(bindings, metadata, service), frozenset(metadata.get("keep_bindings") or ()), inherited)


def metadata(form: Path) -> Any:
    """The metadata in the body of an upload, as ``--dry-run --outfile`` leaves it. Raises OSError, ValueError."""
    _, _, rest = form.read_bytes().partition(b'name="metadata"')
    _, found, part = rest.partition(b"\r\n\r\n")
    if not found:
        raise ValueError("no metadata")
    text = part.partition(b"\r\n--")[0].decode("utf-8")
    return json.loads(text)


def _binding(entry: Mapping[str, Any], service: str) -> Binding:
    kind = str(entry["type"])
    known, stated = _KINDS.get(kind), {_ALIASES.get(name, name): value for name, value in entry.items() if value is not None}
    if known is None:  # another kind, of which nothing is known that may be shown
        leads_to = {name: _digest(value) for name, value in stated.items() if name not in ("name", "type")}
        return Binding(str(entry["name"]), kind, leads_to, f"binding of type {_printable(kind)}")
    if stated.get("script_name") == service:
        del stated["script_name"]
    stated = {**{name: _LEFT_OUT[name] for name in known.shown if name in _LEFT_OUT}, **stated}
    if isinstance(stated.get("json"), str):
        stated["json"] = _parsed(stated["json"])
    leads_to = {name: str(stated[name]) for name in known.shown if name in stated}
    leads_to |= {name: _digest(stated[name]) for name in known.hidden if name in stated}
    which = " ".join(_printable(leads_to[name]) for name in known.shown if name in leads_to and leads_to[name] != _LEFT_OUT.get(name))
    return Binding(str(entry["name"]), kind, leads_to, f"{known.words} {which}".rstrip(), plain=kind in _PLAIN)


def _digest(value: object) -> str:
    return hashlib.sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()


def _parsed(text: str) -> object:
    try:
        return json.loads(text)
    except ValueError:
        return text


def _printable(text: str) -> str:
    return re.sub(r"[^\x20-\x7e]", "?", text)[:_SHOWN_LENGTH]
