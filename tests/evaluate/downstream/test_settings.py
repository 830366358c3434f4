"""Settings: what is out of range is refused in words."""

from __future__ import annotations

import pytest

from medcurate.errors import UsageError
from medcurate.evaluate.downstream.settings import DownstreamSettings


@pytest.mark.parametrize(
    ("options", "text"),
    [
        ({"models": ("forest",)}, "models: expected some of classic, cnn, pretrained, received forest"),
        ({"models": ()}, "received none"),
        ({"ratios": (1.0, 0.0)}, "ratios: expected one number above 0 or more"),
        ({"real_per_class": (1, 10)}, "real_per_class: expected numbers of 2 or more"),
        ({"real_per_class": (), "all_real": False}, "real_per_class"),
        ({"repeats": 0}, "repeats: expected 1 or more, received 0"),
        ({"cnn_steps": 0}, "cnn_steps: expected 1 or more"),
    ],
)
def test_what_is_out_of_range_is_refused(options, text):
    with pytest.raises(UsageError, match=text):
        DownstreamSettings(**options)


def test_all_real_images_alone_are_enough():
    assert DownstreamSettings(real_per_class=(), all_real=True).real_per_class == ()
