"""Hide secrets in raw results before anything is made of them: in every file, and inside zip archives such as browser traces."""

import io
import shutil
import zipfile
from pathlib import Path

from reports.secrets import Secrets


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
    return _clean_zip(data, secrets) if data[:4] == b"PK\x03\x04" else secrets.redact_bytes(data)


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
