"""The sandbox's own certificate authority and the certificates that its edge shows.

Files in the folder: `ca.pem` (for clients: curl's --cacert), `edge.pem` (leaf and CA, so that a browser that pins the CA's key finds it
in the chain), `edge.key` (0600), and the same with `ending` for a certificate that has less than a week left, which a fault shows. The
CA's key is never written: nobody can issue another certificate with it.
"""

from __future__ import annotations

import base64
import hashlib
import os
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

LEFT = timedelta(days=6)
"""What a certificate that ends soon has left when it is issued: the gate demands a week."""


def write_private(path: Path, content: bytes) -> None:
    """Writes a file that only its owner can read, from its first byte on."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        os.fchmod(descriptor, 0o600)
        file.write(content)


def issue(folder: Path, names: Sequence[str]) -> None:
    """Creates a CA and two certificates for these names in `folder` (which exists); the first is the one that they are called by."""
    import trustme  # 0.1 s to import, needed once per prepared state

    authority = trustme.CA(organization_name="gonogo sandbox")
    root = authority.cert_pem.bytes()
    (folder / "ca.pem").write_bytes(root)
    for name, until in (("edge", None), ("ending", datetime.now(UTC) + LEFT)):
        leaf = authority.issue_cert(*names, common_name=names[0], not_after=until)
        (folder / f"{name}.pem").write_bytes(b"".join(pem.bytes() for pem in leaf.cert_chain_pems) + root)
        write_private(folder / f"{name}.key", leaf.private_key_pem.bytes())


def key_pin(certificate: Path) -> str:
    """Base64 of the SHA-256 of a certificate's public key (SPKI), as Chromium's `--ignore-certificate-errors-spki-list` wants it."""
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
    from cryptography.x509 import load_pem_x509_certificate

    public = load_pem_x509_certificate(certificate.read_bytes()).public_key()
    digest = hashlib.sha256(public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)).digest()
    return base64.b64encode(digest).decode("ascii")
