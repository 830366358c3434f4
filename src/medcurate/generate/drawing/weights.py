"""A trained generator on disk: its architecture by name, its weights as plain arrays, and a checksum that binds them.

``generator.json`` says which family with which options, so that the network is built by our own code;
``generator.weights.h5`` holds the last weights as datasets and nothing else, ``generator.best.weights.h5`` the best by
the metric, where one was measured. ``generator.json`` says which of them a user draws with who asks for neither.

HDF5 can point to other files of the machine (external and soft links, external storage, virtual datasets) and declare
datasets of any size in a few bytes; Keras' own files can hold code. None of that is written, and a file that has any of
it is refused before an array is allocated.
"""

from __future__ import annotations

import hashlib
import io
import json
import math
import stat
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO, Literal

import h5py
import numpy as np
from numpy.typing import NDArray

from medcurate.errors import UsageError
from medcurate.generate.drawing.architecture import VERSION, translated
from medcurate.generate.drawing.plain_arrays import Arrays, checked, is_plain
from medcurate.run_folder import atomic_write, output_errors
from medcurate.versions import installed

WEIGHTS = "generator.weights.h5"
BEST_WEIGHTS = "generator.best.weights.h5"
RECORD = "generator.json"

Weights = Literal["last", "best"]
LAST: Weights = "last"
BEST: Weights = "best"

_NONE = {"sha256": ""}
_SIGNATURE = b"\x89HDF\r\n\x1a\n"
_RECORD_BYTES = 1 << 22
_BLOCK = 1 << 20
_PACKAGES = ("medcurate", "keras", "tensorflow", "jax", "h5py", "numpy")


@dataclass(frozen=True, slots=True)
class GeneratorRecord:
    """The content of ``generator.json``.

    Attributes
    ----------
    run : Path
        The folder that it lies in.
    version : int
        In which it was written: names of the weights depend on it.
    architecture : mapping
        What the networks are built from, in the form of the newest version.
    facts : mapping
        What should be known of the training.
    parameters : int
        Numbers in the weights.
    sha256 : str
        Of the weights file.
    versions : mapping of str to str
        Packages that the generator was trained with.
    weights : {'last', 'best'}
        Which of the weights of the run these are.
    choice : mapping
        Which weights the training chose and why, see `medcurate.generate.training.weight_choice`; empty where the run
        keeps one set of weights and nothing was measured.
    references : mapping
        Of a generator without weights: which dataset it draws from, see
        `medcurate.generate.drawing.reference_generator`; empty of every other.
    """

    run: Path
    version: int
    architecture: Mapping[str, Any]
    facts: Mapping[str, Any]
    parameters: int
    sha256: str
    versions: Mapping[str, str]
    weights: str = LAST
    choice: Mapping[str, Any] = field(default_factory=dict)
    references: Mapping[str, Any] = field(default_factory=dict)

    @property
    def why(self) -> str:
        """Why the training chose its weights; empty where it had no choice."""
        return str(self.choice.get("why", ""))


def save_generator(
    run: Path,
    architecture: Mapping[str, Any],
    arrays: Arrays,
    *,
    facts: Mapping[str, Any] | None = None,
    best: Arrays | None = None,
    choice: Mapping[str, Any] | None = None,
) -> GeneratorRecord:
    """Write the weights and ``generator.json``; the same arrays give the same bytes.

    Parameters
    ----------
    run : Path
        The run folder; hold its lock.
    architecture : mapping
        See `medcurate.generate.drawing.architecture.describe`; JSON values.
    arrays : mapping of str to ndarray
        The last weights, by the names that `load_weights` is asked for.
    facts : mapping, optional
        What should be known of the training; JSON values.
    best : mapping of str to ndarray, optional
        The best weights by the metric, by the same names.
    choice : mapping, optional
        Which of both are drawn from (``weights``) and why (``why``); JSON values. The last, where not given.

    Raises
    ------
    UsageError
        An array or value that cannot be written.
    OutputError
        The disk is full, read-only, or refuses otherwise.
    """
    if not isinstance(architecture.get("family"), str) or not isinstance(architecture.get("config"), Mapping):
        raise UsageError(f"architecture: expected the keys family and config, received {', '.join(architecture)}")
    plain = checked(arrays)
    files = {WEIGHTS: _encoded(plain)} | ({} if best is None else {BEST_WEIGHTS: _encoded(checked(best))})
    record = {
        "schema": VERSION,
        "architecture": dict(architecture),
        "facts": dict(facts or {}),
        "parameters": sum(array.size for array in plain.values()),
        "weights": _described(WEIGHTS, files[WEIGHTS]),
        **({} if best is None else {"best": _described(BEST_WEIGHTS, files[BEST_WEIGHTS])}),
        **({} if choice is None else {"choice": dict(choice)}),
        "versions": installed(_PACKAGES),
    }
    content = encode_record(record)
    for name, encoded in files.items():
        with atomic_write(run / name) as stream:
            stream.write(encoded)
    with atomic_write(run / RECORD) as stream:
        stream.write(content)
    if best is None:
        with output_errors(run):
            (run / BEST_WEIGHTS).unlink(missing_ok=True)
    return read_generator(run)


def encode_record(record: Mapping[str, Any]) -> bytes:
    """Return the content of ``generator.json``.

    Raises
    ------
    UsageError
        JSON cannot hold it.
    """
    try:
        return (json.dumps(record, indent=1, allow_nan=False) + "\n").encode("ascii")
    except (TypeError, ValueError) as error:
        raise UsageError(
            f"architecture, facts: expected what JSON can hold, received what it cannot: {error}"
        ) from None


def _described(name: str, encoded: bytes) -> dict[str, Any]:
    return {"file": name, "sha256": hashlib.sha256(encoded).hexdigest(), "bytes": len(encoded)}


def read_generator(run: Path, weights: Weights | None = None) -> GeneratorRecord:
    """Read ``generator.json``; the weights are not opened.

    Parameters
    ----------
    run : Path
    weights : {'last', 'best'}, optional
        Which of the weights to describe; those that the training chose where not given. A run of an earlier version
        keeps one set of weights, which counts as the last.

    Raises
    ------
    UsageError
        There is none, it is not what `save_generator` writes, or the run keeps no such weights.
    """
    path = run / RECORD
    try:
        with path.open("rb") as stream:
            text = stream.read(_RECORD_BYTES + 1)
    except OSError as error:
        raise UsageError(
            f"no trained generator at {run}: expected {RECORD} in it ({error.strerror}). Train one first: "
            "medcurate train-gan DATASET --model NAME --out RUN"
        ) from None
    try:
        found = json.loads(text) if len(text) <= _RECORD_BYTES else None
        if not isinstance(found, dict) or found.get("schema") not in range(1, VERSION + 1):
            raise ValueError(f"expected schema 1 to {VERSION}")
        choice = found.get("choice", {})
        if not isinstance(choice, dict):
            raise TypeError("the choice is no table")
        chosen = weights or choice.get("weights", LAST)
        entry = found["weights"] if chosen == LAST else found.get("best", _NONE)
        architecture, sha256 = found["architecture"], entry["sha256"]
        family, config, facts = architecture["family"], architecture["config"], found["facts"]
        references = found.get("references", {})
        given = (
            *((family, str), (config, dict), (facts, dict), (found["parameters"], int)),
            *((sha256, str), (chosen, str), (references, dict)),
        )
        if not all(isinstance(value, kind) for value, kind in given) or not isinstance(found["versions"], dict):
            raise TypeError("a value is of another kind")
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise UsageError(
            f"{path} is not what medcurate train-gan writes ({type(error).__name__}): copy the run again, or train anew"
        ) from None
    if entry is _NONE:
        raise UsageError(_lacking(run, choice, str(chosen)))
    version = int(found["schema"])
    described = translated(architecture, version)
    of_weights = (found["parameters"], sha256, found["versions"], str(chosen), choice)
    return GeneratorRecord(run, version, described, facts, *of_weights, references)


def _lacking(run: Path, choice: Mapping[str, Any], weights: str) -> str:
    if weights != BEST:
        return f"--weights: expected {LAST} or {BEST}, received {weights!r}"
    why = choice.get("why", "it was trained without a metric, or by an earlier version")
    return f"{run} keeps its last weights alone ({why}): draw with --weights {LAST}, or leave the option out"


def load_weights(record: GeneratorRecord, shapes: Mapping[str, tuple[int, ...]]) -> dict[str, NDArray[Any]]:
    """Read the weights, after checking that the file holds them and nothing else.

    Parameters
    ----------
    record : GeneratorRecord
        Names the folder and the checksum.
    shapes : mapping of str to tuple of int
        Name and shape of every array, from the networks that were built from ``record.architecture``; what the file
        declares is only compared with them.

    Raises
    ------
    UsageError
        The file is missing, damaged, or was changed after the training.
    """
    path = record.run / (BEST_WEIGHTS if record.weights == BEST else WEIGHTS)
    try:
        if not stat.S_ISREG(path.stat().st_mode):  # a pipe would never end
            raise _refused(path, "it is no regular file")
        with path.open("rb") as stream:
            size = _check_digest(stream, path, record.sha256)
            with _hdf5_errors(path), h5py.File(stream, "r") as file:
                _check_names(file, path, shapes)
                datasets = {name: _checked_dataset(file, path, name, shapes[name], size) for name in shapes}
                return {name: _read(dataset, shapes[name]) for name, dataset in datasets.items()}
    except OSError as error:
        raise _refused(path, f"it cannot be read ({error.strerror or type(error).__name__})") from error


def _encoded(arrays: Mapping[str, NDArray[Any]]) -> bytes:
    """Return an HDF5 file: contiguous datasets, no attributes, no times."""
    memory = io.BytesIO()
    with h5py.File(memory, "w", libver="earliest") as file:
        for name, array in arrays.items():
            file.create_dataset(name, data=array, track_times=False)
    return memory.getvalue()


def _check_digest(stream: BinaryIO, path: Path, sha256: str) -> int:
    """Compare the file with its checksum, go back to its start, and return its size."""
    total, first = hashlib.sha256(), stream.read(len(_SIGNATURE))
    if first != _SIGNATURE:
        raise _refused(path, "it is no HDF5 file")
    total.update(first)
    while block := stream.read(_BLOCK):
        total.update(block)
    if total.hexdigest() != sha256:
        raise _refused(path, f"its SHA-256 is {total.hexdigest()[:16]}..., and {RECORD} says {sha256[:16]}...")
    size = stream.tell()
    stream.seek(0)
    return size


def _check_names(file: h5py.File, path: Path, shapes: Mapping[str, tuple[int, ...]]) -> None:
    """Look at the names of the file and what stands behind them; no object but groups is opened."""
    groups = {"/".join(name.split("/")[:depth]) for name in shapes for depth in range(1, name.count("/") + 1)}
    found: set[str] = set()
    waiting = [("", file.id)]
    while waiting:
        above, group = waiting.pop()
        if group.get_num_objs() > len(shapes) + len(groups):
            raise _refused(path, "it holds more names than the network has")
        if h5py.h5a.get_num_attrs(group):
            raise _refused(path, "it holds attributes")
        for raw in group:
            name = f"{above}{raw.decode('utf-8', 'replace')}"
            if name not in shapes and name not in groups:
                raise _refused(path, f"it holds {name!a}, which the network does not have")
            if group.links.get_info(raw).type != h5py.h5l.TYPE_HARD:
                raise _refused(path, f"{name!r} is a link to another place or file")
            kind = h5py.h5o.get_info(group, raw).type
            if kind != (h5py.h5o.TYPE_DATASET if name in shapes else h5py.h5o.TYPE_GROUP):
                raise _refused(path, f"{name!r} is of another kind")
            found.add(name)
            if name in groups:
                waiting.append((f"{name}/", h5py.h5g.open(group, raw)))
    if missing := sorted(set(shapes) - found):
        raise _refused(path, f"it lacks {missing[0]!r}")


def _checked_dataset(file: h5py.File, path: Path, name: str, shape: tuple[int, ...], size: int) -> h5py.h5d.DatasetID:
    """Open a dataset and compare what it declares with what is expected and with what the file holds."""
    dataset = h5py.h5o.open(file.id, name.encode())
    # First where the data lies: asking a virtual dataset for its shape could already open another file.
    creation = dataset.get_create_plist()
    if creation.get_layout() != h5py.h5d.CONTIGUOUS or creation.get_external_count() or creation.get_nfilters():
        raise _refused(path, f"{name!r} is not stored as plain numbers in this file")
    if h5py.h5a.get_num_attrs(dataset):
        raise _refused(path, f"{name!r} has attributes")
    kind = dataset.dtype
    if not is_plain(kind):
        raise _refused(path, f"{name!r} holds {kind}, expected numbers")
    if dataset.get_space().get_simple_extent_type() == h5py.h5s.NULL or tuple(dataset.shape) != tuple(shape):
        raise _refused(path, f"{name!r} has the shape {dataset.shape}, the network's is {tuple(shape)}")
    stored, offset = dataset.get_storage_size(), dataset.get_offset()
    declared = math.prod(shape) * kind.itemsize
    if stored != declared or (declared and (offset is None or offset + declared > size)):
        raise _refused(path, f"{name!r} declares {declared:,} bytes, which the file does not hold")
    return dataset


def _read(dataset: h5py.h5d.DatasetID, shape: tuple[int, ...]) -> NDArray[Any]:
    array = np.empty(shape, dataset.dtype)
    if array.size:
        dataset.read(h5py.h5s.ALL, h5py.h5s.ALL, array)
    return array


@contextmanager
def _hdf5_errors(path: Path) -> Iterator[None]:
    try:
        yield
    except (OSError, RuntimeError, ValueError, KeyError, TypeError, OverflowError) as error:
        raise _refused(path, f"HDF5 cannot read it ({type(error).__name__})") from error


def _refused(path: Path, why: str) -> UsageError:
    return UsageError(
        f"{path} was refused: {why}. It was damaged or changed after the training; copy the run again, or train anew"
    )
