"""Names of splits: which are known, and which other name is likely a misspelled one."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches

SPLITS = {
    "train": "train", "training": "train",
    "val": "val", "valid": "val", "validation": "val", "dev": "val",
    "test": "test", "testing": "test",
}  # fmt: skip
"""Name of a folder, in lower case, to its split."""
_ALIKE = 0.8  # `trian` and `train` are that much alike


def meant_split(name: str) -> str | None:
    """Return the split that a name is likely meant to be, such as ``train`` for ``Trian``.

    Returns
    -------
    str or None
        None where the name is one of the known names, or like none of them.
    """
    if name.lower() in SPLITS:
        return None
    close = get_close_matches(name.lower(), SPLITS, 1, _ALIKE)
    return SPLITS[close[0]] if close else None


def misspelled_splits(names: Iterable[str | None]) -> dict[str, str]:
    """Return the names that are likely misspelled splits, and what is likely meant.

    Parameters
    ----------
    names : iterable of str or None
        Of folders, or of splits in a catalogue.
    """
    found = {name: meant_split(name) for name in dict.fromkeys(names) if name is not None}
    return {name: meant for name, meant in found.items() if meant is not None}
