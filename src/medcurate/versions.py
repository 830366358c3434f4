"""What a result depends on besides its input: versions of libraries, settings and code, and one digest of them all."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from importlib import metadata
from pathlib import Path
from typing import Any


def installed(names: Iterable[str]) -> dict[str, str]:
    """Return the versions of those of the distributions that are installed."""
    found = {}
    for name in names:
        try:
            found[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            continue
    return found


def version_digest(*, libraries: Iterable[str] = (), code: Iterable[Path] = (), **settings: Any) -> str:
    """Return a SHA-256, as hexadecimal digits, that changes with anything that a stored result depends on.

    Parameters
    ----------
    libraries : iterable of str
        Distributions whose installed versions count.
    code : iterable of Path
        Files whose content counts, in whatever order they come.
    **settings
        Whatever else counts, by name: values that JSON knows.

    Raises
    ------
    TypeError
        JSON does not know a value: its text might leave out what counts.
    """
    parts = {
        "libraries": installed(libraries),
        "code": sorted([path.name, hashlib.sha256(path.read_bytes()).hexdigest()] for path in code),
        "settings": settings,
    }
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode("ascii")).hexdigest()
