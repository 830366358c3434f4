"""A face is seen in whole heads, and not where it, or the skull, was taken away."""

from __future__ import annotations

import nibabel as nib
import numpy as np
import pytest

from medcurate.curate.privacy.faces import find_face
from medcurate.phantom.contrast import render
from medcurate.phantom.head import random_head


@pytest.fixture(scope="module")
def head():
    return random_head(np.random.default_rng(5), spacing_mm=2.0)


@pytest.mark.parametrize("contrast", ["T1", "T2", "FLAIR"])
def test_privacy_p8_whole_heads_show_a_face_and_stripped_ones_none(head, contrast):
    rng = np.random.default_rng(1)
    whole = render(head, contrast, rng, noise=0.01, bias=0.1)
    assert find_face(whole, (2.0, 2.0, 2.0)).visible
    stripped = find_face(whole * head.brain, (2.0, 2.0, 2.0))
    assert not stripped.visible


def test_privacy_p8_a_defaced_head_shows_none(head):
    whole = render(head, "T1", np.random.default_rng(1), noise=0.01, bias=0.1)
    inside = np.argwhere(head.brain)
    front, foot = inside[:, 1].max(), inside[:, 2].max() - 45
    defaced = whole.copy()
    defaced[:, front - 25 :, :foot] = 0
    assert not find_face(defaced, (2.0, 2.0, 2.0)).visible


def test_resolution_does_not_matter(head):
    whole = render(head, "T1", np.random.default_rng(1), noise=0.01, bias=0.1)
    fine = find_face(whole, (2.0, 2.0, 2.0))
    coarse = find_face(whole[:, :, ::2], (2.0, 2.0, 4.0))
    assert coarse.visible
    assert abs(coarse.protrusion_mm - fine.protrusion_mm) <= 8


def test_a_slab_above_the_eyes_tells_nothing(head):
    whole = render(head, "T1", np.random.default_rng(1), noise=0.01, bias=0.1)
    top = np.argwhere(head.brain)[:, 2].max()
    assert find_face(whole[:, :, top - 35 :], (2.0, 2.0, 2.0)) == (False, None)


def test_nothing_has_no_face():
    assert find_face(np.zeros((20, 20, 20), np.float32), (2.0, 2.0, 2.0)) == (False, None)
    with pytest.raises(ValueError, match="three axes"):
        find_face(np.zeros((20, 20), np.float32), (2.0, 2.0, 2.0))


@pytest.mark.realdata
def test_privacy_p8_real_volumes(realdata):
    def check(file):
        image = nib.as_closest_canonical(nib.load(file))
        return find_face(np.asarray(image.dataobj), tuple(map(float, image.header.get_zooms()[:3]))).visible

    whole = sorted((realdata / "volumes/nichart").rglob("*.nii.gz"))
    stripped = sorted((realdata / "volumes/brats2013").rglob("T1c*.nii.gz"))
    assert len(whole) == 12
    assert len(stripped) == 6
    assert all(check(file) for file in whole)
    assert not any(check(file) for file in stripped)
