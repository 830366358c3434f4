"""Where each file of a dataset folder lies.

::

    DATASET/
      catalogue.parquet, metadata.csv, rejects.csv, homogenize.json or generated.json, sources.toml
      <plane>/<split>/<tumor>/<id>.png
      masks/<plane>/<tumor>/<id>.png      the mask of the image with this plane, tumor type and id
      volumes/<patient>/<contrast>.nii.gz, mask.nii.gz

Each ``<plane>/<split>`` is an image folder to other tools: its sub-folders are the classes. The paths of masks name no
split, because tools that look for folders called ``train`` or ``test`` would take masks for images of that split.

Paths are relative to the dataset folder, with ``/``. No name in them comes from inside a file. In the older layout,
which still opens, an image lies at ``images/<plane>/<tumor>/<id>.png`` and its mask where it lies now.
"""

from __future__ import annotations

import re
from pathlib import Path, PurePosixPath

IMAGES = "images"
"""Folder of all images in the older layout."""
MASKS = "masks"
VOLUMES = "volumes"
METADATA = "metadata.csv"
SETTINGS = "homogenize.json"
GENERATED = "generated.json"
SOURCES = "sources.toml"
REJECTS = "rejects.csv"
UNLABELED = "unlabeled"
"""Folder of the images whose tumor type is not known."""
UNKNOWN = "unknown"
"""Folder of the images whose plane is not known, and name of a volume whose contrast is not."""
PLANES = ("axial", "coronal", "sagittal", UNKNOWN)
IMAGE_FOLDERS = (IMAGES, *PLANES)
"""Folders at the top of a dataset that hold images, in this layout or the older one."""
ALL = "all"
"""Folder of the images that are in no split."""
GENERATED_SPLIT = "train"
"""Split of all generated images: they are made to be trained on, never to test."""
MASK = "mask"
"""Name of the mask of a set of volumes."""

_OTHER = re.compile(r"[^A-Za-z0-9_.-]+")
_RESERVED = re.compile(r"(con|prn|aux|nul|com[0-9]|lpt[0-9])(\..*)?", re.IGNORECASE)
_LENGTH = 64


def folder_name(text: str | None, otherwise: str) -> str:
    """Return a name that is safe as a folder on every system; `otherwise` where nothing is left of it.

    Windows keeps names such as ``con`` and ``aux.x`` for devices: these get a leading ``_``.
    """
    name = _OTHER.sub("-", text or "").strip("-.")[:_LENGTH].rstrip("-.")
    return f"_{name}" if _RESERVED.fullmatch(name) else name or otherwise


def image_path(plane: str | None, split: str | None, tumor: str | None, image_id: str, *, copy: int = 1) -> str:
    """Return the path of an image.

    Parameters
    ----------
    plane, split, tumor : str or None
        None where not known.
    image_id : str
        As in the catalogue.
    copy : int
        1, or the number of an image that has the same pixels as an earlier one and is kept all the same.
    """
    return f"{folder_name(plane, UNKNOWN)}/{folder_name(split, ALL)}/{_class_path(tumor, image_id, copy)}"


def unsplit_path(plane: str | None, tumor: str | None, image_id: str) -> str:
    """Return the path of an image whose split is not decided yet, relative to the folder where such images wait."""
    return f"{folder_name(plane, UNKNOWN)}/{_class_path(tumor, image_id, 1)}"


def _class_path(tumor: str | None, image_id: str, copy: int) -> str:
    number = "" if copy == 1 else f"-{copy}"
    return f"{folder_name(tumor, UNLABELED)}/{image_id}{number}.png"


def without_split(path: str) -> str:
    """Return the path of an image without the folder of its split, which says nothing of what the image shows.

    Parameters
    ----------
    path : str
        In this layout or the older one; a path of another form is returned as it is.
    """
    parts = path.removeprefix(f"{IMAGES}/").split("/")
    return "/".join((parts[0], *parts[2:]) if len(parts) == _DEPTH and parts[0] in PLANES else parts)


_DEPTH = 4  # plane, split, tumor, file


def mask_path(path: str) -> str:
    """Return the path of the mask of the image at `path`, in this layout or the older one."""
    return f"{MASKS}/{without_split(path)}"


def is_dataset(folder: Path) -> bool:
    """Say whether a folder with a catalogue is a dataset and not a scan: it has the places where images lie."""
    return (folder / METADATA).is_file() or any((folder / name).is_dir() for name in (*IMAGE_FOLDERS, VOLUMES))


def is_image_path(path: str) -> bool:
    """Say whether an image of a dataset folder may lie at `path`: it does not lead out of the folder."""
    parts = PurePosixPath(path).parts
    return len(parts) == _DEPTH and ".." not in parts and parts[0] in IMAGE_FOLDERS and path.endswith(".png")


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
