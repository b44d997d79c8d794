"""Keys for tickets: ed25519, as PEM files. The private one signs, and only its owner can read it; who admits pins the public one."""

import os
import stat
from dataclasses import dataclass
from pathlib import Path

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_private_key, load_pem_public_key
from securesystemslib.signer import CryptoSigner, SSlibKey

from reports.errors import ReportError

PRIVATE, PUBLIC = "ticket.key", "ticket.pub"


@dataclass(frozen=True)
class Pair:
    """Where a new pair of keys is, and its id: the one that a ticket names."""

    private: Path
    public: Path
    id: str


def generate(folder: Path) -> Pair:
    """Make a new pair in a folder. Raises ReportError when it cannot be written, or when a key is there: it may be in use."""
    pair = Pair(folder / PRIVATE, folder / PUBLIC, "")
    signer = CryptoSigner.generate_ed25519()
    public = load_pem_private_key(signer.private_bytes, None).public_key()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        # The public file first: where one lies already, its private half may be in use, and is not put beside a stranger.
        _create(pair.public, public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo), 0o644)
        _create(pair.private, signer.private_bytes, 0o600)
    except FileExistsError:
        raise ReportError(f"there is a key in {folder} already: choose another folder, or remove it if nobody uses it") from None
    except OSError as error:
        raise ReportError(f"cannot write keys to {folder}: {error.strerror}; choose a folder that can be written") from error
    return Pair(pair.private, pair.public, signer.public_key.keyid)


def load_signer(path: Path) -> CryptoSigner:
    """The signer behind a private key file. Raises ReportError, also when others may read the file."""
    try:
        if os.name == "posix" and stat.S_IMODE(path.stat().st_mode) & 0o077:
            raise ReportError(f"others may read the private key {path}: `chmod 600` it, and replace the key if somebody did")
        key = load_pem_private_key(path.read_bytes(), None)
    except OSError as error:
        raise ReportError(f"cannot read the private key {path}: {error.strerror}") from error
    except (ValueError, TypeError, UnsupportedAlgorithm):  # nothing of the file is quoted: it is a secret
        raise ReportError(f"{path} is not a private key in PEM without a password: make one with `python -m gonogo keygen`") from None
    if not isinstance(key, Ed25519PrivateKey):
        raise ReportError(f"{path} is not an ed25519 key: make one with `python -m gonogo keygen`")
    return CryptoSigner(key)


def load_public(path: Path) -> SSlibKey:
    """A public key to pin. Raises ReportError when the file holds none, or one of another kind."""
    try:
        key = load_pem_public_key(path.read_bytes())
    except OSError as error:
        raise ReportError(f"cannot read the public key {path}: {error.strerror}") from error
    except (ValueError, UnsupportedAlgorithm):
        raise ReportError(f"{path} is not a public key in PEM: name the {PUBLIC} that `python -m gonogo keygen` wrote") from None
    if not isinstance(key, Ed25519PublicKey):
        raise ReportError(f"{path} is not an ed25519 key: name the {PUBLIC} that `python -m gonogo keygen` wrote")
    return SSlibKey.from_crypto(key)


def _create(path: Path, data: bytes, mode: int) -> None:
    """Write a file that is not there yet; nobody can read it before it has its mode."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    with os.fdopen(descriptor, "wb") as file:
        file.write(data)
