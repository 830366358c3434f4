"""Compare families of generators: train, draw, measure, and write one report."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from medcurate.compare.advice import advise, untold
from medcurate.compare.baseline_rows import BaselineRows
from medcurate.compare.baselines import REAL
from medcurate.compare.material import Material, open_material, read_images
from medcurate.compare.measuring import ALL, Measuring
from medcurate.compare.one_training import Job, write_json
from medcurate.compare.page import PAGE, write_page
from medcurate.compare.pictures import column_names, columns_of, curves_figure, samples_figure
from medcurate.compare.rows import CompareResult, Kind, Row, Summary, summarize
from medcurate.compare.settings import BASELINES, MOSAIC, CompareSettings
from medcurate.compare.trainings import Training, folder_of, trained
from medcurate.dataset.files import read_image
from medcurate.datasets_manifest.internal_use import check_use, sources_of
from medcurate.errors import UsageError
from medcurate.generate.families.registry import FAMILIES
from medcurate.generate.training.settings import TrainSettings
from medcurate.progress import ProgressReport
from medcurate.results import Figure
from medcurate.run_folder import lock
from medcurate.versions import installed

NUMBERS = "compare.json"
_PACKAGES = ("medcurate", "keras", "tensorflow", "jax", "numpy", "scipy", "scikit-learn")
_HUNDREDTH = 100

__all__ = ["NUMBERS", "PAGE", "compare"]


def compare(
    dataset: Path | str,
    out: Path | str,
    settings: CompareSettings | None = None,
    *,
    trainings: Mapping[str, TrainSettings] | None = None,
    progress: bool | None = None,
) -> CompareResult:
    """Train families of generators at equal cost on equal data, and judge their images by the same held-out ones.

    Each family is trained once per seed, each time in a process of its own, on the split ``train``. It then draws as
    many images as there are in the splits ``val`` and ``test``, with the labels of these where it is conditional. All
    images are measured by the parts copies, fidelity, two_sample and privacy of `medcurate.evaluate.evaluate`. Beside
    the families stand baselines that need no training: real training images, augmented ones, phantoms, and mosaics.

    Finished trainings and measurements are kept in `out`: the same call continues a stopped one, and a call with more
    families or seeds adds what is missing.

    Parameters
    ----------
    dataset : Path or str
        A dataset folder with splits, or a plain folder of ``train``, ``val`` and ``test``.
    out : Path or str
        The folder to write: ``report.html``, ``compare.json``, and ``trainings`` with a run folder each.
    settings : CompareSettings, optional
        Families, budget, seeds and images.
    trainings : mapping of str to TrainSettings, optional
        What to train, by the name in the report, in place of ``settings.models``: such as one family with two losses.
        Planes, tumor types, size and condition have to be those of `settings`.
    progress : bool, optional
        False shows nothing.

    Returns
    -------
    CompareResult

    Raises
    ------
    UsageError
        A setting does not fit, the dataset holds too few images or no splits, or every training failed.
    PolicyError
        The dataset may not be used for training.
    OutputError
        `out` cannot be written; `Locked` if another process writes it.

    Examples
    --------
    >>> settings = CompareSettings(models=("fastgan", "dcgan"), budget=300, seeds=3)
    >>> result = compare("dataset", "comparison", settings)  # doctest: +SKIP
    >>> result.advice  # doctest: +SKIP
    """
    settings = settings or CompareSettings()
    chosen = dict(settings.trainings() if trainings is None else trainings)
    _check_trainings(chosen, settings)
    if MOSAIC in FAMILIES and all(one.model != MOSAIC for one in chosen.values()):
        chosen[MOSAIC] = settings.training(MOSAIC)
    check_use(sources_of(Path(dataset)), what="compare")
    material = open_material(dataset, plane=settings.plane, tumor=settings.tumor, condition=settings.condition)
    with lock(Path(out)):
        return _Comparison(Path(dataset), Path(out), settings, chosen, material).run(show=progress is not False)


def _check_trainings(trainings: Mapping[str, TrainSettings], settings: CompareSettings) -> None:
    if not trainings:
        raise UsageError("trainings: expected one or more, received none")
    for name, training in trainings.items():
        for what in ("size", "condition", "plane", "tumor"):
            if getattr(training, what) != getattr(settings, what):
                raise UsageError(
                    f"{name}: expected the {what} of the comparison, {getattr(settings, what)!r}, received "
                    f"{getattr(training, what)!r}: families are compared on equal data"
                )


@dataclass(frozen=True, slots=True)
class _Comparison:
    """One comparison."""

    dataset: Path
    out: Path
    settings: CompareSettings
    trainings: Mapping[str, TrainSettings]
    material: Material

    def run(self, *, show: bool) -> CompareResult:
        """Train what is missing, measure what is missing, and write the report."""
        measuring = Measuring.of(self.material, self.settings.size)
        finished, failed = self._train(measuring.digest, show)
        rows: list[Row] = []
        notes = [*self.material.notes, *failed]
        others = BaselineRows(self.out, self.settings, measuring, downstream=self.downstream)
        total = len(finished) + others.count
        with ProgressReport("measure images, rows", total=total, show=show) as report:
            for (name, seed), training in finished.items():
                rows.append(self._row(measuring, name, seed, training))
                report.advance(1)
            for found in others.rows():
                if isinstance(found, Row):
                    rows.append(found)
                else:
                    notes.append(found)
                report.advance(1)
        rows = _with_real_labels(rows)
        summaries = summarize(rows)
        if self.settings.downstream and not self.downstream:
            notes.append("The gain of a classifier was not measured: it needs labels. Give --condition tumor.")
        notes += untold(summaries, condition=self.settings.condition, held_out=len(self.material.held_out))
        result = CompareResult(tuple(rows), summaries, advise(summaries), tuple(notes), self._facts())
        write_json(self.out / NUMBERS, result.to_dict())
        write_page(self.out, result, self._figures(rows, summaries))
        return result

    def _train(self, digest: str, show: bool) -> tuple[dict[tuple[str, int], Training], list[str]]:
        wanted = [(name, seed) for seed in self.settings.seed_numbers for name in self.trainings]
        finished: dict[tuple[str, int], Training] = {}
        errors: dict[str, UsageError] = {}
        with ProgressReport("train, percent", total=_HUNDREDTH * len(wanted), show=show) as report:
            for number, (name, seed) in enumerate(wanted):

                def advance(share: float, before: int = _HUNDREDTH * number) -> None:
                    report.advance(before + int(_HUNDREDTH * share) - report.count)

                if name not in errors:
                    if show and sys.stderr.isatty():
                        report.say(f"{name}, seed {seed} ({number + 1} of {len(wanted)})")
                    try:
                        finished[name, seed] = self._trained(name, seed, digest, advance)
                    except UsageError as error:  # one that does not fit the images must not cost the others
                        errors[name] = error
                advance(1.0)
        if not finished:
            raise next(iter(errors.values()))
        return finished, [f"{name} could not be trained: {error}" for name, error in errors.items()]

    def _trained(self, name: str, seed: int, digest: str, advance: Any) -> Training:
        training = self.settings.timed(self.trainings[name], seed)
        seconds = self.settings.budget if self.settings.steps is None else None
        labels = self.material.labels
        job = Job(str(self.dataset.resolve()), training.to_dict(), seconds, len(self.material.held_out), labels)
        return trained(folder_of(self.out, name, job, digest), job, advance=advance)

    def _row(self, measuring: Measuring, name: str, seed: int, training: Training) -> Row:
        images = measuring.drawn(training.images)
        found = measuring.measure(images, training.folder, ALL, downstream=self.downstream)
        facts = training.facts
        values = found.values | {
            "steps": float(facts["steps"]),
            "cpu_seconds": float(facts["cpu_seconds"]),
            "milliseconds_per_image": 1000 * float(facts["seconds_per_image"]),
            "parameters": float(sum(facts["parameters"].values())),
        }
        if facts["memory_mib"] is not None:
            values["memory_mib"] = float(facts["memory_mib"])
        kind: Kind = "baseline" if self.trainings[name].model in BASELINES else "model"
        curve = tuple((seconds, measuring.distance(measuring.drawn(folder))) for seconds, folder in training.marks)
        notes = (*found.notes, *(f"{name}: {note}" for note in facts["notes"]))
        return Row(name, kind, seed, values, found.real, found.flags, curve, training.images, notes)

    @property
    def downstream(self) -> bool:
        """Whether the gain of a classifier is measured."""
        return self.settings.downstream and bool(self.settings.condition)

    def _facts(self) -> dict[str, Any]:
        settings = self.settings
        return {
            "dataset": {
                "name": self.dataset.resolve().name,
                "train": len(self.material.train),
                "held_out": len(self.material.held_out),
            },
            "settings": {
                "budget_seconds": settings.budget if settings.steps is None else None,
                "steps": settings.steps,
                "seeds": list(settings.seed_numbers),
                "size": settings.size,
                "batch": settings.batch,
                "augment": list(settings.augment),
                "condition": list(settings.condition),
                "plane": list(settings.plane),
                "tumor": list(settings.tumor),
                "interval": "95 %, Student's t over seeds",
                "trainings": {
                    name: {"model": one.model, "options": dict(one.options), "augment": list(one.augment)}
                    for name, one in self.trainings.items()
                },
            },
            "versions": installed(_PACKAGES),
        }

    def _figures(self, rows: list[Row], summaries: tuple[Summary, ...]) -> tuple[Figure, ...]:
        columns = columns_of(self.material)
        held_out = read_images(self.material.held_out, self.settings.size)
        tiles: dict[str, NDArray[np.uint8]] = {"real, held out": held_out[columns]}
        for summary in summaries:
            first = next(row for row in rows if row.model == summary.model and row.kind == summary.kind)
            if first.images is not None:
                tiles[_titled(summary)] = _read_png(first.images, columns)
        labels = "Every column has one label. " if self.settings.condition else ""
        caption = (
            f"{labels}The first row is real and held out: the page is as confidential as these images. The others are "
            f"drawn, by the first seed ({rows[0].seed}), and not chosen."
        )
        floors = [row.real["frechet_distance"] for row in rows if "frechet_distance" in row.real]
        curves = curves_figure(rows, floors[0] if floors else None)
        samples = samples_figure(tiles, column_names(self.material, columns), caption)
        return (samples, curves) if curves is not None else (samples,)


def _titled(summary: Summary) -> str:
    ratio = summary.means.get("ratio")
    return summary.model if ratio is None else f"{summary.model}, ratio {ratio.value:.2f}"


def _read_png(folder: Path, rows: NDArray[np.int64]) -> NDArray[np.uint8]:
    return np.stack([read_image(folder / f"{row:05d}.png") for row in rows.tolist()]).astype(np.uint8)


def _with_real_labels(rows: list[Row]) -> list[Row]:
    """Give the row of real training images the label agreement of held-out ones: its own images taught the judge."""
    known = [row.real["label_agreement"] for row in rows if "label_agreement" in row.real]
    if not known:
        return rows
    return [
        replace(row, values={**row.values, "label_agreement": known[0]}) if row.model == REAL else row for row in rows
    ]
