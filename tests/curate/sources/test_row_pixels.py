"""From rows back to pixels: every row gets the pixels that the scan had hashed, and no other."""

from __future__ import annotations

from pathlib import Path

import nibabel as nib
import numpy as np
import pyarrow as pa
import pytest
from PIL import Image

from medcurate.catalogue import Catalogue
from medcurate.curate.scanning import scan
from medcurate.curate.sources.row_pixels import read_rows, row_files
from medcurate.errors import Code, InputError, UsageError
from medcurate.pixel_hash import pixel_digest, volume_digest
from medcurate.readers.options import ReadOptions


@pytest.fixture
def scanned(tmp_path: Path, rng: np.random.Generator) -> Path:
    """Scan pictures, a volume and a mask; return the output folder."""
    folder = tmp_path / "in"
    folder.mkdir()
    for name in ("a", "b", "c"):
        Image.fromarray(rng.integers(0, 255, (20, 24), dtype=np.uint8)).save(folder / f"{name}.png")
    frames = [Image.fromarray(rng.integers(0, 255, (20, 24), dtype=np.uint8)) for _ in range(3)]
    frames[0].save(folder / "pages.tif", save_all=True, append_images=frames[1:])
    volume = rng.normal(100, 20, (12, 14, 9)).astype(np.float32)
    nib.save(nib.Nifti1Image(volume, np.eye(4)), folder / "head.nii.gz")
    scan([folder], tmp_path / "out", workers=0, progress=False)
    return tmp_path / "out"


def _digests(out: Path, choose) -> dict[int, str]:
    slices: dict[int, list[bytes]] = {}
    for file in row_files(out, choose, ("kind", "frame")):
        for row, frame in read_rows(file, ReadOptions()):
            slices.setdefault(row, []).append(pixel_digest(frame.pixels))
    return {row: (found[0] if len(found) == 1 else volume_digest(found)).hex()[:16] for row, found in slices.items()}


def test_every_row_has_its_own_pixels(scanned):
    ids = Catalogue.open(scanned).to_table(["image_id"]).column(0).to_pylist()
    assert len(ids) == 7
    assert _digests(scanned, lambda batch: pa.array([True] * batch.num_rows)) == dict(enumerate(ids))


def test_only_chosen_rows_are_read(scanned):
    table = Catalogue.open(scanned).to_table(["image_id", "frame"]).to_pylist()
    wanted = {row: line["image_id"] for row, line in enumerate(table) if line["frame"] == 1}
    assert len(wanted) == 1
    assert _digests(scanned, lambda batch: pa.compute.equal(batch.column("frame"), 1)) == wanted


def test_a_file_that_is_gone_says_so(scanned):
    (scanned.parent / "in" / "b.png").unlink()
    files = list(row_files(scanned, lambda batch: pa.array([True] * batch.num_rows), ()))
    gone = [file for file in files if file.item is None]
    assert [file.path for file in gone] == ["b.png"]
    with pytest.raises(InputError, match="Scan again") as error:
        list(read_rows(gone[0], ReadOptions()))
    assert error.value.code is Code.VANISHED


def test_a_catalogue_without_the_record_of_its_inputs_is_refused(scanned):
    (scanned / ".medcurate" / "inputs.json").unlink()
    with pytest.raises(UsageError, match="no readable record"):
        list(row_files(scanned, lambda batch: pa.array([True] * batch.num_rows), ()))
