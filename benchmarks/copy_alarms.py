"""How often the part ``copies`` raises an alarm, by the share of copies: ``python -m benchmarks.copy_alarms``.

The synthetic images are real ones of people in neither split, so that no alarm is right; then a share of them is
replaced by training images with noise, or by one of themselves. Patients are drawn anew for each set.
"""

from __future__ import annotations

import argparse
import os
import time
from collections import defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.environment import ROOT
from benchmarks.figures import Figure, Result, Table, share
from benchmarks.known_case_images import noisy
from benchmarks.known_cases import SIDE, Source, sartaj, slices, thirds
from medcurate.evaluate.copies.metrics import HELD_OUT, REPEATS, TRAINING, copy_metric
from medcurate.evaluate.copies.search import best_matches
from medcurate.evaluate.copies.settings import CopiesSettings
from medcurate.evaluate.copies.spectra import Spectra, spectra_of
from medcurate.evaluate.design.folds import group_numbers

SHARES = (0.0, 0.02, 0.05, 0.1, 0.2, 0.5)
LIKENESS = CopiesSettings().least_likeness


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; returns its exit code."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.copy_alarms", description=__doc__)
    parser.add_argument("--data", type=Path, default=Path(os.environ.get("MEDCURATE_DATA", ROOT / "../shared/data")))
    parser.add_argument("--n", type=int, default=100, help="images on each side, at most")
    parser.add_argument("--draws", type=int, default=100)
    options = parser.parse_args(arguments)
    began = time.process_time()
    figures = [
        figure
        for source in (sartaj(options.data), slices(options.data, once=True))
        for figure in alarms(source, options.n, options.draws)
    ]
    table = Table(
        title="Copies: sets with an alarm, by the share of copies in them",
        counts="sets",
        interval="Wilson, 95 %",
        figures=figures,
        notes=[
            f"{options.n} images on each side. Without copies every alarm is a false one.",
            "Three people of slices who have two names are in it once.",
            "With its 23 patients few copies may be chance: the verdict is caution, which is not counted.",
        ],
    )
    spent = round(time.process_time() - began)
    Result(name="copy-alarms", tables=[table], settings={"size": SIDE, "processor seconds": spent}).write()
    return 0


def alarms(source: Source, n: int, draws: int) -> Iterator[Figure]:
    """Draw sets, and yield the share of them with an alarm."""
    spectra = spectra_of(source.labeled.images)
    copies = spectra_of(noisy(source.labeled.images, np.random.default_rng(0)))
    found: dict[tuple[str, float], list[bool]] = defaultdict(list)
    for draw in range(draws):
        train, test, others = thirds(source, n, seed=draw)
        real = np.concatenate([train, test])
        patients = [source.groups[row] if source.patients else None for row in real.tolist()]
        floors = _between(spectra.take(real), patients), _between(spectra.take(real), None)
        rng = np.random.default_rng(draw)
        for planted in SHARES:
            count = round(planted * len(others))
            kept = spectra.take(others[count:])
            for kind, more in (
                ("of training images", copies.take(rng.permutation(train)[:count])),
                ("of each other", spectra.take(np.repeat(others[:1], count))),
            ):
                made = _joined(more, kept)
                found[kind, planted].append(
                    _alarm(kind, made, (spectra.take(train), spectra.take(test)), floors, patients)
                )
    for (kind, planted), hits in found.items():
        yield share(f"{source.name}, copies {kind}", hits, column=f"{100 * planted:g} % copies")


def _between(spectra: Spectra, patients: Sequence[str | None] | None) -> Any:
    rows = np.arange(len(spectra))
    number = rows if patients is None else group_numbers(patients, len(patients))
    return best_matches(spectra, spectra, apart=(number, number))


def _alarm(
    kind: str, made: Spectra, sides: tuple[Spectra, Spectra], floors: tuple[Any, Any], patients: Sequence[str | None]
) -> bool:
    if kind == "of each other":
        equal = tuple(np.isin(one.digests, _twice(one)) for one in (made, _joined(*sides)))
        metrics = [
            copy_metric(REPEATS, _between(made, None), floors[1], likeness=LIKENESS, real_groups=patients, equal=equal)  # type: ignore[arg-type]
        ]
    else:
        metrics = [
            copy_metric(name, best_matches(made, side), floors[0], likeness=LIKENESS, real_groups=patients)
            for name, side in zip((TRAINING, HELD_OUT), sides, strict=True)
        ]
    return any(metric.settings["beyond"] for metric in metrics)


def _twice(spectra: Spectra) -> Any:
    digests, counts = np.unique(spectra.digests, return_counts=True)
    return digests[counts > 1]


def _joined(one: Spectra, other: Spectra) -> Spectra:
    return Spectra(np.concatenate([one.values, other.values]), np.concatenate([one.digests, other.digests]))


if __name__ == "__main__":
    raise SystemExit(main())
