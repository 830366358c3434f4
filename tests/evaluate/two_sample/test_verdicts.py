from __future__ import annotations

import pytest

from medcurate.evaluate.two_sample.verdicts import verdicts
from medcurate.results import Metric


def accuracy(value, *, spread=0.03, n=400, name="accuracy[linear]", floor=0.5):
    interval = (value - spread, value + spread)
    return Metric(f"two_sample/{name}", value, interval, n, {}, Metric("", floor, None, n), "near")


def agreement(value, floor, *, spread=0.03, n=400):
    beside = None if floor is None else Metric("", floor, None, n)
    return Metric("two_sample/label_agreement", value, (value - spread, value + spread), n, {}, beside)


@pytest.mark.parametrize(
    ("metric", "level"),
    [
        (accuracy(0.51), "good"),
        (accuracy(0.58), "good"),
        (accuracy(0.7), "caution"),
        (accuracy(0.93), "bad"),
        (accuracy(0.55, n=40, spread=0.2), "good"),
        (accuracy(0.62, spread=0.2), "too_few"),
        (accuracy(0.62, spread=0.4), "too_few"),
    ],
)
def test_levels_of_telling_apart(metric, level):
    (verdict,) = verdicts([metric])
    assert verdict.level == level
    assert f"{100 * metric.value:.0f} %" in (verdict.numbers or verdict.text)
    assert "halves of the real images: 50 %" in (verdict.numbers or verdict.text)


def test_how_many_would_be_enough_follows_from_the_interval():
    (verdict,) = verdicts([accuracy(0.6, spread=0.4)])
    assert "the accuracy may be as high as 100 %. About 800 held-out real images" in verdict.text


def test_without_a_control_nothing_is_told_however_high_the_accuracy():
    alone = Metric("two_sample/accuracy[linear]", 0.99, (0.97, 1.0), 60, {"folds": 5})
    (verdict,) = verdicts([alone])
    assert (verdict.level, verdict.enough.patients) == ("too_few", 10)
    assert "too few patients to compare two halves" in verdict.text
    with_training = [alone, accuracy(0.52, name="training_accuracy[linear]")]
    assert next(iter(verdicts(with_training))).level == "bad"


def test_what_the_control_tells_apart_too_is_a_difference_between_patients():
    (verdict,) = verdicts([accuracy(0.9, floor=0.95)])
    assert verdict.level == "too_few"
    assert "told from them in 95 % of all cases, too" in verdict.text


def test_the_better_classifier_decides():
    found = list(verdicts([accuracy(0.5), accuracy(0.9, name="accuracy[trees]")]))
    assert found[0].level == "bad"
    assert found[0].evidence == ("two_sample/accuracy[linear]", "two_sample/accuracy[trees]")


def test_worse_than_chance_hints_at_copies():
    found = list(verdicts([accuracy(0.3)]))
    assert [verdict.level for verdict in found] == ["good", "caution"]
    assert "Look for copies" in found[1].text


def test_a_shift_of_the_real_data_is_told():
    found = list(verdicts([accuracy(0.9), accuracy(0.8, name="training_accuracy[trees]")]))
    assert "not the generator's" in found[-1].text
    assert len(list(verdicts([accuracy(0.9), accuracy(0.52, name="training_accuracy[trees]")]))) == 1


@pytest.mark.parametrize(
    ("metric", "level"),
    [
        (agreement(0.9, 0.9), "good"),
        (agreement(0.99, 0.9), "good"),
        (agreement(0.75, 0.9), "caution"),
        (agreement(0.5, 0.9), "bad"),
        (agreement(0.75, 0.9, spread=0.2, n=30), "too_few"),
        (agreement(0.85, 0.9, spread=0.2, n=30), "good"),
        (agreement(0.5, 0.55), "too_few"),  # the classifier knows no class
        (agreement(0.9, None), "unclear"),
        (agreement(0.9, float("nan")), "unclear"),
    ],
)
def test_levels_of_labels(metric, level):
    (verdict,) = verdicts([metric])
    assert verdict.level == level


def test_what_could_not_be_measured_is_not_spoken_of():
    assert list(verdicts([agreement(float("nan"), 0.9)])) == []
