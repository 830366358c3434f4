"""The settings of a training, with every default of `train-gan` except for the options of a family."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Annotated, Any

from medcurate.errors import UsageError
from medcurate.generate.families.registry import AUTO, ModelNames, as_options, configure
from medcurate.generate.training import defaults
from medcurate.setting_texts import read_list, read_options, read_split
from medcurate.settings import Setting, check

_FREE = frozenset(
    {"steps", "minutes", "sample_every", "metric_every", "patience", "log_every", "checkpoint_minutes", "init"}
)
"""Settings that a resumed training may change: how long it runs, and how often something is written.

It keeps its first weights, see `medcurate.generate.training.run_record.kept_start`.
"""

_PYTHON = Setting(python_only=True)
_COUNT = Setting(least=1, python_only=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainSettings:
    """The settings of a training.

    Attributes
    ----------
    model : str
        The family of networks; auto takes the one that was measured best for so many images and minutes.
    options : mapping
        An option of the family, such as width=32 or channels=1,2,4.
    init : str
        First weights: phantoms for those that ship with medcurate, where some fit; none for random ones; or the file of
        medcurate pretrain.
    read : {'slices', 'volumes', 'patches'}
        The kind of example, see `medcurate.generate.training.reading`.
    size : {32, 64, 128, 256}
        Width and height of the images in pixels.
    shape : tuple of int
        (height, width) of slices in pixels, or the three sides of volumes and patches in voxels; empty for `size` on
        every side.
    per_volume : int or None
        Patches of each volume; None for as many as cover it.
    condition : tuple of {'tumor', 'plane'}
        Condition the generator on this label, tumor or plane, so that images can be drawn by label.
    attributes : tuple of str
        Numeric columns of the catalogue, or of `attribute_table`, that the generator is given.
    attribute_table : str or None
        Path of a CSV or Parquet file with the columns ``image_id`` and `attributes`.
    source : tuple of str
        Contrasts of the channels of an image that the generator is given; ``mask`` stands for the regions of the mask.
    contrasts : tuple of str
        Train on several contrasts of one place together, such as T1ce,FLAIR; each becomes a channel of the image.
    plane : tuple of str
        Train on this plane only.
    tumor : tuple of str
        Train on this tumor type only.
    split : str, or None for the whole dataset
        Train on this split of the dataset, or on all.
    steps : int
        Number of training steps in total.
    minutes : float or None
        Stop after this many minutes of training, even before the last step.
    batch : int
        Images per batch.
    augment : tuple of {'color', 'translation', 'cutout'}
        Augment real and generated images before the discriminator: color,translation,cutout or none.
    average : float or None
        Decay of the moving average of the generator's weights, per step; 0 keeps the last weights.
    precision : {'float32', 'mixed_bfloat16'}
        Numeric precision of the networks; mixed_bfloat16 helps on recent GPUs and TPUs.
    seed : int
        Seed of all random numbers.
    sample_every : int
        Steps between two pictures of samples.
    log_every : int
        Steps between two lines of the history.
    metric_every : int
        Steps between two measurements, where a metric is given.
    patience : int
        Stop after this many measurements without an improvement; 0 never stops.
    checkpoint_minutes : float
        Minutes between two checkpoints.

    Raises
    ------
    UsageError
        A value is out of range.
    """

    model: Annotated[str, Setting(choices=ModelNames())] = defaults.MODEL
    options: Annotated[Mapping[str, Any], Setting("NAME=VALUE", option="--set", parse=read_options, repeat=True)] = (
        field(default_factory=dict)
    )
    init: Annotated[str, Setting("FILE")] = defaults.INIT
    read: Annotated[defaults.ExampleKind, _PYTHON] = "slices"
    size: Annotated[int, Setting(choices=defaults.SIZES)] = defaults.SIZE
    shape: Annotated[tuple[int, ...], _PYTHON] = ()
    per_volume: Annotated[int | None, _PYTHON] = None
    condition: Annotated[tuple[str, ...], Setting("COLUMN")] = ()
    attributes: Annotated[tuple[str, ...], _PYTHON] = ()
    attribute_table: Annotated[str | None, _PYTHON] = None
    source: Annotated[tuple[str, ...], _PYTHON] = ()
    contrasts: Annotated[tuple[str, ...], Setting("LIST", unset="all images, one channel", parse=read_list)] = ()
    plane: Annotated[tuple[str, ...], Setting("NAME", unset="all")] = ()
    tumor: Annotated[tuple[str, ...], Setting("NAME", unset="all")] = ()
    split: Annotated[str | None, Setting("NAME", unset=defaults.SPLIT, parse=read_split)] = defaults.SPLIT
    steps: Annotated[int, Setting("N", 1)] = defaults.STEPS
    minutes: Annotated[float | None, Setting("M", 0, unset="no limit")] = None
    batch: Annotated[int, Setting("N", 1)] = defaults.BATCH
    augment: Annotated[tuple[str, ...], Setting("LIST", unset=",".join(defaults.AUGMENT), parse=read_list)] = (
        defaults.AUGMENT
    )
    average: Annotated[
        float | None, Setting("DECAY", 0, 0.99999, unset=f"{defaults.AVERAGE:g}, or as the model says")
    ] = None
    precision: defaults.Precision = defaults.PRECISION
    seed: Annotated[int, Setting("N", 0)] = defaults.SEED
    sample_every: Annotated[int, Setting("N", 1)] = defaults.SAMPLE_EVERY
    log_every: Annotated[int, _COUNT] = defaults.LOG_EVERY
    metric_every: Annotated[int, _COUNT] = defaults.METRIC_EVERY
    patience: Annotated[int, Setting("N", 0)] = defaults.PATIENCE
    checkpoint_minutes: Annotated[float, Setting("M", 0)] = defaults.CHECKPOINT_MINUTES

    def __post_init__(self) -> None:
        check(self)
        _among("--condition", self.condition, defaults.CONDITIONS)
        check_contrasts((*self.contrasts, *self.source))
        _among("--augment", self.augment, defaults.AUGMENT)
        if self.seed >= 2**64:
            raise UsageError(f"seed: expected a number below 2**64, received {self.seed}")
        if self.model != AUTO:
            object.__setattr__(self, "options", as_options(configure(self.model, self.options)))
        elif self.options:
            raise UsageError(f"--set {next(iter(self.options))}: an option belongs to a family; name it with --model")

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
