"""Measure the images of a row with parts of `medcurate.evaluate`, and keep what was found."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pyarrow as pa

from medcurate.catalogue import SCHEMA
from medcurate.compare.material import Material
from medcurate.dataset import Dataset
from medcurate.evaluate import part_store
from medcurate.evaluate.collages.judged import REPEATED
from medcurate.evaluate.collages.verdict import collage_level
from medcurate.evaluate.copies.metrics import REPEATS, TRAINING
from medcurate.evaluate.design.encoded import EncodedSides
from medcurate.evaluate.design.feature_cache import FeatureCache
from medcurate.evaluate.design.sides import Sides
from medcurate.evaluate.fidelity.features import FidelitySets
from medcurate.evaluate.fidelity.frechet import frechet_value
from medcurate.evaluate.fidelity.settings import FidelitySettings
from medcurate.evaluate.part_store import Finished
from medcurate.evaluate.parts import PARTS, PartKind
from medcurate.results import Metric
from medcurate.versions import version_digest

FIDELITY = ("fidelity", "two_sample")
"""Parts that measure how real images look."""
ALL = ("copies", *FIDELITY, "privacy")
"""Parts that measure a generator."""
DOWNSTREAM = "downstream"
SEED = 0
"""Of every measurement: rows differ in their images alone."""

OPTIONS: Mapping[str, Mapping[str, Any]] = {
    "fidelity": {"splits": 6},
    "two_sample": {"halvings": 1, "rounds": 100},
    "privacy": {"rounds": 200, "halvings": 40},
}
"""Settings that part from those of `evaluate`: intervals of single rows are not shown, so they may be coarse. No value
depends on them, but that of told apart between halves of real images, which stands nowhere."""

_LIBRARIES = ("medcurate", "numpy", "scipy", "scikit-learn")
_NAMES = {
    "fidelity/frechet_distance": "frechet_distance",
    "fidelity/kernel_distance": "kernel_distance",
    "fidelity/precision": "precision",
    "fidelity/recall": "recall",
    "fidelity/density": "density",
    "fidelity/coverage": "coverage",
    "fidelity/vendi_score": "vendi_score",
    "two_sample/label_agreement": "label_agreement",
    "two_sample/accuracy[linear]": "told_apart_linear",
    "two_sample/accuracy[trees]": "told_apart_trees",
    TRAINING: "copies",
    REPEATS: "repeats",
    REPEATED: "repeated_windows",
    "privacy/closer_to_training": "nearer_to_training",
}
"""Metrics of the parts, and their names here."""
_CONTROLS = {
    "two_sample/training_accuracy[linear]": "told_apart_linear",
    "two_sample/training_accuracy[trees]": "told_apart_trees",
}
"""Metrics of real training images: the control of what they are named like."""
_GAIN = "downstream/gain["


@dataclass(frozen=True, slots=True)
class Measured:
    """What the parts found of the images of one row.

    Attributes
    ----------
    values, real : dict of str to float
        See `medcurate.compare.rows.Row`.
    flags : tuple of str
    notes : tuple of str
    """

    values: dict[str, float]
    real: dict[str, float]
    flags: tuple[str, ...]
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Measuring:
    """Measures rows of one comparison against the same held-out images.

    Attributes
    ----------
    material : Material
    size : int
        Width and height at which images are compared (pixels).
    digest : str
        Of all real images.
    """

    material: Material
    size: int
    digest: str
    features: FeatureCache

    @classmethod
    def of(cls, material: Material, size: int) -> Measuring:
        """Return what measures against these images."""
        digest = version_digest(sides=[material.train.digest(), material.held_out.digest()])
        return cls(material, size, digest, FeatureCache())

    def drawn(self, folder: Path, n: int | None = None) -> Dataset:
        """Open images that were drawn in the order of the held-out ones, with the labels that they were drawn with."""
        paths = sorted(path.name for path in folder.glob("*.png"))[:n]
        known = {name: self.material.known(name) for name in ("tumor", "plane")}
        rows = [
            {"image_id": f"{folder.parent.parent.name}-{path}", "path": path, "kind": "image", "status": "kept",
             "source": "drawn", "origin": "synthetic", "bit_depth": 8,
             **{name: values[number] for name, values in known.items()}}
            for number, path in enumerate(paths)
        ]  # fmt: skip
        real = self.material.held_out
        table = pa.Table.from_pylist(rows, schema=SCHEMA).select(real.rows.column_names)
        return Dataset(folder, table, real.volume_rows.slice(0, 0), real.masked.slice(0, 0), real.classes_of)

    def sides(self, images: Dataset) -> Sides:
        """Return both sides of an evaluation."""
        material = self.material
        ids = frozenset(material.train.ids)
        return Sides(
            material.train, material.held_out, images, ids, self.size, SEED, material.notes, features=self.features
        )

    def unseen(self) -> Dataset:
        """Return the training images that may stand for real ones: the scale was learned on the others."""
        encoded = self._encoded(self.material.held_out)
        return encoded.train.take(encoded.unseen).dataset

    def distance(self, images: Dataset) -> float:
        """Return the Fréchet distance from the held-out images, as the part fidelity measures it."""
        sets = FidelitySets.of(self._encoded(images), SEED)
        return frechet_value(sets.test.features, sets.generated.features)

    def _encoded(self, images: Dataset) -> EncodedSides:
        settings = FidelitySettings()
        return EncodedSides.of(self.sides(images), settings.encoder, most=settings.most, progress=False)

    def measure(self, images: Dataset, home: Path, names: Sequence[str], *, downstream: bool = False) -> Measured:
        """Run parts on the images of a row, or take what an earlier call kept in `home`."""
        chosen = (*names, *((DOWNSTREAM,) if downstream else ()))
        sides = self.sides(images)
        found = [self._part(kind, sides, home) for kind in PARTS if kind.name in chosen]
        metrics = [metric for part in found for metric in part.metrics]
        return Measured(*_figures(metrics), _flags(metrics), _notes(metrics, downstream=downstream))

    def _part(self, kind: PartKind, sides: Sides, home: Path) -> Any:
        settings = kind.settings(label=self.label, **OPTIONS.get(kind.name, {}))
        key = version_digest(
            libraries=_LIBRARIES, part=kind.name, real=self.digest, drawn=images_digest(sides.synthetic),
            size=self.size, settings=part_store.settings_record(settings),
        )  # fmt: skip
        kept = part_store.kept(home, kind.name, key)
        if kept is None:
            measured = kind.measure()(sides, settings, progress=False)
            kept = Finished(replace(measured, figures=()), 0.0)
            part_store.keep(home, kind.name, key, kept)
        return kept.part

    @property
    def label(self) -> str:
        """The label that classifiers look at: the first condition."""
        return self.material.condition[0] if self.material.condition else "tumor"


def images_digest(images: Dataset) -> str:
    """Return a digest of pixels and labels, wherever they lie."""
    total = hashlib.sha256()
    for path in images.rows.column("path").to_pylist():
        total.update((images.folder / path).read_bytes())
    for name in ("tumor", "plane"):
        total.update(repr(images.rows.column(name).to_pylist()).encode())
    return total.hexdigest()


def _figures(metrics: Sequence[Metric]) -> tuple[dict[str, float], dict[str, float]]:
    values: dict[str, float] = {}
    real: dict[str, float] = {}
    for metric in metrics:
        if name := _NAMES.get(metric.name):
            values |= _finite(name, metric.value)
            real |= {} if metric.real_vs_real is None else _finite(name, metric.real_vs_real.value)
    for metric in metrics:
        if name := _CONTROLS.get(metric.name):
            real |= _finite(name, metric.value)
    if "frechet_distance" in real:
        values["floor"] = real["frechet_distance"]
        if values["floor"] > 0:
            values["ratio"] = values["frechet_distance"] / values["floor"]
    return values | dict(_gain(metrics)), real


def _gain(metrics: Sequence[Metric]) -> Iterator[tuple[str, float]]:
    """Return what the classic classifier gains from as many drawn images as there are real ones, with all of these."""
    found = [one for one in metrics if one.name.startswith(_GAIN) and "classic" in one.name and "1x" in one.name]
    whole = [one for one in found if "all" in one.name] or found
    if whole and math.isfinite(whole[-1].value):
        yield "downstream_gain", whole[-1].value


def _finite(name: str, value: float) -> dict[str, float]:
    return {name: value} if math.isfinite(value) else {}


def _flags(metrics: Sequence[Metric]) -> tuple[str, ...]:
    by_name: Mapping[str, Metric] = {metric.name: metric for metric in metrics}
    flags = [name for name, of in (("copies", TRAINING), ("repeats", REPEATS)) if _beyond(by_name.get(of))]
    pieces = by_name.get(REPEATED)
    if pieces is not None and "why" not in pieces.settings and collage_level(pieces) == "bad":
        flags.append("collages")
    return tuple(flags)


def _beyond(metric: Metric | None) -> bool:
    return metric is not None and bool(metric.settings.get("beyond"))


def _notes(metrics: Sequence[Metric], *, downstream: bool) -> tuple[str, ...]:
    if downstream and not any(metric.name.startswith(_GAIN) for metric in metrics):
        return ("the gain of a classifier was not measured: it needs labels, and enough real images of each",)
    return ()
