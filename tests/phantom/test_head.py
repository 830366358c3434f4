from __future__ import annotations

import sys

import numpy as np
import pytest
from scipy import ndimage

from medcurate.errors import MissingExtra, UsageError
from medcurate.phantom import Tissue, random_head
from medcurate.phantom.fields import min_jacobian
from medcurate.phantom.head import _enlarge_ventricles, _grid, _points
from medcurate.phantom.template import load_template
from medcurate.phantom.tissues import BRAIN

LEFT_OUT = {Tissue.EDEMA, Tissue.TUMOR_CORE, Tissue.TUMOR_ENHANCING}


def middle(head, tissue):
    """Center of a tissue, mm."""
    return np.argwhere(head.labels == tissue).mean(axis=0) * head.spacing_mm + head.affine[:3, 3]


def volume_ml(head, *tissues):
    return np.isin(head.labels, tissues).sum() * head.spacing_mm**3 / 1000


@pytest.mark.parametrize("seed", range(4))
def test_a_healthy_head_has_every_tissue_but_tumor(head_of, seed):
    head = head_of(seed, "none", 2.0)
    present = {Tissue(v) for v in np.unique(head.labels)}
    assert present == set(Tissue) - LEFT_OUT
    assert head.labels.dtype == np.int8


@pytest.mark.parametrize("seed", range(4))
def test_volumes_are_those_of_adults(head_of, seed):
    head = head_of(seed, "none", 2.0)
    # MNI space is larger than life: its brain has about 1.9 liters where people have 1.0 to 1.7.
    assert 1000 < volume_ml(head, *BRAIN) < 2000
    assert 5 < volume_ml(head, Tissue.VENTRICLE) < 120
    assert 90 < volume_ml(head, Tissue.CEREBELLAR_CORTEX, Tissue.CEREBELLAR_WHITE) < 260
    assert 6 < volume_ml(head, Tissue.EYE) < 25  # two globes of about 7 ml


@pytest.mark.parametrize("seed", range(4))
def test_organs_lie_where_they_belong(head_of, seed):
    head = head_of(seed, "none", 2.0)
    brain, eyes, cerebellum, stem, gland, ventricle, tongue, cord = (
        middle(head, t)
        for t in (
            Tissue.WHITE_MATTER,
            Tissue.EYE,
            Tissue.CEREBELLAR_CORTEX,
            Tissue.BRAINSTEM,
            Tissue.PITUITARY,
            Tissue.VENTRICLE,
            Tissue.TONGUE,
            Tissue.DISC,
        )
    )
    assert eyes[1] > brain[1] + 40  # anterior
    assert eyes[2] < brain[2] - 20  # below
    assert cerebellum[1] < brain[1] - 15
    assert cerebellum[2] < brain[2] - 30
    assert cerebellum[1] < stem[1] < gland[1]
    assert tongue[2] < eyes[2] - 30
    assert cord[2] < stem[2]
    assert np.abs(ventricle - brain).max() < 30
    assert abs(gland[0] - brain[0]) < 8


def test_the_brain_does_not_touch_the_air(head_of):
    head = head_of(0, "none", 2.0)
    brain = np.isin(head.labels, BRAIN)
    assert not (ndimage.binary_dilation(brain) & (head.labels == Tissue.AIR)).any()


def test_left_and_right_are_not_copies(head_of):
    labels = head_of(1, "none").labels
    assert (labels != labels[::-1]).mean() > 0.02


def test_the_same_seed_gives_the_same_head_and_another_gives_another():
    first, again, other = (random_head(np.random.default_rng(s), spacing_mm=6.0) for s in (5, 5, 6))
    np.testing.assert_array_equal(first.labels, again.labels)
    np.testing.assert_array_equal(first.gray, again.gray)
    assert first.tumor == again.tumor
    assert (first.labels != other.labels).mean() > 0.05


def test_a_head_is_the_same_at_any_spacing():
    coarse, fine = (random_head(np.random.default_rng(2), spacing_mm=s, tumor="none") for s in (6.0, 3.0))
    small = fine.labels[::2, ::2, ::2]
    same = small[tuple(slice(0, n) for n in coarse.labels.shape)] == coarse.labels
    assert same.mean() > 0.95


def test_tumors_are_drawn_if_not_given():
    drawn = {random_head(np.random.default_rng(s), spacing_mm=8.0).tumor for s in range(9, 13)}
    assert drawn == {"none", "glioma", "meningioma", "pituitary"}


@pytest.mark.parametrize("amount", [-1.0, 5.0])
@pytest.mark.parametrize("seed", range(3))
def test_warp_and_ventricles_do_not_fold(seed, amount):
    grid = _grid(4.0)
    points = _points(np.random.default_rng(seed), grid)
    moved = _enlarge_ventricles(points, load_template(), amount)
    assert min_jacobian(points - grid.points(), 4.0) > 0.1
    assert min_jacobian(moved - grid.points(), 4.0) > 0.0


def test_larger_ventricles_hold_more():
    template, grid = load_template(), _grid(4.0)
    sizes = [
        int((template.ventricle_mm.sample(_enlarge_ventricles(grid.points(), template, mm)) < 0).sum())
        for mm in (-1.0, 0.0, 4.0)
    ]
    assert sizes[0] < sizes[1] < 0.7 * sizes[2]


def test_brain_is_one_piece_without_skull(head_of):
    head = head_of(0, "none", 2.0)
    assert head.brain[np.isin(head.labels, BRAIN)].mean() > 0.98
    outside = np.isin(
        head.labels, (Tissue.SPINAL_CORD, Tissue.CORTICAL_BONE, Tissue.FAT, Tissue.EYE, Tissue.AIR, Tissue.SKIN)
    )
    assert not head.brain[outside].mean() > 0.001


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"tumor": "lymphoma"}, "expected one of none, glioma, meningioma, pituitary, got 'lymphoma'"),
        ({"spacing_mm": 0.1}, "expected 0.5 to 8, got 0.1"),
    ],
)
def test_wrong_arguments_are_named(rng, arguments, message):
    with pytest.raises(UsageError, match=message):
        random_head(rng, **arguments)


def test_without_nilearn_the_extra_is_named(rng, monkeypatch):
    load_template.cache_clear()
    monkeypatch.setitem(sys.modules, "nilearn", None)
    with pytest.raises(MissingExtra, match=r"nilearn.*medcurate\[demo\]"):
        random_head(rng)
