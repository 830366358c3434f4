from __future__ import annotations

import pytest

from medcurate.curate.patients.patient_names import (
    Name,
    folder_of_patient,
    known_patient,
    named_person,
    parse_name,
    series_of_slices,
)


@pytest.mark.parametrize(
    ("path", "patient"),
    [
        ("kaggle_3m/TCGA_CS_4941_19960909/TCGA_CS_4941_19960909_1_mask.tif", "TCGA_CS_4941"),
        ("TCGA-CS-4941/T1.nii.gz", "TCGA_CS_4941"),
        ("UCSF-PDGM-0004_nifti/UCSF-PDGM-0004_T1.nii.gz", "UCSF_PDGM_0004"),
        ("IXI012-HH-1211-T1.nii.gz", "IXI012"),
        ("OAS1_0001_MR1/a.img", "OAS1_0001"),
        ("BraTS-GLI-00005-001/BraTS-GLI-00005-001-t1n.nii.gz", "BRATS_GLI_00005"),
        ("BraTS2021_00495/BraTS2021_00495_t1.nii.gz", "BRATS2021_00495"),
        ("BraTS20_Training_001/BraTS20_Training_001_seg.nii", "BRATS20_TRAINING_001"),
        ("sub-01/ses-2/anat/sub-01_ses-2_T1w.nii.gz", "here\0sub\0" + "01"),
    ],
)
def test_identifiers_of_well_known_datasets_are_found(path, patient):
    assert known_patient("here", path) == patient


@pytest.mark.parametrize("path", ["Training/glioma/image(41).jpg", "Te-me_0012.jpg", "sub-optimal/a.png.txt/x"])
def test_other_names_are_no_such_identifiers(path):
    found = known_patient("here", path)
    assert found is None or found.startswith("here\0sub\0optimal")


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("nichart/t1/Subj8_T1.nii.gz", Name("nichart", "subj8", "t1")),
        ("Task01/imagesTr/BRATS_001_0002.nii.gz", Name("Task01", "brats_001", "0002")),
        ("Task01/labelsTr/BRATS_001.nii.gz", Name("Task01", "brats_001", "")),
        ("p/T1c_subtrMeanDivStd.nii.gz", Name("p", "subtrmeandivstd", "t1c")),
        ("a.zip!slices/Subj15-T1_cor_036.png", Name("a.zip", "subj15_036", "t1 cor")),
        ("image(41).jpg", Name("", "41", "image")),
    ],
)
def test_names_are_taken_apart(path, name):
    assert parse_name(path) == name


@pytest.mark.parametrize(
    ("path", "series"), [("q7_012.png", "q7"), ("image(41).jpg", None), ("Tr-gl_0010.jpg", None), ("12.png", None)]
)
def test_a_running_number_follows_the_name_of_a_series(path, series):
    assert series_of_slices(parse_name(path)) == series


@pytest.mark.parametrize(
    ("path", "person"),
    [
        ("patient_07/T1/0012.png", "patient_07"),
        ("glioma/Subj15-T1_cor_036.png", "glioma//subj15"),
        ("brats_2013_pat0001_1/x.png", "brats_2013_pat0001_1"),
        ("patients/12.png", None),
        ("part_2/12.png", None),
    ],
)
def test_a_word_for_a_person_with_a_number_names_one(path, person):
    assert named_person(parse_name(path)) == person


@pytest.mark.parametrize(
    ("path", "folder"),
    [("x/a17/001.png", "x/a17"), ("x/fold1/001.png", None), ("x/glioma/1.png", None), ("set2/1.png", None)],
)
def test_a_numbered_folder_may_hold_one_patient(path, folder):
    assert folder_of_patient(parse_name(path)) == folder
