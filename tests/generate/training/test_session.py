"""What surrounds the steps of a training: monitors and hints of the family, and images drawn again and again."""

from __future__ import annotations

import numpy as np
import pytest

from medcurate.generate.callbacks.history import read_history
from medcurate.generate.families.registry import FAMILIES
from medcurate.generate.training.session import TrainingSession
from medcurate.generate.training.settings import TrainSettings
from medcurate.learning.engines import make_engine
from tests.generate import family_laws as laws
from tests.generate.toy_families.registration import TOYS


@pytest.fixture
def session(tmp_path, monkeypatch):
    for name, place in TOYS.items():
        monkeypatch.setitem(FAMILIES, name, place)

    def of(name, kind):
        settings = TrainSettings(model=name, options=laws.module(name).SMALL, batch=2)
        examples = laws.examples_of(laws.spec_of(kind))
        return TrainingSession(make_engine(), tmp_path, settings, examples, None, ())

    return of


def test_only_monitors_that_the_family_lists_watch(session):
    assert set(session("toy-vae", "not square").kept) == {"average", "diversity", "time"}
    assert set(session("toy-pix2pix-3d", "volume from source").kept) == {"average", "time"}


def test_the_same_images_are_drawn_each_time(session):
    found = session("toy-vae", "two channels, classes")
    draw = found._fixed_draw(5)
    images = draw()
    assert images.shape == (5, 32, 32, 2)
    np.testing.assert_array_equal(draw(), images)
    assert not np.array_equal(images[0], images[1])


def test_a_warning_comes_with_the_hint_of_the_family_or_a_general_one(session, tmp_path, monkeypatch):
    found = session("toy-vae", "not square")
    found._warn(3, "lost-diversity", "images are too alike")
    found._warn(4, "other", "something happened")
    texts = [line["text"] for line in read_history(tmp_path)]
    assert texts[0].startswith("images are too alike. Try more data")
    assert texts[1] == "something happened"
    assert found._notes == [f"step 3: {texts[0]}", f"step 4: {texts[1]}"]
