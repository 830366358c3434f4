"""What a training asks of its examples, and that those which the readers make have it."""

from __future__ import annotations

import numpy as np

from medcurate.dataset.samples import SampleSet
from medcurate.generate.training.examples import LabeledExamples


def test_a_sample_set_has_all_that_a_training_asks_for():
    found = SampleSet({"target": np.zeros((3, 4, 4, 1), np.uint8)}, {"tumor": ("a", "b")}, ("age",), (("i",),) * 3)
    asked = [name for name in vars(LabeledExamples) if isinstance(vars(LabeledExamples)[name], property)]
    assert set(asked) == {"columns", "classes", "attributes", "ids", "digest"}
    assert all(hasattr(found, name) for name in asked)
    assert (len(found), found.ids) == (3, ("i",))
