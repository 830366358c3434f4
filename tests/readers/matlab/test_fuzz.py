"""Mutations of MATLAB files.

Version 4 and 5 are read in this process. HDF5 is read in a child process: libhdf5 may crash on a forged file, and the
contract for a crash is that `parallel.map_files` loses that one file. Asserted here: no hang, no error without a code,
and at most one mutation in a thousand that crashes the library.
"""

from __future__ import annotations

import io
import subprocess
import sys
from collections import Counter

import h5py
import numpy as np
import scipy.io

from tests.readers import mutations


def record(rng):
    return {
        "image": rng.integers(0, 4000, (8, 9), dtype=np.int16),
        "label": np.array([[2.0]]),
        "PID": "100360",
        "tumorBorder": rng.random((6, 1)),
        "tumorMask": (rng.random((8, 9)) > 0.5).astype(np.uint8),
    }


def classic(contents, **options):
    stream = io.BytesIO()
    scipy.io.savemat(stream, contents, **options)
    return stream.getvalue()


def v73(rng):
    stream = io.BytesIO()
    with h5py.File(stream, "w", userblock_size=512, libver="earliest") as file:
        group = file.create_group("cjdata")
        for name, value in record(rng).items():
            array = np.array([[ord(c)] for c in value], np.uint16) if isinstance(value, str) else value
            group.create_dataset(name, data=array.T, compression="gzip" if name == "image" else None)
    return stream.getvalue()


def test_mutations_of_matlab_5_and_4_never_escape(fuzz, rng):
    contents = {"cjdata": record(rng)}
    seeds = [classic(contents), classic(contents, do_compression=True), classic({"image": np.eye(9)}, format="4")]
    outcomes = fuzz(seeds, "x.mat")
    assert {"read", "TRUNCATED", "BAD_HEADER", "BAD_DIMS", "SCHEMA", "DECODE"} <= set(outcomes)


def test_mutations_of_matlab_73_never_escape(tmp_path, rng):
    seed = tmp_path / "x.mat"
    seed.write_bytes(v73(rng))
    outcomes: Counter[str] = Counter()
    done, crashes = 0, 0
    while done < mutations.MUTATIONS:
        command = [sys.executable, mutations.__file__, str(seed), str(done), str(mutations.MUTATIONS)]
        child = subprocess.run(command, check=False, capture_output=True, text=True, timeout=300)
        lines = child.stdout.split()
        outcomes.update(lines)
        done += len(lines)
        if child.returncode == 0:
            break
        assert child.returncode < 0, child.stderr[-2000:]
        crashes, done = crashes + 1, done + 1
    assert sum(outcomes.values()) + crashes == mutations.MUTATIONS
    assert crashes <= mutations.MUTATIONS // 1000
    assert {"read", "TRUNCATED", "DECODE", "SCHEMA"} <= set(outcomes)
