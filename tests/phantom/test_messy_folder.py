from __future__ import annotations

import gzip
import hashlib
import io
import zipfile
from collections import Counter
from itertools import pairwise

import h5py
import nibabel as nib
import numpy as np
import pydicom
import pytest
from PIL import Image

from medcurate.curate.sources.path_names import decode_path
from medcurate.errors import OutputError, UsageError
from medcurate.phantom import write_messy_folder

AXIS_OF = {"axial": 2, "coronal": 1, "sagittal": 0}


def content_of(folder, path):
    archive, _, member = path.partition("!")
    content = (folder / decode_path(archive)).read_bytes()
    return zipfile.ZipFile(io.BytesIO(content)).read(member) if member else content


def usable(rows, source_format, *kinds):
    return [r for r in rows if r["source_format"] == source_format and r["kind"] in (kinds or ("image", "volume"))]


def test_the_truth_names_every_file_and_nothing_else(messy):
    folder, rows = messy
    named = {decode_path(r["path"].partition("!")[0]) for r in rows}
    found = {p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file()}
    assert named == found
    for archive in (f for f in found if f.endswith(".zip")):
        members = {r["path"].partition("!")[2] for r in rows if r["path"].startswith(archive)}
        assert members == set(zipfile.ZipFile(folder / archive).namelist())


def test_rows_are_unique_and_their_words_known(messy):
    _, rows = messy
    keys = Counter((r["path"], r["frame"], r["kind"]) for r in rows)
    assert max(keys.values()) == 1
    assert {r["kind"] for r in rows} == {"image", "volume", "mask", "damaged", "litter", "copy", "not_brain"}
    for r in rows:
        shown = r["kind"] in ("image", "volume", "mask", "copy")
        expected = {"axial", "coronal", "sagittal"} if shown else {"unknown"} if r["kind"] == "not_brain" else {""}
        assert r["plane"] in expected
        assert bool(r["copy_of"]) == (r["kind"] == "copy")
        assert bool(r["expected_code"]) or r["kind"] not in ("damaged", "litter")


def test_every_format_and_plane_is_there(messy):
    _, rows = messy
    good = [r for r in rows if r["kind"] in ("image", "volume")]
    forms = {r["source_format"] for r in good}
    assert forms == {"dicom", "dicom_enhanced", "nifti", "mat", "jpeg", "png", "png16", "tiff"}
    assert {r["plane"] for r in good} == set(AXIS_OF)
    assert any("!" in r["path"] for r in good)


def test_dicom_headers_tell_the_plane_of_the_truth(messy):
    folder, rows = messy
    for r in usable(rows, "dicom") + usable(rows, "dicom_enhanced"):
        ds = pydicom.dcmread(io.BytesIO(content_of(folder, r["path"])))
        if r["source_format"] == "dicom_enhanced":
            item = ds.SharedFunctionalGroupsSequence[0].PlaneOrientationSequence[0]
        else:
            item = ds
        direction = np.array(item.ImageOrientationPatient, float)
        normal = np.abs(np.cross(direction[:3], direction[3:]))
        assert int(normal.argmax()) == AXIS_OF[r["plane"]]
        assert ds.PatientID == r["patient"]
        assert np.ptp(ds.pixel_array) > 50


def test_nifti_slices_lie_in_the_plane_of_the_truth(messy):
    folder, rows = messy
    for r in usable(rows, "nifti", "volume", "copy", "mask"):
        content = content_of(folder, r["path"])
        image = nib.Nifti1Image.from_bytes(gzip.decompress(content) if r["path"].endswith("gz") else content)
        last = int(nib.io_orientation(image.affine)[2, 0])
        assert last == AXIS_OF[r["plane"]]
        assert np.asanyarray(image.dataobj).any()


def test_bad_input_42_twins_are_one_volume(messy):
    folder, rows = messy
    twins = [r for r in rows if "twin" in r["path"]]
    assert len(twins) == 4
    images = [
        nib.as_closest_canonical(nib.Nifti1Image.from_bytes(gzip.decompress(content_of(folder, r["path"]))))
        for r in twins
    ]
    for a, b in pairwise(images):
        np.testing.assert_array_equal(np.asanyarray(a.dataobj), np.asanyarray(b.dataobj))
        np.testing.assert_allclose(a.affine, b.affine, atol=1e-4)


def test_matlab_files_say_what_the_truth_says(messy):
    folder, rows = messy
    for r in usable(rows, "mat"):
        with h5py.File(io.BytesIO(content_of(folder, r["path"]))) as file:
            record = file["cjdata"]
            assert {1: "meningioma", 2: "glioma", 3: "pituitary"}[int(record["label"][0, 0])] == r["tumor"]
            inside = record["image"][()][record["tumorMask"][()] > 0]
            assert inside.size > 3
            assert record["image"].shape == record["tumorMask"].shape


def test_raster_files_open_with_the_depth_they_claim(messy):
    folder, rows = messy
    for form, kind, modes in (
        ("jpeg", "JPEG", {"L", "RGB"}),
        ("png", "PNG", {"L"}),
        ("png16", "PNG", {"I;16"}),
        ("tiff", "TIFF", {"L", "I;16"}),
    ):
        for r in usable(rows, form):
            image = Image.open(io.BytesIO(content_of(folder, r["path"])))
            image.seek(int(r["frame"] or 0))
            image.load()
            assert image.format == kind
            assert image.mode in modes
            assert np.ptp(np.asarray(image)) > 100


def test_copies_are_copies(messy):
    folder, rows = messy
    for r in (r for r in rows if r["kind"] == "copy" and r["source_format"] != "nifti"):
        original, copy = (content_of(folder, r[c]) for c in ("copy_of", "path"))
        if "whatsapp" in r["path"] or "converted" in r["path"]:
            a, b = (np.asarray(Image.open(io.BytesIO(c)).convert("L"), float) for c in (original, copy))
            assert np.abs(a - b).mean() < 6
            assert original != copy
        else:
            assert original == copy


def test_damaged_files_do_not_decode(messy):
    folder, rows = messy
    damaged = [r for r in rows if r["kind"] == "damaged"]
    assert {r["expected_code"] for r in damaged} == {"EMPTY", "BAD_MAGIC", "TRUNCATED", "DECODE"}
    for r in damaged:
        content = content_of(folder, r["path"])
        assert (not content) == (r["expected_code"] == "EMPTY")
        if r["source_format"] in ("jpeg", "png"):
            with pytest.raises((OSError, SyntaxError)):
                Image.open(io.BytesIO(content)).load()


def digest(folder):
    files = sorted(p for p in folder.rglob("*") if p.is_file())
    return {p.relative_to(folder).as_posix(): hashlib.sha256(p.read_bytes()).hexdigest() for p in files}


def test_the_same_seed_gives_the_same_bytes(messy, tmp_path):
    write_messy_folder(tmp_path / "again", seed=3, heads=1, slices_per_head=4, spacing_mm=4.0)
    assert digest(tmp_path / "again") == digest(messy[0])


def test_another_seed_gives_other_heads(messy, tmp_path):
    write_messy_folder(tmp_path / "other", seed=4, heads=1, slices_per_head=1, spacing_mm=8.0)
    same = set(digest(tmp_path / "other").values()) & set(digest(messy[0]).values())
    assert len(same) <= 14  # empty files, litter, text, blanks


def test_more_heads_bring_more_tumors_and_patients(tmp_path):
    truth = write_messy_folder(tmp_path, heads=4, slices_per_head=1, spacing_mm=8.0).read_text(encoding="utf-8")
    for word in ("glioma", "meningioma", "pituitary", "none", "PHANTOM-0004"):
        assert f",{word}," in truth


def test_a_full_folder_is_left_alone(tmp_path):
    (tmp_path / "mine.txt").write_text("mine")
    with pytest.raises(OutputError, match="must be empty"):
        write_messy_folder(tmp_path, heads=1)
    assert [p.name for p in tmp_path.iterdir()] == ["mine.txt"]


def test_a_file_in_the_way_is_an_output_error(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(OutputError, match="cannot write the phantoms below"):
        write_messy_folder(tmp_path / "file", heads=1)


@pytest.mark.parametrize("arguments", [{"heads": 0}, {"slices_per_head": 0}])
def test_nothing_to_write_is_refused(tmp_path, arguments):
    with pytest.raises(UsageError, match="expected 1 or more"):
        write_messy_folder(tmp_path, **arguments)
