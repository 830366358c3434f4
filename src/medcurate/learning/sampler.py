"""How trained networks draw images: in one call, in a loop, or by the decoder of an autoencoder."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from medcurate.learning.random_inputs import RandomInput

Tensor = Any


@dataclass(frozen=True, slots=True)
class Sampler:
    """Networks that are kept after training, and the function that draws with them.

    Attributes
    ----------
    networks : mapping of str to keras.Model
        Their weights are averaged during training, saved, and loaded.
    needs : mapping of str to RandomInput
        Random numbers of one image: a latent vector, noise in the shape of the image, noise of every step of a loop.
    reads : frozenset of str
        Columns that the images are drawn from: ``labels``, ``attributes``, ``source``, ...
    draw : callable
        ``(networks, batch) -> `` images in [-1, 1], shape (n, *spatial, channels), float32. The batch holds, by name,
        what `needs` and `reads` list; integer images among them are decoded to [-1, 1]. A pure function of
        ``keras.ops`` that is differentiable with respect to whatever floats are in the batch.
    """

    networks: Mapping[str, Any]
    needs: Mapping[str, RandomInput]
    reads: frozenset[str]
    draw: Callable[[Mapping[str, Any], Mapping[str, Tensor]], Tensor]

    def weights(self) -> dict[str, Any]:
        """Return every variable of the networks by network and place: ``decoder/0003``.

        Keras' own names count up within a process, so places name the variables.
        """
        return {
            f"{name}/{place:04d}": variable
            for name in sorted(self.networks)
            for place, variable in enumerate(self.networks[name].weights)
        }
