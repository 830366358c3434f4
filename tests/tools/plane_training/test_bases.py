from __future__ import annotations

import numpy as np
import pytest

from medcurate.phantom.tissues import Tissue
from tools.plane_training.bases import (
    PLANES,
    SliceBase,
    TissueBase,
    VolumeBase,
    deformed,
    label_signals,
)
from tools.plane_training.sampling import SIZE, Volume


@pytest.fixture
def volume_base(heads):
    head = heads.heads[0]
    brighter = Volume(head.atlas * np.uint8(8), head.shape, head.spacing_mm, head.center_mm, head.extent_mm)
    return VolumeBase(name="v", source="v", weight=1, volume=brighter)


def _draws(base, rng, plane, count):
    images = [base.draw(rng, plane) for _ in range(count)]
    return [image for image in images if image is not None]


@pytest.mark.parametrize("plane", PLANES)
def test_phantoms_volumes_and_templates_give_slices(rng, heads, volume_base, template, plane):
    for base in (heads, volume_base, template):
        images = _draws(base, rng, plane, 25)
        assert len(images) >= 20
        for image in images:
            assert image.dtype == np.float32
            assert image.shape[1] == SIZE
            assert 40 < image.shape[0] <= SIZE
            assert np.isfinite(image).all()
            assert image.std() > 0.01


def test_axial_slices_are_mirror_images_more_than_sagittal_ones(rng, template):
    def likeness(plane):
        pairs = [(image, image[:, ::-1]) for image in _draws(template, rng, plane, 40)]
        return np.mean([np.corrcoef(a.ravel(), b.ravel())[0, 1] for a, b in pairs])

    assert likeness("axial") > likeness("sagittal") + 0.05


def test_nothing_to_see_gives_no_slice(rng, heads, template):
    empty = np.zeros((40, 40, 40), np.uint8)
    lone = empty.copy()
    lone[20, 20, 20] = 1
    nearly = Volume.around((lone,), 4.0, lone > 0)
    assert VolumeBase(name="v", source="v", weight=1, volume=nearly).draw(rng, "axial") is None
    four = Volume.around((empty, empty, empty, empty), 4.0, lone > 0)
    assert TissueBase(name="t", source="t", weight=1, volume=four, t1=nearly).draw(rng, "axial") is None
    assert type(heads)(name="l", source="l", weight=1, heads=(nearly,)).draw(rng, "axial") is None


def test_slices_are_drawn_from_their_own_class(rng):
    bright, dark = np.full((50, 40), 200, np.uint8), np.full((50, 40), 5, np.uint8)
    base = SliceBase(
        name="s", source="s", weight=1, slices=[("axial", bright), ("other", dark)], classes=("axial", "other")
    )
    assert base.draw(rng, "axial").shape == (SIZE, SIZE)
    assert (deformed(rng, bright) > 150).mean() > 0.4
    assert (deformed(rng, dark) > 150).mean() == 0


def test_every_tissue_has_a_signal(rng):
    drawn = np.stack([label_signals(rng) for _ in range(100)])
    assert drawn.shape == (100, len(Tissue))
    assert not drawn[:, Tissue.AIR].any()
    assert (drawn >= 0).all()
    assert (drawn[:, Tissue.WHITE_MATTER] > drawn[:, Tissue.CORTEX]).mean() not in (0, 1)
