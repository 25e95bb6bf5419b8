"""Where the contents of uploaded files are kept: a folder, each named by its SHA-256."""

import hashlib
import secrets
from pathlib import Path
from typing import Protocol


class Files(Protocol):
    """What the market asks of a file store; contents are immutable."""

    def put(self, content: bytes) -> str: ...

    def get(self, sha256: str) -> bytes: ...


class FolderFiles:
    """Files in a folder of this machine, two levels deep."""

    def __init__(self, folder: Path) -> None:
        self._folder = Path(folder)

    def put(self, content: bytes) -> str:
        """Keep the content and return its SHA-256; the same content is kept once."""
        sha256 = hashlib.sha256(content).hexdigest()
        path = self._path(sha256)
        if not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True)
            # A name of its own, so that two who keep the same content don't meet.
            draft = path.with_suffix(f".{secrets.token_hex(4)}.part")
            draft.write_bytes(content)
            draft.replace(path)
        return sha256

    def get(self, sha256: str) -> bytes:
        """Return the content with this SHA-256."""
        return self._path(sha256).read_bytes()

    def _path(self, sha256: str) -> Path:
        return self._folder / sha256[:2] / sha256
