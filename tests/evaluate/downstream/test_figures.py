"""Pictures: a panel for each number of real images, a curve only where there are several."""

from __future__ import annotations

from medcurate.evaluate.downstream.figures import classes_figure, dose_figure, low_data_figure
from medcurate.evaluate.downstream.gains import gains
from tests.evaluate.downstream.test_gains import sets
from tests.evaluate.downstream.test_metrics import SETS
from tests.evaluate.downstream.test_verdicts import limited


def test_a_dose_picture_has_a_panel_for_each_number():
    one = sets(s2=0.6, s4=0.7, a2=0.55, r2=0.5)
    figure = dose_figure("classic", {10: one, 25: one, 0: one}, {25: limited(gains({25: one})[0], None)})
    text = figure.content.decode()
    assert figure.name == "downstream/dose[classic]"
    assert all(title in text for title in ("10 real images per class", "25 real images per class", "all real images"))
    without = dose_figure("classic", {10: one, 25: one, 0: one}, {}).content.decode()
    assert text.count("stroke-dasharray") == without.count("stroke-dasharray") + 1  # the gain that could be detected
    assert all(text.count(label) for label in ("synthetic", "augmented", "repeated"))


def test_one_number_of_real_images_makes_no_curve():
    assert low_data_figure("classic", {25: SETS}, {25: 25}) is None
    figure = low_data_figure("classic", {25: SETS, 0: SETS}, {25: 25, 0: 80.5})
    assert figure.kind == "svg"
    assert b"real+1x augmented" in figure.content


def test_classes_are_named():
    figure = classes_figure("classic", 25, SETS, ("glioma", "pituitary"))
    assert b"glioma" in figure.content
    assert b"synthetic 1x" in figure.content
    assert "25 real images per class" in figure.title
