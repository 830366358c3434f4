"""Pictures show what was found, and the same data give the same bytes."""

from __future__ import annotations

import io

import numpy as np
from PIL import Image

from medcurate.evaluate.dice.pictures import bars_by_region, found_gallery
from medcurate.evaluate.dice.regions import NUMBERINGS
from medcurate.results import Metric
from tests.evaluate.dice.test_segmenter import examples

BRATS = NUMBERINGS["brats2013"]


def test_bars_have_every_set_and_region():
    metrics = [Metric(f"dice/segmenter_dice[{name}, whole_tumor]", 0.5, (0.4, 0.6), 3) for name in ("real", "real+1x")]

    figure = bars_by_region(metrics, ["real", "real+1x"], BRATS, "")

    assert figure == bars_by_region(metrics, ["real", "real+1x"], BRATS, "")
    for text in ("real+1x", "whole tumor", "tumor core", "enhancing"):
        assert text in figure.content.decode()
    assert bars_by_region(metrics, ["real"], BRATS, "3-D, ").name == "dice/segmenter_3d"


class Echo:
    """A segmenter that finds what it was told to."""

    def __init__(self, bits):
        self.bits = bits

    def find(self, images):
        return np.broadcast_to(self.bits, images.shape[:-1])


def test_a_row_of_the_gallery_is_image_mask_and_finding():
    made = examples(1, 1)
    found = np.zeros((32, 32), np.uint8)
    found[:4] = 7

    figure = found_gallery(Echo(found), made, BRATS, "")  # type: ignore[arg-type]

    sheet = np.asarray(Image.open(io.BytesIO(figure.content)))
    assert sheet.shape[0] == 96
    image, mask, finding = (sheet[1::3, at : at + 96][:, 1::3] for at in (0, 98, 196))
    assert np.array_equal(image, made.images[0, ..., 0])
    assert np.array_equal(mask > 0, made.bits(0) > 0)
    assert mask.max() == finding.max() == 255
    assert np.array_equal(finding > 0, found > 0)
