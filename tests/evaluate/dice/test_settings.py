"""Settings that cannot be used are refused before anything is read."""

from __future__ import annotations

import pytest

from medcurate.errors import UsageError
from medcurate.evaluate.dice.settings import DiceSettings


@pytest.mark.parametrize(
    ("wrong", "match"),
    [
        ({"mask_labels": "brats"}, "mask_labels: expected auto, binary, .*received 'brats'"),
        ({"steps": 0}, "numbers above 0, received {'steps': 0}"),
        ({"doses": ()}, "numbers above 0"),
        ({"doses": (1.0, -1.0)}, "numbers above 0"),
        ({"learning_rate": 0.0}, "learning rate of 0.0"),
        ({"depth": 5, "volume_size": 24}, "expected 32 or more, as the network halves the size 5 times"),
    ],
)
def test_impossible_settings_are_refused(wrong, match):
    with pytest.raises(UsageError, match=match):
        DiceSettings(**wrong).check()


def test_the_defaults_can_be_used():
    DiceSettings().check()


@pytest.mark.parametrize(
    ("size", "largest", "expected"), [(64, 128, 64), (60, 128, 64), (300, 128, 128), (300, 100, 96), (3, 128, 8)]
)
def test_networks_get_sizes_that_they_can_halve(size, largest, expected):
    assert DiceSettings(depth=3).network_size(size, largest) == expected
