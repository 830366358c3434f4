"""Which written images stay, and in which split."""

from __future__ import annotations

import pytest

from medcurate.curate.homogenizing.outcomes import Outcome, WrittenImages, decide_outcomes, duplicates_after_processing
from medcurate.curate.homogenizing.settings import HomogenizeSettings

KEPT, DUPLICATE, CONFLICT = Outcome.KEPT, Outcome.DUPLICATE, Outcome.CONFLICT


def images(*rows: tuple[int, str, str | None], volumes: tuple[int, ...] = ()) -> WrittenImages:
    """Make images of identity, group and tumor type."""
    found = WrittenImages()
    for number, (image, group, tumor) in enumerate(rows):
        found.image.append(image)
        found.group.append(group)
        found.cluster.append(f"c{number}")
        found.path.append(f"train/{number}.png")
        found.is_volume.append(number in volumes)
        for name, value in (("tumor", tumor), ("plane", "axial"), ("source", "s")):
            found.strata[name].append(value)
    return found


@pytest.mark.parametrize(
    ("written", "keep", "expected"),
    [
        (images(), False, []),
        (images((7, "a", None), (5, "b", None), (7, "c", None)), False, [KEPT, KEPT, DUPLICATE]),
        (images((7, "a", "glioma"), (5, "b", None), (7, "a", "none")), False, [CONFLICT, KEPT, CONFLICT]),
        (images((7, "a", None), (7, "a", None), (7, "b", None)), True, [KEPT, KEPT, DUPLICATE]),
        (images((7, "a", None), (7, "b", "none"), volumes=(0, 1)), False, [KEPT, KEPT]),
    ],
)
def test_images_with_the_same_pixels(written, keep, expected):
    assert duplicates_after_processing(written, keep_duplicates=keep).tolist() == expected


def test_what_is_not_kept_has_no_split():
    written = images((7, "a", None), (7, "b", None), (5, "c", None), (3, "d", None))
    found = decide_outcomes(written, HomogenizeSettings(split={"train": 0.5, "test": 0.5}, folds=2))
    assert found.kept.tolist() == [True, False, True, True]
    assert [name is None for name in found.split] == [False, True, False, False]
    assert {number for name, number in zip(found.split, found.fold, strict=True) if name != "train"} == {None}


def test_splits_of_folders_are_kept():
    written = images((7, "a", None), (5, "b", None))
    found = decide_outcomes(written, HomogenizeSettings(keep_splits=True))
    assert (found.split, found.fold) == (["train", "train"], [None, None])


def test_where_nothing_stays_there_are_no_splits():
    found = decide_outcomes(images((7, "a", "glioma"), (7, "b", "none")), HomogenizeSettings())
    assert (found.kept.any(), found.split, found.notes) == (False, [None, None], ())
