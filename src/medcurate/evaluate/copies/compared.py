"""Both sides of an evaluation, compared image by image: synthetic with real ones, and each side with itself."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from medcurate.catalogue import FILE_NAME, Catalogue
from medcurate.dataset import Dataset
from medcurate.evaluate.copies.search import Matches, best_matches
from medcurate.evaluate.copies.settings import CopiesSettings
from medcurate.evaluate.copies.spectra import Spectra, read_spectra
from medcurate.evaluate.design.folds import group_numbers
from medcurate.evaluate.design.sides import Sides
from medcurate.evaluate.paired.pairs import find_pairs

Rows = NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class Compared:
    """What was read, and the closest image of each.

    Attributes
    ----------
    train, test, synthetic : Dataset
        The images that were read.
    judged : ndarray of int64, shape (n,)
        Rows of the synthetic images that were compared with real ones.
    to_training, to_held_out : Matches
        Of the judged images; rows are those of `train` and of `test`.
    between_real : Matches
        Of real images, to images of other patients.
    real_patients : list of str or None
        Patients of these real images.
    repeated : ndarray of int64, shape (m,)
        Rows of the synthetic images that were compared with each other.
    to_each_other : Matches
        Of these; rows are places in `repeated`.
    within_real : Matches
        Of the same real images as in `between_real`, to all others, also of the same patient.
    equal_repeats, equal_real : ndarray of bool
        For each synthetic and each real image that was read, whether another one of its side is equal.
    distinct : int
        Number of the images in `repeated` that are no copies of an earlier one.
    excused : int
        Number of the judged images whose likeness to the held-out image that they stand for was not counted.
    """

    train: Dataset
    test: Dataset
    synthetic: Dataset
    judged: Rows
    to_training: Matches
    to_held_out: Matches
    between_real: Matches
    real_patients: list[str | None]
    repeated: Rows
    to_each_other: Matches
    within_real: Matches
    equal_repeats: NDArray[np.bool_]
    equal_real: NDArray[np.bool_]
    distinct: int
    excused: int


def compare_sides(sides: Sides, settings: CopiesSettings, advance: Callable[[int], object] | None = None) -> Compared:
    """Read the images of both sides and compare them.

    Parameters
    ----------
    sides : Sides
        With one or more images of each kind.
    advance : callable, optional
        Told how many images were read.

    Raises
    ------
    UsageError
        An image or the list of pairs cannot be read.
    """
    most, seed = settings.most_compared, sides.seed
    train, test, synthetic = (_at_most(side, most, seed) for side in (sides.train, sides.test, sides.synthetic))
    of_train, of_test, of_synthetic = (read_spectra(side, sides.size, advance) for side in (train, test, synthetic))
    judged = _drawn(len(synthetic), settings.most_judged, seed)
    queries = of_synthetic.take(judged)
    excused = _excused(sides, test, synthetic, judged, settings)
    real = _joined(of_train, of_test)
    patients = [patient or None for side in (train, test) for patient in side.rows.column("patient_group").to_pylist()]
    number = group_numbers(patients, len(patients))
    looked_at = _drawn(len(real), settings.most_judged, seed)
    repeated = _drawn(len(synthetic), min(len(real), settings.most_judged), seed)
    to_each_other = _each_other(of_synthetic, repeated)
    return Compared(
        train,
        test,
        synthetic,
        judged,
        best_matches(queries, of_train),
        best_matches(queries, of_test, excused=excused),
        best_matches(real.take(looked_at), real, apart=(number[looked_at], number)),
        [patients[row] for row in looked_at.tolist()],
        repeated,
        to_each_other,
        best_matches(real.take(looked_at), real, apart=(looked_at, np.arange(len(real)))),
        _is_repeated(of_synthetic),
        _is_repeated(real),
        len(repeated) - _later_ones(of_synthetic.take(repeated), to_each_other, settings.least_likeness),
        int((excused >= 0).sum()),
    )


def _each_other(spectra: Spectra, rows: Rows) -> Matches:
    own = np.arange(len(rows))
    return best_matches(spectra.take(rows), spectra.take(rows), apart=(own, own))


def _later_ones(spectra: Spectra, to_each_other: Matches, likeness: float) -> int:
    """Count the images that are copies of an earlier one."""
    rows = np.flatnonzero(to_each_other.equal | (to_each_other.likeness >= likeness))
    copies = spectra.take(rows)
    return sum(
        bool(found.equal[0] or found.likeness[0] >= likeness)
        for found in (best_matches(copies.take(np.array([at])), copies.take(np.arange(at))) for at in range(len(rows)))
    )


def _is_repeated(spectra: Spectra) -> NDArray[np.bool_]:
    _, place, counts = np.unique(spectra.digests, return_inverse=True, return_counts=True)
    return np.asarray(counts[place] > 1, bool)


def _joined(one: Spectra, other: Spectra) -> Spectra:
    return Spectra(np.concatenate([one.values, other.values]), np.concatenate([one.digests, other.digests]))


def _drawn(n: int, most: int, seed: int) -> Rows:
    return np.sort(np.random.default_rng(seed).permutation(n)[:most])


def _at_most(dataset: Dataset, most: int, seed: int) -> Dataset:
    if len(dataset) <= most:
        return dataset
    return replace(dataset, rows=dataset.rows.take(pa.array(_drawn(len(dataset), most, seed))))


def _excused(sides: Sides, test: Dataset, synthetic: Dataset, judged: Rows, settings: CopiesSettings) -> Rows:
    """Return for each judged image the row of the held-out image that it stands for, -1 for none."""
    found = np.full(len(synthetic), -1, np.int64)
    derived = _derived(synthetic)
    if settings.pairs is not None or settings.paired or derived:
        pairs = find_pairs(sides.test, sides.synthetic, settings.pairs, not_held_out=sides.train)
        paths = [side.rows.column("path").to_pylist() for side in (sides.test, sides.synthetic)]
        places = [
            {path: row for row, path in enumerate(side.rows.column("path").to_pylist())} for side in (test, synthetic)
        ]
        for pair in pairs.images:
            real, made = paths[0][pair.real], paths[1][pair.synthetic]
            named = settings.pairs is not None or settings.paired or made in derived
            if named and real in places[0] and made in places[1]:
                found[places[1][made]] = places[0][real]
    return found[judged]


def _derived(synthetic: Dataset) -> frozenset[str]:
    """Return the paths of the images whose catalogue says which real images they were made from."""
    if not (synthetic.folder / FILE_NAME).exists():
        return frozenset()
    rows = Catalogue.open(synthetic.folder).filter(status="kept").to_table(["path", "derived_from"])
    pairs = zip(rows.column("path").to_pylist(), rows.column("derived_from").to_pylist(), strict=True)
    return frozenset(path for path, sources in pairs if sources)
