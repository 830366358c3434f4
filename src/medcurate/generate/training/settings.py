"""The settings of a training, with every default of `train-gan` except for the options of a family."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any, get_args

from medcurate.errors import UsageError
from medcurate.generate.families.registry import as_options, configure
from medcurate.generate.training import defaults

_FREE = frozenset({"steps", "minutes", "sample_every", "metric_every", "patience", "log_every", "checkpoint_minutes"})
"""Settings that a resumed training may change: how long it runs, and how often something is written."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainSettings:
    """The settings of a training.

    Attributes
    ----------
    model : str
        Name of a family in the registry.
    options : mapping
        Of the family, see its ``Config``; the others have the family's defaults.
    read : {'slices', 'volumes', 'patches'}
        The kind of example, see `medcurate.generate.training.reading`.
    size : {32, 64, 128, 256}
        Every side of the images (pixels or voxels), where `shape` is empty.
    shape : tuple of int
        (height, width) of slices, or the three sides of volumes and patches.
    per_volume : int or None
        Patches of each volume; None for as many as cover it.
    condition : tuple of {'tumor', 'plane'}
        Labels that the generator is given.
    attributes : tuple of str
        Numeric columns of the catalogue, or of `attribute_table`, that the generator is given.
    attribute_table : str or None
        Path of a CSV or Parquet file with the columns ``image_id`` and `attributes`.
    source : tuple of str
        Contrasts of the channels of an image that the generator is given; ``mask`` stands for the regions of the mask.
    contrasts : tuple of str
        Of the channels of an image, as in the column ``contrast``; empty takes all images as they are, with one
        channel.
    plane, tumor : tuple of str
        Train on these alone; empty for all.
    split : str or None
        The part of the dataset that is read; None reads all of it.
    steps : int
        Until when to train.
    minutes : float or None
        Stop after so many minutes, even before `steps`.
    batch : int
        Images per turn.
    augment : tuple of {'color', 'translation', 'cutout'}
        How real and generated images are changed before the discriminator.
    average : float
        Decay of the moving average of the generator's weights, which is kept; 0 keeps the last weights.
    precision : {'float32', 'mixed_bfloat16'}
        Of the networks; weights are kept in float32.
    seed : int
        Of first weights, random inputs and the order of images.
    sample_every, log_every : int
        Steps between two pictures and between two lines of the history.
    metric_every : int
        Steps between two measurements, where a metric is given.
    patience : int
        Measurements without an improvement after which to stop; 0 never stops.
    checkpoint_minutes : float
        Between two checkpoints.

    Raises
    ------
    UsageError
        A value is out of range.
    """

    model: str = defaults.MODEL
    options: Mapping[str, Any] = field(default_factory=dict)
    read: defaults.ExampleKind = "slices"
    size: int = defaults.SIZE
    shape: tuple[int, ...] = ()
    per_volume: int | None = None
    condition: tuple[str, ...] = ()
    attributes: tuple[str, ...] = ()
    attribute_table: str | None = None
    source: tuple[str, ...] = ()
    contrasts: tuple[str, ...] = ()
    plane: tuple[str, ...] = ()
    tumor: tuple[str, ...] = ()
    split: str | None = defaults.SPLIT
    steps: int = defaults.STEPS
    minutes: float | None = None
    batch: int = defaults.BATCH
    augment: tuple[str, ...] = defaults.AUGMENT
    average: float = defaults.AVERAGE
    precision: defaults.Precision = defaults.PRECISION
    seed: int = defaults.SEED
    sample_every: int = defaults.SAMPLE_EVERY
    log_every: int = defaults.LOG_EVERY
    metric_every: int = defaults.METRIC_EVERY
    patience: int = defaults.PATIENCE
    checkpoint_minutes: float = defaults.CHECKPOINT_MINUTES

    def __post_init__(self) -> None:
        _among("read", (self.read,), get_args(defaults.ExampleKind))
        _among("--size", (self.size,), defaults.SIZES)
        _among("--condition", self.condition, defaults.CONDITIONS)
        check_contrasts((*self.contrasts, *self.source))
        _among("--augment", self.augment, defaults.AUGMENT)
        _among("--precision", (self.precision,), get_args(defaults.Precision))
        for name in ("steps", "batch", "sample_every", "log_every", "metric_every"):
            _at_least(name, getattr(self, name), 1)
        for name in ("patience", "checkpoint_minutes", "minutes", "seed"):
            _at_least(name, getattr(self, name) or 0, 0)
        if self.seed >= 2**64:
            raise UsageError(f"--seed: expected a number below 2**64, received {self.seed}")
        if not 0 <= self.average < 1:
            raise UsageError(f"--average: expected 0 or more and below 1, received {self.average}")
        object.__setattr__(self, "options", as_options(configure(self.model, self.options)))

    @property
    def config(self) -> Any:
        """The family's configuration."""
        return configure(self.model, self.options)

    def to_dict(self) -> dict[str, Any]:
        """Return every setting with its value, as JSON has it."""
        found = {item.name: getattr(self, item.name) for item in fields(self)}
        return {name: list(value) if isinstance(value, tuple) else value for name, value in found.items()}

    @classmethod
    def from_dict(cls, found: Mapping[str, Any]) -> TrainSettings:
        """Return the settings that `to_dict` gave."""
        given: dict[str, Any] = {k: tuple(value) if isinstance(value, list) else value for k, value in found.items()}
        return cls(**given)

    def identity(self) -> dict[str, Any]:
        """Return the settings that a resumed training must share with the one that it continues."""
        return {name: value for name, value in self.to_dict().items() if name not in _FREE}


def check_contrasts(names: tuple[Any, ...]) -> None:
    """Raise unless these can be the names of channels.

    Raises
    ------
    UsageError
        One is there twice, empty, or holds more than printable ASCII, which the texts in a PNG file need.
    """
    for name in names:
        if not (isinstance(name, str) and name.strip() and name.isascii() and name.isprintable()):
            raise UsageError(f"--contrasts: expected names such as T1ce,FLAIR, received {name!r}")
    _among("--contrasts", names, names)


def _among(option: str, given: tuple[Any, ...], known: tuple[Any, ...]) -> None:
    for value in given:
        if value not in known:
            raise UsageError(f"{option}: expected {' or '.join(map(str, known))}, received {value!r}")
    if len(set(given)) != len(given):
        raise UsageError(f"{option}: a value is there twice in {', '.join(map(str, given))}")


def _at_least(name: str, value: float, least: float) -> None:
    if not value >= least:
        raise UsageError(f"--{name.replace('_', '-')}: expected {least} or more, received {value}")
