"""A trained generator: it draws image number k of a seed, the same each time, and is saved as plain numbers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from medcurate.errors import UsageError
from medcurate.generate.drawing.weights import load_weights, read_generator, save_generator
from medcurate.generate.families.registry import configure, family
from medcurate.learning.keras_backend import load_keras
from medcurate.learning.players import Task
from medcurate.learning.random_inputs import latents

_CHUNK = 16
"""Images that the network draws at once, always at the same places: sums then round the same way whatever the batch."""


@dataclass(frozen=True, slots=True, eq=False)
class Generator:
    """A trained generator.

    Attributes
    ----------
    network : keras.Model
        (latents, one-hot labels) to images in [-1, 1].
    architecture : dict
        ``family``, ``config``, ``size``, ``channels`` and ``classes``: what the network is built from; and
        ``contrasts``, what the channels show.
    facts : dict
        What is known of its training.

    Examples
    --------
    >>> generator = Generator.load(Path("run"))  # doctest: +SKIP
    >>> generator.sample(0, 16, seed=1)  # doctest: +SKIP
    """

    network: Any
    architecture: dict[str, Any]
    facts: dict[str, Any]

    @classmethod
    def load(cls, run: Path) -> Generator:
        """Load what `save` wrote.

        Raises
        ------
        UsageError
            There is none, it was changed, or it is of a family that this version does not know.
        """
        record = read_generator(run)
        load_keras()
        network = build_network(record.architecture)
        arrays = load_weights(record, {name: tuple(shape) for name, shape in _shapes(network).items()})
        network.set_weights([arrays[name] for name in sorted(arrays)])
        return cls(network, dict(record.architecture), dict(record.facts))

    def save(self, run: Path) -> None:
        """Write ``generator.json`` and ``generator.weights.h5``; hold the lock of the run folder.

        Raises
        ------
        OutputError
            They cannot be written.
        """
        weights = self.network.get_weights()
        arrays = {name: np.asarray(value) for name, value in zip(_shapes(self.network), weights, strict=True)}
        save_generator(run, self.architecture, arrays, facts=self.facts)

    @property
    def classes(self) -> dict[str, tuple[str, ...]]:
        """Condition (``tumor``, ``plane``) to its values; empty for a generator without a condition."""
        return {name: tuple(values) for name, values in self.architecture["classes"].items()}

    def sample(
        self, first: int, n: int, *, seed: int = 0, labels: Mapping[str, tuple[str, ...]] | None = None
    ) -> NDArray[np.uint8]:
        """Draw images number `first` to `first + n - 1` of a seed.

        An image depends on seed, number and label alone, not on how many are drawn with it.

        Parameters
        ----------
        first, n : int
        seed : int
        labels : mapping of str to tuple of str, optional
            For each condition the value of each of the `n` images.

        Returns
        -------
        ndarray of uint8, shape (n, size, size, channels)

        Raises
        ------
        UsageError
            A label is missing or not one that the generator knows.
        """
        wanted = one_hot(self.classes, labels or {}, n)
        lead = first % _CHUNK
        padded = -(-(lead + n) // _CHUNK) * _CHUNK if n else 0
        numbers = latents(seed, first - lead, padded, int(self.architecture["config"]["latent"]))
        spread = np.zeros((padded, wanted.shape[1]), np.float32)
        spread[lead : lead + n] = wanted
        parts = [draw(self.network, numbers[k : k + _CHUNK], spread[k : k + _CHUNK]) for k in range(0, padded, _CHUNK)]
        size, channels = self.architecture["size"], self.architecture["channels"]
        drawn = np.concatenate(parts) if parts else np.zeros((0, size, size, channels), np.uint8)
        return drawn[lead : lead + n]


def build_network(architecture: Mapping[str, Any]) -> Any:
    """Make the network of an architecture, untrained.

    Raises
    ------
    UsageError
        The architecture is not one that this version knows.
    """
    try:
        classes = sum(len(values) for values in architecture["classes"].values())
        task = Task(int(architecture["size"]), int(architecture["channels"]), classes, lambda images, _: images)
        name, options = architecture["family"], architecture["config"]
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise UsageError(f"generator.json: its architecture is not complete ({error})") from None
    return family(name).build_generator(configure(name, options), task)


def one_hot(
    classes: Mapping[str, tuple[str, ...]], labels: Mapping[str, tuple[str, ...]], n: int
) -> NDArray[np.float32]:
    """Return the labels as the network takes them, shape (n, number of classes).

    Raises
    ------
    UsageError
        A condition is missing or unknown, or a value is.
    """
    if set(labels) != set(classes):
        raise UsageError(
            f"labels: expected {', '.join(classes) or 'none'}, received {', '.join(labels) or 'none'} of this generator"
        )
    parts = [np.zeros((n, 0), np.float32)]
    for name, values in classes.items():
        unknown = sorted(set(labels[name]) - set(values))
        if unknown or len(labels[name]) != n:
            asked = f"{unknown[0]!r}" if unknown else f"{len(labels[name])} labels for {n} images"
            raise UsageError(f"{name}: expected {' or '.join(values)} for each image, received {asked}")
        told = np.array([[value == known for known in values] for value in labels[name]], np.float32)
        parts.append(told.reshape(n, len(values)))
    return np.concatenate(parts, axis=1)


def draw(network: Any, numbers: NDArray[np.float32], labels: NDArray[np.float32]) -> NDArray[np.uint8]:
    """Draw the images of some latents.

    Returns
    -------
    ndarray of uint8, shape (n, size, size, channels)
    """
    images = np.nan_to_num(np.asarray(network.predict_on_batch([numbers, labels]), np.float32))
    drawn: NDArray[np.uint8] = np.clip(np.rint((images + 1.0) * 127.5), 0, 255).astype(np.uint8)
    return drawn


def _shapes(network: Any) -> dict[str, tuple[int, ...]]:
    """Name each array by its place, as Keras' own names count up within a process."""
    return {f"{k:04d}": tuple(weight.shape) for k, weight in enumerate(network.weights)}
