"""Which examples and random numbers a step is given."""

from __future__ import annotations

import collections
from dataclasses import dataclass

import numpy as np
import pytest

from medcurate.errors import UsageError
from medcurate.learning.feed import Feed
from medcurate.learning.players import Player, TrainingSetup
from medcurate.learning.random_inputs import RandomInput

SETUP = TrainingSetup(
    {
        "judge": Player(
            None, None, None, {"noise": RandomInput((2,))}, frozenset({"target", "labels"}), frozenset({"labels"})
        ),
        "generator": Player(None, None, None, reads_other=frozenset({"labels"})),
    },
    ("judge", "judge", "generator"),
)


@dataclass
class Examples:
    columns: dict

    def __len__(self):
        return len(next(iter(self.columns.values())))


@pytest.fixture
def examples(rng):
    target = rng.integers(0, 256, (24, 8, 6, 1), dtype=np.uint8)
    return Examples({"target": target, "labels": np.eye(2, dtype=np.float32)[rng.integers(2, size=24)]})


def feed(examples, batch, seed, setup=SETUP):
    return Feed(examples, setup, batch=batch, seed=seed)


def test_every_example_is_seen_once_per_epoch(examples):
    steps = feed(examples, 6, 4)  # two turns read 12 examples per step, so an epoch is two steps
    for epoch in range(3):
        seen = collections.Counter()
        for step in (2 * epoch, 2 * epoch + 1):
            for turn in steps.turns(step):
                seen.update(image.tobytes() for image in turn.get("target", ()))
        assert set(seen.values()) == {1}
        assert len(seen) == 24


def test_a_step_is_a_function_of_its_number(examples):
    steps, other = (feed(examples, 5, 4) for _ in range(2))
    later = other.turns(7)
    for _ in steps.steps(0, 7):
        pass
    for one, two in zip(steps.turns(7), later, strict=True):
        assert one.keys() == two.keys()
        for name in one:
            np.testing.assert_array_equal(one[name], two[name])
    assert not np.array_equal(steps.turns(7)[0]["target"], feed(examples, 5, 5).turns(7)[0]["target"])


def test_columns_of_an_example_stay_together(examples):
    columns = examples.columns
    by_pixels = {image.tobytes(): label.tolist() for image, label in zip(*columns.values(), strict=True)}
    for turn in feed(examples, 7, 1).turns(3)[:2]:
        assert [by_pixels[image.tobytes()] for image in turn["target"]] == turn["labels"].tolist()


def test_a_turn_is_given_what_its_player_reads_and_nothing_else(examples):
    judge, _, generator = feed(examples, 3, 1).turns(0)
    assert set(judge) == {"noise", "target", "labels", "other_labels"}
    assert set(generator) == {"other_labels"}
    assert generator["other_labels"].shape == (3, 2)


def test_other_examples_are_chosen_at_random(examples):
    steps = feed(examples, 8, 1)
    drawn = [turn["other_labels"] for step in range(40) for turn in steps.turns(step)]
    share = np.concatenate(drawn).mean(axis=0)
    np.testing.assert_allclose(share, examples.columns["labels"].mean(axis=0), atol=0.07)  # 960: four deviations


def test_a_batch_may_be_larger_than_the_examples(examples):
    small = Examples({name: column[:3] for name, column in examples.columns.items()})
    counts = collections.Counter(image.tobytes() for image in feed(small, 9, 0).turns(0)[0]["target"])
    assert sorted(counts.values()) == [3, 3, 3]


def test_a_column_that_is_missing_is_named(examples):
    del examples.columns["labels"]
    with pytest.raises(UsageError, match="expected the columns labels, target; missing are labels"):
        feed(examples, 2, 0)


def test_no_examples_are_an_error(examples):
    empty = Examples({name: column[:0] for name, column in examples.columns.items()})
    with pytest.raises(UsageError, match="expected examples"):
        feed(empty, 2, 0)
