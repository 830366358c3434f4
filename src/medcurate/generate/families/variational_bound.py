"""The parts of the variational bound on the likelihood of images, in nats, summed over what one image consists of.

The bound (evidence lower bound, Kingma and Welling 2014) of an image is the expected logarithm of its likelihood given
a latent vector, less the divergence of the posterior from the prior. Everything is ``keras.ops`` and differentiable;
noise is an argument.
"""

from __future__ import annotations

import math
from typing import Any, Literal

Tensor = Any
Likelihood = Literal["laplace", "gaussian"]


def posterior_sample(mean: Tensor, log_variance: Tensor, noise: Tensor) -> Tensor:
    """Return latent vectors of a Gaussian posterior for standard normal noise, all of shape (n, latent)."""
    from keras import ops

    return mean + ops.exp(log_variance / 2) * noise


def log_likelihood(images: Tensor, mean: Tensor, log_scale: Tensor, kind: Likelihood = "laplace") -> Tensor:
    """Return the log-likelihood of each image, with independent pixels.

    Parameters
    ----------
    images, mean : tensor, shape (n, ...)
        The images, and what the decoder expects them to be.
    log_scale : tensor
        Natural logarithm of the Laplace scale or of the standard deviation; its shape broadcasts with that of `images`.
    kind : {'laplace', 'gaussian'}
        Distribution of a pixel around its mean.

    Returns
    -------
    tensor, shape (n,)
    """
    from keras import ops

    scaled = (images - mean) * ops.exp(-log_scale)
    if kind == "laplace":
        each = -ops.abs(scaled) - log_scale - math.log(2)
    else:
        each = -ops.square(scaled) / 2 - log_scale - math.log(2 * math.pi) / 2
    return ops.sum(ops.reshape(each, (-1, math.prod(each.shape[1:]))), axis=-1)


def divergence(mean: Tensor, log_variance: Tensor) -> Tensor:
    """Return the Kullback-Leibler divergence of each latent from the standard normal prior, in the shape of `mean`."""
    from keras import ops

    return (ops.square(mean) + ops.exp(log_variance) - 1 - log_variance) / 2


def with_free_bits(divergences: Tensor, free: float) -> Tensor:
    """Return the divergence to minimize: below `free` nats a latent costs no less (Kingma et al. 2016).

    Without it, latents that carry little early on are switched off before the decoder has learned to use them.

    Parameters
    ----------
    divergences : tensor, shape (n, latent)
    free : float
        Nats a latent, as the mean over the batch; 0 gives the divergence itself.

    Returns
    -------
    tensor, scalar
        Summed over the latents.
    """
    from keras import ops

    each = ops.mean(divergences, axis=0)
    return ops.sum(ops.maximum(each, free) if free else each)


def normal_log_density(noise: Tensor) -> Tensor:
    """Return the logarithm of the standard normal density of each row of `noise`, shape (n, latent)."""
    from keras import ops

    return -ops.sum(ops.square(noise), axis=-1) / 2 - noise.shape[-1] * math.log(2 * math.pi) / 2
