"""Read the part of a dataset that a training learns from, as its settings say."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa

from medcurate.catalogue import FILE_NAME as CATALOGUE
from medcurate.dataset import Dataset
from medcurate.dataset.layout import MASK
from medcurate.dataset.samples import ColumnChoice, Storage, found_regions
from medcurate.dataset.split_names import misspelled_splits
from medcurate.errors import UsageError
from medcurate.generate.training.reading import ReadExamples, Reading, read_examples
from medcurate.generate.training.settings import TrainSettings


def select_training_images(dataset: Dataset, settings: TrainSettings) -> Dataset:
    """Return the part of a dataset that a training reads.

    A dataset without any split is read as a whole.

    Raises
    ------
    UsageError
        Nothing is left; the message says which filter removed how many images, and which names look misspelled.
    """
    split = settings.split if has_splits(dataset) else None
    try:
        return dataset.select(split=split, plane=settings.plane or None, tumor=settings.tumor or None)
    except UsageError as error:
        hints = [
            f"The folder {name} is no split: was {meant} meant?" for name, meant in misread_splits(dataset).items()
        ]
        raise UsageError(f"{error}{'. ' * bool(hints)}{' '.join(hints)}") from None


def has_splits(dataset: Dataset) -> bool:
    """Say whether any image or volume is in a split."""
    return any(value is not None for table in _tables(dataset) for value in table.column("split").to_pylist())


def misread_splits(dataset: Dataset) -> dict[str, str]:
    """Return names of folders and splits that are likely misspelled, and what is likely meant."""
    names = {value for table in _tables(dataset) for value in table.column("split").to_pylist()}
    paths = dataset.rows.column("path").to_pylist()
    folders = {folder for path in paths for folder in path.split("/")[:-1]} if not _is_ours(dataset) else set()
    return misspelled_splits(sorted({*folders, *names} - {None}))


def _is_ours(dataset: Dataset) -> bool:
    """Say whether `medcurate` named the folders."""
    return (dataset.folder / CATALOGUE).exists()


def _tables(dataset: Dataset) -> tuple[pa.Table, pa.Table]:
    return dataset.rows, dataset.volume_rows


def read_training_examples(
    dataset: Dataset, settings: TrainSettings, *, storage: Storage | None = None
) -> ReadExamples:
    """Read the examples that a training learns from.

    Parameters
    ----------
    dataset : Dataset
        Its split ``settings.split`` alone is read.
    settings : TrainSettings
    storage : Storage, optional
        Where columns go that outgrow memory.

    Raises
    ------
    NothingUsable
        There is no image to train on.
    UsageError
        An image cannot be read, or a setting does not fit the dataset.
    """
    selected = select_training_images(dataset, settings)
    return read_examples(selected, reading_of(selected, settings), storage=storage)


def reading_of(dataset: Dataset, settings: TrainSettings) -> Reading:
    """Return how the examples of a training are read; the regions of masks are those that occur in `dataset`."""
    choice = ColumnChoice(
        target=settings.contrasts,
        source=settings.source,
        regions=found_regions(dataset) if MASK in settings.source else {},
        condition=settings.condition,
        attributes=settings.attributes,
        table=None if settings.attribute_table is None else Path(settings.attribute_table),
    )
    spatial = settings.shape or (settings.size,) * (2 if settings.read == "slices" else 3)
    return Reading(
        kind=settings.read, spatial=spatial, choice=choice, per_volume=settings.per_volume, seed=settings.seed
    )
