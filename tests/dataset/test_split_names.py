"""Which names are splits, and which are likely misspelled ones."""

from __future__ import annotations

import pytest

from medcurate.dataset.split_names import meant_split, misspelled_splits


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        *(("Trian", "train"), ("trainn", "train"), ("Traning", "train"), ("tests", "test"), ("Tesitng", "test")),
        *(("validaton", "val"), ("vall", "val"), ("train", None), ("Testing", None), ("VAL", None)),
        *(("glioma", None), ("pituitary", None), ("notumor", None), ("images", None), ("axial", None)),
    ],
)
def test_misspelled_names_are_recognized(name, meant):
    assert meant_split(name) == meant


def test_names_are_told_with_what_is_meant():
    assert misspelled_splits(["Trian", None, "glioma", "test", "Trian"]) == {"Trian": "train"}
