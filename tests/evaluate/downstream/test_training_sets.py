"""What training sets are made of."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from medcurate.evaluate.downstream.training_sets import (
    ALL,
    AUGMENTED,
    MORE_REAL,
    ONLY,
    REAL,
    REPEATED,
    SYNTHETIC,
    Draw,
    Recipe,
    recipes,
)
from tests.evaluate.downstream.downstream_samples import labeled, material


def draw(found, per_class, *, repeat=0, most=1000):
    return Draw(found, per_class, most, seed=3, repeat=repeat)


def per_class(labels, rows):
    return np.bincount(labels[rows], minlength=3).tolist()


def test_a_ratio_adds_so_many_images_of_each_class(rng):
    found = material(rng)
    rows = draw(found, 10).rows(Recipe(SYNTHETIC, 1.5))
    assert per_class(found.real.labels, rows.real) == [10, 10, 10]
    assert per_class(found.synthetic.labels, rows.synthetic) == [15, 15, 15]
    assert len(rows) == 75


def test_controls_add_as_many_of_the_same_real_images(rng):
    found = material(rng)
    one = draw(found, 10)
    alone = one.rows(Recipe(REAL)).real
    repeated = one.rows(Recipe(REPEATED, 2.0)).real
    assert sorted(repeated.tolist()) == sorted(alone.tolist() * 3)
    changed = one.rows(Recipe(AUGMENTED, 2.0))
    assert sorted(changed.augmented.tolist()) == sorted(alone.tolist() * 2)
    pairs = set(zip(changed.augmented.tolist(), changed.copies.tolist(), strict=True))
    assert len(pairs) == 60  # no change of an image comes twice
    assert set(changed.copies.tolist()) == {0, 1}


def test_other_real_images_are_other_ones(rng):
    found = material(rng)
    rows = draw(found, 10).rows(Recipe(MORE_REAL, 3.0)).real
    assert len(rows) == len(set(rows.tolist())) == 120


def test_synthetic_images_alone_have_no_real_ones(rng):
    rows = draw(material(rng), 10).rows(Recipe(ONLY, 2.0))
    assert len(rows.real) == 0
    assert len(rows.synthetic) == 60


@pytest.mark.parametrize("recipe", [Recipe(SYNTHETIC, 7.0), Recipe(ONLY, 7.0), Recipe(MORE_REAL, 3.5)])
def test_too_few_images_make_no_set(rng, recipe):
    assert draw(material(rng), 10).rows(recipe) is None


def test_a_class_without_synthetic_images_gets_no_more_of_any_kind(rng):
    made = labeled(rng, 30)
    lacking = type(made)(made.pixels[made.labels != 1], made.labels[made.labels != 1])
    found = material(rng, made=lacking)
    one = draw(found, 10)
    for kind in (SYNTHETIC, AUGMENTED, REPEATED, MORE_REAL):
        rows = one.rows(Recipe(kind, 1.0))
        counts = np.array(per_class(found.real.labels, rows.real)) + per_class(found.real.labels, rows.augmented)
        counts += per_class(found.synthetic.labels, rows.synthetic)
        assert counts.tolist() == [20, 10, 20], kind
    assert one.rows(Recipe(ONLY, 1.0)) is None


def test_all_real_images_are_all_up_to_the_most(rng):
    found = material(rng, real=40)
    assert len(draw(found, ALL).base) == 120
    assert per_class(found.real.labels, draw(found, ALL, most=25).base) == [25, 25, 25]


@settings(deadline=None, max_examples=30)
@given(repeat=st.integers(0, 50), few=st.integers(2, 20), ratio=st.floats(0.1, 3.0))
def test_a_smaller_set_of_a_draw_is_part_of_a_larger_one(repeat, few, ratio):
    found = material(np.random.default_rng(1), real=40, synthetic=60)
    small, large = draw(found, few, repeat=repeat), draw(found, 20, repeat=repeat)
    assert set(small.base.tolist()) <= set(large.base.tolist())
    less, more = small.rows(Recipe(SYNTHETIC, ratio / 2)), small.rows(Recipe(SYNTHETIC, ratio))
    assert set(less.synthetic.tolist()) <= set(more.synthetic.tolist())


def test_draws_differ_from_each_other_and_come_again(rng):
    found = material(rng)
    assert draw(found, 5, repeat=1).base.tolist() == draw(found, 5, repeat=1).base.tolist()
    assert set(draw(found, 5, repeat=1).base.tolist()) != set(draw(found, 5, repeat=2).base.tolist())


def test_every_set_has_a_name_of_its_own():
    names = [recipe.name for recipe in recipes((0.5, 1.0))]
    assert len(set(names)) == len(names) == 11
    assert names[:3] == ["real", "real+0.5x", "real+1x"]
