from __future__ import annotations

from pathlib import Path

from threadpoolctl import ThreadpoolController

from medcurate.parallel import blas_threads
from medcurate.parallel.blas_threads import limit_blas_threads


def threads():
    """Return the limits of NumPy and SciPy; other packages in the process may bring a BLAS of their own."""
    found = ThreadpoolController().select(user_api="blas").info()
    return [one["num_threads"] for one in found if {"numpy.libs", "scipy.libs"} & set(Path(one["filepath"]).parts)]


def test_all_of_numpy_and_scipy_is_limited_and_then_as_before():
    with limit_blas_threads(None):  # loads them
        pass
    before = threads()
    assert len(before) >= 1
    with limit_blas_threads(1):
        assert threads() == [1] * len(before)
        with limit_blas_threads(None):
            assert threads() == [1] * len(before)
    assert threads() == before


def test_libraries_are_looked_for_once(monkeypatch):
    with limit_blas_threads(1):
        pass
    monkeypatch.setattr(blas_threads, "ThreadpoolController", None)
    with limit_blas_threads(1):
        assert set(threads()) == {1}
