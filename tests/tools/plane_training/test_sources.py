from __future__ import annotations

import cv2
import numpy as np
import pytest

from tools.plane_training.bases import PLANES
from tools.plane_training.model_card import licenses
from tools.plane_training.sources import SOURCES, Source, read_source


def _source(**settings):
    return Source(name="made", path="made", license="CC0-1.0", attribution="this test", **settings)


def test_what_is_not_there_gives_nothing(tmp_path):
    reading = read_source(_source(), tmp_path)
    assert (reading.bases, reading.files, reading.unreadable) == ((), 0, 0)


def test_slices_without_a_plane_are_no_teachers_and_bad_files_are_counted(tmp_path, rng):
    folder = tmp_path / "made"
    folder.mkdir()
    for number in range(3):
        cv2.imwrite(str(folder / f"{number}.png"), rng.integers(0, 256, (40, 40), np.uint8))
    (folder / "notes.dcm").write_text("not an image")
    reading = read_source(_source(), tmp_path)
    assert (reading.bases, reading.files, reading.unreadable) == ((), 4, 1)


def test_test_objects_are_of_the_class_other(tmp_path, rng):
    folder = tmp_path / "made"
    folder.mkdir()
    cv2.imwrite(str(folder / "object.png"), rng.integers(0, 256, (40, 40), np.uint8))
    (base,) = read_source(_source(brain=False), tmp_path).bases
    assert base.classes == ("other",)
    assert base.source == "made"


def test_every_source_has_a_name_of_its_own_a_license_and_an_attribution():
    assert len({source.name for source in SOURCES}) == len(SOURCES)
    known = licenses()
    for source in SOURCES:
        assert known[source.name] == (source.license, source.attribution)
        assert source.license in {"BSD-2-Clause", "PDDL-1.0"}
        assert source.attribution


@pytest.mark.realdata
@pytest.mark.parametrize("source", SOURCES, ids=lambda source: source.name)
def test_real_sources_give_slices_of_their_classes(realdata, rng, source):
    reading = read_source(source, realdata)
    assert reading.files
    assert not reading.unreadable
    assert reading.bases
    assert {base.source for base in reading.bases} == {source.name}
    weights = sum(base.weight for base in reading.bases)
    assert weights == pytest.approx(source.volume_weight + source.slice_weight)
    for base in reading.bases:
        assert set(base.classes) <= ({*PLANES} if source.brain else {"other"})
        for name in base.classes:
            assert any(base.draw(rng, name) is not None for _ in range(10))
