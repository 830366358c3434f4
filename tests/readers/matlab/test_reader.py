"""MATLAB 7.3, 5 and 4: one layout, one set of checks."""

from __future__ import annotations

import io
import struct
import zlib

import h5py
import numpy as np
import pytest
import scipy.io
import scipy.sparse

from medcurate.errors import Code

IMAGE = (np.arange(16 * 12).reshape(16, 12) * 5 % 700).astype(np.int16)
MASK = (IMAGE > 350).astype(np.uint8)


def record(**changes) -> dict[str, object]:
    fields = {
        "image": IMAGE,
        "label": np.array([[2.0]]),
        "PID": "100360",
        "tumorBorder": np.arange(6.0).reshape(6, 1),
        "tumorMask": MASK,
    }
    fields.update(changes)
    return {name: value for name, value in fields.items() if value is not None}


def v73(fields: dict[str, object], edit=None, group: str = "cjdata", **options) -> bytes:
    """Write as MATLAB does: a user block of 512 bytes, every array transposed, text as 16-bit codes."""
    stream = io.BytesIO()
    with h5py.File(stream, "w", userblock_size=512) as file:
        target = file.create_group(group) if group else file
        for name, value in fields.items():
            array = np.array([[ord(c)] for c in value], np.uint16).T if isinstance(value, str) else np.asarray(value)
            target.create_dataset(name, data=array.T, **(options if name == "image" else {}))
        if edit is not None:
            edit(file)
    data = stream.getvalue()
    return b"MATLAB 7.3 MAT-file, Platform: GLNXA64".ljust(124) + b"\x00\x02IM" + data[128:]


def classic(contents: dict[str, object], **options) -> bytes:
    stream = io.BytesIO()
    scipy.io.savemat(stream, contents, **options)
    return stream.getvalue()


FORMS = {
    "7.3": v73,
    "5": lambda fields: classic({"cjdata": fields}),
    "5 compressed": lambda fields: classic({"cjdata": fields}, do_compression=True),
    "4": lambda fields: classic(fields, format="4"),
}


@pytest.mark.parametrize("form", FORMS)
def test_bad_input_43_each_version_is_read_alike(frames_of, form):
    image, mask = frames_of(FORMS[form](record()), "1.mat")
    np.testing.assert_array_equal(image.pixels, IMAGE)
    np.testing.assert_array_equal(mask.pixels, MASK)
    assert image.pixels.dtype == np.int16
    facts = image.facts
    assert (facts.format, facts.kind, facts.tumor, facts.patient_key) == ("mat", "image", "glioma", "100360")
    assert (facts.modality, facts.contrast, facts.plane, facts.notes) == ("MR", "T1ce", None, ())
    assert (mask.facts.kind, mask.facts.patient_key) == ("mask", "100360")


@pytest.mark.parametrize(("label", "tumor"), [(1, "meningioma"), (2, "glioma"), (3, "pituitary")])
def test_labels(frames_of, label, tumor):
    assert frames_of(v73(record(label=np.array([[label]], np.float64))))[0].facts.tumor == tumor


@pytest.mark.parametrize("cut", [0.02, 0.3, 0.7, 0.99])
def test_bad_input_44_truncated(code_of, cut):
    data = v73(record(image=np.tile(IMAGE, (20, 20)), tumorMask=np.tile(MASK, (20, 20))))
    assert code_of(data[: int(len(data) * cut)], "1.mat") is Code.TRUNCATED
    old = classic({"cjdata": record()})
    assert code_of(old[: int(len(old) * cut)], "1.mat") is Code.TRUNCATED


@pytest.mark.parametrize("form", ["7.3", "5"])
@pytest.mark.parametrize("field", ["image", "label", "PID", "tumorMask", "tumorBorder"])
def test_bad_input_45_missing_field(code_of, form, field):
    assert code_of(FORMS[form](record(**{field: None})), "1.mat") is Code.SCHEMA


@pytest.mark.parametrize("form", ["7.3", "5"])
@pytest.mark.parametrize("label", [0.0, 4.0, np.nan, 1.5, [[1.0, 2.0]], np.zeros((0, 0))])
def test_bad_input_45_label_out_of_range(code_of, form, label):
    assert code_of(FORMS[form](record(label=np.atleast_2d(label))), "1.mat") is Code.SCHEMA


@pytest.mark.parametrize("image", ["text", np.zeros((4, 5, 6)), {"a": 1.0}, np.zeros((3, 3), complex)])
def test_bad_input_45_image_that_is_none(code_of, image):
    assert code_of(classic({"cjdata": record(image=image)}), "1.mat") is Code.SCHEMA


def test_bad_input_45_nothing_or_too_much(code_of):
    several = {"a": IMAGE, "b": MASK}
    for data in (
        v73({}, group=""),
        v73(several, group=""),
        classic({}),
        classic(several),
        v73({"a": 1.0}, group="other"),
    ):
        assert code_of(data, "1.mat") is Code.SCHEMA


def test_one_array_without_a_record_is_an_image(frames_of):
    for data in (
        v73({"slice": IMAGE}, group=""),
        classic({"slice": IMAGE, "n": 3.0}),
        classic({"x": IMAGE}, format="4"),
    ):
        (frame,) = frames_of(data, "1.mat")
        np.testing.assert_array_equal(frame.pixels, IMAGE)
        assert (frame.facts.tumor, frame.facts.modality) == (None, None)
    (frame,) = frames_of(classic({"image": IMAGE, "mask": MASK}), "1.mat")
    np.testing.assert_array_equal(frame.pixels, IMAGE)


def unsafe(kind: str, secret: str):
    def edit(file: h5py.File) -> None:
        group = file["cjdata"]
        del group["image"]
        if kind == "external link":
            group["image"] = h5py.ExternalLink(secret, "/secret")
        elif kind == "soft link":
            group["image"] = h5py.SoftLink("/cjdata/image")
        elif kind == "external storage":
            group.create_dataset("image", (12, 16), "i2", external=[(secret, 0, h5py.h5f.UNLIMITED)])
        else:
            layout = h5py.VirtualLayout((12, 16), "i2")
            layout[:] = h5py.VirtualSource(secret, "/secret", (12, 16))
            group.create_virtual_dataset("image", layout)

    return edit


@pytest.mark.parametrize("kind", ["external link", "soft link", "external storage", "virtual"])
def test_bad_input_46_links_are_not_followed(code_of, tmp_path, kind):
    secret = tmp_path / "secret.h5"
    with h5py.File(secret, "w") as file:
        file["secret"] = np.full((12, 16), 77, np.int16)
    assert code_of(v73(record(), unsafe(kind, str(secret))), "1.mat") is Code.UNSAFE_LINK


def test_bad_input_46_linked_record(code_of):
    def edit(file: h5py.File) -> None:
        file["cjdata"] = h5py.SoftLink("/cjdata")

    assert code_of(v73({}, edit, group=""), "1.mat") is Code.UNSAFE_LINK


@pytest.mark.parametrize("shape", [(200_000, 200_000), (9_000, 9_000), (2**40, 2)])
def test_bad_input_47_dataset_larger_than_the_file(code_of, shape):
    def edit(file: h5py.File) -> None:
        del file["cjdata/image"]
        file["cjdata"].create_dataset("image", shape, "f8", chunks=(64, 2))

    data = v73(record(), edit)
    assert len(data) < 30_000
    assert code_of(data, "1.mat") is Code.BAD_DIMS


def test_bad_input_48_asymmetric_image_is_not_transposed(frames_of):
    wedge = np.zeros((20, 30), np.int16)
    wedge[2, 25] = 900
    for form in ("7.3", "5", "5 compressed"):
        image = frames_of(FORMS[form](record(image=wedge, tumorMask=(wedge > 0).astype(np.uint8))))[0]
        assert image.pixels.shape == (20, 30)
        assert image.pixels[2, 25] == 900


@pytest.mark.parametrize("form", ["7.3", "5"])
def test_bad_input_49_mask_of_another_size(frames_of, form):
    (image,) = frames_of(FORMS[form](record(tumorMask=MASK.T)), "1.mat")
    assert image.facts.notes == (Code.MASK_MISMATCH,)
    small = frames_of(FORMS[form](record(image=np.ones((256, 256), np.int16), tumorMask=np.ones((256, 256), np.uint8))))
    assert [frame.facts.kind for frame in small] == ["image", "mask"]


def test_values_that_are_no_numbers_are_noted(frames_of):
    values = IMAGE.astype(np.float64)
    values[0, 0] = np.nan
    image = frames_of(v73(record(image=values)))[0]
    assert image.facts.notes == (Code.NONFINITE,)
    assert image.pixels[0, 0] == 0


@pytest.mark.parametrize(
    "options", [{"compression": "gzip"}, {"compression": "gzip", "shuffle": True, "chunks": (3, 4)}]
)
def test_compressed_hdf5(frames_of, options):
    np.testing.assert_array_equal(frames_of(v73(record(), **options))[0].pixels, IMAGE)


def test_filter_that_hdf5_lacks(code_of):
    assert code_of(v73(record(), compression="lzf"), "1.mat") is Code.NO_CODEC


def test_patient_given_as_a_number(frames_of):
    assert frames_of(v73(record(PID=np.array([[100360.0]]))))[0].facts.patient_key == "100360"


def test_limit_on_pixels(code_of):
    for form in FORMS.values():
        assert code_of(form(record()), max_pixels=100) is Code.BAD_DIMS


# ------------------------------------------------------------------------------------- version 5, one element at a time


def element(kind: int, body: bytes, count: int | None = None) -> bytes:
    return struct.pack("<II", kind, len(body) if count is None else count) + body + bytes(-len(body) % 8)


def matrix(kind: int, dims: tuple[int, ...], *children: bytes, flags: int = 0) -> bytes:
    head = element(6, struct.pack("<II", kind | flags, 0)) + element(5, struct.pack(f"<{len(dims)}i", *dims))
    return element(14, head + element(1, b"x") + b"".join(children))


def file_of(*elements: bytes) -> bytes:
    return b"MATLAB 5.0 MAT-file".ljust(124) + b"\x00\x01IM" + b"".join(elements)


DOUBLES = element(9, np.arange(64.0).tobytes())


def test_hand_made_matrix_is_read(frames_of):
    (frame,) = frames_of(file_of(matrix(6, (8, 8), DOUBLES)), "1.mat")
    np.testing.assert_array_equal(frame.pixels, np.arange(64).reshape(8, 8, order="F"))


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (matrix(6, (2**30, 2**30), DOUBLES), Code.BAD_DIMS),
        (matrix(6, (-8, 8), DOUBLES), Code.BAD_DIMS),
        (matrix(6, (8, 9), DOUBLES), Code.BAD_DIMS),
        (matrix(1, (2**30, 2**20)), Code.BAD_DIMS),
        (matrix(6, (8, 8), element(99, bytes(512))), Code.BAD_HEADER),
        (matrix(6, (8, 8), struct.pack("<II", 9, 2**31)), Code.TRUNCATED),
        (matrix(3, (1, 1)), Code.UNSUPPORTED),
        (matrix(16, (1, 1)), Code.UNSUPPORTED),
        (matrix(17, (1, 1)), Code.UNSUPPORTED),
        (matrix(5, (8, 8)), Code.UNSUPPORTED),
        (element(3, bytes(16)), Code.BAD_HEADER),
        (element(14, element(9, bytes(8))), Code.BAD_HEADER),
        (element(15, b"no zlib data here"), Code.DECODE),
        (element(15, zlib.compress(bytes(10**5))[:-20]), Code.TRUNCATED),
        (matrix(2, (1, 1), element(5, struct.pack("<i", 0)), element(1, b"")), Code.BAD_HEADER),
        (struct.pack("<HH4s", 1, 200, b"abcd"), Code.BAD_HEADER),
    ],
)
def test_forged_version_5(code_of, body, code):
    assert code_of(file_of(body), "1.mat") is code


def test_bomb_of_version_5(code_of):
    assert code_of(file_of(element(15, zlib.compress(bytes(10**6)))), "1.mat", max_inflated_bytes=10**5) is Code.BOMB


def test_cells_within_cells_without_end(code_of):
    inner = matrix(6, (0, 0))
    for _ in range(400):
        inner = matrix(1, (1, 1), inner)
    assert code_of(file_of(inner), "1.mat") is Code.TOO_DEEP


def test_big_endian_version_5(code_of):
    swapped = b"MATLAB 5.0 MAT-file".ljust(124) + b"\x01\x00MI" + struct.pack(">II", 14, 2**20) + bytes(64)
    assert code_of(swapped, "1.mat") is Code.TRUNCATED


def test_complex_and_text_arrays_are_no_images(code_of):
    assert code_of(classic({"z": IMAGE * 1j}), "1.mat") is Code.SCHEMA
    assert code_of(classic({"z": IMAGE * 1j}, format="4"), "1.mat") is Code.SCHEMA


@pytest.mark.parametrize("cut", [30, 100, 300])
def test_cut_version_4(code_of, cut):
    assert code_of(classic({"image": IMAGE.astype(float)}, format="4")[:cut], "1.mat") in (
        Code.TRUNCATED,
        Code.BAD_HEADER,
    )


def test_forged_version_4(code_of):
    head = struct.pack("<5i", 0, 30_000, 30_000, 0, 6) + b"image\0"
    assert code_of(head + bytes(500), "1.mat") is Code.TRUNCATED
    assert code_of(struct.pack("<5i", 2, 9, 3, 0, 2) + b"s\0" + bytes(500), "1.mat") is Code.UNSUPPORTED
    good = classic({"image": IMAGE.astype(float)}, format="4")
    assert code_of(good + b"surplus bytes that are no variable", "1.mat") is Code.BAD_HEADER
