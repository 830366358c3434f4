"""A generator gets the plan that fits it, and a clear word where what is asked for does not."""

from __future__ import annotations

import numpy as np
import pytest

from medcurate.errors import UsageError
from medcurate.generate.drawing.weights import read_generator
from medcurate.generate.synthetic.attribute_plan import AttributePlan
from medcurate.generate.synthetic.label_plan import LabelPlan
from medcurate.generate.synthetic.planning import make_plan
from medcurate.generate.synthetic.settings import GenerateSettings
from medcurate.generate.synthetic.source_plan import SourcePlan
from medcurate.generate.training.training_set import read_training_set
from tests.dataset.samples.sample_folders import Folder
from tests.generate.synthetic.source_runs import reading, source_run


@pytest.fixture
def dataset(tmp_path, rng):
    made = Folder(tmp_path / "data")
    for number in range(4):
        for name in ("T1", "T2"):
            about = {"patient_group": f"p{number}", "position": 0.5, "tumor": ("glioma", "none")[number % 2]}
            pixels = rng.integers(0, 255, (8, 8), dtype=np.uint8)
            made.slice(f"{number}{name}", pixels, contrast=name, mask_area=number / 4, **about)
    return made.open()


def planned(run, sources=None, **asked):
    return make_plan(read_generator(run), read_training_set(run), GenerateSettings(n=3, **asked), sources)[0]


def test_each_generator_gets_its_plan(tmp_path, dataset):
    classes = {"tumor": ("glioma", "none")}
    plain = source_run(tmp_path / "plain", dataset, reading(target=("T1",)), classes=classes)
    assert isinstance(planned(plain), LabelPlan)
    pairs = source_run(tmp_path / "pairs", dataset, reading(target=("T1",), source=("T2",)))
    plan = planned(pairs, dataset)
    assert isinstance(plan, SourcePlan)
    assert plan.draws(3) == 12
    steered = reading(target=("T1",), attributes=("mask_area",))
    run = source_run(tmp_path / "steered", dataset, steered, classes=classes, attributes=("mask_area",))
    plan = planned(run)
    assert isinstance(plan, AttributePlan)
    assert {row.values for row in plan.rows} == {(0.0,), (0.25,), (0.5,), (0.75,)}
    assert {row.values for row in planned(run, attributes={"mask_area": 0.9}).rows} == {(0.9,)}


def test_what_does_not_fit_is_said(tmp_path, dataset):
    plain = source_run(tmp_path / "plain", dataset, reading(target=("T1",)))
    pairs = source_run(tmp_path / "pairs", dataset, reading(target=("T1",), source=("T2",)))
    with pytest.raises(UsageError, match="draws from images: give a dataset of them with --from DATASET"):
        planned(pairs)
    with pytest.raises(UsageError, match="--from: this generator is not given images"):
        planned(plain, dataset)
    with pytest.raises(UsageError, match="--balanced: labels are those of the sources"):
        planned(pairs, dataset, balanced=True)
    with pytest.raises(UsageError, match="--attribute: not with --from"):
        planned(pairs, dataset, attributes={"a": 1.0})
    with pytest.raises(UsageError, match="--attribute a: expected one of none"):
        planned(plain, attributes={"a": 1.0})
