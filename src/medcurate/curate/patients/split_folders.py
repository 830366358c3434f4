"""The split in a folder name, as used by public collections."""

from __future__ import annotations

import re
from functools import lru_cache

_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+")
_SPLITS = {
    **dict.fromkeys(("train", "training", "trn", "trainset"), "train"),
    **dict.fromkeys(("val", "valid", "validation", "validate", "dev", "valset"), "val"),
    **dict.fromkeys(("test", "testing", "tst", "testset", "holdout"), "test"),
}


def split_of_path(path: str) -> str | None:
    """Return ``train``, ``val`` or ``test`` if a folder of `path` contains that word or a synonym.

    ``Training``, ``test_images``, ``valid-512`` and ``BraTS2020_ValidationData`` are such folders; ``Latest`` is not,
    nor is ``train_test`` with two of them. The innermost such folder decides.

    Parameters
    ----------
    path : str
        As in the catalogue; a zip member as ``archive.zip!member``. The name of the file itself is ignored.
    """
    folder, slash, _ = path.replace("!", "/").rpartition("/")
    return _of_folder(folder) if slash else None


def split_of_row(path: str, split: str | None) -> str | None:
    """Return the split in the catalogue, otherwise the one in the folder names."""
    return split_of_path(path) if split is None else split


@lru_cache(maxsize=4096)
def _of_folder(folder: str) -> str | None:
    for name in reversed(folder.split("/")):
        found = {_SPLITS[word] for part in _WORD.findall(name) if (word := part.lower()) in _SPLITS}
        if len(found) == 1:
            return found.pop()
    return None
