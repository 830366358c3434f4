from __future__ import annotations

import gzip

import nibabel as nib
import numpy as np


def test_mutations_of_nifti_never_escape(fuzz, rng):
    values = rng.integers(0, 4000, (4, 5, 3), dtype=np.int16)
    affine = np.diag((1.0, 1.0, 3.0, 1.0))
    first = nib.Nifti1Image(values, affine)
    first.set_qform(affine, code=1)
    second = nib.Nifti2Image(values.astype(np.float64), affine)
    seeds = [first.to_bytes(), second.to_bytes(), gzip.compress(first.to_bytes(), mtime=0)]
    outcomes = fuzz(seeds, "x.nii")
    assert {"read", "DECODE", "TRUNCATED", "BAD_HEADER", "BAD_DIMS", "BAD_AFFINE", "UNSUPPORTED"} <= set(outcomes)
