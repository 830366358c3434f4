from __future__ import annotations

import numpy as np
import pytest
from scipy import ndimage

from medcurate.phantom import Tissue
from medcurate.phantom.fields import Grid, min_jacobian
from medcurate.phantom.template import load_template
from medcurate.phantom.tissues import BRAIN
from medcurate.phantom.tumors import plan, push

KINDS = ("glioma", "meningioma", "pituitary")
SEEDS = range(4)
every_tumor = pytest.mark.parametrize(("kind", "seed"), [(k, s) for k in KINDS for s in SEEDS])


def center(head, mask):
    return np.argwhere(mask).mean(axis=0) * head.spacing_mm + head.affine[:3, 3]


@every_tumor
def test_masks_are_nested_and_agree_with_the_labels(head_of, kind, seed):
    head = head_of(seed, kind)
    m = head.masks
    assert head.tumor == kind
    assert m["enhancing"].any()
    assert not (m["enhancing"] & ~m["core"]).any()
    assert not (m["core"] & ~m["whole"]).any()
    np.testing.assert_array_equal(m["whole"], m["core"] | m["edema"])
    np.testing.assert_array_equal(m["core"], m["enhancing"] | m["necrosis"])
    for part, tissue in (
        ("edema", Tissue.EDEMA),
        ("necrosis", Tissue.TUMOR_CORE),
        ("enhancing", Tissue.TUMOR_ENHANCING),
    ):
        np.testing.assert_array_equal(m[part], head.labels == tissue)


@every_tumor
def test_a_tumor_has_the_size_of_a_tumor_and_one_main_piece(head_of, kind, seed):
    head = head_of(seed, kind)
    core = head.masks["core"]
    assert 0.3 < core.sum() * head.spacing_mm**3 / 1000 < 60  # ml
    parts, count = ndimage.label(core, np.ones((3, 3, 3)))
    assert np.bincount(parts.ravel())[1:].max() > 0.9 * core.sum(), count


@every_tumor
def test_a_tumor_changes_its_surroundings_and_nothing_far_away(head_of, kind, seed):
    head, healthy = head_of(seed, kind), head_of(seed, "none")
    distance = ndimage.distance_transform_edt(~head.masks["whole"]) * head.spacing_mm
    changed = head.labels != healthy.labels
    assert changed[head.masks["core"]].mean() > 0.9
    assert changed[distance > 60].mean() < 0.001


@pytest.mark.parametrize("seed", SEEDS)
def test_a_pituitary_adenoma_grows_in_the_sella(head_of, seed):
    head, healthy = head_of(seed, "pituitary", 2.0), head_of(seed, "none", 2.0)
    gland = center(healthy, healthy.labels == Tissue.PITUITARY)
    found = center(head, head.masks["core"])
    assert abs(found[0] - gland[0]) < 4
    assert np.linalg.norm(found - gland) < 12
    assert head.masks["core"][healthy.labels == Tissue.PITUITARY].mean() > 0.5


@pytest.mark.parametrize("seed", SEEDS)
def test_a_glioma_grows_within_the_brain(head_of, seed):
    head, healthy = head_of(seed, "glioma"), head_of(seed, "none")
    assert np.isin(healthy.labels, BRAIN)[head.masks["core"]].mean() > 0.75
    assert head.brain[head.masks["core"]].all()


@pytest.mark.parametrize("seed", SEEDS)
def test_glioma_edema_surrounds_it_and_follows_white_matter(head_of, seed):
    head, healthy = head_of(seed, "glioma"), head_of(seed, "none")
    edema = head.masks["edema"]
    assert edema.any()
    white = np.isin(healthy.labels, (Tissue.WHITE_MATTER, Tissue.DEEP_GRAY, Tissue.BRAINSTEM, Tissue.CEREBELLAR_WHITE))
    assert white[edema].mean() > 0.7
    assert (ndimage.binary_dilation(head.masks["core"], iterations=2) & edema).any()


def test_glioma_has_a_necrotic_center_in_an_enhancing_rim(head_of):
    head = head_of(2, "glioma", 2.0)
    necrosis, enhancing = head.masks["necrosis"], head.masks["enhancing"]
    assert necrosis.any()
    hull = ndimage.binary_dilation(necrosis) & ~necrosis
    assert enhancing[hull].mean() > 0.9


@pytest.mark.parametrize("seed", range(8))
def test_a_meningioma_has_a_broad_base_on_the_dura(head_of, seed):
    head = head_of(seed, "meningioma")
    core = head.masks["core"]
    hard = np.isin(head.labels, (Tissue.DURA, Tissue.CORTICAL_BONE, Tissue.MARROW, Tissue.VESSEL))
    midline = np.zeros_like(core)
    base = ndimage.binary_dilation(hard | midline, iterations=1) & core
    radius = (3 * core.sum() / (4 * np.pi)) ** (1 / 3)
    assert base.sum() > 0.5 * np.pi * radius**2


def test_mass_effect_never_folds_and_leaves_the_far_brain(rng):
    grid = Grid((-70.0, -70.0, -70.0), (71, 71, 71), 2.0)
    points = grid.points()
    for kind in KINDS:
        tumor = plan(kind, rng, load_template())
        moved = push(points, tumor)
        assert min_jacobian(moved - points, 2.0) > 0.0
        far = np.linalg.norm(points - tumor.center_mm[:, None, None, None], axis=0) > 4.5 * tumor.radius_mm
        assert np.abs(moved - points)[:, far].max(initial=0) < 0.1


def test_mass_effect_moves_tissue_away_from_the_tumor(rng):
    tumor = plan("glioma", rng, load_template())
    where = np.add(tumor.center_mm, (tumor.radius_mm, 0, 0)).astype(np.float32).reshape(3, 1, 1, 1)
    source = push(where, tumor)[:, 0, 0, 0] - tumor.center_mm
    assert 0 < source[0] < tumor.radius_mm  # what is seen there came from nearer the center


def test_places_vary():
    template = load_template()
    centers = np.array([plan("meningioma", np.random.default_rng(s), template).center_mm for s in range(30)])
    assert np.ptp(centers, axis=0).min() > 60
    assert (centers[:, 0] > 3).any()
    assert (centers[:, 0] < -3).any()
