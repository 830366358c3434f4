"""The contrast that a file name states, for the formats whose headers do not."""

from __future__ import annotations

import re
from functools import lru_cache

_WORDS = (
    (re.compile(r"t1-?(c|ce|gd|gad|post|contrast|kontrast)|t1w-?(ce|gd|c)|gd|gad|t1wce|t1cw"), "T1ce"),
    (re.compile(r"t2-?(w-?)?flair|flair|t2f"), "FLAIR"),
    (re.compile(r"t1w?|t1n|t1-?(pre|native)|mprage|mp2rage|spgr"), "T1"),
    (re.compile(r"t2w?"), "T2"),
    (re.compile(r"pdw?"), "PD"),
)
_PART = re.compile(r"[A-Za-z0-9]+")
_SUFFIX = re.compile(r"\.(nii|hdr|img|dcm|mat|png|jpe?g|tiff?)?(\.gz)?$", re.IGNORECASE)


@lru_cache(maxsize=4096)
def contrast_of_name(path: str) -> str | None:
    """Return ``T1``, ``T1ce``, ``T2``, ``FLAIR`` or ``PD`` where the name of a file has a part that means it.

    Parts are what lies between signs: ``sub-01_T1w.nii.gz``, ``BraTS_001-t1c.nii``, ``Flair_normalized.nii.gz``. The
    last part that means a contrast decides; two neighbors (``T1_post``) are one part, if they mean one together.
    """
    parts = _parts(path)
    found = [name for _, name in _found(parts)]
    return found[-1] if found else None


def subject_of_name(path: str) -> str:
    """Return a file name without the parts that mean a contrast or a mask: files of one patient have it in common."""
    parts = _parts(path)
    passed = {place for places, _ in _found(parts) for place in places}
    return "_".join(part for place, part in enumerate(parts) if place not in passed and part not in _MASK_WORDS)


_MASK_WORDS = frozenset({"seg", "segmentation", "mask", "label", "labels", "labelmap", "roi", "lesion", "tumor"})


def _parts(path: str) -> list[str]:
    name = re.split(r"[/!]", path)[-1]
    return [part.lower() for part in _PART.findall(_SUFFIX.sub("", name))]


def _found(parts: list[str]) -> list[tuple[tuple[int, ...], str]]:
    """Return the places of the parts that mean a contrast, and which."""
    found: list[tuple[tuple[int, ...], str]] = []
    place = 0
    while place < len(parts):
        pair = "-".join(parts[place : place + 2])
        for places, word in (((place, place + 1), pair), ((place,), parts[place])):
            name = next((name for pattern, name in _WORDS if pattern.fullmatch(word)), None)
            if name is not None and places[-1] < len(parts):
                found.append((places, name))
                place = places[-1]
                break
        place += 1
    return found
