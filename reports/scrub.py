"""Hide secrets in raw results before anything is made of them: in every file, and inside zip archives such as browser traces."""

import io
import re
import shutil
import zipfile
from pathlib import Path

from reports.secrets import Secrets

# S3 answers a signature that does not match with the bytes of what should have been signed, the key's id among it:
# https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html
_SPELLED = re.compile(rb"(?:[0-9A-Fa-f]{2}[ :-]){7,}[0-9A-Fa-f]{2}")


def scrub(root: Path, secrets: Secrets) -> int:
    """Hide every registered secret in a file, or in all files of a folder. Returns how many files had one.

    File names are left alone: the scan that follows finds a secret in them. A damaged archive is left alone too, for the same reason.
    """
    changed = 0
    for path in (sorted(root.rglob("*")) if root.is_dir() else [root]) if len(secrets) else []:
        if path.is_file() and not path.is_symlink():
            before = path.read_bytes()
            after = _clean(before, secrets)
            if after != before:
                temporary = path.with_name(f"{path.name}.scrubbed")
                temporary.write_bytes(after)
                shutil.copymode(path, temporary)
                temporary.replace(path)
                changed += 1
    return changed


def _clean(data: bytes, secrets: Secrets) -> bytes:
    if data[:4] == b"PK\x03\x04":
        return _clean_zip(data, secrets)
    return _SPELLED.sub(lambda found: _unspelled(found[0], secrets), secrets.redact_bytes(data))


def _unspelled(digits: bytes, secrets: Secrets) -> bytes:
    """Bytes that are spelled one by one, or a mark in their place where they spell a secret."""
    plain = bytes.fromhex(re.sub(rb"[^0-9A-Fa-f]", b"", digits).decode())
    return digits if secrets.redact_bytes(plain) == plain else b"[hidden: bytes that spell a secret]"


def _clean_zip(data: bytes, secrets: Secrets) -> bytes:
    """The archive with its members cleaned, or the very same bytes when there was nothing to hide."""
    rewritten, dirty = io.BytesIO(), False
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive, zipfile.ZipFile(rewritten, "w", zipfile.ZIP_DEFLATED) as target:
            for entry in archive.infolist():
                before = archive.read(entry)
                after = _clean(before, secrets)
                dirty = dirty or after != before
                target.writestr(entry, after, zipfile.ZIP_DEFLATED)
    except (zipfile.BadZipFile, RuntimeError, NotImplementedError, OSError):
        return data
    return rewritten.getvalue() if dirty else data
