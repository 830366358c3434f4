from __future__ import annotations

import pytest

from medcurate.evaluate.overlap.verdicts import level_of, verdicts
from medcurate.results import Figure, Metric


def measured(name, value, baseline, *, spread=0.02, a_side=200, **more):
    gap = value - baseline
    settings = {"gap": gap, "gap_interval": [gap - spread, gap + spread], "images_a_side": a_side, "k": 5, **more}
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
    ("value", "spread", "a_side", "level"),
    [
        (0.9, 0.02, 200, "good"),
        (0.86, 0.02, 200, "good"),  # differs, but little
        (0.8, 0.02, 200, "caution"),
        (0.8, 0.2, 200, "good"),  # may be chance
        (0.8, 0.2, 20, "unclear"),  # so few that a difference would not show
        (0.6, 0.02, 20, "bad"),
        (1.0, 0.02, 200, "good"),  # better than real against real
        (float("nan"), 0.02, 200, "unclear"),
    ],
)
def test_levels(value, spread, a_side, level):
    assert level_of(measured("x", value, 0.9, spread=spread, a_side=a_side), sign=-1) == level


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
    missing = Metric("overlap/cluster_coverage[tumor=glioma]", 0.0, None, 9, {"why": "no synthetic image is ..."})
    uncovered = Metric("overlap/cluster_coverage[tumor=none]", 0.0, None, 9)
    last = list(verdicts((*all_of(), missing, uncovered)))[-1]
    assert (last.level, last.evidence) == ("bad", (missing.name,))
    assert "glioma" in last.text
    assert "none" not in last.text


def test_without_an_embedding_there_is_no_word_of_densities():
    assert len(list(verdicts(all_of()[1:]))) == 2


def test_only_figures_that_were_drawn_are_pointed_to():
    drawn = (Figure("overlap/origin", "", "", b""), Figure("overlap/uncovered", "", "", b""))
    assert not any("uncovered" in one or "origin" in one for v in verdicts(all_of()) for one in v.evidence)
    shown = [verdict.evidence for verdict in verdicts(all_of(), drawn)]
    assert shown[0] == ("overlap/density_overlap", "overlap/origin")
    assert shown[2] == ("overlap/cluster_coverage", "overlap/uncovered")
