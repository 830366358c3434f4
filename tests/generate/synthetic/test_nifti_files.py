"""Generated volumes as files: voxels and places come back through nibabel, and the bytes are always the same."""

from __future__ import annotations

import gzip

import nibabel as nib
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from medcurate.errors import UsageError
from medcurate.generate.synthetic.nifti_files import as_volumes, centered_affine, make_nifti

WORDS = {"model": "toy-0123abcd", "seed": "3", "number": "12"}


def opened(content: bytes) -> nib.Nifti1Image:
    return nib.Nifti1Image.from_bytes(gzip.decompress(content))


@settings(deadline=None, max_examples=25)
@given(
    st.tuples(*[st.integers(2, 7)] * 3),
    st.sampled_from([np.uint8, np.uint16]),
    st.tuples(*[st.floats(0.4, 4)] * 3),
    st.tuples(*[st.floats(-90, 90)] * 3),
    st.floats(-0.5, 0.5),
)
def test_voxels_and_affine_come_back(shape, kind, spacing, origin, angle):
    voxels = np.random.default_rng(1).integers(0, np.iinfo(kind).max, shape, dtype=kind)
    affine = np.diag([*spacing, 1.0])
    affine[:2, :2] = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]]) @ affine[:2, :2]
    affine[:3, 3] = origin
    made = make_nifti(voxels, affine, WORDS)
    image = opened(made.content)
    np.testing.assert_array_equal(np.asanyarray(image.dataobj), voxels)
    assert image.get_data_dtype() == kind
    np.testing.assert_allclose(image.affine, affine, atol=1e-4)
    np.testing.assert_allclose(image.header.get_zooms(), spacing, rtol=1e-5)
    np.testing.assert_allclose(image.get_qform(), affine, atol=1e-3)
    assert make_nifti(voxels, affine, WORDS) == made


def test_the_header_says_that_it_is_synthetic_and_the_columns_what_is_in_it(rng):
    voxels = rng.integers(0, 200, (6, 8, 4), np.uint8)
    made = make_nifti(voxels, centered_affine((6, 8, 4), (1.0, 2.0, 3.0)), WORDS)
    header = opened(made.content).header
    assert bytes(header["descrip"]).rstrip(b"\0") == b"synthetic, shows no patient; toy-0123abcd seed 3 number 12"
    assert made.columns["kind"] == "volume"
    assert made.columns["format"] == "nifti"
    assert made.columns["bit_depth"] == 8
    assert sorted([made.columns["height"], made.columns["width"], made.columns["depth"]]) == [4, 6, 8]
    assert sorted(made.columns["spacing_mm"]) == [1.0, 2.0, 3.0]
    assert len(made.id) == 16
    assert make_nifti(voxels.copy() + 1, centered_affine((6, 8, 4), (1.0, 2.0, 3.0)), WORDS).id != made.id


def test_gzip_holds_neither_time_nor_name(rng):
    content = make_nifti(rng.integers(0, 9, (4, 4, 4), np.uint8), np.eye(4), WORDS).content
    assert content[3] == 0  # no flags: no name
    assert content[4:8] == bytes(4)


def test_a_center_at_the_origin():
    affine = centered_affine((5, 4, 3), (1.0, 2.0, 3.0))
    np.testing.assert_allclose(affine @ [2, 1.5, 1, 1], [0, 0, 0, 1])


def test_channels_of_a_draw_come_after_each_other(rng):
    drawn = rng.integers(0, 256, (3, 4, 5, 6, 2), np.uint8)
    found = as_volumes(drawn, 2)
    assert found.shape == (6, 4, 5, 6)
    for k, volume in enumerate(found):
        np.testing.assert_array_equal(volume, drawn[k // 2, ..., k % 2])
    assert as_volumes(drawn[..., :1], 0).shape == (3, 4, 5, 6)


@pytest.mark.parametrize(
    ("shape", "kind", "contrasts"), [((2, 3, 3, 3, 2), "u1", 0), ((2, 3, 3, 3), "u1", 0), ((2, 3, 3, 3, 1), "f4", 1)]
)
def test_what_cannot_be_volumes(shape, kind, contrasts):
    with pytest.raises(UsageError, match="volumes: expected uint8 or uint16"):
        as_volumes(np.zeros(shape, kind), contrasts)
