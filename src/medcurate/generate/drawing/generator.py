"""A trained generator: it draws image number k of a seed, the same every time, and is saved as plain numbers."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from medcurate.errors import UsageError
from medcurate.generate.drawing.architecture import build_sampler, check_networks, spec_of, stored_name
from medcurate.generate.drawing.conditions import Attributes, Labels, condition_columns
from medcurate.generate.drawing.drawing import Arrays, Drawing, spread
from medcurate.generate.drawing.quantization import decoded, quantize
from medcurate.generate.drawing.weights import Weights, load_weights, read_generator, save_generator
from medcurate.learning.engines import input_gradient
from medcurate.learning.feed import check_columns
from medcurate.learning.image_spec import ImageSpec
from medcurate.learning.keras_backend import load_keras
from medcurate.learning.random_inputs import draw_images
from medcurate.learning.sampler import Sampler


@dataclass(frozen=True, slots=True, eq=False)
class Generator:
    """A trained generator.

    Attributes
    ----------
    sampler : Sampler
        The networks, and how they draw.
    architecture : dict
        What the networks are built from, see `medcurate.generate.drawing.architecture`.
    facts : dict
        What is known of the training.

    Examples
    --------
    >>> generator = Generator.load(Path("run"))  # doctest: +SKIP
    >>> generator.sample(0, 16, seed=1)  # doctest: +SKIP
    """

    sampler: Sampler
    architecture: dict[str, Any]
    facts: dict[str, Any]
    _drawing: Drawing = field(init=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_drawing", Drawing(self.sampler, self.spec))

    @classmethod
    def load(cls, run: Path, weights: Weights | None = None) -> Generator:
        """Load what `save` wrote, or an older version.

        Parameters
        ----------
        run : Path
        weights : {'last', 'best'}, optional
            Which weights of the run to draw with; those that the training chose where not given.

        Raises
        ------
        UsageError
            There is none, it was changed, the run keeps no such weights, or it is of a family that this version does
            not know.
        """
        record = read_generator(run, weights)
        check_networks(record.architecture)
        load_keras()
        sampler = build_sampler(record.architecture)
        variables = {stored_name(name, record.version): value for name, value in sampler.weights().items()}
        arrays = load_weights(record, {name: tuple(variable.shape) for name, variable in variables.items()})
        for name, variable in variables.items():
            variable.assign(arrays[name])
        return cls(sampler, dict(record.architecture), dict(record.facts))

    def save(
        self, run: Path, *, best: Sequence[NDArray[Any]] | None = None, choice: Mapping[str, Any] | None = None
    ) -> None:
        """Write ``generator.json`` and its own weights as the last; hold the lock of the run folder.

        Parameters
        ----------
        run : Path
        best : sequence of ndarray, optional
            The best weights, in the order of ``sampler.weights()``.
        choice : mapping, optional
            See `medcurate.generate.drawing.weights.save_generator`.

        Raises
        ------
        OutputError
            They cannot be written.
        """
        arrays = {name: np.asarray(variable) for name, variable in self.sampler.weights().items()}
        of_best = None if best is None else dict(zip(arrays, best, strict=True))
        save_generator(run, self.architecture, arrays, facts=self.facts, best=of_best, choice=choice)

    @property
    def spec(self) -> ImageSpec:
        """Sizes, channels and conditions."""
        return spec_of(self.architecture)

    @property
    def classes(self) -> dict[str, tuple[str, ...]]:
        """Condition (``tumor``, ``plane``) to its values; empty for a generator without a condition."""
        return {name: tuple(values) for name, values in self.architecture["classes"].items()}

    @property
    def attributes(self) -> tuple[str, ...]:
        """Names of the continuous values that it can be given."""
        return tuple(self.architecture.get("attributes", ()))

    def arrays(
        self,
        first: int,
        n: int,
        *,
        seed: int = 0,
        labels: Labels | None = None,
        attributes: Attributes | None = None,
        **columns: NDArray[Any],
    ) -> dict[str, NDArray[Any]]:
        """Return the arrays that images number `first` to `first + n - 1` of a seed are drawn from.

        Parameters
        ----------
        first, n, seed, labels, attributes, columns
            As in `sample`.

        Returns
        -------
        dict of str to ndarray, shape (n, ...)
            What `draw` takes: random numbers and columns, by the names that the sampler gives them.

        Raises
        ------
        UsageError
            Something that the sampler reads is missing, unknown, or not there for each image.
        """
        given = self._columns(n, labels, attributes, columns)
        return {**draw_images(seed, first, n, self.sampler.needs), **given}

    def _columns(self, n: int, labels: Labels | None, attributes: Attributes | None, columns: Arrays) -> Arrays:
        found = condition_columns(self.classes, self.attributes, labels, attributes, n) | dict(columns)
        if odd := sorted(set(columns) - self.sampler.reads):
            raise UsageError(f"this generator does not read {', '.join(odd)}")
        check_columns(found, self.sampler.reads)
        if short := [name for name, column in columns.items() if len(column) != n]:
            raise UsageError(f"{short[0]}: expected one for each of {n} images, received {len(columns[short[0]])}")
        return {name: found[name] for name in sorted(self.sampler.reads)}

    def draw(self, arrays: Arrays) -> NDArray[np.float32]:
        """Draw images from given arrays.

        Parameters
        ----------
        arrays : mapping of str to ndarray, shape (n, ...)
            As `arrays` returns them; any of them may be replaced, as latent tools and editing do.

        Returns
        -------
        ndarray of float32, shape (n, *spatial, channels)
            In [-1, 1].
        """
        return self._drawing(arrays, len(next(iter(arrays.values()))))

    def gradient(self, objective: Callable[[Any], Any], arrays: Arrays, name: str) -> NDArray[np.float32]:
        """Return how an objective of the drawn images changes with one of the arrays: a step of a projection.

        Parameters
        ----------
        objective : callable
            ``(images in [-1, 1]) -> scalar`` or one value per image, in ``keras.ops``.
        arrays : mapping of str to ndarray, shape (n, ...)
            As for `draw`.
        name : str
            Of the array of floats to differentiate with respect to, such as the latent vector.

        Returns
        -------
        ndarray of float32, in the shape of ``arrays[name]``
        """
        from keras import ops

        batch = {key: ops.convert_to_tensor(array) for key, array in decoded(arrays).items()}

        def value(x: Any) -> Any:
            return objective(self.sampler.draw(self.sampler.networks, {**batch, name: x}))

        return np.asarray(input_gradient()(value, batch[name]), np.float32)

    def sample(
        self,
        first: int,
        n: int,
        *,
        seed: int = 0,
        labels: Labels | None = None,
        attributes: Attributes | None = None,
        bits: int = 8,
        **columns: NDArray[Any],
    ) -> NDArray[Any]:
        """Draw images number `first` to `first + n - 1` of a seed.

        An image depends on seed, number, and what is given for it, not on the images that are drawn with it.

        Parameters
        ----------
        first, n : int
            Numbers of the images.
        seed : int
            Of the random numbers.
        labels : mapping of str to sequence of str, optional
            For each condition the value of each of the `n` images.
        attributes : mapping of str to sequence of float, optional
            For each attribute the value of each image; one that is not given is left to the generator.
        bits : {8, 16}
            Of a gray value.
        **columns : ndarray, shape (n, ...)
            What else the sampler reads: ``source=`` the images to translate, and the like.

        Returns
        -------
        ndarray of uint8 or uint16, shape (n, *spatial, channels)

        Raises
        ------
        UsageError
            A label or column is missing, or not one that the generator knows.
        """
        chunk = self._drawing.chunk
        lead = first % chunk
        length = -(-(lead + n) // chunk) * chunk if n else 0
        given = self._columns(n, labels, attributes, columns)
        arrays = draw_images(seed, first - lead, length, self.sampler.needs)
        arrays |= {name: spread(column, lead, length) for name, column in given.items()}
        return quantize(self._drawing(arrays, length)[lead : lead + n], bits)
