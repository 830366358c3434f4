from __future__ import annotations

import pytest

from medcurate.errors import UsageError
from medcurate.generate.initial import shipped
from medcurate.generate.initial.start import choose_start, of_record
from medcurate.generate.initial.weights_file import write_initial_weights
from medcurate.learning.image_spec import ImageSpec
from tests.generate.initial.stand_ins import ARCHITECTURE, FACTS, players

SPEC = ImageSpec((32, 32))


@pytest.fixture
def first(tmp_path, monkeypatch):
    """Weights that ship for fastgan at 32 pixels."""
    written = write_initial_weights(tmp_path / "first.npz", *players(), ARCHITECTURE, FACTS)
    monkeypatch.setattr(shipped, "find_shipped", lambda name, spatial: written if name == "fastgan" else None)
    return written


def test_what_ships_is_taken_where_it_fits_and_the_run_says_so(first):
    found = choose_start("phantoms", "fastgan", {"width": 4}, SPEC)
    assert found.weights is first
    assert found.notes == ("first weights from first.npz, learned from phantoms of version 1 in 3 steps",)
    assert found.record() == {
        "asked": "phantoms",
        "why": found.why,
        "source": "first.npz",
        "sha256": first.sha256,
        "phantom_version": 1,
        "steps": 3,
    }


def test_other_options_than_those_that_ship_start_from_random_numbers_with_a_note(first):
    found = choose_start("phantoms", "fastgan", {"width": 8}, SPEC)
    assert found.weights is None
    assert found.notes == ("random first weights: those that ship do not fit, they are of width=4, not 8",)
    assert found.record()["source"] == "random numbers"


def test_where_none_ship_it_is_recorded_without_a_note(first):
    found = choose_start("phantoms", "dcgan", {}, SPEC)
    assert (found.weights, found.notes) == (None, ())
    assert found.why == "random first weights: none that were learned from phantoms ship for dcgan at 32 x 32"
    assert choose_start("none", "fastgan", {"width": 4}, SPEC).weights is None


def test_a_file_that_does_not_fit_is_an_error(first):
    assert choose_start(str(first.path), "fastgan", {"width": 4}, SPEC).weights.sha256 == first.sha256
    with pytest.raises(UsageError, match=r"first\.npz does not fit: they are of 32 x 32 pixels, not 64 x 64"):
        choose_start(str(first.path), "fastgan", {"width": 4}, ImageSpec((64, 64)))


def test_a_continued_run_keeps_what_it_recorded(first):
    record = choose_start("phantoms", "fastgan", {"width": 4}, SPEC).record()
    assert of_record(record).record() == record
    assert of_record(record).weights is None
