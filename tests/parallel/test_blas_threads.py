from __future__ import annotations

from threadpoolctl import ThreadpoolController

from medcurate.parallel import blas_threads
from medcurate.parallel.blas_threads import limit_blas_threads


def threads():
    return [library["num_threads"] for library in ThreadpoolController().info() if library["user_api"] == "blas"]


def test_all_of_numpy_and_scipy_is_limited_and_then_as_before():
    limit_blas_threads(None)  # loads them
    before = threads()
    assert len(before) >= 1
    with limit_blas_threads(1):
        assert threads() == [1] * len(before)
        with limit_blas_threads(None):
            assert threads() == [1] * len(before)
    assert threads() == before


def test_libraries_are_looked_for_once(monkeypatch):
    limit_blas_threads(1)
    monkeypatch.setattr(blas_threads, "ThreadpoolController", None)
    with limit_blas_threads(1):
        assert set(threads()) == {1}
