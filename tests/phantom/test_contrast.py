from __future__ import annotations

import numpy as np
import pytest

from medcurate.errors import UsageError
from medcurate.phantom import Tissue, render, slices
from medcurate.phantom.contrast import CONTRASTS


def signal(head, contrast, *tissues, **options):
    """Median signal of each tissue."""
    volume = render(head, contrast, np.random.default_rng(1), bias=0.0, **options)
    return [float(np.median(volume[head.labels == t])) for t in tissues]


@pytest.mark.parametrize("contrast", CONTRASTS)
def test_a_render_is_finite_positive_float32(head_of, contrast):
    head = head_of(0, "glioma")
    volume = render(head, contrast, np.random.default_rng(0))
    assert volume.dtype == np.float32
    assert volume.shape == head.labels.shape
    assert np.isfinite(volume).all()
    assert volume.min() >= 0
    assert 0.5 < volume.max() < 3


@pytest.mark.parametrize(
    ("contrast", "dark_to_bright"),
    [
        ("T1", (Tissue.CORTICAL_BONE, Tissue.VENTRICLE, Tissue.CORTEX, Tissue.WHITE_MATTER, Tissue.FAT)),
        ("T1ce", (Tissue.VENTRICLE, Tissue.CORTEX, Tissue.WHITE_MATTER, Tissue.TUMOR_ENHANCING)),
        ("T2", (Tissue.CORTICAL_BONE, Tissue.WHITE_MATTER, Tissue.CORTEX, Tissue.VENTRICLE)),
        ("FLAIR", (Tissue.VENTRICLE, Tissue.WHITE_MATTER, Tissue.CORTEX, Tissue.EDEMA)),
    ],
)
def test_tissues_rank_as_in_textbooks(head_of, contrast, dark_to_bright):
    values = signal(head_of(2, "glioma", 2.0), contrast, *dark_to_bright)
    assert values == sorted(values)


@pytest.mark.parametrize("tissue", [Tissue.TUMOR_ENHANCING, Tissue.VESSEL])
def test_contrast_agent_lights_tumor_and_vessels(head_of, tissue):
    head = head_of(2, "glioma", 2.0)
    before, after = (signal(head, c, tissue)[0] for c in ("T1", "T1ce"))
    assert after > 1.3 * before


def test_skull_stripped_keeps_the_brain_alone(head_of):
    head = head_of(0, "none")
    whole, stripped = (render(head, "T1", np.random.default_rng(0), skull_stripped=s) for s in (False, True))
    assert not stripped[~head.brain].any()
    np.testing.assert_array_equal(stripped[head.brain], whole[head.brain])


def test_noise_is_rician(head_of):
    head = head_of(0, "none")
    air = render(head, "T2", np.random.default_rng(0), noise=0.05)[head.labels == Tissue.AIR]
    # A Rayleigh distribution: mean sqrt(pi / 2) sigma, standard deviation sqrt(2 - pi / 2) sigma.
    assert np.median(air) == pytest.approx(0.05 * np.sqrt(2 * np.log(2)), rel=0.05)


def test_without_noise_the_air_is_black(head_of):
    head = head_of(0, "none")
    volume = render(head, "T1", np.random.default_rng(0), noise=0.0)
    assert volume[:3, :3, -3:].max() == 0


def test_bias_brightens_one_side(head_of):
    head = head_of(0, "none")
    flat, biased = (render(head, "T1", np.random.default_rng(0), noise=0.0, bias=b) for b in (0.0, 0.3))
    ratio = biased[head.brain] / np.maximum(flat[head.brain], 1e-3)
    assert np.percentile(ratio, 95) / np.percentile(ratio, 5) > 1.2


def test_the_same_seed_gives_the_same_image(head_of):
    head = head_of(0, "none")
    first, again, other = (render(head, "T1", np.random.default_rng(s)) for s in (0, 0, 1))
    np.testing.assert_array_equal(first, again)
    assert (first != other).any()


def test_slices_show_what_a_screen_shows():
    x, y, z = np.meshgrid(np.arange(4), np.arange(5), np.arange(6), indexing="ij")
    axial, coronal, sagittal = (slices(100 * x + 10 * y + z, plane) for plane in ("axial", "coronal", "sagittal"))
    assert axial.shape == (6, 5, 4)
    assert coronal.shape == (5, 6, 4)
    assert sagittal.shape == (4, 6, 5)
    # Top left: right and anterior; right and superior; anterior and superior.
    assert axial[2, 0, 0] == 342
    assert axial[2, -1, -1] == 2
    assert coronal[3, 0, 0] == 335
    assert coronal[3, -1, -1] == 30
    assert sagittal[1, 0, 0] == 145
    assert sagittal[1, -1, -1] == 100


@pytest.mark.parametrize("options", [{"noise": -1.0}, {"bias": -0.1}])
def test_negative_strengths_are_refused(head_of, rng, options):
    with pytest.raises(UsageError, match="expected 0 or more"):
        render(head_of(0, "none"), "T1", rng, **options)


def test_unknown_names_are_refused(head_of, rng):
    with pytest.raises(UsageError, match="expected one of T1, T1ce, T2, FLAIR, got 'PD'"):
        render(head_of(0, "none"), "PD", rng)
    with pytest.raises(UsageError, match="expected one of axial, coronal, sagittal, got 'oblique'"):
        slices(np.zeros((2, 2, 2)), "oblique")
