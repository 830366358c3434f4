"""Many pairs: slices of a patient count as one, empty masks follow their rule, intervals draw patients."""

from __future__ import annotations

import json

import numpy as np
import pytest

from medcurate.errors import UsageError
from medcurate.evaluate.dice.agreement import Tally, agree, agreement_metrics, compare_masks, scores_by_group
from medcurate.evaluate.dice.overlap import overlap
from medcurate.evaluate.dice.regions import NUMBERINGS, as_bits
from medcurate.evaluate.dice.surface import surface_distances
from tests.evaluate.dice.mask_samples import PAIRS, ellipsoid
from tests.evaluate.dice.masked_folders import drawn

BINARY, BRATS = NUMBERINGS["binary"], NUMBERINGS["brats2013"]


def square(start: int, size: int = 16) -> np.ndarray:
    mask = np.zeros((size, size), np.uint8)
    mask[4:8, start : start + 4] = 1
    return mask


def by_name(metrics):
    return {metric.name: metric for metric in metrics}


@pytest.mark.parametrize("name", PAIRS)
def test_a_pair_has_the_overlap_and_distances_of_its_masks(name):
    found, expected, spacing = PAIRS[name]

    result = agree(found, expected, spacing_mm=spacing)

    assert result.overlap == overlap(found, expected)
    assert result.hausdorff95 == surface_distances(found, expected, spacing_mm=spacing).hausdorff(95)
    assert result.surface_distance == surface_distances(found, expected, spacing_mm=spacing).average()


def test_where_one_mask_is_empty_nothing_overlaps_and_it_is_as_far_as_the_image_is_wide():
    some, none = square(4) > 0, np.zeros((16, 16), bool)

    for result in (agree(some, none, spacing_mm=(3, 4)), agree(none, some, spacing_mm=(3, 4))):
        assert (result.overlap.dice, result.overlap.jaccard) == (0, 0)
        assert result.hausdorff95 == result.surface_distance == 80  # sqrt((16 * 3)^2 + (16 * 4)^2)
        assert result.one_empty
        assert not result.both_empty


def test_pairs_without_a_region_are_left_out_and_counted():
    none = np.zeros((16, 16), np.uint8)

    metrics = by_name(compare_masks(np.stack([square(4), none]), np.stack([square(4), none]), regions=BRATS))

    whole, enhancing = metrics["dice/dice[whole_tumor]"], metrics["dice/hausdorff95[enhancing]"]
    assert (whole.value, whole.n, whole.settings["both_empty"], whole.settings["pairs"]) == (1.0, 1, 1, 2)
    assert np.isnan(enhancing.value)
    assert (enhancing.n, enhancing.settings["both_empty"]) == (0, 2)
    assert enhancing.settings["why"] == "no pair has the region in either mask"


def test_slices_of_a_patient_make_the_dice_of_their_volume(rng):
    found, expected = (np.stack([drawn(rng)[1] for _ in range(6)]) for _ in range(2))
    patients = ["a", "a", "a", "b", "b", "b"]

    metrics = by_name(compare_masks(found, expected, regions=BRATS, groups=patients))

    volumes = [overlap(found[rows] > 0, expected[rows] > 0) for rows in (slice(0, 3), slice(3, 6))]
    whole = metrics["dice/dice[whole_tumor]"]
    assert whole.value == pytest.approx(np.mean([volume.dice for volume in volumes]))
    assert whole.interval == pytest.approx(sorted(volume.dice for volume in volumes))
    assert (whole.n, whole.settings["unit_of_n"]) == (2, "patients")
    distances = [surface_distances(a > 0, b > 0).average() for a, b in zip(found, expected, strict=True)]
    assert metrics["dice/surface_distance[whole_tumor]"].value == pytest.approx(np.mean(distances))


def test_distances_are_in_mm_where_the_spacing_is_known():
    pair = np.stack([square(4)]), np.stack([square(6)])

    in_pixels = by_name(compare_masks(*pair, regions=BINARY))["dice/hausdorff95[whole_tumor]"]
    in_mm = by_name(compare_masks(*pair, regions=BINARY, spacing_mm=(1, 2.5)))["dice/hausdorff95[whole_tumor]"]

    assert (in_pixels.value, in_pixels.unit) == (2.0, "px")
    assert (in_mm.value, in_mm.unit, in_mm.settings["spacing_mm"]) == (5.0, "mm", [1, 2.5])
    assert in_mm.interval is None  # one pair has none
    assert in_mm.settings["no_interval"]


def test_every_metric_says_what_it_is_and_goes_into_json(rng):
    masks = np.stack([drawn(rng)[1] for _ in range(4)])

    metrics = compare_masks(masks, np.roll(masks, 1, 1), regions=BRATS, seed=3)

    assert len(metrics) == 3 * 4
    for metric in metrics:
        overlaps = metric.name.startswith(("dice/dice", "dice/jaccard"))
        assert metric.better == ("higher" if overlaps else "lower")
        assert metric.settings["empty_masks"].startswith("both empty: left out")
        assert metric.settings["seed"] == 3
        assert metric.interval[0] <= metric.value <= metric.interval[1]
        json.dumps(metric.to_dict(), allow_nan=False)
    assert metrics == compare_masks(masks, np.roll(masks, 1, 1), regions=BRATS, seed=3)


def test_volumes_are_compared_like_slices():
    ball = ellipsoid((12, 14, 16), (6, 7, 6), (3, 4, 3))
    moved, spacing = np.roll(ball, 2, 2), (1, 1, 3)

    metrics = by_name(
        compare_masks(ball[None].astype(int), moved[None].astype(int), regions=BINARY, spacing_mm=spacing)
    )

    distances = surface_distances(ball, moved, spacing_mm=spacing)
    assert metrics["dice/hausdorff95[whole_tumor]"].value == distances.hausdorff(95)
    assert metrics["dice/dice[whole_tumor]"].value == overlap(ball, moved).dice


def test_trainings_are_averaged_by_patient():
    one, other = Tally(BINARY), Tally(BINARY)
    for tally, start in ((one, 4), (other, 6)):
        tally.add("a", as_bits(square(start), BINARY), as_bits(square(4), BINARY))
    other.add("b", as_bits(square(4), BINARY), as_bits(square(4), BINARY))

    assert scores_by_group([one, other], "dice", "whole_tumor") == {"a": pytest.approx(0.75), "b": 1.0}


def test_intervals_of_images_draw_their_patients():
    tally = Tally(BINARY)
    for row, start in enumerate([4] * 20 + [5] * 20):
        tally.add(str(row), as_bits(square(start), BINARY), as_bits(square(4), BINARY))
    patients = {str(row): "a" if row < 20 else "b" for row in range(40)}

    def whole(**more):
        return agreement_metrics([tally], "dice/x_{quantity}[{region}]", settings={}, seed=0, **more)[0]

    alone, drawn_together = whole(), whole(patients=patients)
    assert alone.value == drawn_together.value == pytest.approx(0.875)
    assert drawn_together.interval == pytest.approx((0.75, 1.0))
    assert alone.interval[0] > 0.8


def test_numbers_of_pairs_must_agree():
    with pytest.raises(UsageError, match="one of each for a pair, received 1, 2 and 2"):
        compare_masks(np.zeros((1, 4, 4), int), np.zeros((2, 4, 4), int), regions=BINARY)


def test_a_tally_measures_masks_as_if_they_were_not_cut_out_of_their_image(rng):
    spacing = (2.0, 0.5)
    pairs = [(drawn(rng)[1], drawn(rng)[1]) for _ in range(3)]
    pairs += [(pairs[0][0], np.zeros((32, 32), np.uint8)), (np.zeros((32, 32), np.uint8), pairs[0][0])]
    tally = Tally(BRATS)

    for row, (found, expected) in enumerate(pairs):
        tally.add(str(row), as_bits(found, BRATS), as_bits(expected, BRATS), spacing_mm=spacing)

    for row, (found, expected) in enumerate(pairs):
        alone = agree(np.isin(found, (1, 4)), np.isin(expected, (1, 4)), spacing_mm=spacing)
        assert tally.by_group("dice", "tumor_core")[str(row)] == alone.overlap.dice
        assert tally.by_group("hausdorff95", "tumor_core")[str(row)] == alone.hausdorff95
        assert tally.by_group("surface_distance", "tumor_core")[str(row)] == alone.surface_distance


def test_pairs_of_different_shapes_are_refused():
    with pytest.raises(UsageError, match=r"one shape, received \(4, 4\) and \(4, 5\)"):
        Tally(BINARY).add("a", np.zeros((4, 4), np.uint8), np.zeros((4, 5), np.uint8))
