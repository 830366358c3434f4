"""A variational autoencoder (Kingma and Welling 2014) with a learned prior over its latents.

An encoder turns an image into the mean and variance of a latent vector, a decoder draws the image again, and a flow
learns where the latents of real images are (`medcurate.generate.families.latent_prior`), so that a drawing asks the
decoder for what it knows. The loss is the bound on the likelihood of an image per pixel, with a scale that is learned
(Rybkin et al. 2021), and terms that keep edges: structural similarity (Wang et al. 2004) and differences of neighbors.

The scale starts small, so that at first the images weigh more than the divergence from the prior, which takes its full
weight as the scale grows to that of the errors. This replaces a schedule, which a pure loss cannot have.

`encode` finds the latent vector of an image, in the coordinates in which `Generator.draw` takes it as ``latent``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import Annotated, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from medcurate.errors import UsageError
from medcurate.generate.families import variational_bound as bound
from medcurate.generate.families.latent_gan import COLLAPSE, MONITORS, square_only
from medcurate.generate.families.options import NonNegative, Positive, Range
from medcurate.learning.image_spec import ImageSpec
from medcurate.learning.players import Batch, InputGradient, Player, Tensor, TrainingSetup
from medcurate.learning.random_inputs import RandomInput
from medcurate.learning.sampler import Sampler


@dataclass(frozen=True, slots=True)
class Config:
    """Options of `vae`.

    Attributes
    ----------
    latent : int
        Length of the latent vector, 2 or more.
    width : int
        Channels of both networks at the full side; they double toward the coarse grids, up to eightfold.
    likelihood : {'laplace', 'gaussian'}
        Distribution of a pixel around what the decoder draws, with one learned scale.
    divergence : float
        Weight of the divergence of the posterior from the standard normal distribution; 1 gives the bound.
    free_bits : float
        Nats a latent that cost nothing.
    similarity, edges : float
        Weights of the two terms that keep edges, see `medcurate.generate.families.sharpness`.
    couplings : int
        Of the flow that is the prior; 0 leaves a Gaussian with full covariance, the same for every condition. Couplings
        learn a few hundred images by heart: use them with thousands.
    prior_width : int
        Of the hidden layer of a coupling.
    unlabeled : float
        Share of the images that are trained without their label, so that the generator can draw without one.
    learning_rate, prior_learning_rate : float
        Of Adam, for the autoencoder and for the prior.
    """

    latent: Annotated[int, Range(2)] = 64
    width: Positive = 12
    likelihood: bound.Likelihood = "laplace"
    divergence: NonNegative = 1.0
    free_bits: NonNegative = 0.05
    similarity: NonNegative = 2.0
    edges: NonNegative = 5.0
    couplings: Annotated[int, Range(0)] = 0
    prior_width: Positive = 64
    unlabeled: Annotated[float, Range(0, 1)] = 0.1
    learning_rate: NonNegative = 3e-3
    prior_learning_rate: NonNegative = 1e-2


SHAPING = ("latent", "width", "couplings", "prior_width")
SMALL = {"latent": 6, "width": 2, "prior_width": 4, "couplings": 2}

_FIRST_SCALE = -3.0
_CHUNK = 16


class Networks(NamedTuple):
    """What is kept after training."""

    encoder: Any
    decoder: Any
    prior: Any


def supports(spec: ImageSpec) -> str:
    """Return what `spec` lacks to be a square 2-D image without a source."""
    if lacking := square_only(replace(spec, source=0, attributes=0)):
        return lacking
    return "images without a source" if spec.source else ""


def condition_length(spec: ImageSpec) -> int:
    """Return the length of a condition vector: labels, values of attributes, and whether each is given."""
    return spec.classes + 2 * spec.attributes


def _build_networks(config: Config, spec: ImageSpec) -> Networks:
    from medcurate.generate.families.latent_prior import build_prior
    from medcurate.generate.families.vae_networks import build_decoder, build_encoder

    side, condition = spec.spatial[0], condition_length(spec)
    sizes = {"latent": config.latent, "width": config.width}
    return Networks(
        build_encoder(side, spec.target, **sizes),
        build_decoder(side, spec.target, condition=condition, **sizes),
        build_prior(config.latent, condition, couplings=config.couplings, width=config.prior_width),
    )


def build_sampler(config: Config, spec: ImageSpec) -> Sampler:
    """Make the sampler with networks of its own: encoder, decoder and prior."""
    return _sampler(config, spec, _build_networks(config, spec))


def _sampler(config: Config, spec: ImageSpec, networks: Networks) -> Sampler:
    needs = {"latent": RandomInput((config.latent,))}
    return Sampler(networks._asdict(), needs, frozenset({"labels", *_attributes(spec)}), _draw)


def _attributes(spec: ImageSpec) -> tuple[str, ...]:
    return ("attributes", "attributes_present") if spec.attributes else ()


def _draw(networks: Mapping[str, Any], batch: Mapping[str, Tensor]) -> Tensor:
    """Let the prior turn noise into a latent vector, and the decoder that into an image."""
    from keras import ops

    condition = _condition(batch)
    _, _, vectors = networks["prior"]([batch["latent"], condition])
    return ops.clip(networks["decoder"]([vectors, condition]), -1.0, 1.0)


def _condition(batch: Mapping[str, Tensor], prefix: str = "", labeled: Tensor | float = 1.0) -> Tensor:
    """Return condition vectors, shape (n, length); where `labeled` is 0 the label is all zero."""
    from keras import ops

    parts = [batch[f"{prefix}labels"] * labeled]
    if f"{prefix}attributes" in batch:
        present = batch[f"{prefix}attributes_present"]
        parts += [batch[f"{prefix}attributes"] * present, present]
    return ops.concatenate(parts, axis=-1)


def build(config: Config, spec: ImageSpec) -> TrainingSetup:
    """Make two players: the autoencoder, and the prior, which learns from the latents of other examples."""
    import keras

    from medcurate.generate.families.vae_networks import LearnedScale

    networks = _build_networks(config, spec)
    scale = LearnedScale(_FIRST_SCALE)
    mean, log_variance = networks.encoder.outputs
    drawn = networks.decoder([mean, networks.decoder.inputs[1]])
    inputs = [networks.encoder.inputs[0], networks.decoder.inputs[1]]
    learned = keras.Model(inputs, [mean, log_variance, drawn, scale(drawn)], name="autoencoder")
    random = {"noise": RandomInput((config.latent,)), "labeled": RandomInput((1,), "uniform")}
    reads = frozenset({"target", "labels", *_attributes(spec)})
    players = {
        "autoencoder": Player(
            learned,
            keras.optimizers.Adam(config.learning_rate),
            partial(_autoencoder_loss, networks, scale, config),
            random,
            reads=reads,
        ),
        "prior": Player(
            networks.prior,
            keras.optimizers.Adam(config.prior_learning_rate),
            partial(_prior_loss, networks, config),
            random,
            reads_other=reads,
        ),
    }
    return TrainingSetup(
        players,
        ("autoencoder", "prior"),
        _sampler(config, spec, networks),
        monitors=MONITORS,
        hints={"lost-diversity": f"{COLLAPSE}, or --set divergence=0.5"},
        curves={
            "nats a pixel": ("bound_loss",),
            "nats an image": ("divergence",),
            "nats a latent, prior": ("prior_loss",),
            "difference": ("dissimilarity", "edge_difference"),
            "logarithm of the scale": ("log_scale",),
        },
    )


def _autoencoder_loss(
    networks: Networks, scale: Any, config: Config, batch: Batch, _: InputGradient
) -> tuple[Tensor, dict[str, Tensor]]:
    from keras import ops

    from medcurate.generate.families.sharpness import dissimilarity, edge_difference

    images = batch["target"]
    condition = _condition(batch, labeled=_kept(batch, config))
    mean, log_variance = networks.encoder(images, training=True)
    vectors = bound.posterior_sample(mean, log_variance, batch["noise"])
    drawn = networks.decoder([vectors, condition], training=True)
    log_scale = scale(drawn)
    misfit = -ops.mean(bound.log_likelihood(images, drawn, log_scale, config.likelihood))
    divergences = bound.divergence(mean, log_variance)
    pixels = float(np.prod(images.shape[1:]))
    total = (misfit + config.divergence * bound.with_free_bits(divergences, config.free_bits)) / pixels
    divergence = ops.mean(ops.sum(divergences, axis=-1))
    logged = {
        "bound_loss": (misfit + divergence) / pixels,
        "divergence": divergence,
        "log_scale": log_scale[0],
        "dissimilarity": dissimilarity(images, drawn),
        "edge_difference": edge_difference(images, drawn),
    }
    total = total + config.similarity * logged["dissimilarity"] + config.edges * logged["edge_difference"]
    return total, logged


def _kept(batch: Batch, config: Config) -> Tensor:
    """Return 1 for images that keep their label, 0 for others."""
    from keras import ops

    return ops.cast(batch["labeled"] >= config.unlabeled, "float32")


def _prior_loss(networks: Networks, config: Config, batch: Batch, _: InputGradient) -> tuple[Tensor, dict[str, Tensor]]:
    """Return the negative log-likelihood of latents of real images, in nats a latent; the encoder is not changed."""
    from keras import ops

    condition = _condition(batch, "other_", _kept(batch, config))
    mean, log_variance = networks.encoder(batch["other_target"])
    vectors = ops.stop_gradient(bound.posterior_sample(mean, log_variance, batch["noise"]))
    noise, volume, _vectors = networks.prior([vectors, condition], training=True)
    total = -ops.mean(bound.normal_log_density(noise) + volume) / config.latent
    return total, {"prior_loss": total}


def encode(sampler: Sampler, images: NDArray[Any], columns: Mapping[str, NDArray[Any]]) -> NDArray[np.float32]:
    """Return the latent vectors from which a generator of this family draws given images again.

    They are the means of the posterior, mapped by the prior to where new images have standard normal numbers:
    interpolation, directions and distances belong there.

    Parameters
    ----------
    sampler : Sampler
        Of a generator of this family.
    images : ndarray, shape (n, height, width, channels)
        Unsigned integers, or floats in [-1, 1]; as the generator draws them.
    columns : mapping of str to ndarray, shape (n, ...)
        What the sampler reads, ``labels`` and perhaps attributes, as `Generator.arrays` returns it for `n` images. Zero
        labels stand for images of unknown label.

    Returns
    -------
    ndarray of float32, shape (n, latent)

    Raises
    ------
    UsageError
        The generator is of another family, or the images are not of the shape that it draws.

    Examples
    --------
    >>> arrays = generator.arrays(0, len(images), labels={"tumor": tumors})  # doctest: +SKIP
    >>> arrays["latent"] = encode(generator.sampler, images, arrays)  # doctest: +SKIP
    >>> again = generator.draw(arrays)  # doctest: +SKIP
    """
    if "encoder" not in sampler.networks:
        raise UsageError(
            "encode: expected the sampler of a generator of the family vae, received one of another family"
        )
    encoder, prior = sampler.networks["encoder"], sampler.networks["prior"]
    shape = tuple(encoder.input_shape[1:])
    if images.shape[1:] != shape:
        raise UsageError(f"encode: expected images of the shape (n, {str(shape)[1:]}, received {images.shape}")
    condition = np.asarray(_condition({name: columns[name] for name in sampler.reads}))
    found = [np.zeros((0, *sampler.needs["latent"].shape), np.float32)]
    for first in range(0, len(images), _CHUNK):
        rows = slice(first, first + _CHUNK)
        vectors, _ = encoder(_in_range(images[rows]))
        found.append(np.asarray(prior([np.asarray(vectors), condition[rows]])[0]))
    return np.concatenate(found)


def _in_range(images: NDArray[Any]) -> NDArray[np.float32]:
    """Return images in [-1, 1]: integers are decoded by their type, as in a training step."""
    largest = np.iinfo(images.dtype).max if images.dtype.kind == "u" else 0
    return images.astype(np.float32) * np.float32(2 / largest) - np.float32(1) if largest else images.astype(np.float32)
