from __future__ import annotations

import numpy as np
import pytest

from medcurate.curate.measures.plane_features import N_RAW
from medcurate.errors import UsageError
from tools.plane_training.bases import CLASSES
from tools.plane_training.dataset import OTHER_SHARE, remaining, training_descriptions, training_slices


def _same(first, second):
    return len(first) == len(second) and all(
        np.array_equal(a.image, b.image) and a[1:] == b[1:] for a, b in zip(first, second, strict=True)
    )


def test_the_same_seed_gives_the_same_slices_and_another_gives_others(bases):
    first, again, other = (list(training_slices(bases, n=60, seed=seed)) for seed in (3, 3, 4))
    assert _same(first, again)
    assert not any(np.array_equal(a.image, b.image) for a, b in zip(first, other, strict=True))


def test_more_slices_begin_with_the_same(bases):
    assert _same(list(training_slices(bases, n=130, seed=3))[:110], list(training_slices(bases, n=110, seed=3)))


@pytest.mark.slow
def test_workers_change_nothing(bases):
    assert _same(list(training_slices(bases, n=250, seed=3)), list(training_slices(bases, n=250, seed=3, workers=2)))


def test_slices_are_gray_images_with_something_on_them(bases):
    for image, label, source in training_slices(bases, n=300, seed=1):
        assert image.dtype == np.uint8
        assert image.ndim == 2
        assert image.max() > image.min()
        assert (source == "schematic") == (CLASSES[label] == "other")


def test_classes_are_balanced(bases):
    labels = [sample.label for sample in training_slices(bases, n=1000, seed=2)]
    shares = np.bincount(labels, minlength=4) / len(labels)
    plane = (1 - OTHER_SHARE) / 3
    assert shares == pytest.approx([plane, plane, plane, OTHER_SHARE], abs=0.05)


def test_excluded_sources_never_appear(bases, template):
    several = [*bases, template]
    drawn = {sample.source for sample in training_slices(several, n=200, seed=0)}
    assert drawn == {"phantom", "mni152", "schematic"}
    drawn = {sample.source for sample in training_slices(several, n=200, seed=0, exclude=["mni152"])}
    assert drawn == {"phantom", "schematic"}


def test_sources_that_are_unknown_or_needed_cannot_be_excluded(bases):
    with pytest.raises(UsageError, match=r"among phantom, schematic, got nobody"):
        remaining(bases, ["nobody"])
    with pytest.raises(UsageError, match=r"no source is left that shows other"):
        next(training_slices(bases, n=1, seed=0, exclude=["schematic"]))


@pytest.mark.parametrize(("n", "workers"), [(0, 0), (5, -1)])
def test_numbers_are_checked(bases, n, workers):
    with pytest.raises(UsageError, match="expected n of at least 1"):
        next(training_slices(bases, n=n, seed=0, workers=workers))


def test_descriptions_come_a_block_at_a_time(bases):
    first, second = training_descriptions(bases, n=120, seed=0)
    assert first.values.shape == (100, N_RAW)
    assert second.values.shape == (20, N_RAW)
    assert first.values.dtype == np.float32
    assert second.labels.shape == (20,)
    assert len(second.sources) == 20
