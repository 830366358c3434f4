"""Originals: the right image, the right slice, and nothing that could identify someone."""

from __future__ import annotations

import json

import cv2
import numpy as np
import pytest

from medcurate.catalogue import Catalogue
from medcurate.curate.curation_page.original_pixels import Wanted, read_originals, slice_of
from medcurate.curate.curation_page.pictures import wanted_of
from medcurate.curate.scanning import scan
from medcurate.curate.steps import (
    CropEnds,
    CropForeground,
    CutSlice,
    Orient,
    Pad,
    Picture,
    Resample,
    ResampleSlices,
    Resize,
    run,
)
from medcurate.dataset.files import read_image
from tests.curate.scanned_folders import head, scanned
from tests.readers.dicom import dicom_samples

AFFINES = {
    "RAS": np.diag([1.0, 1.0, 1.0, 1.0]),
    "LPS": np.diag([-1.0, -1.0, 1.0, 1.0]),
    "SPR": np.array([[0, 0, 1.0, 0], [0, -1.0, 0, 0], [1.0, 0, 0, 0], [0, 0, 0, 1.0]]),
    "thick": np.diag([1.0, 1.0, 2.0, 1.0]),
}


def numbered(axis: int, affine: np.ndarray) -> Picture:
    """Return a volume whose slices along an axis of RAS hold their number, within a margin of zeros."""
    shape = [30, 32, 34]
    oriented = np.zeros(shape, np.float32)
    inner = np.moveaxis(oriented, axis, 0)
    inner[4:-6, 5:-5, 5:-5] = np.arange(4, shape[axis] - 6)[:, None, None] + 100
    start = Picture(pixels=np.zeros([shape[abs(row).argmax()] for row in affine[:3, :3].T]), affine=affine)
    orient = Orient().measure(start)
    stored = oriented[tuple(slice(None, None, -1 if flip else 1) for flip in orient.flips)]
    return start.replace(pixels=np.transpose(stored, np.argsort(orient.axes)))


def number_of(picture: Picture) -> float:
    return float(np.median(picture.pixels[picture.pixels > 90]))  # resampling blurs the margin


@pytest.mark.parametrize("name", AFFINES)
@pytest.mark.parametrize(("plane", "axis"), [("sagittal", 0), ("coronal", 1), ("axial", 2)])
@pytest.mark.parametrize(
    "before",
    [
        [],
        [CropForeground()],
        [CropEnds(count=3)],
        [Resample(), CropForeground()],
        [CropEnds(count=3), ResampleSlices(count=20)],
        [Resample(spacing_mm=2.0)],
    ],
)
def test_the_slice_is_the_one_that_was_cut(name, plane, axis, before):
    volume = numbered(axis, AFFINES[name])
    steps = [Orient(), *before]
    changed, records = run(volume, steps)
    depth = changed.shape[axis]
    for index in (depth // 3, depth // 2):
        cut, more = run(changed, [CutSlice(plane=plane, index=index)])
        found = slice_of(Orient().apply(volume), [*records, *more])
        assert abs(number_of(found) - number_of(cut)) <= 1
        assert sorted(found.pixels.shape) == sorted(
            side for place, side in enumerate(Orient().apply(volume).shape) if place != axis
        )


def test_of_a_volume_the_middle_of_the_result_is_shown():
    volume = numbered(2, AFFINES["RAS"])
    steps = [Orient(), CropForeground(margin=0), Resize(size=44), Pad(side=44)]
    changed, records = run(volume, steps)
    found = slice_of(Orient().apply(volume), records)
    middle = changed.pixels[:, :, changed.shape[2] // 2]
    assert abs(float(found.pixels.max()) - float(np.median(middle[middle > 50]))) <= 1


def test_originals_of_rows_are_what_they_were_made_of(plain):
    rows = Catalogue.open(plain.dataset).filter(status="kept").to_table().to_pylist()
    wanted = {wanted_of(row, shown=64): row for row in rows}
    found = dict(read_originals(plain.scan, list(wanted)))
    assert found.keys() == wanted.keys()
    for one, original in found.items():
        np.testing.assert_array_equal(original.pixels, read_image(plain.inputs / wanted[one]["original_path"]))
        assert not original.flagged


def test_records_and_slices_of_one_file_are_found(mixed):
    rows = Catalogue.open(mixed.dataset).filter(status="kept", kind="image").to_table().to_pylist()
    wanted = {wanted_of(row): row for row in rows}
    found = dict(read_originals(mixed.scan, list(wanted)))
    assert found.keys() == wanted.keys()
    for one, row in wanted.items():
        cut = next((step for step in json.loads(row["steps"]) if step["step"] == "cut_slice"), None)
        assert found[one].pixels.shape == ((48, 40) if cut else found[one].pixels.shape)
    slices = {one.steps: found[one].pixels.tobytes() for one, row in wanted.items() if "case_0_FLAIR" in one.path}
    assert len(set(slices.values())) == len(slices) > 2


def test_a_file_that_is_gone_or_damaged_costs_only_itself(tmp_path):
    for name in ("a", "b", "c"):
        (tmp_path / "in").mkdir(exist_ok=True)
        cv2.imwrite(str(tmp_path / "in" / f"{name}.png"), head((64, 64), ord(name)))
    scan([tmp_path / "in"], tmp_path / "scan", workers=0, progress=False)
    (tmp_path / "in" / "a.png").unlink()
    (tmp_path / "in" / "b.png").write_bytes(b"\x89PNG\r\n\x1a\n")
    wanted = [Wanted("in", f"{name}.png") for name in ("a", "b", "c", "never")]
    assert [one.path for one, _ in read_originals(tmp_path / "scan", wanted)] == ["c.png"]


def test_privacy_a_copy_with_text_in_it_is_flagged(tmp_path):
    pixels = cv2.resize(head((64, 64), 1), (256, 256))
    (tmp_path / "in").mkdir()
    cv2.imwrite(str(tmp_path / "in" / "clean.png"), pixels)
    for line, text in enumerate(("DOE JOHN 1970", "ID 8812345")):
        cv2.putText(pixels, text, (4, 18 + 20 * line), cv2.FONT_HERSHEY_SIMPLEX, 0.55, 255, 1, cv2.LINE_AA)
    cv2.imwrite(str(tmp_path / "in" / "text.png"), pixels)
    scanned(tmp_path / "in", tmp_path / "scan")
    wanted = [Wanted("in", f"{name}.png", shown=size) for name in ("clean", "text") for size in (0, 104)]
    found = list(read_originals(tmp_path / "scan", wanted))
    assert len(found) == 4
    assert [(one.path, one.shown) for one, original in found if original.flagged] == [("text.png", 104)]


@pytest.mark.parametrize("allowed", [False, True])
def test_privacy_a_scan_that_may_show_names_is_not_shown(tmp_path, allowed):
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "a.dcm").write_bytes(dicom_samples.sample(BurnedInAnnotation="YES" if allowed else "NO"))
    scan([tmp_path / "in"], tmp_path / "scan", workers=0, progress=False, keep_burned_in=allowed)
    ((_, original),) = read_originals(tmp_path / "scan", [Wanted("in", "a.dcm", shown=104)])
    assert original.flagged == allowed
