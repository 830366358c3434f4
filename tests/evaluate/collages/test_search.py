"""The most similar windows of real images, one per patient."""

from __future__ import annotations

import numpy as np

from medcurate.evaluate.collages import search
from medcurate.evaluate.collages.descriptors import VIEWS
from medcurate.evaluate.collages.search import candidates
from medcurate.evaluate.collages.windows import bands, informative
from tests.evaluate.privacy.heads import heads, moved


def test_each_window_finds_its_own_picture_where_it_is(rng):
    real = heads(rng, 12)
    windows = informative(real[:3])
    found = candidates(bands(real[:3]), windows, real, np.arange(12))
    assert (found.row[:, 0] == windows.image).mean() > 0.98
    right = found.row[:, 0] == windows.image
    assert np.abs(found.y[right, 0] - windows.y[right]).max() <= 3
    assert {VIEWS[view][0] for view in found.view[right, 0].tolist()} == {False}


def test_moved_and_mirrored_pieces_are_found(rng):
    real = heads(rng, 12)
    changed = np.stack([moved(real[4], 4, -3)[:, ::-1]])
    windows = informative(changed)
    found = candidates(bands(changed), windows, real, np.arange(12))
    assert (found.row[:, 0] == 4).mean() > 0.7


def test_no_patient_stands_there_twice_whatever_the_blocks(rng, monkeypatch):
    real = heads(rng, 10)
    patients = np.array([0, 1, 2, 0, 1, 2, 3, 3, 4, 4])
    windows = informative(real[:2])
    whole = candidates(bands(real[:2]), windows, real, patients)
    assert all(len(set(patients[row].tolist())) == len(row) for row in whole.row)
    monkeypatch.setattr(search, "_BLOCK", 3)
    blocks = candidates(bands(real[:2]), windows, real, patients)
    assert (blocks.row[:, 0] == whole.row[:, 0]).all()
    assert (np.sort(blocks.row, axis=1) == np.sort(whole.row, axis=1)).mean() > 0.95


def test_the_own_patient_is_passed_over_and_few_patients_leave_places_empty(rng):
    real = heads(rng, 3)
    windows = informative(real[:1])
    found = candidates(bands(real[:1]), windows, real, np.array([7, 7, 9]), own=np.array([7]))
    assert set(found.row[:, 0].tolist()) == {2}
    assert set(found.row[:, 1:].ravel().tolist()) == {-1}
