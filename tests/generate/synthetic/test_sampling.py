"""A stream of images: those that are missing, in batches of any size, each with what its draw was given."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from medcurate.errors import UsageError
from medcurate.generate.synthetic.label_plan import plan_labels
from medcurate.generate.synthetic.sampling import draw_batches
from medcurate.generate.training.training_set import ClassCount

PLAN = plan_labels({"tumor": ("a", "b")}, [ClassCount(None, "a", 2), ClassCount(None, "b", 1)])


class Numbers:
    """Draws images whose every pixel is their number, plus 100 for label b; channels differ by 1."""

    def __init__(self, shape):
        self.classes = {"tumor": ("a", "b")}
        self.shape = shape

    def sample(self, first, n, *, seed=0, labels):
        values = [first + k + 100 * (labels["tumor"][k] == "b") for k in range(n)]
        drawn = np.array(values, np.uint8).reshape(n, *[1] * len(self.shape)) + np.zeros((n, *self.shape), np.uint8)
        return drawn + np.arange(self.shape[-1], dtype=np.uint8) * 50


def images(runs, *, batch, shape=(2, 2, 1), contrasts=0):
    found = {}
    for some in draw_batches(Numbers(shape), PLAN, runs, seed=0, batch=batch, contrasts=contrasts):
        for number, (image, place) in enumerate(zip(some.images, some.places, strict=True), some.first):
            found[number] = (int(image.flat[0]), place)
    return found


@settings(deadline=None, max_examples=40)
@given(st.sets(st.integers(0, 9), max_size=8), st.integers(1, 5))
def test_missing_draws_are_as_in_one_go(edges, batch):
    whole = images([(0, 10)], batch=10)
    ends = sorted(edges)
    runs = [(a, b) for a, b in zip(ends[::2], ends[1::2], strict=False)]
    wanted = {number for a, b in runs for number in range(a, b)}
    assert images(runs, batch=batch) == {number: whole[number] for number in wanted}
    assert all(value == number + 100 * place for number, (value, place) in whole.items())


def test_contrasts_are_images_of_their_own():
    found = images([(1, 3)], batch=2, shape=(2, 2, 2), contrasts=2)
    assert sorted(found) == [2, 3, 4, 5]
    assert [value % 50 for value, _ in found.values()] == [1, 1, 2, 2]


def test_five_axes_are_volumes():
    some = next(iter(draw_batches(Numbers((2, 3, 4, 1)), PLAN, [(0, 2)], seed=0, batch=2)))
    assert some.volumes
    assert some.images.shape == (2, 2, 3, 4)


def test_a_generator_that_draws_too_few_is_found_out():
    class Short(Numbers):
        def sample(self, first, n, **given_):
            return super().sample(first, n, **given_)[:-1]

    with pytest.raises(UsageError, match="was asked for 3 images and drew 2"):
        next(iter(draw_batches(Short((2, 2, 1)), PLAN, [(0, 3)], seed=0, batch=3)))
