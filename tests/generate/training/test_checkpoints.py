"""F3 and F4 for the states of a training: whole or not there, and the newest damaged one falls back."""

from __future__ import annotations

import hashlib
import io
import os
import pickle
import subprocess
import sys
import zipfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from medcurate import run_folder
from medcurate.errors import OutputError, UsageError
from medcurate.generate.drawing.plain_arrays import TYPES
from medcurate.generate.training.checkpoints import newest, save

STATE = {"seed": 7, "order": [3, 1, 2], "rates": {"g": 0.1}, "bits": 2**200, "note": "é", "none": None}


def arrays(number: int = 0) -> dict[str, np.ndarray]:
    rng = np.random.default_rng(number)
    return {
        "generator/dense/kernel": rng.standard_normal((40, 30)).astype(np.float32),
        "generator/dense/bias": np.zeros(0, np.float32),
        "optimizer/step": np.array(number, np.int64),
        "seed": rng.integers(0, 2**32, (2,), np.uint32),
    }


def same(found, expected) -> bool:
    return found.keys() == expected.keys() and all(
        found[name].dtype == array.dtype
        and found[name].shape == array.shape
        and found[name].tobytes() == array.tobytes()
        for name, array in expected.items()
    )


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in (folder / "checkpoints").iterdir())


def test_what_is_saved_comes_back(tmp_path):
    path = save(tmp_path, 1234, arrays(), STATE)
    found = newest(tmp_path)
    assert found.step == 1234
    assert found.state == STATE
    assert found.notes == ()
    assert found.path == path
    assert same(found.arrays, arrays())
    assert len(found.arrays) == 4
    with pytest.raises(KeyError):
        found.arrays["other"]


def test_the_name_has_the_digest_of_the_content(tmp_path):
    path = save(tmp_path, 1234, arrays(), STATE)
    assert path.name == f"step-00001234.{hashlib.sha256(path.read_bytes()).hexdigest()[:16]}.npz"


def test_numpy_reads_the_file(tmp_path):
    with np.load(save(tmp_path, 1, arrays(), STATE), allow_pickle=False) as found:
        assert same({name: found[name] for name in found.files if name != "state.json"}, arrays())


def test_nothing_there_is_none(tmp_path):
    assert newest(tmp_path) is None
    (tmp_path / "checkpoints").mkdir()
    (tmp_path / "checkpoints" / "step-1.npz").write_bytes(b"somebody's own")
    assert newest(tmp_path) is None


@settings(deadline=None, max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    content=st.dictionaries(
        st.from_regex(r"[a-z][a-z0-9_.]{0,8}(/[a-z0-9_]{1,8}){0,2}", fullmatch=True).filter(
            lambda text: ".." not in text
        ),
        hnp.arrays(
            st.sampled_from(sorted(TYPES)).map(np.dtype),
            hnp.array_shapes(min_dims=0, max_dims=4, min_side=0, max_side=5),
        ),
        max_size=4,
    ),
    state=st.dictionaries(
        st.text(max_size=5),
        st.recursive(
            st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
            lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
            max_leaves=6,
        ),
        max_size=4,
    ),
    step=st.integers(0, 10**12),
)
def test_any_arrays_and_state_come_back_bit_by_bit(tmp_path_factory, content, state, step):
    folder = tmp_path_factory.mktemp("run")
    first = save(folder, step, content, state).read_bytes()
    found = newest(folder)
    assert (found.step, found.state) == (step, state)
    assert same(found.arrays, content)
    assert save(folder, step, dict(reversed(content.items())), state).read_bytes() == first
    assert len(names(folder)) == 1


def test_views_and_other_orders_of_memory_come_back(tmp_path):
    base = np.arange(24, dtype=np.float32).reshape(4, 6)
    given_arrays = {"t": base.T, "s": base[::2, ::3], "f": np.asfortranarray(base), "big": base.astype(">f4")}
    save(tmp_path, 0, given_arrays, {})
    found = newest(tmp_path).arrays
    for name, array in given_arrays.items():
        assert np.array_equal(found[name], array)


def test_the_newest_two_are_kept(tmp_path):
    for step in (5, 10, 15, 100_000_000, 999_999_999):
        save(tmp_path, step, arrays(step), STATE)
        assert newest(tmp_path).step == step
    assert [name.split(".")[0] for name in names(tmp_path)] == ["step-100000000", "step-999999999"]
    save(tmp_path, 10**9, arrays(), STATE, keep=1)
    assert len(names(tmp_path)) == 1


def test_a_step_that_is_saved_again_takes_the_place_of_the_first(tmp_path):
    save(tmp_path, 5, arrays(1), STATE)
    save(tmp_path, 6, arrays(1), STATE)
    save(tmp_path, 6, arrays(2), STATE)
    assert same(newest(tmp_path).arrays, arrays(2))
    assert [name.split(".")[0] for name in names(tmp_path)] == ["step-00000005", "step-00000006"]


def test_other_files_in_the_folder_stay(tmp_path):
    (tmp_path / "checkpoints").mkdir()
    (tmp_path / "checkpoints" / "notes.txt").write_text("mine")
    for step in range(4):
        save(tmp_path, step, arrays(), STATE)
    assert "notes.txt" in names(tmp_path)


# ----------------------------------------------------------------------------------------------------------- F3: damage

DAMAGES = {
    "cut": lambda content: content[: len(content) // 2],
    "cut by one": lambda content: content[:-1],
    "empty": lambda content: b"",
    "zeroed": lambda content: bytes(len(content)),
    "torn": lambda content: content[:512] + bytes(len(content) - 512),
    "one bit": lambda content: content[:1000] + bytes([content[1000] ^ 1]) + content[1001:],
    "more behind": lambda content: content + b"\0",
    "other": lambda content: b"no archive",
}


@pytest.mark.parametrize("damage", DAMAGES.values(), ids=DAMAGES)
def test_f3_the_newest_damaged_one_falls_back_and_says_so(tmp_path, damage):
    save(tmp_path, 10, arrays(1), {"step": 10})
    last = save(tmp_path, 20, arrays(2), {"step": 20})
    last.write_bytes(damage(last.read_bytes()))
    found = newest(tmp_path)
    assert (found.step, found.state) == (10, {"step": 10})
    assert same(found.arrays, arrays(1))
    assert found.notes == (f"{last.name} is damaged (its content has another SHA-256) and was passed over",)


@settings(deadline=None, max_examples=60)
@given(at=st.integers(0, 10**6), bit=st.integers(0, 7))
def test_f3_any_flipped_bit_is_found(tmp_path_factory, at, bit):
    folder = tmp_path_factory.mktemp("run")
    save(folder, 10, arrays(1), {})
    last = save(folder, 20, arrays(2), {})
    content = bytearray(last.read_bytes())
    content[at % len(content)] ^= 1 << bit
    last.write_bytes(content)
    assert newest(folder).step == 10


def test_f3_after_falling_back_the_damaged_one_does_not_count(tmp_path):
    save(tmp_path, 10, arrays(1), {})
    save(tmp_path, 20, arrays(2), {}).write_bytes(b"")
    save(tmp_path, 15, arrays(3), {})
    assert [name.split(".")[0] for name in names(tmp_path)] == ["step-00000010", "step-00000015"]


def test_f3_the_same_step_done_again_repairs_it(tmp_path):
    save(tmp_path, 10, arrays(1), {})
    last = save(tmp_path, 20, arrays(2), {})
    last.write_bytes(b"")
    assert save(tmp_path, 20, arrays(2), {}) == last
    assert newest(tmp_path).step == 20
    assert newest(tmp_path).notes == ()


def test_f3_none_whole_is_an_error_that_names_them(tmp_path):
    for step in (1, 2):
        save(tmp_path, step, arrays(), {}).write_bytes(b"")
    with pytest.raises(UsageError, match=r"no checkpoint is whole.*step-00000002.*step-00000001.*start again"):
        newest(tmp_path)


def test_a_later_whole_one_is_never_removed(tmp_path):
    save(tmp_path, 20, arrays(), {})
    with pytest.raises(UsageError, match="a checkpoint of step 20, later than step 10"):
        save(tmp_path, 10, arrays(), {})
    assert newest(tmp_path).step == 20


def test_a_folder_in_its_place_is_passed_over(tmp_path):
    save(tmp_path, 1, arrays(), {})
    (tmp_path / "checkpoints" / "step-00000002.0123456789abcdef.npz").mkdir()
    assert newest(tmp_path).step == 1
    assert "IsADirectoryError" in newest(tmp_path).notes[0]


# ---------------------------------------------------------------------------------- files that somebody made on purpose


def forged(folder: Path, members: dict[str, bytes], *, method: int = zipfile.ZIP_STORED, more: bytes = b"") -> None:
    """Write a file of step 2 whose name fits its content, beside a good one of step 1."""
    save(folder, 1, arrays(), {})
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", method) as archive:
        for name, member in members.items():
            archive.writestr(name, member)
    whole = content.getvalue() + more
    name = f"step-00000002.{hashlib.sha256(whole).hexdigest()[:16]}.npz"
    (folder / "checkpoints" / name).write_bytes(whole)


def as_npy(array: np.ndarray, **options) -> bytes:
    stream = io.BytesIO()
    np.lib.format.write_array(stream, array, **options)
    return stream.getvalue()


class Canary:
    """Loading it as a pickle makes a file."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self):
        return Path.touch, (self.path,)


def header(shape: str, kind: str = "<f4") -> bytes:
    text = f"{{'descr': '{kind}', 'fortran_order': False, 'shape': {shape}, }}".encode().ljust(117) + b"\n"
    return b"\x93NUMPY\x01\x00" + len(text).to_bytes(2, "little") + text


ATTACKS = {
    "no state": ({"a.npy": as_npy(np.zeros(2))}, "it has no state"),
    "state is a list": ({"state.json": b"[]"}, "its state is no JSON object"),
    "state is no JSON": ({"state.json": b"{"}, "JSONDecodeError"),
    "state too deep": ({"state.json": b"[" * 10**5}, "RecursionError"),
    "not an array": ({"state.json": b"{}", "run.py": b"print()"}, "no array"),
    "name that climbs": ({"state.json": b"{}", "../a.npy": as_npy(np.zeros(2))}, "no array"),
    "absolute name": ({"state.json": b"{}", "/etc/a.npy": as_npy(np.zeros(2))}, "no array"),
    "declares too much": ({"state.json": b"{}", "a.npy": header("(99999999999,)")}, "not as long as it says"),
    "declares too little": ({"state.json": b"{}", "a.npy": header("(1,)") + bytes(8)}, "not as long as it says"),
    "negative length": ({"state.json": b"{}", "a.npy": header("(-1, -4)") + bytes(16)}, "not one of numbers"),
    "objects": ({"state.json": b"{}", "a.npy": header("(1,)", "|O") + bytes(8)}, "not one of numbers"),
    "text": ({"state.json": b"{}", "a.npy": as_npy(np.array(["abc"]))}, "not one of numbers"),
    "code for a header": ({"state.json": b"{}", "a.npy": header("__import__('os')")}, "ValueError"),
    "later version": ({"state.json": b"{}", "a.npy": as_npy(np.zeros(2), version=(3, 0))}, "another version"),
}  # fmt: skip


@pytest.mark.parametrize(("members", "why"), ATTACKS.values(), ids=ATTACKS)
def test_forged_files_are_refused_before_anything_is_allocated(tmp_path, members, why):
    forged(tmp_path, members)
    found = newest(tmp_path)
    assert found.step == 1
    assert why in found.notes[0]


def test_pickles_are_never_loaded(tmp_path):
    canary = tmp_path / "canary"
    inside = as_npy(np.array([Canary(canary)], object), allow_pickle=True)
    forged(tmp_path, {"state.json": b"{}", "a.npy": inside})
    assert newest(tmp_path).step == 1
    plain = pickle.dumps(Canary(canary))
    (tmp_path / "checkpoints" / f"step-00000003.{hashlib.sha256(plain).hexdigest()[:16]}.npz").write_bytes(plain)
    assert newest(tmp_path).step == 1
    assert not canary.exists()
    pickle.loads(plain)
    assert canary.exists()  # the trap works


def test_a_bomb_is_refused(tmp_path):
    forged(tmp_path, {"state.json": b"{}", "a.npy": as_npy(np.zeros(10**7))}, method=zipfile.ZIP_DEFLATED)
    assert "not stored as it is" in newest(tmp_path).notes[0]
    forged(tmp_path, {"state.json": b"{}" + b" " * 10**7}, method=zipfile.ZIP_DEFLATED)
    assert all("step-00000002" in note for note in newest(tmp_path).notes)


@pytest.mark.filterwarnings("ignore:Duplicate name:UserWarning")
def test_a_name_that_is_there_twice_is_refused(tmp_path):
    save(tmp_path, 1, arrays(), {})
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        for name, member in (("state.json", b"{}"), ("a.npy", as_npy(np.zeros(1))), ("a.npy", as_npy(np.ones(1)))):
            archive.writestr(name, member)
    name = f"step-00000002.{hashlib.sha256(content.getvalue()).hexdigest()[:16]}.npz"
    (tmp_path / "checkpoints" / name).write_bytes(content.getvalue())
    assert "twice" in newest(tmp_path).notes[0]


def test_a_file_that_vanishes_after_it_was_found_is_named(tmp_path):
    path = save(tmp_path, 1, arrays(), {})
    found = newest(tmp_path)
    path.unlink()
    with pytest.raises(UsageError, match="was changed or removed while it was read"):
        found.arrays["seed"]


# ------------------------------------------------------------------------------------------------- what cannot be saved


@pytest.mark.parametrize("state", [{"a": (1, 2)}, {1: 2}, {"a": float("nan")}, {"a": np.float32(1)}, {"a": b"x"}])
def test_state_that_would_come_back_as_another_thing_is_refused(tmp_path, state):
    with pytest.raises(UsageError, match="state of a checkpoint: expected what JSON"):
        save(tmp_path, 1, arrays(), state)
    assert not (tmp_path / "checkpoints").exists()


@pytest.mark.parametrize(("step", "keep"), [(-1, 2), (10**18, 2), (1, 0)])
def test_numbers_out_of_range(tmp_path, step, keep):
    with pytest.raises(UsageError, match="step, keep"):
        save(tmp_path, step, arrays(), {}, keep=keep)


# ------------------------------------------------------------------------------------------------------ F1, F4: no room

FULL = """
import resource, sys
from pathlib import Path
import numpy as np
from medcurate.errors import OutputError
from medcurate.generate.training.checkpoints import save
resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, resource.RLIM_INFINITY))
try:
    save(Path(sys.argv[1]), 2, {"a": np.ones(100_000, np.float32)}, {})
except OutputError as error:
    sys.exit(error.exit_code)
"""


def test_f4_no_room_is_exit_6_without_a_partial_file(tmp_path):
    first = save(tmp_path, 1, arrays(), STATE)
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    done = subprocess.run([sys.executable, "-c", FULL, str(tmp_path)], env=environment, check=False)
    assert done.returncode == 6
    assert names(tmp_path) == [first.name]
    assert newest(tmp_path).step == 1


def test_f4_a_full_disk_at_any_write_leaves_the_earlier_ones(tmp_path, monkeypatch):
    kept = [save(tmp_path, step, arrays(step), STATE).name for step in (1, 2)]

    def full(_handle):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(run_folder.os, "fsync", full)
    with pytest.raises(OutputError, match="the disk is full"):
        save(tmp_path, 3, arrays(), STATE)
    assert names(tmp_path) == kept


def test_what_a_killed_save_left_is_removed(tmp_path):
    (tmp_path / "checkpoints").mkdir()
    litter = tmp_path / "checkpoints" / ".0123abcd.tmp"
    litter.write_bytes(b"half")
    save(tmp_path, 1, arrays(), STATE)
    assert not litter.exists()


def test_a_file_in_the_way_is_an_output_error(tmp_path):
    (tmp_path / "checkpoints").write_bytes(b"")
    with pytest.raises(OutputError, match="a file stands where a folder is needed"):
        save(tmp_path, 1, arrays(), STATE)
