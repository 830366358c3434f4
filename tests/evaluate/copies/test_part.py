"""The part as a whole: what it says of copies, repeats and honest images, and what it shows."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from medcurate.evaluate.copies.part import measure
from medcurate.evaluate.copies.settings import CopiesSettings
from tests.evaluate.privacy.heads import heads, noisy, sides


@pytest.fixture(scope="module")
def images():
    return heads(np.random.default_rng(20261130), 60)


def measured(folder, images, made, **settings):
    return measure(sides(folder, images[:25], images[25:45], made), CopiesSettings(**settings), progress=False)


def levels(part):
    return [verdict.level for verdict in part.verdicts]


def test_other_real_images_are_called_good(tmp_path, images):
    part = measured(tmp_path, images, images[45:])
    assert levels(part) == ["good", "good"]
    assert [metric.value for metric in part.metrics] == [0, 0, 0]
    assert part.figures == ()


def test_noisy_copies_are_found_and_shown(tmp_path, images):
    rng = np.random.default_rng(1)
    part = measured(tmp_path, images, np.stack([noisy(image, rng, 10) for image in images[:15]]))
    assert levels(part) == ["bad", "good"]
    assert "15 of 15 synthetic images are copies of training images" in part.verdicts[0].text
    (figure,) = part.figures
    assert (figure.name, figure.kind) == ("copies/of_training", "png")
    assert "copies/of_training" in part.verdicts[0].evidence


def test_one_image_again_and_again_is_found(tmp_path, images):
    part = measured(tmp_path, images, np.stack([images[50]] * 15))
    assert levels(part) == ["good", "bad"]
    assert part.metrics[2].settings["distinct"] == 1
    assert [figure.name for figure in part.figures] == ["copies/of_each_other"]


def test_what_was_drawn_left_out_or_not_known_is_noted(tmp_path, images):
    part = measured(tmp_path, images, images[45:], most_judged=10, most_compared=12, paired=True)
    notes = " ".join(part.notes)
    assert "12 of 25 real training images were drawn" in notes
    assert "10 of 12 synthetic images were compared" in notes
    assert "stand for a held-out one" in notes
    assert "Patients are not known" in notes


def test_a_side_without_images_is_a_note(tmp_path, images):
    opened = sides(tmp_path, images[:4], images[4:8], images[8:10])
    empty = replace(opened, synthetic=replace(opened.synthetic, rows=opened.synthetic.rows.slice(0, 0)))
    part = measure(empty, progress=False)
    assert (part.metrics, part.verdicts) == ((), ())
    assert "received 0 synthetic, 4 training and 4 held-out ones" in part.notes[0]
