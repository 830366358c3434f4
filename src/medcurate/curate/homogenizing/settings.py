"""The settings of a dataset: every default of `homogenize` in one place."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Any

from medcurate.curate import defaults
from medcurate.curate.filters.row_filters import Filters
from medcurate.curate.patients.splits import FRACTIONS
from medcurate.curate.steps import SliceRule
from medcurate.errors import UsageError

_CHOICES = {
    "normalize": ("percentile", "zscore", "whitestripe", "nyul", "none"),
    "output": ("images", "volumes"),
    "privacy": ("warn", "drop", "block"),
    "bit_depth": (8, 16),
}
_NOT_PIXELS = frozenset({"filters", "split", "keep_splits", "folds", "seed", "keep_duplicates", "dedupe"})


@dataclass(frozen=True, slots=True, kw_only=True)
class HomogenizeSettings:
    """The settings of `homogenize`.

    Attributes
    ----------
    filters : Filters
        Which images are wanted.
    size : int or None
        Width and height of the images (pixels), each side of volumes; 0 leaves the size. None for the usual: 128 for
        images; volumes, and what a preset makes, are left.
    spacing_mm : float or None
        To resample to, where the spacing is known (mm).
    normalize : {'percentile', 'zscore', 'whitestripe', 'nyul', 'none'}
    n4 : bool
        Correct the bias field first (extra n4).
    bit_depth : {8, 16}
        Of the images.
    margin : float or None
        Around the foreground (parts of its longest side); None for the usual.
    output : {'images', 'volumes'}
        Cut volumes into slices, or write them as volumes.
    slices : str or None
        Which slices of a volume, as `medcurate.curate.steps.SliceRule.parse` reads it: ``every:3+middle:20``.
    preset : str or None
        Name of a list of steps, see `medcurate.curate.steps.PRESETS`; None for the usual one.
    split : mapping of str to float
        Share of each split.
    keep_splits : bool
        Keep the splits that the folders of the input name.
    folds : int
        Folds for cross-validation of all but the test split; 0 for none.
    dedupe : bool
        Search for copies if nobody has; False takes the rows as they are.
    keep_duplicates : bool
        Also take images that are marked as copies.
    privacy : {'warn', 'drop', 'block'}
        What becomes of images that could identify someone.
    cards : mapping of str to str
        Name of a source to the name of its dataset card.
    source_info : Path or None
        TOML file with a table ``[sources.NAME]`` for a source without card.
    tumor_labels : Path or None
        CSV with the columns ``path`` and ``tumor``.

    Raises
    ------
    UsageError
        If a value is out of range.
    """

    filters: Filters = field(default_factory=Filters)
    size: int | None = None
    spacing_mm: float | None = None
    normalize: defaults.Normalize = defaults.NORMALIZE
    n4: bool = False
    bit_depth: int = defaults.BIT_DEPTH
    margin: float | None = None
    output: defaults.Output = defaults.OUTPUT
    slices: str | None = None
    preset: str | None = None
    split: Mapping[str, float] = field(default_factory=lambda: dict(FRACTIONS))
    keep_splits: bool = False
    folds: int = 0
    seed: int = defaults.SEED
    dedupe: bool = True
    keep_duplicates: bool = False
    privacy: defaults.Privacy = defaults.PRIVACY
    cards: Mapping[str, str] = field(default_factory=dict)
    source_info: Path | None = None
    tumor_labels: Path | None = None

    def __post_init__(self) -> None:
        for name, choices in _CHOICES.items():
            if getattr(self, name) not in choices:
                allowed = ", ".join(map(str, choices))
                raise UsageError(f"{name}: expected one of {allowed}, received {getattr(self, name)!r}")
        for name, least in (("size", 0), ("spacing_mm", 0.05), ("margin", 0), ("folds", 0), ("seed", 0)):
            value = getattr(self, name)
            if value is not None and value < least:
                raise UsageError(f"{name}: expected {least} or more, received {value}")
        if self.folds == 1:
            raise UsageError("folds: expected 0 for none, or 2 or more, received 1")
        self.slice_rule()

    def slice_rule(self) -> SliceRule:
        """Return which slices of a volume are wanted.

        Raises
        ------
        UsageError
            `slices` says nothing that is known.
        """
        return SliceRule() if self.slices is None else SliceRule.parse(self.slices)

    def as_record(self) -> dict[str, Any]:
        """Return the settings as JSON has them; of files the name and a digest, not the place."""
        record = {item.name: getattr(self, item.name) for item in fields(self)}
        record["filters"] = {name: value for name, value in asdict(self.filters).items() if value not in ((), None)}
        for name in ("source_info", "tumor_labels"):
            path = record[name]
            record[name] = None if path is None else {"name": path.name, "sha256": _digest(path)}
        return {name: dict(value) if isinstance(value, Mapping) else value for name, value in record.items()}

    def of_pixels(self) -> dict[str, Any]:
        """Return those settings that pixels depend on, as JSON has them; the filters count where they ask slices."""
        record = {name: value for name, value in self.as_record().items() if name not in _NOT_PIXELS}
        return record | {"filters": self.as_record()["filters"]}


def _digest(path: Path) -> str:
    try:
        return hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError as error:
        raise UsageError(f"cannot read {path}: {error.strerror}") from error
