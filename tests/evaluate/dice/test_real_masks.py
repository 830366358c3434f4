"""Masks by experts: their numbering is told, their regions are nested, and a shift is measured as what it is."""

from __future__ import annotations

import nibabel as nib
import numpy as np
import pytest

from medcurate.evaluate.dice.agreement import compare_masks
from medcurate.evaluate.dice.regions import NUMBERINGS, as_bits, numbering_of, region_masks

pytestmark = pytest.mark.realdata


def test_an_expert_mask_and_its_shifted_copy(realdata):
    path = min((realdata / "volumes/brats2013").rglob("OTMultiClass.nii.gz"))
    labels = np.asarray(nib.Nifti1Image.from_filename(path).dataobj, np.uint8)

    assert numbering_of(frozenset(np.unique(labels).tolist())) == "brats2013"
    regions = NUMBERINGS["brats2013"]
    masks = region_masks(as_bits(labels, regions), regions)
    assert masks["whole_tumor"].sum() > masks["tumor_core"].sum() > masks["enhancing"].sum() > 0
    assert not (masks["tumor_core"] & ~masks["whole_tumor"]).any()
    assert not (masks["enhancing"] & ~masks["tumor_core"]).any()

    metrics = {
        metric.name: metric.value
        for metric in compare_masks(labels[None], np.roll(labels, 4, 0)[None], regions=regions, spacing_mm=(1, 1, 1))
    }
    for region in regions:
        assert 0 < metrics[f"dice/surface_distance[{region}]"] < metrics[f"dice/hausdorff95[{region}]"] <= 4
    # the core of a rim suffers least, the rim itself most
    assert 0 < metrics["dice/dice[enhancing]"] < metrics["dice/dice[whole_tumor]"] < 1
