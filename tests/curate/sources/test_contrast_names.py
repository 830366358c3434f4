"""Contrasts and subjects by file names, as public collections name their files."""

from __future__ import annotations

import pytest

from medcurate.curate.sources.contrast_names import contrast_of_name, subject_of_name


@pytest.mark.parametrize(
    ("name", "contrast", "subject"),
    [
        ("case/Flair_subtrMeanDivStd.nii.gz", "FLAIR", "subtrmeandivstd"),
        ("case/T1c_subtrMeanDivStd.nii.gz", "T1ce", "subtrmeandivstd"),
        ("BraTS20_Training_001_t1ce.nii", "T1ce", "brats20_training_001"),
        ("BraTS20_Training_001_t1.nii", "T1", "brats20_training_001"),
        ("BraTS-GLI-00000-000-t2f.nii.gz", "FLAIR", "brats_gli_00000_000"),
        ("BraTS20_Training_001_seg.nii", None, "brats20_training_001"),
        ("sub-01_T1_post.nii.gz", "T1ce", "sub_01"),
        ("sub-01_acq-x_T2w_FLAIR.nii", "FLAIR", "sub_01_acq_x"),
        ("a.zip!IXI002-Guys-0828-T1.nii.gz", "T1", "ixi002_guys_0828"),
        ("chris_PD.nii.gz", "PD", "chris"),
        ("T2/volume.nii", None, "volume"),
        ("st1ck.nii", None, "st1ck"),
        ("Subj13_FL.nii.gz", None, "subj13_fl"),
    ],
)
def test_names_of_public_collections(name, contrast, subject):
    assert contrast_of_name(name) == contrast
    assert subject_of_name(name) == subject
