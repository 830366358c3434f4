"""Where each file of the dataset lies in the end, and how it comes there."""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from pathlib import Path

from medcurate.curate.homogenizing.catalogue_rows import CatalogueRow
from medcurate.curate.homogenizing.records import ImageRecord
from medcurate.curate.homogenizing.write import staged_mask
from medcurate.dataset.layout import IMAGES, MASKS, VOLUMES, image_path, mask_path
from medcurate.run_folder import atomic_write, output_errors

_OURS = {
    IMAGES: re.compile(r"[0-9a-f]{16}(-\d+)?\.png"),
    MASKS: re.compile(r"[0-9a-f]{16}(-\d+)?\.png"),
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
        """Return the final path of a kept row, relative to the dataset.

        Images with the same pixels that are kept all the same get a number in their names; a mask of an image has the
        name of the image, which comes before it.
        """
        if row.kind == "mask":
            return mask_path(self._image) if row.mask_of is not None else row.path
        if row.kind == "image":
            self._copies[row.path] += 1
            self._image = image_path(row.plane, row.tumor, row.image_id, copy=self._copies[row.path])
            return self._image
        return row.path

    def put_in_place(self, row: CatalogueRow) -> None:
        """Write what workers left to be written: a mask under the name of its image, and a numbered copy.

        Parameters
        ----------
        row : CatalogueRow
            With its final path.

        Raises
        ------
        OutputError
            The file cannot be written.
        """
        self._used.add(_short(row.path))
        path = self._dataset / row.path
        if row.kind == "mask" and row.mask_of is not None:
            source = staged_mask(self._dataset, row.image_id)
        elif row.kind == "image" and "-" in path.stem:
            source = path.with_name(f"{row.image_id}.png")
        else:
            return
        with output_errors(path):
            content = source.read_bytes()
            if path.is_file() and path.read_bytes() == content:
                return
        with atomic_write(path, durable=False) as stream:
            stream.write(content)

    def remove_strays(self) -> None:
        """Remove images and volumes of earlier runs that no row has any more, and empty folders.

        Raises
        ------
        OutputError
            The system refuses.
        """
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


def is_whole(dataset: Path, record: ImageRecord) -> bool:
    """Say whether the file that a worker wrote is there and is what the record says.

    Parameters
    ----------
    dataset : Path
    record : ImageRecord
        Of a kept image, mask or volume.
    """
    staged = record.kind == "mask" and record.mask_of is not None
    path = staged_mask(dataset, str(record.image_id)) if staged else dataset / str(record.path)
    try:
        return hashlib.sha256(path.read_bytes()).hexdigest() == record.file_sha256
    except OSError:
        return False


def _short(path: str) -> bytes:
    return hashlib.sha256(path.encode()).digest()[:12]
