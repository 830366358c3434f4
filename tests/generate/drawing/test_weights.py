"""P9: a trained generator comes back as it was; a file that could do anything else is refused."""

from __future__ import annotations

import hashlib
import json
import os
import pickle
import tracemalloc
from pathlib import Path

import h5py
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from medcurate import run_folder
from medcurate.errors import OutputError, UsageError
from medcurate.generate.drawing.weights import load_weights, read_generator, save_generator

ARCHITECTURE = {"family": "dcgan", "config": {"latent": 100}, "size": 64, "classes": {"tumor": ["glioma", "none"]}}
SHAPES = {"dense/kernel": (4, 6), "dense/bias": (6,), "out": (2, 2)}


def weights(seed: int = 0) -> dict[str, np.ndarray]:
    rng = np.random.default_rng(seed)
    return {name: rng.standard_normal(shape).astype(np.float32) for name, shape in SHAPES.items()}


def saved(run: Path):
    return save_generator(run, ARCHITECTURE, weights(), facts={"seed": 7})


def load(run: Path, shapes=None):
    return load_weights(read_generator(run), SHAPES if shapes is None else shapes)


def test_what_is_saved_comes_back(tmp_path):
    record = saved(tmp_path)
    assert record == read_generator(tmp_path)
    assert record.architecture == ARCHITECTURE
    assert record.facts == {"seed": 7}
    assert record.parameters == 24 + 6 + 4
    assert {"medcurate", "numpy"} <= record.versions.keys()
    found = load(tmp_path)
    assert list(found) == list(SHAPES)
    for name, array in weights().items():
        assert found[name].dtype == np.float32
        assert np.array_equal(found[name], array)


def test_the_same_weights_give_the_same_bytes(tmp_path):
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        saved(tmp_path / name)
    for file in ("generator.weights.h5", "generator.json"):
        assert (tmp_path / "a" / file).read_bytes() == (tmp_path / "b" / file).read_bytes()


def with_best(run, weights_name):
    choice = {"weights": weights_name, "why": "measured"}
    return save_generator(run, ARCHITECTURE, weights(), best=weights(1), choice=choice)


@pytest.mark.parametrize("chosen", ["last", "best"])
def test_last_and_best_come_back_and_the_choice_holds_unless_one_is_named(tmp_path, chosen):
    with_best(tmp_path, chosen)
    seeds = {"last": 0, "best": 1, None: ["last", "best"].index(chosen)}
    for name, seed in seeds.items():
        record = read_generator(tmp_path, name)
        assert (record.weights, record.why) == (name or chosen, "measured")
        found = load_weights(record, SHAPES)
        for key, array in weights(seed).items():
            np.testing.assert_array_equal(found[key], array)


def test_a_run_without_best_weights_says_so(tmp_path):
    saved(tmp_path)  # as an earlier version does
    assert read_generator(tmp_path, "last") == read_generator(tmp_path)
    with pytest.raises(UsageError, match=r"keeps its last weights alone .* draw with --weights last"):
        read_generator(tmp_path, "best")
    with pytest.raises(UsageError, match="--weights: expected last or best, received 'first'"):
        read_generator(tmp_path, "first")


def test_best_weights_of_an_earlier_training_do_not_stay(tmp_path):
    with_best(tmp_path, "best")
    saved(tmp_path)
    assert not (tmp_path / "generator.best.weights.h5").exists()


def test_changed_best_weights_are_refused(tmp_path):
    with_best(tmp_path, "best")
    path = tmp_path / "generator.best.weights.h5"
    path.write_bytes(path.read_bytes()[:-1] + b"x")
    with pytest.raises(UsageError, match="was refused: its SHA-256"):
        load(tmp_path)


@settings(deadline=None, max_examples=30)
@given(
    st.dictionaries(
        st.from_regex(r"[a-z][a-z0-9_]{0,6}", fullmatch=True).flatmap(
            lambda a: st.sampled_from([a, f"x/{a}", f"x/y/{a}"])
        ),
        hnp.arrays(
            st.sampled_from(["float16", "float32", "float64", "int32", "bool"]),
            hnp.array_shapes(min_dims=0, max_dims=4, min_side=0, max_side=4),
        ),
        max_size=4,
    ).filter(lambda found: not any(one.startswith(f"{other}/") for one in found for other in found))
)
def test_any_arrays_come_back_bit_by_bit(tmp_path_factory, arrays):
    run = tmp_path_factory.mktemp("run")
    save_generator(run, ARCHITECTURE, arrays)
    found = load(run, {name: array.shape for name, array in arrays.items()})
    assert found.keys() == arrays.keys()
    for name, array in arrays.items():
        assert (found[name].dtype, found[name].shape) == (array.dtype, array.shape)
        assert found[name].tobytes() == array.tobytes()


# ------------------------------------------------------------------------------------------------------------ tampering

DAMAGES = {
    "cut": lambda content: content[:-9],
    "empty": lambda content: b"",
    "zeroed": lambda content: bytes(len(content)),
    "one bit": lambda content: content[:-9] + bytes([content[-9] ^ 1]) + content[-8:],
    "more behind": lambda content: content + b"\0",
}


@pytest.mark.parametrize("damage", DAMAGES.values(), ids=DAMAGES)
def test_a_damaged_file_is_refused_and_never_given_to_hdf5(tmp_path, monkeypatch, damage):
    saved(tmp_path)
    path = tmp_path / "generator.weights.h5"
    path.write_bytes(damage(path.read_bytes()))
    monkeypatch.setattr(h5py, "File", None)
    with pytest.raises(UsageError, match=r"was refused: (its SHA-256 is|it is no HDF5 file).*train anew"):
        load(tmp_path)


def forge(run: Path, content: bytes | None = None) -> None:
    """Make the record fit the file, as somebody would who changes both."""
    path = run / "generator.weights.h5"
    if content is not None:
        path.write_bytes(content)
    record = json.loads((run / "generator.json").read_text())
    record["weights"]["sha256"] = hashlib.sha256(path.read_bytes()).hexdigest()
    (run / "generator.json").write_text(json.dumps(record))


def test_a_file_cut_on_purpose_is_refused(tmp_path):
    saved(tmp_path)
    content = (tmp_path / "generator.weights.h5").read_bytes()
    for end in (9, 100, len(content) // 2, len(content) - 4):
        forge(tmp_path, content[:end])
        with pytest.raises(UsageError, match="was refused"):
            load(tmp_path)


@settings(deadline=None, max_examples=80, derandomize=True)
@given(at=st.integers(0, 10**5), value=st.integers(0, 255))
def test_a_byte_changed_on_purpose_gives_the_shapes_asked_for_or_a_refusal(tmp_path_factory, at, value):
    run = tmp_path_factory.mktemp("run")
    saved(run)
    content = bytearray((run / "generator.weights.h5").read_bytes())
    content[at % len(content)] = value
    forge(run, bytes(content))
    try:
        found = load(run)
    except UsageError:
        return
    assert {name: array.shape for name, array in found.items()} == SHAPES


def external_link(file, secret):
    del file["out"]
    file["out"] = h5py.ExternalLink(str(secret), "secret")


def external_link_in_a_group(file, secret):
    del file["dense"]["bias"]
    file["dense"]["bias"] = h5py.ExternalLink(str(secret), "secret")


def external_group(file, secret):
    del file["dense"]
    file["dense"] = h5py.ExternalLink(str(secret), "group")


def soft_link(file, secret):
    del file["out"]
    file["out"] = h5py.SoftLink("/dense/kernel")


def dangling_link(file, secret):
    del file["out"]
    file["out"] = h5py.SoftLink("/nowhere")


def external_storage(file, secret):
    del file["out"]
    file.create_dataset("out", (2, 2), np.float32, external=[(str(secret), 0, 16)])


def virtual(file, secret):
    del file["out"]
    layout = h5py.VirtualLayout((2, 2), np.float32)
    layout[:] = h5py.VirtualSource(str(secret), "secret", (2, 2))
    file.create_virtual_dataset("out", layout)


def virtual_without_end(file, secret):
    del file["out"]
    layout = h5py.VirtualLayout((2, 2), np.float32, maxshape=(None, 2))
    layout[np.s_[0 : h5py.h5s.UNLIMITED : 1, :]] = h5py.VirtualSource(
        str(secret), "secret", (2, 2), maxshape=(None, 2)
    )[np.s_[0 : h5py.h5s.UNLIMITED : 1, :]]
    file.create_virtual_dataset("out", layout)


def compressed(file, secret):
    del file["out"]
    file.create_dataset("out", data=np.zeros((2, 2), np.float32), compression="gzip")


def chunked(file, secret):
    del file["out"]
    file.create_dataset("out", data=np.zeros((2, 2), np.float32), chunks=(1, 1))


def far_too_large(file, secret):
    del file["out"]
    file.create_dataset("out", (200_000, 200_000), np.float64)


def never_written(file, secret):
    del file["out"]
    file.create_dataset("out", (2, 2), np.float32)


def another_shape(file, secret):
    del file["out"]
    file["out"] = np.zeros((4,), np.float32)


def null_space(file, secret):
    del file["out"]
    file["out"] = h5py.Empty("f4")


def attributes(file, secret):
    file["out"].attrs["class_name"] = "Lambda"


def attributes_of_the_file(file, secret):
    file.attrs["keras_version"] = "3"


def one_more(file, secret):
    file["dense"]["more"] = np.zeros(2)


def one_less(file, secret):
    del file["dense"]["bias"]


def group_in_place_of_an_array(file, secret):
    del file["out"]
    file.create_group("out")


def array_in_place_of_a_group(file, secret):
    del file["dense"]
    file["dense"] = np.zeros(2)


def group_in_itself(file, secret):
    file["dense"]["dense"] = file["dense"]


def strings(file, secret):
    del file["out"]
    file.create_dataset("out", data=np.full((2, 2), b"abc", "S3"))


def references(file, secret):
    del file["out"]
    out = file.create_dataset("out", (2, 2), h5py.ref_dtype)
    out[...] = file["dense"].ref


def text_of_any_length(file, secret):
    del file["out"]
    file.create_dataset("out", data=np.full((2, 2), "a", object), dtype=h5py.string_dtype())


def records(file, secret):
    del file["out"]
    file["out"] = np.zeros((2, 2), [("a", "f4"), ("b", "i4")])


def named_type(file, secret):
    del file["out"]
    file["out"] = np.dtype("f8")


ATTACKS = {
    external_link: "'out' is a link to another place or file",
    external_link_in_a_group: "'dense/bias' is a link to another place or file",
    external_group: "'dense' is a link to another place or file",
    soft_link: "'out' is a link",
    dangling_link: "'out' is a link",
    external_storage: "'out' is not stored as plain numbers in this file",
    virtual: "'out' is not stored as plain numbers",
    virtual_without_end: "'out' is not stored as plain numbers",
    compressed: "'out' is not stored as plain numbers",
    chunked: "'out' is not stored as plain numbers",
    far_too_large: r"'out' has the shape \(200000, 200000\)",
    never_written: "'out' declares 16 bytes, which the file does not hold",
    another_shape: r"'out' has the shape \(4,\), the network's is \(2, 2\)",
    null_space: "was refused",
    attributes: "'out' has attributes",
    attributes_of_the_file: "it holds attributes",
    one_more: "'dense/more', which the network does not have",
    one_less: "it lacks 'dense/bias'",
    group_in_place_of_an_array: "'out' is of another kind",
    array_in_place_of_a_group: "'dense' is of another kind",
    group_in_itself: "'dense/dense', which the network does not have",
    strings: "'out' holds .*, expected numbers",
    references: "'out' holds object, expected numbers",
    text_of_any_length: "'out' holds object, expected numbers",
    records: "'out' holds .*, expected numbers",
    named_type: "'out' is of another kind",
}


@pytest.mark.parametrize(("attack", "why"), ATTACKS.items(), ids=lambda given: getattr(given, "__name__", ""))
def test_a_forged_file_is_refused_and_nothing_else_is_opened(tmp_path, monkeypatch, attack, why):
    run, secret = tmp_path / "run", tmp_path / "secret.h5"
    run.mkdir()
    saved(run)
    with h5py.File(secret, "w") as file:
        file["secret"] = np.full((2, 2), 42, np.float32)
        file.create_group("group")
    with h5py.File(run / "generator.weights.h5", "a") as file:
        attack(file, secret)
    forge(run)
    secret.unlink()
    os.mkfifo(secret)  # whoever opens it waits forever
    with pytest.raises(UsageError, match=why):
        load(run)


def test_nothing_large_is_allocated_for_what_a_file_declares(tmp_path):
    saved(tmp_path)
    with h5py.File(tmp_path / "generator.weights.h5", "a") as file:
        far_too_large(file, None)
    forge(tmp_path)
    shapes = {**SHAPES, "out": (200_000, 200_000)}  # even if the network is said to be that large
    tracemalloc.start()
    try:
        with pytest.raises(UsageError, match="which the file does not hold"):
            load(tmp_path, shapes)
        assert tracemalloc.get_traced_memory()[1] < 10**7
    finally:
        tracemalloc.stop()


class Canary:
    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self):
        return Path.touch, (self.path,)


def test_a_pickle_is_refused_and_not_run(tmp_path):
    saved(tmp_path)
    canary = tmp_path / "canary"
    content = pickle.dumps(Canary(canary))
    forge(tmp_path, content)
    with pytest.raises(UsageError, match="it is no HDF5 file"):
        load(tmp_path)
    forge(tmp_path, b"\x89HDF\r\n\x1a\n" + content)
    with pytest.raises(UsageError, match="HDF5 cannot read it"):
        load(tmp_path)
    assert not canary.exists()
    pickle.loads(content)
    assert canary.exists()  # the trap works


def test_an_hdf5_file_behind_something_else_is_refused(tmp_path):
    saved(tmp_path)
    with h5py.File(tmp_path / "generator.weights.h5", "w", userblock_size=512) as file:
        for name, array in weights().items():
            file[name] = array
    forge(tmp_path)
    with pytest.raises(UsageError, match="it is no HDF5 file"):
        load(tmp_path)


def test_a_folder_in_its_place_is_refused(tmp_path):
    saved(tmp_path)
    (tmp_path / "generator.weights.h5").unlink()
    with pytest.raises(UsageError, match="it cannot be read"):
        load(tmp_path)
    (tmp_path / "generator.weights.h5").mkdir()
    with pytest.raises(UsageError, match="it is no regular file"):
        load(tmp_path)


def test_a_pipe_in_its_place_does_not_hang(tmp_path):
    saved(tmp_path)
    (tmp_path / "generator.weights.h5").unlink()
    os.mkfifo(tmp_path / "generator.weights.h5")
    with pytest.raises(UsageError, match="it is no regular file"):
        load(tmp_path)


# ----------------------------------------------------------------------------------------------------------- the record


REST = {"facts": {}, "parameters": 1, "versions": {}, "weights": {"sha256": ""}}


def test_no_generator_says_how_to_make_one(tmp_path):
    with pytest.raises(UsageError, match=r"no trained generator.*medcurate train-gan"):
        read_generator(tmp_path)


@pytest.mark.parametrize(
    "text",
    [
        *(b"", b"[]", b"{}", b"\xff", b'{"schema": 1}', b"[" * 10**5, b" " * (1 << 22) + b" {}"),
        b'{"schema": 3, "architecture": {"family": "a", "config": {}}}',
        json.dumps({"schema": 2, "architecture": {"family": "a", "config": {}}, **REST, "choice": 3}).encode(),
        json.dumps({"schema": 2, "architecture": {"family": 3, "config": {}}, **REST}).encode(),
        json.dumps({"schema": 2, "architecture": {"family": "a", "config": {}}, **REST, "parameters": "1"}).encode(),
    ],
)
def test_another_record_is_refused(tmp_path, text):
    (tmp_path / "generator.json").write_bytes(text)
    with pytest.raises(UsageError, match="is not what medcurate train-gan writes"):
        read_generator(tmp_path)


def test_an_architecture_without_its_family_is_refused(tmp_path):
    with pytest.raises(UsageError, match="expected the keys family and config"):
        save_generator(tmp_path, {"family": "dcgan"}, weights())


def test_what_json_cannot_hold_is_refused_before_anything_is_written(tmp_path):
    with pytest.raises(UsageError, match="architecture, facts: expected what JSON can hold"):
        save_generator(tmp_path, ARCHITECTURE, weights(), facts={"loss": float("nan")})
    assert not list(tmp_path.iterdir())


def test_f4_no_room_leaves_no_file_under_its_name(tmp_path, monkeypatch):
    def full(_handle):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(run_folder.os, "fsync", full)
    with pytest.raises(OutputError, match="the disk is full"):
        saved(tmp_path)
    assert not list(tmp_path.iterdir())
