from __future__ import annotations

import pytest

from medcurate.errors import UsageError
from medcurate.evaluate.design.sides import open_sides
from medcurate.evaluate.two_sample.part import measure
from medcurate.evaluate.two_sample.settings import TwoSampleSettings
from tests.evaluate.evaluation_samples import catalogued, plain

QUICK = TwoSampleSettings(halvings=1, rounds=100)


@pytest.fixture(scope="module")
def real(tmp_path_factory):
    return plain(tmp_path_factory.mktemp("real"), {"glioma": 60, "none": 60})


def values(part):
    return {metric.name.removeprefix("two_sample/"): metric for metric in part.metrics}


def test_more_of_the_same_is_not_told_from_real(real, tmp_path):
    part = measure(open_sides(real, plain(tmp_path / "made", {"glioma": 30, "none": 30}, seed=9), size=16), QUICK)
    found = values(part)
    assert set(found) == {
        "accuracy[linear]", "accuracy[trees]", "training_accuracy[linear]", "training_accuracy[trees]",
        "label_agreement", "label_agreement[tumor=glioma]", "label_agreement[tumor=none]",
    }  # fmt: skip
    for name in ("accuracy[linear]", "accuracy[trees]"):
        assert found[name].interval[0] < 0.55
        assert found[name].n == 120
        assert found[name].settings["encoder"].startswith("classical[")
        assert found[name].real_vs_real.n == 60
    assert found["label_agreement"].value == pytest.approx(0.5, abs=0.2), "labels of noise mean nothing"


def test_other_images_are_told_and_the_report_says_so(real, tmp_path):
    made = plain(tmp_path / "made", {"glioma": 40}, seed=9, size=8)  # enlarged to 16 pixels: smooth
    part = measure(open_sides(real, made, size=16), QUICK, progress=False)
    assert values(part)["accuracy[linear]"].value > 0.95
    assert part.verdicts[0].level == "bad"


def test_few_patients_are_said_to_be_too_few(tmp_path):
    rows = [
        {"image_id": f"{n:016x}", "split": "train" if n % 2 else "test", "patient_group": f"p{n % 6}"}
        for n in range(1, 61)
    ]
    sides = open_sides(catalogued(tmp_path / "real", rows), plain(tmp_path / "made", {"none": 30}), size=16)
    part = measure(sides, QUICK)
    assert part.metrics == ()
    assert "Too few patients" in part.notes[0]
    assert "share no tumor" in part.notes[1]


def test_few_images_are_said_to_be_too_few(real, tmp_path):
    part = measure(open_sides(real, plain(tmp_path / "made", {"none": 3}), size=16))
    assert part.metrics == ()
    assert "received 60, 3 and 60" in part.notes[0]


@pytest.mark.parametrize("wrong", [{"folds": 1}, {"halvings": 0}, {"rounds": 9}, {"label": "source"}, {"most": 2}])
def test_settings_out_of_range_are_refused(wrong):
    with pytest.raises(UsageError, match=next(iter(wrong))):
        TwoSampleSettings(**wrong)
