from __future__ import annotations

import pytest

from medcurate.evaluate.overlap.verdicts import floor_of, level_of, verdicts
from medcurate.results import Figure, Metric


def measured(name, value, baseline, *, spread=0.02, patients=200, a_side=200, **more):
    gap = value - baseline
    settings = {
        "gap": gap,
        "gap_interval": [gap - spread, gap + spread],
        "patients": patients,
        "images_a_side": a_side,
        "n_real": 400,
        "n_synthetic": 400,
        "k": 5,
        **more,
    }
    return Metric(f"overlap/{name}", value, (value, value), 800, settings, Metric(name, baseline, None, 400))


def all_of(density=0.9, of_real=0.5, of_synthetic=0.5, coverage=1.0, training=0.5):
    return (
        measured("density_overlap", density, 0.9),
        measured("synthetic_neighbors[of_real]", of_real, 0.5),
        measured("synthetic_neighbors[of_synthetic]", of_synthetic, 0.5),
        measured("cluster_coverage", coverage, 1.0, clusters=20),
        measured("training_neighbors[of_real]", training, 0.5),
    )


@pytest.mark.parametrize(
    ("value", "spread", "patients", "level"),
    [
        (0.9, 0.02, 200, "good"),
        (0.86, 0.02, 200, "good"),  # differs, but little
        (0.8, 0.02, 200, "caution"),
        (0.8, 0.08, 200, "caution"),
        (0.85, 0.1, 200, "good"),  # may be chance, and is not large
        (0.8, 0.2, 200, "too_few"),  # may be chance, and may be large
        (0.6, 0.02, 20, "bad"),
        (0.6, 0.02, 7, "too_few"),  # so few patients that the interval says little
        (1.0, 0.02, 200, "good"),  # better than real against real
        (float("nan"), 0.02, 200, "unclear"),
    ],
)
def test_levels(value, spread, patients, level):
    assert level_of(measured("x", value, 0.9, spread=spread, patients=patients), sign=-1) == level


def test_a_control_near_zero_leaves_no_room_for_a_difference():
    useless = measured("cluster_coverage", 0.08, 0.1)
    assert level_of(useless, sign=-1) == "too_few"
    assert "two halves of the real images reach 10 %" in floor_of(useless, sign=-1).why
    assert level_of(measured("x", 0.95, 0.9), sign=1) == "too_few"  # of what should not be higher, 0.1 is left


def test_how_many_would_be_enough_follows_from_the_interval():
    wide = measured("x", 0.9, 0.9, spread=0.4)
    assert (floor_of(wide, sign=-1).enough.images, floor_of(wide, sign=-1).enough.patients) == (1600, 800)
    found = list(verdicts((*all_of()[:3], measured("cluster_coverage", 0.9, 1.0, spread=0.4, clusters=9))))[-1]
    assert (found.level, found.numbers) == (
        "too_few",
        "Of 9 clusters of real images, synthetic ones cover 90 % (real against real: 100 %).",
    )
    assert "may be as large as 50 points. About" in found.text


def test_small_halves_are_never_good_but_may_be_bad():
    found = measured("x", 0.9, 0.9, a_side=15)
    assert (level_of(found, sign=-1), floor_of(found, sign=-1).enough.images) == ("too_few", 100)
    assert level_of(measured("x", 0.5, 0.9, a_side=15), sign=-1) == "bad"


def test_few_patients_are_told_how_many_would_do():
    found = floor_of(measured("x", 0.9, 0.9, patients=4), sign=-1)
    assert found.why == "the held-out real images are of 4 patients"
    assert (found.enough.images, found.enough.patients) == (800, 8)


def test_levels_of_what_should_not_be_higher():
    assert level_of(measured("x", 0.8, 0.5), sign=1) == "bad"
    assert level_of(measured("x", 0.2, 0.5), sign=1) == "good"


def test_a_good_generator_gets_good_words():
    found = list(verdicts(all_of()))
    assert [verdict.level for verdict in found] == ["good"] * 3
    assert "0.90 (real against real: 0.90)" in found[0].text


def test_every_figure_can_be_the_one_that_tells():
    for worse in ({"density": 0.5}, {"of_real": 0.2}, {"of_synthetic": 0.9}, {"coverage": 0.5}):
        found = list(verdicts(all_of(**worse)))
        assert sorted(verdict.level for verdict in found) == ["bad", "good", "good"], worse


def test_copies_are_hinted_at():
    verdict = list(verdicts(all_of(of_synthetic=0.4)))[1]
    assert verdict.level == "caution"
    assert "look for copies" in verdict.text


def test_a_shift_between_training_and_held_out_images_is_not_blamed_on_the_generator():
    last = list(verdicts(all_of(density=0.5, training=0.3)))[-1]
    assert last.level == "caution"
    assert "30 % (real against real: 50 %)" in last.text
    assert last.evidence == ("overlap/training_neighbors[of_real]",)


def test_a_class_that_is_missing_is_named():
    missing = Metric("overlap/cluster_coverage[tumor=glioma]", 0.0, None, 90, {"why": "no synthetic image is ..."})
    uncovered = Metric("overlap/cluster_coverage[tumor=none]", 0.0, None, 9)
    last = list(verdicts((*all_of(), missing, uncovered)))[-1]
    assert (last.level, last.evidence) == ("bad", (missing.name,))
    assert "glioma" in last.text
    assert "none" not in last.text


def test_a_rare_class_may_be_missing_by_chance():
    missing = Metric("overlap/cluster_coverage[tumor=glioma]", 0.0, None, 2, {"why": "no synthetic image is ..."})
    last = list(verdicts((*all_of(), missing)))[-1]
    assert last.level == "too_few"
    assert last.enough.images > 400


def test_without_an_embedding_there_is_no_word_of_densities():
    assert len(list(verdicts(all_of()[1:]))) == 2


def test_only_figures_that_were_drawn_are_pointed_to():
    drawn = (Figure("overlap/origin", "", "", b""), Figure("overlap/uncovered", "", "", b""))
    assert not any("uncovered" in one or "origin" in one for v in verdicts(all_of()) for one in v.evidence)
    shown = [verdict.evidence for verdict in verdicts(all_of(), drawn)]
    assert shown[0] == ("overlap/density_overlap", "overlap/origin")
    assert shown[2] == ("overlap/cluster_coverage", "overlap/uncovered")
