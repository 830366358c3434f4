"""Dataset folders for the tests of other tools, and where those tools may keep what they make.

The tools are no dependency of medcurate: `make interop` installs them from ``tests/interop/constraints.txt`` into an
environment of its own and runs these tests there; `make test` leaves them out.
"""

from __future__ import annotations

import shutil
from pathlib import Path

import nibabel as nib
import pytest

from medcurate.catalogue import Catalogue
from medcurate.curate.homogenization import homogenize
from medcurate.curate.homogenizing.settings import HomogenizeSettings
from medcurate.datasets_manifest.manifest.writing import write_manifest
from tests.curate.scanned_folders import AFFINE, scanned, volume, write_pictures

SOURCES = '[sources.in]\nlicense = "CC-BY-4.0"\ntitle = "Heads"\ncreator = "Lovelace, Ada"\n'


@pytest.fixture(scope="session")
def curated(tmp_path_factory) -> Path:
    """Make a dataset of pictures whose plane is not known, and of axial slices of two classes, with masks."""
    folder = tmp_path_factory.mktemp("curated")
    write_pictures(folder / "in" / "pictures", 8)
    for number in range(12):
        place = folder / "in" / ("glioma", "meningioma")[number % 2] / f"case_{number}"
        place.mkdir(parents=True)
        for name, voxels in zip(("FLAIR", "seg"), volume(number), strict=True):
            nib.save(nib.Nifti1Image(voxels, AFFINE), place / f"case_{number}_{name}.nii.gz")
    (folder / "sources.toml").write_text(SOURCES)
    settings = HomogenizeSettings(size=32, slices="middle:2", source_info=folder / "sources.toml")
    scan = scanned(folder / "in", folder / "scan")
    homogenize(scan, folder / "dataset", settings=settings, workers=0, progress=False)
    return folder / "dataset"


@pytest.fixture(scope="session", params=["without card", "with card"])
def dataset(request, curated, tmp_path_factory) -> Path:
    """Give the dataset as `homogenize` leaves it, and as `manifest` does."""
    copy = shutil.copytree(curated, tmp_path_factory.mktemp("copy") / "heads")
    if request.param == "with card":
        write_manifest(copy)
    return copy


def kept(dataset: Path, **chosen: str) -> dict[str, str]:
    """Return ID to class of the images that the catalogue lists."""
    rows = Catalogue.open(dataset).filter(status="kept", kind="image", **chosen).to_table().to_pylist()
    assert rows
    return {row["image_id"]: row["tumor"] or "unlabeled" for row in rows}
