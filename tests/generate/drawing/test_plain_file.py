"""Arrays and JSON in one file; what can be wrong with one is tried in the tests of checkpoints."""

from __future__ import annotations

import hashlib
import io

import numpy as np
import pytest

from medcurate.errors import UsageError
from medcurate.generate.drawing.plain_file import DamagedError, PlainFile, read_plain_file

ARRAYS = {"b/0001": np.arange(6, dtype=np.float16).reshape(2, 3), "a": np.array([True, False])}


@pytest.fixture
def path(tmp_path):
    found = tmp_path / "file.npz"
    with found.open("wb") as stream:
        PlainFile(ARRAYS, {"steps": 3, "names": ["x"]}, "a test").write(stream)
    return found


def test_what_was_written_is_read(path):
    state, arrays, sha256 = read_plain_file(path)
    assert state == {"steps": 3, "names": ["x"]}
    assert list(arrays) == ["a", "b/0001"]
    np.testing.assert_array_equal(arrays["b/0001"], ARRAYS["b/0001"])
    assert sha256 == hashlib.sha256(path.read_bytes()).hexdigest() == PlainFile(ARRAYS, state, "a test").sha256


def test_the_digest_or_its_start_is_compared(path):
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    assert read_plain_file(path, digest[:16])[2] == digest
    with pytest.raises(DamagedError, match="another SHA-256"):
        read_plain_file(path, "0" * 16)


def test_pickles_are_neither_written_nor_read(tmp_path):
    with pytest.raises(UsageError, match="expected a NumPy array of"):
        PlainFile({"a": np.array([{}], object)}, {}, "a test")
    with pytest.raises(UsageError, match="state of a test: expected what JSON gives back unchanged"):
        PlainFile({}, {"steps": (1, 2)}, "a test")
    np.savez(tmp_path / "other.npz", a=np.array([{}], object))
    with pytest.raises(DamagedError):
        read_plain_file(tmp_path / "other.npz")


def test_bytes_do_not_depend_on_the_order_or_the_time():
    written = [io.BytesIO(), io.BytesIO()]
    for stream, arrays in zip(written, (ARRAYS, dict(reversed(ARRAYS.items()))), strict=True):
        PlainFile(arrays, {}, "a test").write(stream)
    assert written[0].getvalue() == written[1].getvalue()
