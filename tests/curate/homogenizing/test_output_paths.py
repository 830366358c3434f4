"""Final paths: numbered where pixels repeat, masks named as their images, and nothing left of earlier runs."""

from __future__ import annotations

from pathlib import Path

from medcurate.curate.homogenizing.catalogue_rows import COLUMNS, CatalogueRow
from medcurate.curate.homogenizing.output_paths import OutputPaths

ID = "0123456789abcdef"


def row(kind: str, path: str, **more: object) -> CatalogueRow:
    values = dict.fromkeys(COLUMNS) | {"image_id": ID, "plane": "axial", "tumor": "glioma", "split": "train"}
    return CatalogueRow(at=0, **(values | {"kind": kind, "path": path} | more))


def test_images_with_the_same_pixels_are_numbered_and_masks_follow():
    paths = OutputPaths(Path("unused"))
    unsplit = f"axial/glioma/{ID}.png"
    found = [paths.path_of(row(kind, unsplit, mask_of=mask_of)) for kind, mask_of in
             (("image", None), ("image", None), ("mask", ID))]  # fmt: skip
    assert found == [
        f"axial/train/glioma/{ID}.png",
        f"axial/train/glioma/{ID}-2.png",
        f"masks/axial/glioma/{ID}-2.png",
    ]


def test_volumes_and_their_masks_stay_where_they_are():
    paths = OutputPaths(Path("unused"))
    assert paths.path_of(row("volume", "volumes/p/T1.nii.gz")) == "volumes/p/T1.nii.gz"
    assert paths.path_of(row("mask", "volumes/p/mask.nii.gz")) == "volumes/p/mask.nii.gz"


def test_strays_are_removed_and_files_of_others_stay(tmp_path):
    names = (
        f"axial/train/glioma/{ID}.png", "axial/test/glioma/00000000000000ff.png", f"images/axial/none/{ID}.png",
        f"masks/axial/none/{ID}.png", "volumes/p/T1.nii.gz", "axial/test/mine.png", ".medcurate/images/axial/x.png",
        "axial/train/glioma/.0123abcd.tmp",
    )  # fmt: skip
    for name in names:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(b"x")
    paths = OutputPaths(tmp_path)
    paths.put_in_place(row("image", f"axial/train/glioma/{ID}.png"))
    paths.remove_strays()
    left = {path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*") if path.is_file()}
    assert left >= {f"axial/train/glioma/{ID}.png", "axial/test/mine.png"}
    assert not left & {names[1], names[2], names[3], names[4], names[7]}
    assert not (tmp_path / "volumes").exists()
