"""Pseudonyms for patients, series and instances: salted, so that nobody without the salt can test a guess."""

from __future__ import annotations

import hashlib
import hmac
import os
import secrets
from functools import lru_cache
from pathlib import Path

from medcurate.errors import OutputError, UsageError

SALT_VARIABLE = "MEDCURATE_SALT_FILE"
_SALT_BYTES = 32


def salt_file() -> Path:
    """Return where the salt lies: what ``MEDCURATE_SALT_FILE`` says, else in the user's configuration folder.

    It is never within an output folder, so that outputs can be shared.
    """
    if chosen := os.environ.get(SALT_VARIABLE):
        return Path(chosen)
    home = os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config"
    return Path(home) / "medcurate" / "salt"


def load_salt(path: Path | None = None) -> bytes:
    """Return the user's salt; make it at first use, readable by the user alone.

    Raises
    ------
    UsageError
        If the file does not hold a salt.
    OutputError
        If it cannot be made or read.
    """
    path = salt_file() if path is None else path
    try:
        if not path.exists():
            _make(path)
        salt = path.read_bytes()
    except OSError as error:
        raise OutputError(
            f"cannot make or read the salt of the pseudonyms at {path}: {os.strerror(error.errno or 0)}. "
            f"Set {SALT_VARIABLE} to a file that this user can write"
        ) from error
    if len(salt) < _SALT_BYTES:
        raise UsageError(
            f"{path}: expected at least {_SALT_BYTES} random bytes, received {len(salt)}. Restore the file from "
            "a backup, or remove it to start with new pseudonyms"
        )
    return salt


def _make(path: Path) -> None:
    """Write a new salt, whole or not at all; if another process is faster, its salt stays."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    temporary = path.parent / f".{secrets.token_hex(4)}.tmp"
    handle = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(secrets.token_bytes(_SALT_BYTES))
            stream.flush()
            os.fsync(stream.fileno())
        os.link(temporary, path)
    except FileExistsError:
        pass
    finally:
        temporary.unlink()


@lru_cache(maxsize=65_536)
def pseudonym(salt: bytes, role: str, key: str) -> str:
    """Return 16 hexadecimal digits that stand for `key`: HMAC-SHA256 under the salt.

    Parameters
    ----------
    role : str
        ``patient``, ``series``, ... : the same key gives another pseudonym in another role.
    key : str
        The raw identifier.
    """
    message = f"{role}\0{key}".encode("utf-8", "surrogatepass")
    return hmac.new(salt, message, hashlib.sha256).hexdigest()[:16]
