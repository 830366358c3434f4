"""Dataset folders name what has no tumor ``none``, and what has no label ``unlabeled``."""

from __future__ import annotations

import pytest

from medcurate.curate.sources.tumor_folders import tumor_of_path


@pytest.mark.parametrize(
    ("path", "tumor"),
    [
        ("images/axial/none/a.png", "none"),
        ("images/axial/None/a.png", "none"),
        ("glioma_study/images/axial/none/a.png", "none"),
        ("none_of_these/a.png", None),
        ("nonesuch/a.png", None),
        ("none.png", None),
        ("images/axial/unlabeled/a.png", None),
        ("glioma_study/images/axial/unlabeled/a.png", None),
        ("unlabeled/glioma/a.png", "glioma"),
        ("no_tumor/unlabeled_2/a.png", "none"),
    ],
)
def test_the_folders_of_a_dataset(path, tumor):
    assert tumor_of_path(path) == tumor
