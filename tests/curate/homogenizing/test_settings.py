"""Settings are checked when they are made, and told without places of this machine."""

from __future__ import annotations

import json

import pytest

from medcurate.curate.filters.settings import Filters
from medcurate.curate.homogenizing.settings import HomogenizeSettings
from medcurate.errors import UsageError


@pytest.mark.parametrize(
    "wrong",
    [
        {"normalize": "magic"}, {"output": "slices"}, {"privacy": "ignore"}, {"bit_depth": 12}, {"size": -1},
        {"spacing_mm": 0}, {"margin": -0.1}, {"folds": 1}, {"folds": -2}, {"slices": "30:-30"},
    ],
    ids=str,
)  # fmt: skip
def test_a_wrong_value_is_refused_by_name(wrong):
    (name,) = wrong
    with pytest.raises(UsageError, match=f"{name}: expected"):
        HomogenizeSettings(**wrong)


def test_the_record_has_digests_in_place_of_places(tmp_path):
    labels = tmp_path / "labels.csv"
    labels.write_text("path,tumor\n")
    record = HomogenizeSettings(tumor_labels=labels, filters=Filters(plane=("axial",), min_size=9)).as_record()
    text = json.dumps(record)
    assert str(tmp_path) not in text
    assert record["tumor_labels"]["name"] == "labels.csv"
    assert record["filters"] == {"plane": ("axial",), "min_size": 9, "drop_unknown": False}
    labels.write_text("path,tumor\na,none\n")
    assert HomogenizeSettings(tumor_labels=labels).as_record()["tumor_labels"] != record["tumor_labels"]
    with pytest.raises(UsageError, match="cannot read"):
        HomogenizeSettings(source_info=tmp_path / "nowhere.toml").as_record()


def test_splits_do_not_change_pixels():
    one = HomogenizeSettings(seed=1, folds=2, split={"a": 1.0}).of_pixels()
    assert one == HomogenizeSettings().of_pixels()
    assert one != HomogenizeSettings(size=64).of_pixels()
