"""Draw by following the flow from noise to an image: Euler's method of order 1, Heun's of order 2.

The flow is dx / dsigma = (x - D(x; sigma)) / sigma (Karras et al. 2022, equation 3; Xu et al. 2023 show that it is the
same for a Poisson flow with r = sigma sqrt(D)). The last step, from the lowest level to 0, takes the denoiser's guess.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

Tensor = Any
Denoiser = Callable[[Tensor, Tensor], Tensor]
"""``(x, sigma) ->`` the guessed image; sigma is a scalar."""
Solver = Literal["heun", "euler"]


def follow(denoiser: Denoiser, x: Tensor, sigmas: NDArray[np.floating[Any]], solver: Solver = "heun") -> Tensor:
    """Follow the flow from the first level to the last.

    Parameters
    ----------
    denoiser : callable
        See `Denoiser`; a pure function of ``keras.ops``.
    x : tensor, shape (n, ...)
        Images with noise of the scale ``sigmas[0]``.
    sigmas : ndarray, shape (levels,)
        Falling, above 0.
    solver : {'heun', 'euler'}
        Heun's method asks the denoiser twice a step.

    Returns
    -------
    tensor, shape (n, ...)
        With noise of the scale ``sigmas[-1]``.
    """
    from keras import ops

    def slope(at: Tensor, sigma: Tensor) -> Tensor:
        return (at - denoiser(at, sigma)) / sigma

    def step(at: Tensor, pair: Tensor) -> tuple[Tensor, None]:
        now, then = pair[0], pair[1]
        first = slope(at, now)
        ahead = at + (then - now) * first
        if solver == "euler":
            return ahead, None
        return at + (then - now) * 0.5 * (first + slope(ahead, then)), None

    pairs = np.stack([sigmas[:-1], sigmas[1:]], axis=1)
    # A loop of the backend: unrolled, the many copies of the network would take longer to compile than to run.
    found, _ = ops.scan(step, x, ops.convert_to_tensor(pairs, dtype=x.dtype))
    return found
