"""The part ``dice`` of an evaluation: whether anatomy sits where it should.

Three comparisons, each where the data allow it:

1. *pairs*: masks of held-out real images with those of the synthetic images of the same name;
2. *condition*: the mask that a synthetic image was made from with what a segmenter trained on real images finds in it,
   compared with what the same segmenter finds in held-out real images;
3. *segmenter*: what segmenters trained on real, mixed and synthetic sets find in held-out real images.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import reduce
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from medcurate.dataset import Dataset, VolumeSet
from medcurate.errors import MissingExtra
from medcurate.evaluate.design.sides import Part, Sides
from medcurate.evaluate.dice.agreement import agreement_metrics
from medcurate.evaluate.dice.examples import image_examples, volume_examples
from medcurate.evaluate.dice.learned import Learnable, compare_learned
from medcurate.evaluate.dice.mask_files import MaskedImages, labels_within, masked_images, masked_volumes
from medcurate.evaluate.dice.mask_pairs import ComparedMasks, compare_images, compare_volumes, image_pairs, volume_pairs
from medcurate.evaluate.dice.numbering import agreed_numbering
from medcurate.evaluate.dice.regions import Regions, named_regions
from medcurate.evaluate.dice.segmenter import Training
from medcurate.evaluate.dice.settings import DiceSettings
from medcurate.evaluate.dice.verdicts import pairs_verdict


@dataclass(frozen=True, slots=True)
class _Masks:
    """What has masks in one dataset."""

    images: MaskedImages
    volumes: list[VolumeSet]

    @classmethod
    def of(cls, dataset: Dataset) -> _Masks:
        return cls(masked_images(dataset), masked_volumes(dataset))

    def __len__(self) -> int:
        return len(self.images) + len(self.volumes)


@dataclass(frozen=True, slots=True)
class _Given:
    """Masks of all three sets, and how they are read."""

    train: _Masks
    test: _Masks
    synthetic: _Masks
    regions: Regions
    record: Mapping[str, Any]
    seed: int


_DEFAULT = DiceSettings()


def measure(sides: Sides, settings: DiceSettings = _DEFAULT, *, progress: bool | None = None) -> Part:
    """Compare masks, and train segmenters where both sides have them.

    Parameters
    ----------
    progress : bool, optional
        False shows none.

    Returns
    -------
    Part
        Its notes say which of the three comparisons were made, and why others were not.

    Raises
    ------
    UsageError
        A setting is out of range, or a picture or mask cannot be used.
    MissingExtra
        Keras is not installed, and there are no pairs either; where there are, a note says so.
    """
    settings.check()
    train, test, synthetic = (_Masks.of(dataset) for dataset in (sides.train, sides.test, sides.synthetic))
    without = [name for name, masks in (("held-out real", test), ("synthetic", synthetic)) if not len(masks)]
    if without:
        return Part(notes=(f"regions were not compared: no {' and no '.join(without)} image has a mask",))
    real_labels = labels_within(test.images, test.volumes) | labels_within(train.images, train.volumes)
    synthetic_labels = labels_within(synthetic.images, synthetic.volumes)
    numbering, notes = agreed_numbering(settings.mask_labels, real_labels, synthetic_labels)
    given = _Given(train, test, synthetic, named_regions(numbering), {"labels": numbering}, sides.seed)
    parts = list(_pairs(given))
    try:
        with TemporaryDirectory(prefix="medcurate-dice-") as work:
            parts.append(_slices(given, settings, sides.size, Path(work), progress))
            parts.append(_volumes(given, settings, Path(work), progress))
    except MissingExtra as error:
        if not any(part.metrics for part in parts):
            raise
        parts.append(Part(notes=(f"no segmenter was trained: {error}",)))
    return reduce(_join, parts, Part(notes=notes))


def _pairs(given: _Given) -> Iterator[Part]:
    """Compare masks of the same name, in 2-D and in 3-D."""
    images = image_pairs(given.test.images, given.synthetic.images)
    if images:
        compared = compare_images(given.test.images, given.synthetic.images, images, given.regions)
        known = given.test.images.patients_known
        notes = [f"masks of {len(images):,} pairs of images of one name (or id) were compared"]
        if compared.scaled:
            notes.append(f"{compared.scaled:,} pairs differ in size: the synthetic mask was scaled to the real one")
        yield _pairs_part(given, compared, notes, known, "")
    volumes = volume_pairs(given.test.volumes, given.synthetic.volumes)
    if volumes:
        compared, left_out = compare_volumes(volumes, given.regions)
        notes = [f"masks of {len(volumes) - left_out:,} pairs of volumes of one name were compared"]
        if left_out:
            notes.append(f"{left_out:,} pairs of volumes were left out: their grids differ")
        yield _pairs_part(given, compared, notes, all(real.patient_group for real, _ in volumes), "3-D, ")
    if not images and not volumes:
        yield Part(notes=("masks were not compared in pairs: no synthetic image has the name of a held-out real one",))


def _pairs_part(given: _Given, compared: ComparedMasks, notes: list[str], patients: bool, prefix: str) -> Part:
    if not compared.tally.pairs:
        return Part(notes=tuple(notes))
    metrics = agreement_metrics(
        [compared.tally],
        f"dice/pairs_{{quantity}}[{prefix}{{region}}]",
        settings={**given.record, "unit": compared.unit, "unit_of_n": "patients" if patients else "images"},
        seed=given.seed,
    )
    return Part(metrics, (pairs_verdict(metrics, prefix),), (), tuple(notes))


def _slices(given: _Given, settings: DiceSettings, size: int, work: Path, progress: bool | None) -> Part:
    """Train segmenters on slices."""
    sets = {"train": given.train.images, "test": given.test.images, "synthetic": given.synthetic.images}
    fewest = {"train": settings.fewest, "test": 1, "synthetic": settings.fewest}
    if not any(len(images) for images in sets.values()):
        return Part()
    why = _too_few({name: len(images) for name, images in sets.items()}, fewest, "images")
    if why:
        return Part(notes=why)
    side = settings.network_size(size, settings.largest_size)
    made = [image_examples(images, side, given.regions, work / name) for name, images in sets.items()]
    return _learned(given, settings, Learnable(*made), settings.steps, settings.batch, {"size": side}, progress)


def _volumes(given: _Given, settings: DiceSettings, work: Path, progress: bool | None) -> Part:
    """Train segmenters on volumes, with the contrasts that all have as channels."""
    sets = {"train": given.train.volumes, "test": given.test.volumes, "synthetic": given.synthetic.volumes}
    fewest = {"train": settings.fewest_volumes, "test": 1, "synthetic": settings.fewest_volumes}
    if not any(sets.values()):
        return Part()
    why = _too_few({name: len(volumes) for name, volumes in sets.items()}, fewest, "volumes")
    if why:
        return Part(notes=why)
    shared = set.intersection(*(set(found.contrasts) for volumes in sets.values() for found in volumes))
    if not shared:
        return Part(notes=("no segmenter was trained on volumes: there is no contrast that all of them have",))
    contrasts, side = sorted(shared), settings.network_size(settings.volume_size, settings.volume_size)
    made = [
        volume_examples(volumes, contrasts, side, given.regions, work / f"{name}-volumes")
        for name, volumes in sets.items()
    ]
    record = {"size": side, "contrasts": contrasts}
    return _learned(given, settings, Learnable(*made), settings.volume_steps, settings.volume_batch, record, progress)


def _learned(
    given: _Given,
    settings: DiceSettings,
    sides: Learnable,
    steps: int,
    batch: int,
    record: Mapping[str, Any],
    progress: bool | None,
) -> Part:
    training = Training(
        steps=steps,
        batch=batch,
        width=settings.width,
        depth=settings.depth,
        learning_rate=settings.learning_rate,
        seed=given.seed,
    )
    recorded = {**given.record, **record, "network": "unet", **{k: getattr(training, k) for k in _RECORDED}}
    part = compare_learned(
        sides, given.regions, training,
        doses=settings.doses, repeats=settings.repeats, settings=recorded, seed=given.seed, progress=progress,
    )  # fmt: skip
    what = "volumes" if sides.prefix else "images"
    note = (
        f"segmenters were trained on {len(sides.train):,} real {what} with masks and on synthetic ones (there are "
        f"{len(sides.synthetic):,}), and tested on {len(sides.test):,} held-out {what} of "
        f"{len(set(sides.test.groups)):,} {'patients' if sides.test.patients_known else what}"
    )
    return _join(Part(notes=(note,)), part)


_RECORDED = ("steps", "batch", "width", "depth", "learning_rate")


def _too_few(found: Mapping[str, int], fewest: Mapping[str, int], what: str) -> tuple[str, ...]:
    few = [f"{name} {n:,} (at least {fewest[name]})" for name, n in found.items() if n < fewest[name]]
    return (f"no segmenter was trained on {what}: too few with masks, {', '.join(few)}",) if few else ()


def _join(one: Part, other: Part) -> Part:
    return Part(
        one.metrics + other.metrics,
        one.verdicts + other.verdicts,
        one.figures + other.figures,
        one.notes + other.notes,
    )
