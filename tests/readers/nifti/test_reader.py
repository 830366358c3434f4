"""NIfTI: geometry, values, large files and damage."""

from __future__ import annotations

import gzip
import itertools
import struct

import nibabel as nib
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from medcurate.errors import Code
from medcurate.readers.geometry import plane_of_normal
from medcurate.readers.nifti import reader as nifti
from medcurate.readers.nifti import voxels as nifti_voxels

THICK = np.diag((1.0, 1.0, 3.0, 1.0))
DIM, DATATYPE, VOX_OFFSET, SLOPE, QFORM_CODE, SROW, MAGIC = 40, 70, 108, 112, 252, 280, 344


def volume(shape=(4, 5, 6), dtype=np.int16) -> np.ndarray:
    """Every voxel differs, no axis is symmetric."""
    return (np.arange(np.prod(shape)).reshape(shape) * 7 % 1000 + 20).astype(dtype)


def nii(data: np.ndarray, affine: np.ndarray | None = THICK, *, version: int = 1, **header) -> bytes:
    kind = nib.Nifti1Image if version == 1 else nib.Nifti2Image
    image = kind(data, affine)
    for name, value in header.items():
        image.header[name] = value
    return image.to_bytes()


def patched(data: bytes, at: int, layout: str, *values) -> bytes:
    packed = struct.pack("<" + layout, *values)
    return data[:at] + packed + data[at + len(packed) :]


def reoriented(data: np.ndarray, affine: np.ndarray, codes: str) -> tuple[np.ndarray, np.ndarray]:
    image = nib.Nifti1Image(data, affine)
    start = nib.io_orientation(affine)
    turn = nib.orientations.ornt_transform(start, nib.orientations.axcodes2ornt(codes))
    turned = image.as_reoriented(turn)
    return np.asarray(turned.dataobj), turned.affine


ALL_CODES = ["".join(c) for p in itertools.permutations(("LR", "PA", "IS")) for c in itertools.product(*p)]


# ----------------------------------------------------------------------------------------------------------- geometry


def test_axial_slices_show_anterior_at_the_top_and_right_at_the_left(frames_of):
    data = volume()  # RAS+: the last index is most right, anterior, superior
    frames = frames_of(nii(data), "a.nii")
    assert len(frames) == 6
    for index, frame in enumerate(frames):
        assert frame.pixels[0, 0] == data[3, 4, index]
        assert frame.pixels[4, 3] == data[0, 0, index]
    facts = frames[0].facts
    assert (facts.plane, facts.plane_confidence, facts.obliquity_deg) == ("axial", 1.0, 0.0)
    assert facts.axes == (1, 0, 0, 0, 1, 0)
    assert facts.position_mm == (-3, -4, 0)
    assert facts.spacing_mm == (1, 1, 3)
    assert (facts.kind, facts.frame, facts.depth, facts.bit_depth) == ("volume", 0, 6, 16)


@pytest.mark.parametrize(
    ("thick", "plane", "axes"),
    [(1, "coronal", (1, 0, 0, 0, 0, -1)), (0, "sagittal", (0, 1, 0, 0, 0, -1))],
)
def test_other_planes_show_the_head_up(frames_of, thick, plane, axes):
    data = volume()
    affine = np.diag([3.0 if axis == thick else 1.0 for axis in range(3)] + [1.0])
    frames = frames_of(nii(data, affine), "a.nii")
    assert frames[0].facts.plane == plane
    assert frames[0].facts.axes == axes
    assert len(frames) == data.shape[thick]
    first = data.take(0, axis=thick)  # axes (x or y, z)
    np.testing.assert_array_equal(frames[0].pixels, first.T[::-1, ::-1])


@pytest.mark.parametrize("codes", ALL_CODES)
def test_bad_input_42_twins_give_the_same_slices(frames_of, codes):
    data = volume()
    affine = nib.affines.from_matvec(np.diag((0.9, 1.1, 4.0)), (-10, 20, 5))
    expected = frames_of(nii(data, affine), "a.nii")
    twins = frames_of(nii(*reoriented(data, affine, codes)), "a.nii")
    assert len(expected) == len(twins)
    for one, other in zip(expected, twins, strict=True):
        np.testing.assert_array_equal(one.pixels, other.pixels)
        assert one.facts == other.facts


@pytest.mark.parametrize("codes", ["LAS", "RPI", "LPS", "RAI"])
def test_bad_input_42_flipped_twins_of_cubic_voxels(frames_of, codes):
    expected = frames_of(nii(volume(), np.eye(4)), "a.nii")
    twins = frames_of(nii(*reoriented(volume(), np.eye(4), codes)), "a.nii")
    for one, other in zip(expected, twins, strict=True):
        np.testing.assert_array_equal(one.pixels, other.pixels)


def test_positions_and_directions_find_each_voxel_again(frames_of, rng):
    data = volume()
    rotation = np.linalg.qr(rng.normal(size=(3, 3)))[0]
    affine = nib.affines.from_matvec(rotation @ np.diag((0.8, 1.0, 3.0)), rng.normal(size=3) * 50)
    back = np.linalg.inv(affine)
    for frame in frames_of(nii(data, affine), "a.nii"):
        facts = frame.facts
        along_row, along_column = np.array(facts.axes[:3]), np.array(facts.axes[3:])
        for row, column in ((0, 0), (2, 1), (frame.pixels.shape[0] - 1, 3)):
            point = np.array(facts.position_mm) + along_row * column * facts.spacing_mm[1]
            point = (point + along_column * row * facts.spacing_mm[0]) * (-1, -1, 1)
            voxel = back[:3, :3] @ point + back[:3, 3]
            np.testing.assert_allclose(voxel, np.rint(voxel), atol=1e-3)
            assert frame.pixels[row, column] == data[tuple(np.rint(voxel).astype(int))]


@pytest.mark.parametrize("degrees", [0, 10, 30, 44])
def test_bad_input_16_oblique_volume(frames_of, degrees):
    angle = np.radians(degrees)
    turn = np.array([[1, 0, 0], [0, np.cos(angle), -np.sin(angle)], [0, np.sin(angle), np.cos(angle)]])
    affine = nib.affines.from_matvec(turn @ np.diag((1, 1, 3)), (0, 0, 0))
    facts = frames_of(nii(volume(), affine), "a.nii")[0].facts
    assert facts.plane == "axial"
    assert abs(facts.obliquity_deg - degrees) < 1e-3
    assert facts.plane_confidence == pytest.approx(plane_of_normal((0, np.sin(angle), np.cos(angle)))[1], abs=1e-4)


def test_named_slice_axis_comes_before_the_thickest(frames_of):
    image = nib.Nifti1Image(volume(), THICK)
    image.header.set_dim_info(slice=0)
    frames = frames_of(image.to_bytes(), "a.nii")
    assert (len(frames), frames[0].facts.plane) == (4, "sagittal")


@pytest.mark.parametrize("axis", [0, 1, 2])
def test_file_of_one_slice_is_an_image(frames_of, axis):
    shape = [7, 8, 9]
    shape[axis] = 1
    (frame,) = frames_of(nii(volume(tuple(shape)), np.eye(4)), "a.nii")
    assert (frame.facts.kind, frame.facts.frame, frame.facts.depth) == ("image", None, None)
    assert frame.facts.plane == ("sagittal", "coronal", "axial")[axis]


def test_two_dimensions_are_an_image(frames_of):
    (frame,) = frames_of(nii(volume((5, 4)), np.eye(4)), "a.nii")
    assert frame.pixels.shape == (4, 5)


def test_bad_input_34_forms_that_differ(frames_of):
    image = nib.Nifti1Image(volume(), THICK)
    image.set_sform(THICK, code=1)
    image.set_qform(nib.affines.from_matvec(np.diag((1, 1, 3)), (0, 5, 0)), code=1)
    facts = frames_of(image.to_bytes(), "a.nii")[0].facts
    assert facts.notes == (Code.GEOM_CONFLICT,)
    assert facts.position_mm == (-3, -4, 0)  # the sform decides
    image.set_qform(THICK, code=1)
    assert frames_of(image.to_bytes(), "a.nii")[0].facts.notes == ()


def test_qform_alone_decides(frames_of):
    image = nib.Nifti1Image(volume(), None)
    image.set_sform(None, code=0)
    image.set_qform(np.diag((1, 3.0, 1, 1)), code=1)
    assert frames_of(image.to_bytes(), "a.nii")[0].facts.plane == "coronal"


def test_bad_input_35_no_form_is_no_plane(frames_of):
    image = nib.Nifti1Image(volume(), None)
    image.header["sform_code"] = image.header["qform_code"] = 0
    frames = frames_of(image.to_bytes(), "a.nii")
    facts = frames[0].facts
    assert (facts.plane, facts.obliquity_deg, facts.axes, facts.notes) == (None, None, None, (Code.ORIENT_UNKNOWN,))
    np.testing.assert_array_equal(frames[1].pixels, volume()[:, :, 1].T)


@pytest.mark.parametrize("row", [(np.nan, 0, 0, 0), (0, 0, 0, 0), (0, 1, 0, 0), (np.inf, 0, 0, 0), (1e30, 0, 0, 0)])
def test_bad_input_36_affine_that_is_none(code_of, row):
    assert code_of(patched(nii(volume()), SROW, "4f", *row), "a.nii") is Code.BAD_AFFINE


def test_bad_input_36_origin_out_of_this_world(code_of):
    assert code_of(patched(nii(volume()), SROW + 12, "f", 1e30), "a.nii") is Code.BAD_AFFINE


def test_factor_that_overflows_is_clipped(frames_of):
    data = patched(nii(volume(), version=2), 176, "2d", 1e307, 0.0)
    assert np.isfinite([frame.pixels for frame in frames_of(data, "a.nii")]).all()


def test_bad_input_36_qform_that_is_none(code_of):
    image = nib.Nifti1Image(volume(), None)
    image.set_sform(None, code=0)
    image.set_qform(THICK, code=1)
    assert code_of(patched(image.to_bytes(), 256, "3f", 3, 3, 3), "a.nii") is Code.BAD_AFFINE


# ------------------------------------------------------------------------------------------------------------- values

TYPES = ["u1", "i1", "i2", "u2", "i4", "u4", "i8", "u8", "f4", "f8"]


@pytest.mark.parametrize("order", "<>")
@pytest.mark.parametrize("kind", TYPES)
@pytest.mark.parametrize("version", [1, 2])
def test_all_types_and_byte_orders(frames_of, kind, order, version):
    data = (volume() % 120).astype(order + kind)
    head = nib.Nifti1Header(endianness=order) if version == 1 else nib.Nifti2Header(endianness=order)
    head.set_data_dtype(data.dtype)
    image = (nib.Nifti1Image if version == 1 else nib.Nifti2Image)(data, THICK, head, dtype=data.dtype)
    frames = frames_of(image.to_bytes(), "a.nii")
    assert frames[0].pixels.dtype == np.uint8
    np.testing.assert_array_equal(frames[2].pixels, data[::-1, ::-1, 2].T)


@pytest.mark.parametrize(
    ("low", "high", "expected"),
    [
        (0, 255, np.uint8),
        (0, 256, np.int16),
        (-1, 100, np.int16),
        (0, 40_000, np.uint16),
        (-40_000, 9, np.int32),
        (0.5, 9, np.float32),
        (0, 1e300, np.float32),
    ],
)
def test_narrowest_type_that_holds_the_values(frames_of, low, high, expected):
    data = np.linspace(20, 80, 120).round().reshape(4, 5, 6)
    data[0, 0, 0], data[3, 4, 5] = low, high
    frames = frames_of(nii(data), "a.nii")
    assert {frame.pixels.dtype for frame in frames} == {np.dtype(expected)}
    assert np.isfinite(frames[5].pixels).all()


def test_slope_and_intercept(frames_of):
    data = volume()
    for slope, inter, kind in ((2.0, -1000.0, np.int16), (0.5, 3.0, np.float32)):
        frames = frames_of(patched(nii(data), SLOPE, "2f", slope, inter), "a.nii")
        np.testing.assert_allclose(frames[1].pixels, data[::-1, ::-1, 1].T * slope + inter)
        assert frames[1].pixels.dtype == kind
    for slope in (0.0, np.nan, np.inf):
        frames = frames_of(patched(nii(data), SLOPE, "2f", slope, 7.0), "a.nii")
        np.testing.assert_array_equal(frames[1].pixels, data[::-1, ::-1, 1].T)


def test_bad_input_39_voxels_that_are_no_numbers(frames_of):
    data = volume(dtype=np.float32)
    data[0, 0, 0], data[1, 1, 1], data[2, 2, 2] = np.nan, np.inf, -np.inf
    frames = frames_of(nii(data), "a.nii")
    assert all(Code.NONFINITE in frame.facts.notes for frame in frames)
    assert frames[0].pixels[-1, -1] == data[np.isfinite(data)].min()
    assert frames_of(nii(np.full((4, 4, 4), np.nan, np.float32)), "a.nii")[0].pixels.max() == 0


@pytest.mark.parametrize("dtype", [np.uint8, np.int32, np.float64])
def test_few_whole_numbers_are_a_mask(frames_of, dtype):
    frames = frames_of(nii((volume() % 4).astype(dtype)), "a.nii")
    assert {frame.facts.kind for frame in frames} == {"mask"}
    assert frames[0].facts.depth == 6
    assert frames_of(nii(volume().astype(dtype)), "a.nii")[0].facts.kind == "volume"


def test_labels_stored_with_a_factor_are_whole_again(frames_of):
    stored = np.where(volume() % 2, 32767, -32768).astype(np.int16)
    frames = frames_of(patched(nii(stored), SLOPE, "2f", 1 / 65535, 32768 / 65535), "a.nii")
    assert frames[0].facts.kind == "mask"
    assert set(np.unique([frame.pixels for frame in frames])) == {0, 1}


@pytest.mark.parametrize(
    ("name", "kind"),
    [("p1_seg.nii", "mask"), ("aparc+aseg.nii", "mask"), ("T1_masked.nii", "volume"), ("t1.nii", "volume")],
)
def test_name_allows_a_mask_more_labels(frames_of, name, kind):
    assert frames_of(nii((volume() % 60).astype(np.int16)), name)[0].facts.kind == kind


def test_constant_volume_is_no_mask(frames_of):
    assert frames_of(nii(np.zeros((4, 4, 4), np.uint8)), "a.nii")[0].facts.kind == "volume"


def test_bad_input_37_four_dimensions(frames_of, code_of):
    data = np.stack([volume(), volume() + 5], axis=3)
    assert code_of(nii(data), "a.nii") is Code.AMBIGUOUS_4D
    assert code_of(nii(data), "a.nii", channel=2) is Code.AMBIGUOUS_4D
    for form in (nii(data), gzip.compress(nii(data))):
        np.testing.assert_array_equal(frames_of(form, "a.nii", channel=1)[0].pixels, data[::-1, ::-1, 0, 1].T)
    single = frames_of(nii(data[:, :, :, :1]), "a.nii")
    np.testing.assert_array_equal(single[0].pixels, frames_of(nii(volume()), "a.nii", channel=1)[0].pixels)


# ------------------------------------------------------------------------------------------------------ files, damage


def test_bad_input_30_truncated(code_of):
    whole = nii(volume((20, 20, 20)))
    packed = gzip.compress(whole)
    for share in (0.01, 0.3, 0.9, 0.999):
        assert code_of(packed[: int(len(packed) * share)], "a.nii.gz") is Code.TRUNCATED
        assert code_of(whole[: int(len(whole) * share)], "a.nii") is Code.TRUNCATED or share < 0.02
    assert code_of(packed[:-4], "a.nii.gz") is Code.TRUNCATED


def test_corrupt_gzip(code_of, rng):
    packed = bytearray(gzip.compress(nii(rng.integers(0, 4000, (20, 20, 20), dtype=np.int16))))
    packed[-6] ^= 255
    assert code_of(bytes(packed), "a.nii.gz") is Code.DECODE
    packed[len(packed) // 2 : len(packed) // 2 + 40] = bytes(40)
    assert code_of(bytes(packed), "a.nii.gz") is Code.DECODE


def test_surplus_bytes_do_no_harm(frames_of):
    whole = nii(volume())
    for form in (whole + bytes(100), gzip.compress(whole + bytes(3_000_000)), gzip.compress(whole) + bytes(64)):
        np.testing.assert_array_equal(frames_of(form)[0].pixels, frames_of(whole)[0].pixels)


@pytest.mark.parametrize(
    "dims", [(3, 32767, 32767, 32767), (3, -4, 5, 6), (3, 0, 5, 6), (0, 4, 5, 6), (9, 4, 5, 6), (1, 9, 1, 1)]
)
def test_bad_input_32_dimensions(code_of, dims):
    for data in (patched(nii(volume()), DIM, "4h", *dims), gzip.compress(patched(nii(volume()), DIM, "4h", *dims))):
        assert code_of(data) is Code.BAD_DIMS


@pytest.mark.parametrize("code", [0, 3, 999, -1])
def test_bad_input_33_data_type(code_of, code):
    assert code_of(patched(nii(volume()), DATATYPE, "h", code), "a.nii") is Code.BAD_HEADER


@pytest.mark.parametrize("code", [1, 32, 128, 1536, 1792, 2048, 2304])
def test_bad_input_38_color_and_complex(code_of, code):
    assert code_of(patched(nii(volume()), DATATYPE, "h", code), "a.nii") is Code.UNSUPPORTED


@pytest.mark.parametrize("offset", [-1.0, 12.0, np.nan, np.inf, 352.5])
def test_voxels_that_start_nowhere(code_of, offset):
    assert code_of(patched(nii(volume()), VOX_OFFSET, "f", offset), "a.nii") is Code.BAD_HEADER


def test_bad_input_40_bomb(code_of):
    data = patched(nii(volume()), DIM, "4h", 3, 1000, 1000, 1000)
    assert code_of(gzip.compress(data), "a.nii.gz") is Code.TRUNCATED  # gzip cannot hold that much in so few bytes
    assert code_of(gzip.compress(data + bytes(10**7)), "a.nii.gz", max_inflated_bytes=10**6) is Code.BOMB


def test_bad_input_41_header_without_image(frames_of, code_of):
    whole = nii(volume())
    header = patched(patched(whole[:348], MAGIC, "4s", b"ni1\0"), VOX_OFFSET, "f", 0)
    assert code_of(header, "a.hdr") is Code.INCOMPLETE
    voxels = whole[352:]
    for name, content in (("a.img", voxels), ("a.img.gz", gzip.compress(voxels))):
        frames = frames_of(header, "a.hdr", {name: content})
        np.testing.assert_array_equal(frames[0].pixels, frames_of(whole)[0].pixels)
    assert code_of(header, "a.hdr", {"a.img": voxels[:50]}) is Code.TRUNCATED


def test_analyze_does_not_tell_left_from_right(code_of):
    assert code_of(patched(nii(volume()), MAGIC, "4s", b"\0\0\0\0"), "a.hdr") is Code.UNSUPPORTED


# -------------------------------------------------------------------------------------------------------- large files


@pytest.mark.parametrize("compressed", [False, True])
@pytest.mark.parametrize("codes", ["RAS", "RAI", "SAR", "IPL", "ASR", "PIR"])
def test_streamed_slices_are_those_read_at_once(frames_of, monkeypatch, codes, compressed):
    data, affine = reoriented(volume((4, 5, 7)), np.diag((1.0, 1.0, 4.0, 1.0)), codes)
    form = nii(data, affine)
    form = gzip.compress(form) if compressed else form
    expected = frames_of(form)
    for limit in (1, 100):
        monkeypatch.setattr(nifti, "MEMORY_BYTES", limit)
        monkeypatch.setattr(nifti_voxels, "MEMORY_BYTES", limit)
        streamed = frames_of(form)
        assert [frame.facts for frame in streamed] == [frame.facts for frame in expected]
        for one, other in zip(expected, streamed, strict=True):
            np.testing.assert_array_equal(one.pixels, other.pixels)


def test_streamed_values_and_names(frames_of, code_of, monkeypatch):
    monkeypatch.setattr(nifti, "MEMORY_BYTES", 1)
    data = volume(dtype=np.float32)
    data[0, 0, 3] = np.nan
    frames = frames_of(nii(data), "a.nii")
    assert [Code.NONFINITE in frame.facts.notes for frame in frames] == [False] * 3 + [True] + [False] * 2
    assert frames[3].pixels.dtype == np.float32
    assert frames_of(nii(volume() % 3), "x_mask.nii")[0].facts.kind == "mask"
    assert code_of(nii(volume())[:-10] + b"", "a.nii") is Code.TRUNCATED
    assert code_of(gzip.compress(nii(volume()))[:-12], "a.nii.gz") is Code.TRUNCATED


def test_streamed_file_that_shrinks_while_it_is_read(code_of, monkeypatch):
    monkeypatch.setattr(nifti, "MEMORY_BYTES", 1)
    monkeypatch.setattr(nifti, "check_room", lambda *args, **kwargs: None)
    assert code_of(nii(volume())[:-10], "a.nii") is Code.TRUNCATED


@given(st.permutations(range(3)), st.tuples(st.booleans(), st.booleans(), st.booleans()), st.integers(2, 9))
@settings(deadline=None, max_examples=40)
def test_any_twin_gives_the_same_image(order, flips, depth):
    from medcurate.readers.display import display_of

    data, affine = volume((4, 5, depth)), np.diag((1.0, 1.5, 6.0, 1.0))
    twin, turned = data, affine
    for axis, flip in enumerate(flips):
        if flip:
            twin = np.flip(twin, axis)
            turned = turned.copy()
            turned[:, 3] += turned[:, axis] * (twin.shape[axis] - 1)
            turned[:, axis] *= -1
    twin, turned = twin.transpose(order), turned[:, [*order, 3]]
    slice_axis = order.index(2)
    display = display_of(turned, slice_axis)
    index = depth - 1 if display.backwards else 0
    np.testing.assert_array_equal(display.show(twin.take(index, axis=slice_axis)), data[::-1, ::-1, 0].T)


# ---------------------------------------------------------------------------------------------------------- real files


@pytest.mark.realdata
def test_real_volumes_are_read_with_their_planes(realdata, frames_of):
    paths = sorted((realdata / "volumes").rglob("*.nii*"))
    assert len(paths) == 41
    for path in paths:
        frames = frames_of(path.read_bytes(), path.name)
        axis = "LPIRAS".index(nib.aff2axcodes(nib.load(path).affine)[2]) % 3
        assert {frame.facts.plane for frame in frames} == {("sagittal", "coronal", "axial")[axis]}
        assert len(frames) == nib.load(path).shape[2]
        masks = path.name.startswith(("OTMulti", "brainmask"))
        assert {frame.facts.kind for frame in frames} == {"mask" if masks else "volume"}
