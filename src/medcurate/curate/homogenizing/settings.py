"""Every setting of `homogenize`, with its default: for Python and for the command line."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Annotated, Any

from medcurate.curate import defaults
from medcurate.curate.filters.settings import Filters
from medcurate.curate.steps.slice_rule import SliceRule
from medcurate.errors import UsageError
from medcurate.setting_texts import read_cards, read_shares
from medcurate.settings import Setting, check

_NOT_PIXELS = frozenset({"filters", "split", "keep_splits", "folds", "seed", "keep_duplicates", "dedupe"})
_UNSET_SIZE = f"{defaults.SIZE} for images, volumes as they are"
_UNSET_SPLIT = ",".join(f"{name}={share}" for name, share in defaults.FRACTIONS.items())


@dataclass(frozen=True, slots=True, kw_only=True)
class HomogenizeSettings:
    """The settings of `homogenize`.

    Attributes
    ----------
    filters : Filters
        Which images are kept.
    size : int or None
        Width and height of images in pixels, and each side of volumes; 0 keeps the size.
    spacing_mm : float or None
        Resample to this pixel size first, where the spacing is known.
    normalize : {'percentile', 'zscore', 'whitestripe', 'nyul', 'none'}
        How intensities are normalized.
    n4 : bool
        Correct the bias field first (needs SimpleITK: the extra n4).
    bit_depth : {8, 16}
        Bits per pixel of the PNG images.
    margin : float or None
        Margin around the head or brain, as a share of its longer side.
    output : {'images', 'volumes'}
        Cut volumes into slices, or keep them as volumes.
    slices : str or None
        Which slices of a volume are cut: every:N, middle:N, tumor, or several joined by +.
    preset : str or None
        Use a named list of steps for volumes: volume-1mm, or study-d (crop 30, 95 to 64 slices, -1 to 1).
    split : mapping of str to float
        Splits and their shares; the images of one patient stay in one split.
    keep_splits : bool
        Keep the splits that folders name (Training, Testing); a leak is an error.
    folds : int
        Folds for cross-validation of all but the test split; 0 for none.
    dedupe : bool
        Search for copies if nobody has, with the tables in DATASET; or take images as they are.
    keep_duplicates : bool
        Also take images that are marked as copies.
    privacy : {'warn', 'drop', 'block'}
        What to do with images that could identify a person.
    cards : mapping of str to str
        The dataset card of an input, see `medcurate datasets list`.
    source_info : Path or None
        TOML file with a table [sources.NAME] for each input without a card.
    tumor_labels : Path or None
        CSV file with the columns path and tumor: labels that replace those found.
    seed : int
        Seed of all random numbers.

    Raises
    ------
    UsageError
        If a value is out of range.
    """

    filters: Filters = field(default_factory=Filters)
    size: Annotated[int | None, Setting("PX", 0, unset=_UNSET_SIZE)] = None
    spacing_mm: Annotated[float | None, Setting("MM", 0.05, option="--spacing")] = None
    normalize: defaults.Normalize = defaults.NORMALIZE
    n4: bool = False
    bit_depth: defaults.BitDepth = defaults.BIT_DEPTH
    margin: Annotated[float | None, Setting("SHARE", 0, unset="0.05")] = None
    output: defaults.Output = defaults.OUTPUT
    slices: Annotated[str | None, Setting("RULE", unset="every slice that is not nearly empty")] = None
    preset: Annotated[str | None, Setting("NAME")] = None
    split: Annotated[Mapping[str, float], Setting("NAME=SHARE,...", unset=_UNSET_SPLIT, parse=read_shares)] = field(
        default_factory=lambda: dict(defaults.FRACTIONS)
    )
    keep_splits: bool = False
    folds: Annotated[int, Setting("K", 0)] = 0
    dedupe: bool = True
    keep_duplicates: bool = False
    privacy: defaults.Privacy = defaults.PRIVACY
    cards: Annotated[Mapping[str, str], Setting("SOURCE=NAME", option="--card", parse=read_cards, repeat=True)] = field(
        default_factory=dict
    )
    source_info: Annotated[Path | None, Setting("FILE")] = None
    tumor_labels: Annotated[Path | None, Setting("FILE")] = None
    seed: Annotated[int, Setting("N", 0)] = defaults.SEED

    def __post_init__(self) -> None:
        check(self)
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
    import hashlib  # help does without

    try:
        return hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError as error:
        raise UsageError(f"cannot read {path}: {error.strerror}") from error
