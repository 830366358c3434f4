"""Settings and reasons in words."""

from __future__ import annotations

import pytest

from medcurate.curate.curation_page.setting_words import headline, policy_words, reason_words, setting_lines
from medcurate.curate.filters.drop_counts import ORDER
from medcurate.curate.filters.settings import Filters
from medcurate.curate.homogenizing.settings import HomogenizeSettings
from medcurate.errors import Code

USUAL = "split by patient (train 70%, val 15%, test 15%)"
STRETCHED = "stretched between percentiles"
N4 = "corrected for the bias field (N4)"


def recorded(**settings) -> dict:
    return HomogenizeSettings(**settings).as_record()


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        (
            {"filters": Filters(plane=("axial",), tumor=("pituitary", "none")), "folds": 5},
            f"Axial images of pituitary or no tumor; 128 × 128 pixels; {STRETCHED}; 8 bits; {USUAL}, 5 folds.",
        ),
        (
            {"output": "volumes", "normalize": "zscore", "n4": True, "keep_splits": True},
            f"Volumes; of the original size; {N4}, scaled to z-scores; split as the folders of the input were.",
        ),
        (
            {"size": 0, "normalize": "none", "bit_depth": 16, "split": {"all": 1.0}},
            "Images; of the original size; not normalized; 16 bits; split by patient (all 100%).",
        ),
        (
            {"preset": "study-d", "size": 64},
            f"Images; 64 × 64 pixels; made by the preset study-d; 8 bits; {USUAL}.",
        ),
    ],
)
def test_the_headline_says_how_it_was_made(settings, expected):
    assert headline(recorded(**settings)) == expected


def test_every_choice_of_normalization_and_policy_has_words():
    for name in ("percentile", "zscore", "whitestripe", "nyul", "none"):
        assert f"; {name};" not in headline(recorded(normalize=name))
    assert len({policy_words(recorded(privacy=name)) for name in ("warn", "drop", "block")}) == 3
    assert "not recorded" in policy_words({})


def test_every_filter_has_words_and_what_was_asked_for():
    for name in ORDER:
        assert reason_words(f"filter:{name}", {}) != f"Left out by the filter {name}."
    settings = recorded(filters=Filters(plane=("axial",), min_size=64, max_size=512))
    assert reason_words("filter:plane", settings) == "In another plane than requested (requested: axial)."
    assert reason_words("filter:size", settings) == "Too small or too large (requested: min size 64, max size 512)."
    assert reason_words("filter:plane:unknown", settings) == "Its plane is not known (requested: axial)."
    assert reason_words("filter:slices", settings) == "No slice of the volume was selected."
    assert reason_words("filter:mine", settings) == "Left out by the filter mine."


def test_every_code_has_words():
    assert all(reason_words(code.value, {}) for code in Code)
    assert reason_words("OF_TOMORROW", {}) == ""


def test_all_settings_that_say_something_are_listed():
    lines = dict(setting_lines(recorded(filters=Filters(tumor=("glioma",), min_confidence=0.9), keep_duplicates=True)))
    assert lines["filter tumor"] == "glioma"
    assert lines["filter min confidence"] == "0.9"
    assert lines["keep duplicates"] == "yes"
    assert lines["split"] == "train 0.7, val 0.15, test 0.15"
    assert "size" not in lines
    assert "folds" not in lines
