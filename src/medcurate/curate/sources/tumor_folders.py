"""The tumor type that a folder name states, as public collections sort their images."""

from __future__ import annotations

import re
from functools import lru_cache

_NAMES = (
    (re.compile(r"glioma", re.IGNORECASE), "glioma"),
    (re.compile(r"meningioma", re.IGNORECASE), "meningioma"),
    (re.compile(r"pituitary", re.IGNORECASE), "pituitary"),
    (re.compile(r"(no[ _-]?tumou?r|no|healthy)(?![a-z])|none$", re.IGNORECASE), "none"),
)
_UNLABELED = "unlabeled"  # what a dataset folder calls images without a tumor type


def tumor_of_path(path: str) -> str | None:
    """Return ``glioma``, ``meningioma``, ``pituitary`` or ``none`` where a folder of `path` begins with that word.

    ``no_tumor``, ``notumor``, ``no``, ``healthy`` and a folder named ``none`` mean none. Of several folders the one
    nearest to the file decides; of several words in one the longest. A folder named ``unlabeled`` decides that it is
    not known.

    Parameters
    ----------
    path : str
        As in the catalogue; a zip member as ``archive.zip!member``. The name of the file itself says nothing.
    """
    folder, slash, _ = path.replace("!", "/").rpartition("/")
    return _of_folder(folder) if slash else None


@lru_cache(maxsize=4096)
def _of_folder(folder: str) -> str | None:
    for name in reversed(folder.split("/")):
        if name.casefold() == _UNLABELED:
            return None
        found = [(match.end(), tumor) for pattern, tumor in _NAMES if (match := pattern.match(name))]
        if found:
            return max(found)[1]
    return None
