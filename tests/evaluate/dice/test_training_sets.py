"""Training sets are real, mixed and synthetic, by seed, and what each segmenter finds is counted by patient."""

from __future__ import annotations

import numpy as np

from medcurate.evaluate.dice.training_sets import Trainer, training_sets
from tests.evaluate.dice.test_segmenter import examples


def test_doses_are_multiples_of_the_real_examples():
    real, made, test = examples(1, 4), examples(2, 10), examples(3, 3)

    sets, notes = training_sets(real, made, test, (1.0, 2.0), seed=3)

    assert {one.name: len(one) for one in sets} == {
        "real": 4,
        "real+1x": 8,
        "synthetic 1x": 4,
        "real+2x": 12,
        "synthetic 2x": 8,
    }
    assert notes == ()
    assert all(one.parts[0][0] is real for one in sets if one.name.startswith("real"))
    drawn = {one.name: set(one.parts[-1][1].tolist()) for one in sets[1:]}
    assert drawn["real+1x"] == drawn["synthetic 1x"] < drawn["synthetic 2x"]
    again, _ = training_sets(real, made, test, (1.0,), seed=3)
    assert np.array_equal(again[1].parts[1][1], sets[1].parts[1][1])


def test_a_dose_that_there_is_not_is_noted():
    sets, notes = training_sets(examples(1, 4), examples(2, 5), examples(3, 3), (2.0,), seed=0)

    assert len(sets[-1]) == 5
    assert notes == ("2x would be 8 synthetic examples with masks; all 5 there are were used",)


def test_only_those_trained_on_real_examples_judge_synthetic_ones(network):
    real, test, made = examples(1, 4), examples(2, 3), examples(3, 5)
    done: list[int] = []
    trainer = Trainer(network, test, made, repeats=2, advance=done.append)
    sets, _ = training_sets(real, made, test, (1.0,), seed=0)

    on_real, mixed = trainer.run(sets[0]), trainer.run(sets[1])

    assert [tally.pairs for tally in on_real.on_patients] == [3, 3]
    assert [tally.pairs for tally in on_real.on_synthetic] == [5, 5]
    assert len(on_real.on_images) == len(mixed.on_patients) == 2
    assert (mixed.on_images, mixed.on_synthetic, mixed.last) == ((), (), None)
    assert on_real.last is not None
    assert sum(done) == 4 * network.training.steps


def test_nobody_trains_with_the_mask_of_a_held_out_image():
    real, made, test = examples(1, 4), examples(2, 6), examples(3, 3)
    made.mask[2], made.mask[5] = test.mask[0], test.mask[1]
    made.mask[3], test.mask[2] = 0, 0  # an empty mask tells nothing

    sets, notes = training_sets(real, made, test, (1.0,), seed=0)

    assert sets[-1].parts[0][1].tolist() == [0, 1, 3, 4]
    assert notes == (
        "2 of 6 synthetic examples have the mask of a held-out real one; no segmenter was trained with them",
    )
    only, notes = training_sets(real, test, test, (1.0,), seed=0)
    assert [one.name for one in only] == ["real", "real+1x", "synthetic 1x"]  # the empty one is left
    assert len(only[-1]) == 1
    made.mask[:] = test.mask[0]
    assert [one.name for one in training_sets(real, made, test, (1.0,), seed=0)[0]] == ["real"]
