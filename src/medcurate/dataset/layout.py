"""Where what lies in a dataset folder.

::

    DATASET/
      catalogue.parquet, rejects.csv, homogenize.json or generated.json, sources.toml
      images/<plane>/<tumor>/<id>.png
      masks/<plane>/<tumor>/<id>.png      of the image of the same name
      volumes/<patient>/<contrast>.nii.gz, mask.nii.gz

Paths are relative to the folder, with ``/``; no name in them comes from inside a file.
"""

from __future__ import annotations

import re

IMAGES = "images"
MASKS = "masks"
VOLUMES = "volumes"
SETTINGS = "homogenize.json"
GENERATED = "generated.json"
SOURCES = "sources.toml"
REJECTS = "rejects.csv"
UNLABELED = "unlabeled"
"""Folder of the images whose tumor type is not known."""
UNKNOWN = "unknown"
"""Folder of the images whose plane is not known, and name of a volume whose contrast is not."""
MASK = "mask"
"""Name of the mask of a set of volumes."""

_OTHER = re.compile(r"[^A-Za-z0-9_.-]+")


def folder_name(text: str | None, otherwise: str) -> str:
    """Return a name that is safe as a folder on every system; `otherwise` where nothing is left of it."""
    return _OTHER.sub("-", text or "").strip("-.")[:64] or otherwise


def image_path(plane: str | None, tumor: str | None, image_id: str, *, copy: int = 1) -> str:
    """Return the path of an image.

    Parameters
    ----------
    plane, tumor : str or None
        None where not known.
    image_id : str
        As in the catalogue.
    copy : int
        1, or the number of an image that has the same pixels as an earlier one and is kept all the same.
    """
    number = "" if copy == 1 else f"-{copy}"
    return f"{IMAGES}/{folder_name(plane, UNKNOWN)}/{folder_name(tumor, UNLABELED)}/{image_id}{number}.png"


def mask_path(path: str) -> str:
    """Return the path of the mask of the image at `path`."""
    return MASKS + path.removeprefix(IMAGES)


def volume_path(patient: str, name: str) -> str:
    """Return the path of a volume.

    Parameters
    ----------
    patient : str
        Name of the set that it belongs to; made from a pseudonym.
    name : str
        Its contrast, or `MASK`.
    """
    return f"{VOLUMES}/{folder_name(patient, UNKNOWN)}/{folder_name(name, UNKNOWN)}.nii.gz"
