"""Where each file of the dataset lies in the end, and which files no row has any more."""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from pathlib import Path

from medcurate.curate.homogenizing.catalogue_rows import CatalogueRow
from medcurate.curate.homogenizing.staging import WAITING, put_in_place
from medcurate.dataset.layout import IMAGE_FOLDERS, MASKS, VOLUMES, image_path, mask_path
from medcurate.run_folder import output_errors, remove_tree

_OURS = {
    **dict.fromkeys((*IMAGE_FOLDERS, MASKS), re.compile(r"[0-9a-f]{16}(-\d+)?\.png")),
    VOLUMES: re.compile(r".+\.nii\.gz"),
}
_LITTER = re.compile(r"\.[0-9a-f]{8}\.tmp")


class OutputPaths:
    """Gives the kept rows their final paths, in the order of the catalogue, and puts their files there.

    Parameters
    ----------
    dataset : Path
        The dataset folder.
    """

    def __init__(self, dataset: Path) -> None:
        self._dataset = dataset
        self._copies: Counter[str] = Counter()
        self._image = ""
        self._used: set[bytes] = set()

    def path_of(self, row: CatalogueRow) -> str:
        """Return the final path of a kept row with its split, relative to the dataset.

        Images with the same pixels that are kept all the same get a number in their names; a mask of an image has the
        name of the image, which comes before it.
        """
        if row.kind == "mask":
            return mask_path(self._image) if row.mask_of is not None else row.path
        if row.kind == "image":
            self._copies[row.path] += 1
            copy = self._copies[row.path]
            self._image = image_path(row.plane, row.split, row.tumor, row.image_id, copy=copy)
            return self._image
        return row.path

    def put_in_place(self, row: CatalogueRow) -> None:
        """Put the file of a row where the row says, see `medcurate.curate.homogenizing.staging.put_in_place`."""
        self._used.add(_short(row.path))
        put_in_place(self._dataset, row)

    def remove_strays(self) -> None:
        """Remove files that no row has, such as those of an earlier run or of the older layout, and empty folders.

        Raises
        ------
        OutputError
            The system refuses.
        """
        remove_tree(self._dataset / WAITING)
        with output_errors(self._dataset):
            for name, ours in _OURS.items():
                for path in sorted((self._dataset / name).rglob("*"), reverse=True):
                    if path.is_dir():
                        if not any(path.iterdir()):
                            path.rmdir()
                    elif _LITTER.fullmatch(path.name) or (ours.fullmatch(path.name) and not self._is_used(path)):
                        path.unlink()
                if (self._dataset / name).is_dir() and not any((self._dataset / name).iterdir()):
                    (self._dataset / name).rmdir()

    def _is_used(self, path: Path) -> bool:
        return _short(path.relative_to(self._dataset).as_posix()) in self._used


def _short(path: str) -> bytes:
    return hashlib.sha256(path.encode()).digest()[:12]
