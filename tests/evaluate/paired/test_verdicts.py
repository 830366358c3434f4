from __future__ import annotations

import pytest

from medcurate.evaluate.paired.verdicts import verdict_of
from medcurate.results import Metric


def nearer(value, low, n=100, high=None):
    return Metric("paired/own_nearer", value, (low, min(1.0, 2 * value - low) if high is None else high), n)


SSIM = Metric("paired/ssim", 0.8, None, 100, real_vs_real=Metric("paired/ssim", 0.3, None, 100))


@pytest.mark.parametrize(
    ("value", "low", "level", "words"),
    [
        (1.0, 0.96, "good", "100 % of the synthetic images are nearer"),
        (0.8, 0.7, "caution", "80 %"),
        (0.5, 0.4, "bad", "no more than chance. These may be no pairs at all (found by: same file name)"),
        (0.8, 0.4, "too_few", "with 100 pairs the share may be 40 to 100 %, and chance gives 50 %. About 180 held-out"),
        (0.5, 0.05, "too_few", "may be 5 to 95 %"),
    ],
)
def test_each_level(value, low, level, words):
    found = verdict_of(nearer(value, low), [SSIM], "same file name")
    assert found.level == level
    assert words in found.text
    assert "SSIM 0.80; two different real images have 0.30" in (found.numbers or found.text)
    assert found.evidence == ("paired/own_nearer", "paired/ssim")
