from __future__ import annotations

import gzip
import importlib
import inspect
import io

import numpy as np
import pytest
from PIL import Image

from medcurate.errors import Code, InputError
from medcurate.readers import FORMATS, Blob, ReadOptions, read, sniff


def picture(kind: str) -> bytes:
    stream = io.BytesIO()
    Image.fromarray(np.arange(64, dtype=np.uint8).reshape(8, 8)).save(stream, kind)
    return stream.getvalue()


@pytest.mark.parametrize("name", ["a.dcm", "a.nii", "a.mat", "a.jpg", "a.png", "a.tif"])
def test_bad_input_01_zero_bytes(code_of, name):
    assert code_of(b"", name) is Code.EMPTY


@pytest.mark.parametrize("name", ["a.dcm", "a.nii", "a.mat", "a.jpg", "a.png", "a.tif", "a"])
def test_bad_input_02_text_under_an_image_name(code_of, name):
    assert code_of(b"This is a text.\nIt is no image at all, whatever its name says.\n" * 20, name) is Code.BAD_MAGIC


@pytest.mark.parametrize(
    ("kind", "name"), [("PNG", "a.dcm"), ("JPEG", "a.png"), ("TIFF", "a.nii.gz.tif.jpg"), ("PNG", "a.mat")]
)
def test_bad_input_03_content_decides_and_the_name_is_noted(frames_of, kind, name):
    (frame,) = frames_of(picture(kind), name)
    assert frame.facts.format == kind.lower()
    assert Code.EXT_MISMATCH in frame.facts.notes


@pytest.mark.parametrize("name", ["a.png", "A.PNG", "IM0001", "a.bin"])
def test_right_and_unknown_suffixes_are_not_noted(frames_of, name):
    (frame,) = frames_of(picture("PNG"), name)
    assert frame.facts.notes == ()


@pytest.mark.parametrize("data", [b"no gzip, but text " * 30, picture("PNG")])
def test_bad_input_31_gz_that_is_not_gzip(code_of, data):
    assert code_of(data, "a.nii.gz") is Code.BAD_MAGIC


def test_bad_input_31_gzip_that_holds_no_nifti(code_of):
    assert code_of(gzip.compress(b"text " * 500), "a.nii.gz") is Code.BAD_MAGIC


def test_img_without_hdr(code_of):
    assert code_of(bytes(range(1, 250)) * 9, "a.img") is Code.INCOMPLETE


def test_bad_input_66_zip_inside_a_zip(code_of):
    assert code_of(b"PK\x03\x04" + bytes(500), "a.png") is Code.ARCHIVE_UNSAFE


def failing(error: Exception) -> Blob:
    def fail():
        raise error

    return Blob("a.png", 10, fail)


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (FileNotFoundError(2, "gone"), Code.VANISHED),
        (PermissionError(13, "denied"), Code.PERMISSION),
        (OSError(5, "input/output"), Code.DECODE),
        (OSError(28, "no space"), Code.TOO_LARGE),
        (MemoryError(), Code.TOO_LARGE),
        (RecursionError(), Code.TOO_DEEP),
        (EOFError(), Code.TRUNCATED),
        (ZeroDivisionError(), Code.INTERNAL),
    ],
)
def test_every_exception_becomes_an_input_error(error, code):
    with pytest.raises(InputError) as caught:
        list(read(failing(error)))
    assert caught.value.code is code
    assert caught.value.__cause__ is error


@pytest.mark.parametrize("name", FORMATS)
def test_every_reader_has_the_same_two_functions(name):
    module = importlib.import_module(f"medcurate.readers.{FORMATS[name]}")
    assert not module.matches(b"")
    assert not module.matches(b"text " * 900)
    assert list(inspect.signature(module.read).parameters) == ["blob", "options"]
    assert inspect.signature(module.read).parameters["options"].default == ReadOptions()


def test_sniff_names_the_format(blob_of):
    assert sniff(blob_of(picture("TIFF"))) == "tiff"
