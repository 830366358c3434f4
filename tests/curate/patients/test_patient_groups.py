from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from medcurate.catalogue import SCHEMA
from medcurate.curate.patients.patient_groups import COLUMNS, Likeness, infer_groups
from medcurate.errors import UsageError

PROPERTY = settings(deadline=None, max_examples=50)


def rows(*lines):
    """Return a table of rows; each has its own file and pixels unless told otherwise."""
    plain = {
        "source": "s", "format": "png", "kind": "image", "height": 256, "width": 256, "plane": "axial",
        "status": "kept",
    }  # fmt: skip
    filled = [
        {**plain, "image_id": f"{number + 1:016x}", "path": f"{chr(97 + number)}.png", **line}
        for number, line in enumerate(lines)
    ]
    schema = pa.schema([SCHEMA.field(name) for name in COLUMNS])
    return pa.Table.from_pylist(filled, schema=schema)


def groups(*lines, **options):
    """Return the group of each row as a number, the first row's 0, and what it rests on."""
    found = infer_groups([rows(*lines)], **options)
    names = found.names(0, len(lines))
    order = list(dict.fromkeys(names))
    return [order.index(name) for name in names], found.by_names(0, len(lines))


def pid(number):
    return f"{number:016x}"


def test_one_patient_in_two_sources_is_one_group():
    assert groups({"patient_id": pid(1)}, {"source": "t", "patient_id": pid(1)}, {"patient_id": pid(2)}) == (
        [0, 0, 1],
        ["patient"] * 3,
    )


def test_a_series_and_a_file_hold_together():
    assert groups(
        {"series_id": pid(7) + "-1"}, {"series_id": pid(7) + "-2"}, {"path": "m.tif", "frame": 0}, {"path": "m.tif"}
    ) == ([0, 0, 1, 1], ["inferred"] * 4)


def test_a_series_of_a_known_patient_is_known():
    assert groups({"series_id": pid(7), "patient_id": pid(1)}, {"series_id": pid(7)}) == ([0, 0], ["patient"] * 2)


def test_a_mask_goes_with_its_image():
    assert groups({}, {"kind": "mask", "mask_of": pid(1)}) == ([0, 0], ["image"] * 2)
    assert groups({"patient_id": pid(9)}, {"kind": "mask", "mask_of": pid(1)}) == ([0, 0], ["patient"] * 2)


def test_empty_masks_are_alike_and_unite_nobody():
    empty = {"kind": "mask", "image_id": pid(99)}
    lines = [{}, {**empty, "mask_of": pid(1)}, {}, {**empty, "mask_of": pid(3)}]
    assert groups(*lines)[0] == [0, 0, 1, 1]


def test_constant_images_unite_nobody():
    blank = {"image_id": pid(99), "status": "dropped", "reason": "CONSTANT"}
    assert groups({"patient_id": pid(1), **blank}, {"patient_id": pid(2), **blank})[0] == [0, 1]


def test_an_image_without_evidence_stands_alone():
    assert groups({}, {}) == ([0, 1], ["image"] * 2)


def test_bad_input_63_copies_are_in_one_group():
    assert groups({}, {"image_id": pid(1)}, {"duplicate_of": pid(1)}, {}) == (
        [0, 0, 0, 1],
        ["inferred"] * 3 + ["image"],
    )


def test_bad_input_65_one_patient_under_two_ids_is_one_group():
    """A copy that two datasets have under their own identifiers ties all slices of both together."""
    lines = [{"patient_id": pid(1)}, {"patient_id": pid(1)}, {"patient_id": pid(2)}, {"patient_id": pid(2)}]
    copies = np.array([0]), np.array([2])
    assert groups(*lines, duplicates=copies) == ([0] * 4, ["patient"] * 4)
    assert groups(*lines)[0] == [0, 0, 1, 1]


def test_a_legend_that_many_patients_share_unites_nobody():
    lines = [line for number in range(1, 8) for line in ({"patient_id": pid(number), "image_id": pid(99)},)]
    assert groups(*lines)[0] == list(range(7))


def test_nifti_files_of_one_folder_follow_their_names():
    volume = {"format": "nifti", "kind": "volume", "depth": 20, "spacing_mm": [1.0, 1.0, 1.0]}
    paths = ["v/sample1-T1.nii", "v/sample1-FL.nii", "v/sample2-T1.nii", "w/T1c_x.nii", "w/Flair_x.nii"]
    assert groups(*({**volume, "path": path} for path in paths)) == (
        [0, 0, 1, 2, 2],
        ["inferred", "inferred", "image", "inferred", "inferred"],
    )


def test_names_of_people_and_of_well_known_datasets_are_used():
    paths = ["subj1_007.png", "subj1_009.png", "subj2_007.png", "TCGA_CS_4941_1.tif", "x/TCGA-CS-4941_2.tif"]
    assert groups(*({"path": path} for path in paths))[0] == [0, 0, 1, 2, 2]


@pytest.mark.parametrize(("series", "united"), [(5, True), (3, False)])
def test_numbered_names_count_where_there_are_several(series, united):
    """Like m1(12).jpg, m2(3).jpg: a few numbers are parts of a dataset, many are patients."""
    paths = [f"m{number}({at}).jpg" for number in range(series) for at in range(4)]
    expected = [number for number in range(series) for _ in range(4)] if united else list(range(4 * series))
    assert groups(*({"path": path} for path in paths))[0] == expected


@pytest.mark.parametrize(("folders", "united"), [(5, True), (3, False)])
def test_numbered_folders_count_where_there_are_several(folders, united):
    paths = [f"mri/a{number}/{at}.png" for number in range(folders) for at in range(4)]
    expected = [number for number in range(folders) for _ in range(4)] if united else list(range(4 * folders))
    assert groups(*({"path": path} for path in paths))[0] == expected


def test_names_do_not_overrule_headers():
    lines = [{"path": "subj1_1.dcm", "patient_id": pid(1)}, {"path": "subj1_2.dcm", "patient_id": pid(2)}]
    assert groups(*lines)[0] == [0, 1]


def test_a_pattern_of_the_users_names_patients():
    paths = ["x-anna-1.png", "y-anna-2.png", "x-bob-1.png", "none.png"]
    found = groups(*({"path": path} for path in paths), name_pattern=r"-(\w+)-")
    assert found == ([0, 0, 1, 2], ["patient", "patient", "patient", "image"])
    with pytest.raises(UsageError, match="name_pattern: expected a regular expression"):
        groups({}, name_pattern="(")


def test_privacy_p3_names_in_paths_are_not_in_the_name_of_a_group():
    found = infer_groups([rows({"path": "anna-1.png"}, {"path": "anna-2.png"})], name_pattern="^[a-z]+")
    assert found.ids.tolist() == ["g" + pid(1)]


def test_likeness_unites_slices_without_patient():
    pairs = Likeness(np.array([0]), np.array([1]), np.array([0.9], np.float32))
    assert groups({}, {}, {}, likeness=pairs) == ([0, 0, 1], ["inferred", "inferred", "image"])
    known = [{"patient_id": pid(1)}, {"patient_id": pid(2)}]
    assert groups(*known, likeness=pairs)[0] == [0, 1]
    assert groups(known[0], {}, likeness=pairs) == ([0, 0], ["patient", "inferred"])


def test_a_group_is_named_after_its_patient_or_its_least_image():
    found = infer_groups([rows({"patient_id": pid(7)}, {"image_id": pid(5)}, {"image_id": pid(3), "path": "b.png"})])
    assert found.names(0, 3) == ["p" + pid(7), "g" + pid(3), "g" + pid(3)]


def test_notes_say_what_is_inferred_and_what_is_large():
    found = infer_groups([rows(*[{"path": "one.tif", "frame": at} for at in range(15)], *[{}] * 10)])
    assert any("identify no patient" in note for note in found.notes)
    assert any("has 15 of 25 images" in note for note in found.notes)


def test_no_rows_no_groups():
    assert infer_groups([]).names(0, 0) == []
    assert len(infer_groups([rows()]).ids) == 0


@PROPERTY
@given(st.data())
def test_groups_do_not_depend_on_the_order_of_files_or_on_batches(data):
    few = st.sampled_from([None, pid(1), pid(2)])
    lines = [
        {
            "path": f"{number}.png",
            "image_id": data.draw(st.sampled_from([pid(number + 10), pid(50)])),
            "patient_id": data.draw(few),
            "series_id": data.draw(few),
        }
        for number in range(data.draw(st.integers(1, 10)))
    ]
    order = data.draw(st.permutations(range(len(lines))))
    here = infer_groups([rows(*lines)])
    cut = data.draw(st.integers(0, len(lines)))
    table = rows(*(lines[at] for at in order))
    there = infer_groups([table.slice(0, cut), table.slice(cut)])
    assert [here.names(0, len(lines))[at] for at in order] == there.names(0, len(lines))
    assert [here.by_names(0, len(lines))[at] for at in order] == there.by_names(0, len(lines))
