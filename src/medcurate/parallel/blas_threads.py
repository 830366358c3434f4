"""How many threads the matrix products and decompositions of NumPy and SciPy may use.

`threadpoolctl.threadpool_limits` reads which libraries a process has loaded, at each call. Where hundreds of small
decompositions follow one another, that takes longer than they do; so the libraries are looked for once.
"""

from __future__ import annotations

from contextlib import AbstractContextManager
from functools import cache
from typing import Any

from threadpoolctl import ThreadpoolController


def limit_blas_threads(limit: int | None) -> AbstractContextManager[Any]:
    """Let BLAS use at most so many threads within a ``with`` block; None leaves it as it is.

    Products of a few hundred rows wait for their threads longer than they work.
    """
    limited: AbstractContextManager[Any] = _controller().limit(limits=limit, user_api="blas")
    return limited


@cache
def _controller() -> ThreadpoolController:
    import scipy.linalg  # noqa: F401  # each has a BLAS of its own, which must be loaded to be found

    return ThreadpoolController()
