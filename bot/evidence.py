"""Files of evidence, put by as they are: never opened, run, parsed or shown by us, and named by what they hold."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable
from datetime import datetime
from os import O_RDONLY, fsync
from os import close as close_descriptor
from os import open as open_descriptor
from pathlib import Path
from tempfile import NamedTemporaryFile

LARGEST = 100_000_000
"""Bytes of a file at the most: 100 MB."""
PART = ".part"
NAME = re.compile(r"[0-9a-f]{64}")


class TooLarge(RuntimeError):
    """The file has more bytes than are put by; nothing of it was kept."""


class EvidenceStore:
    """A folder of files, each under the SHA-256 of its bytes, which nobody but this account of the machine may read.

    The same bytes are one file, however often they come. `largest` is in bytes.
    """

    def __init__(self, folder: Path, largest: int = LARGEST) -> None:
        self._folder = folder
        self.largest = largest

    def keep(self, chunks: Iterable[bytes]) -> tuple[str, int]:
        """Put a file by, and give its SHA-256 in hexadecimal and its size in bytes; it is then on the disk itself.

        Raises `TooLarge`, `OSError` (a full disk, say), and what `chunks` raises; then nothing of it is left behind.
        """
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._folder.chmod(0o700)
        digest, size = hashlib.sha256(), 0
        # Such a file is readable by its owner alone (0600).
        with NamedTemporaryFile("wb", prefix=".", suffix=PART, dir=self._folder, delete=False) as file:
            part = Path(file.name)
            try:
                for chunk in chunks:
                    size += len(chunk)
                    if size > self.largest:
                        raise TooLarge(f"more than {self.largest} bytes")
                    digest.update(chunk)
                    file.write(chunk)
                file.flush()
                fsync(file.fileno())
                part.replace(self.path(digest.hexdigest()))
            except BaseException:
                part.unlink(missing_ok=True)
                raise
        settle(self._folder)
        return digest.hexdigest(), size

    def path(self, sha256: str) -> Path:
        """Where the file of this SHA-256 lies, or would lie. Raises `ValueError` for what is no SHA-256."""
        if not NAME.fullmatch(sha256):
            raise ValueError("a SHA-256 is 64 digits of hexadecimal")
        return self._folder / sha256

    def has(self, sha256: str) -> bool:
        """Whether a file of this SHA-256 is there; there is none of what is no SHA-256."""
        return bool(NAME.fullmatch(sha256)) and self.path(sha256).is_file()

    def remove(self, sha256: str) -> None:
        """Take a file off the disk; one that is not there is fine. Raises `ValueError` as `path` does, `OSError`."""
        self.path(sha256).unlink(missing_ok=True)
        if self._folder.is_dir():
            settle(self._folder)

    def sweep(self, before: datetime) -> int:
        """Take away what was begun before a moment and never ended, as a crash leaves it. Gives how many there were."""
        left = [p for p in self._folder.glob(f".*{PART}") if p.stat().st_mtime < before.timestamp()]
        for part in left:
            part.unlink(missing_ok=True)
        return len(left)

    def files(self) -> list[str]:
        """The SHA-256 of each file that was put by."""
        return sorted(p.name for p in self._folder.glob("*") if NAME.fullmatch(p.name))

    def older(self, before: datetime) -> list[str]:
        """The SHA-256 of each file that was put by before a moment."""
        files = [p for p in self._folder.glob("*") if NAME.fullmatch(p.name)]
        return sorted(p.name for p in files if p.stat().st_mtime < before.timestamp())


def settle(path: Path) -> None:
    """Have a file or a folder itself on the disk: a name is not, only because its file is."""
    descriptor = open_descriptor(path, O_RDONLY)
    try:
        fsync(descriptor)
    finally:
        close_descriptor(descriptor)
