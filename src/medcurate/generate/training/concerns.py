"""What speaks against a training before it begins, and what would help."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

from medcurate.dataset import Dataset
from medcurate.generate.training.copies import copies_between_splits, copy_groups
from medcurate.generate.training.reading import ReadExamples
from medcurate.generate.training.selection import has_splits, misread_splits
from medcurate.generate.training.settings import TrainSettings

FEW = 100
"""Different examples below which a generator is expected to repeat them."""
FEW_PER_CLASS = 20
"""Examples of a class below which a generator that is given the class is expected to repeat them."""
_MOST_NAMED = 4


def find_concerns(dataset: Dataset, settings: TrainSettings, read: ReadExamples) -> tuple[str, ...]:
    """Return what makes a good result unlikely, in sentences that say what would help.

    Parameters
    ----------
    dataset : Dataset
        The whole dataset. Of the splits that are not trained on, only files that have the size of a training file are
        opened, to see whether they are copies.
    settings : TrainSettings
    read : ReadExamples
        What the training reads.
    """
    return (
        *_of_number(read),
        *_of_classes(settings, read),
        *_of_planes(settings, read),
        *_of_splits(dataset, settings),
        *_across_splits(dataset, read),
    )


def _of_number(read: ReadExamples) -> Iterator[str]:
    total, what = len(read.samples), _kind(read)
    exact, near = copy_groups(read.samples.columns["target"])
    different = len(exact)
    if different == 1 and total > 1:
        yield (
            f"all {total:,} training {what} are one and the same: there is nothing to learn but to repeat it. "
            "Give other images"
        )
        return
    if total > different:
        yield (
            f"{total - different:,} of {total:,} training {what} are exact copies of others, one of them "
            f"{max(exact.values()):,} times: copies are learned by heart first. Remove them: medcurate homogenize does"
        )
    if near:
        yield (
            f"{near:,} of {different:,} different training {what} look the same as another but for small changes: they "
            "are learned by heart first, and copies in a test split make a result look better than it is. Search for "
            "copies: medcurate dedupe"
        )
    if different < FEW:
        yield (
            f"{different:,} different training {what} are too few: below {FEW}, a generator repeats them. Some hundred "
            f"of many patients are a minimum: add data, or select less strictly (--plane, --tumor, --split)"
        )


def _kind(read: ReadExamples) -> str:
    return {"slices": "images", "volumes": "volumes", "patches": "patches"}[read.reading.kind]


def _of_classes(settings: TrainSettings, read: ReadExamples) -> Iterator[str]:
    """Look at the classes of each condition; without one, at tumor types with a single image."""
    plane, tumor = (Counter(values) for values in zip(*read.labels, strict=True))
    for name, counts in (("tumor", tumor), ("plane", plane)):
        known = {value: count for value, count in counts.items() if value is not None}
        if name in settings.condition:
            few = {value: count for value, count in known.items() if count < FEW_PER_CLASS}
            if few:
                yield (
                    f"--condition {name}: too few {_kind(read)} of {_named(few)}: below {FEW_PER_CLASS}, those of a "
                    f"class are repeated. Add some, leave the class out (--{name}), or train without the condition"
                )
        elif name == "tumor" and (single := {value: count for value, count in known.items() if count == 1}):
            yield f"{_named(single)}: a single example will hardly be drawn. Add some, or leave it out (--tumor)"


def _named(counts: Mapping[Any, int]) -> str:
    shown = [f"{value} ({count:,})" for value, count in sorted(counts.items(), key=lambda pair: pair[1])]
    more = f" and {len(shown) - _MOST_NAMED} more" if len(shown) > _MOST_NAMED else ""
    return ", ".join(shown[:_MOST_NAMED]) + more


def _of_planes(settings: TrainSettings, read: ReadExamples) -> Iterator[str]:
    counts = Counter(plane for plane, _ in read.labels if plane not in (None, "unknown"))
    if len(counts) > 1 and "plane" not in settings.condition:
        most = counts.most_common(1)[0][0]
        yield (
            f"planes are mixed ({_named(counts)}): the generator must learn each of them from its part of the images. "
            f"Choose one (--plane {most}), or draw by plane (--condition plane)"
        )


def _of_splits(dataset: Dataset, settings: TrainSettings) -> Iterator[str]:
    for name, meant in misread_splits(dataset).items():
        yield f"{name} is no split: was {meant} meant? Rename it, so that its images are not taken for others"
    if settings.split is None or not has_splits(dataset):
        yield (
            "all images are trained on, and evaluate needs real ones that were not. Divide them by patient: medcurate "
            "homogenize does"
        )


def _across_splits(dataset: Dataset, read: ReadExamples) -> Iterator[str]:
    for split, copies in copies_between_splits(dataset, read.rows).items():
        yield (
            f"the split {split} holds images that are trained on ({len(copies):,}, such as {copies[0]}): a generator "
            "that repeats them would look good there. Divide by patient, without copies: medcurate homogenize does"
        )
