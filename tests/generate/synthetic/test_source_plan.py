"""Sources are drawn from in turn, with their labels, affines, and names."""

from __future__ import annotations

from itertools import islice

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from medcurate.dataset.samples import SampleSet
from medcurate.errors import UsageError
from medcurate.generate.synthetic.draw_plan import label_counts
from medcurate.generate.synthetic.source_plan import SourcePlan, plan_sources
from tests.dataset.samples.sample_folders import Folder
from tests.generate.synthetic.source_runs import reading


def plan_of(n):
    columns = {"source": np.arange(n, dtype=np.uint8).reshape(n, 1, 1, 1)}
    samples = SampleSet(columns, members=tuple((f"i{k}",) for k in range(n)), groups=("p",) * n)
    return SourcePlan(samples, (("axial", None),) * n)


@settings(deadline=None, max_examples=40)
@given(st.integers(1, 9), st.integers(0, 30), st.integers(0, 30))
def test_more_draws_have_the_same_beginning_and_each_source_its_share(n, draws, more):
    plan = plan_of(n)
    places = list(islice(plan.places(), draws + more))
    assert places[:draws] == list(islice(plan.places(), draws))
    counts = [places.count(k) for k in range(n)]
    assert max(counts) - min(counts) <= 1
    assert plan.draws(3) == 3 * n
    assert plan.given(places[:5])["source"].ravel().tolist() == places[:5]


@pytest.fixture
def dataset(tmp_path, rng):
    made = Folder(tmp_path / "data")
    for number, tumor in enumerate(("glioma", "none", None, "glioma")):
        for name in ("T1", "T2"):
            about = {
                "patient_group": f"p{number}",
                "position": 0.5,
                "tumor": tumor,
                "split": ("train", "test")[number % 2],
            }
            made.slice(f"{number}{name}", rng.integers(0, 255, (8, 8), dtype=np.uint8), contrast=name, **about)
    return made.open()


PAIR = {"target": ("T1",), "source": ("T2",)}


def test_facts_are_those_of_the_source(dataset):
    plan, notes = plan_sources(dataset, reading(**PAIR), {})
    assert notes == ()
    assert [plan.facts(k)[:4] for k in range(4)] == [
        ("axial", "glioma", ("0T2",), "p0"),
        ("axial", "none", ("1T2",), "p1"),
        ("axial", None, ("2T2",), "p2"),
        ("axial", "glioma", ("3T2",), "p3"),
    ]
    np.testing.assert_array_equal(plan.given([1, 1])["source"][1, ..., 0], dataset.image(dataset.ids.index("1T2")))
    assert plan.given([0])["labels"] == {}


def test_a_generator_of_labels_is_given_those_of_the_source_or_those_asked_for(dataset):
    classes = {"tumor": ("glioma", "none")}
    plan, notes = plan_sources(dataset, reading(**PAIR), classes)
    assert plan.given([0, 1, 2])["labels"] == {"tumor": ("glioma", "none", "glioma")}
    assert notes == ("--from: 1 images have labels that the generator does not know, and were left out",)
    plan, notes = plan_sources(dataset, reading(**PAIR), classes, chosen={"tumor": "none"})
    assert notes == ()
    assert label_counts(plan, 4) == {("axial", "none"): 4}
    assert plan.given([2])["labels"] == {"tumor": ("none",)}
    with pytest.raises(UsageError, match="--class tumor=x: expected glioma or none"):
        plan_sources(dataset, reading(**PAIR), classes, chosen={"tumor": "x"})
    with pytest.raises(UsageError, match="is not given a plane"):
        plan_sources(dataset, reading(**PAIR), classes, chosen={"plane": "axial"})
    with pytest.raises(UsageError, match="has a tumor that the generator knows"):
        plan_sources(dataset, reading(**PAIR), {"tumor": ("x", "y")})


def test_the_identity_tells_other_sources(dataset):
    def identity(part):
        return plan_sources(part, reading(**PAIR), {})[0].identity()

    assert identity(dataset) == identity(dataset)
    assert identity(dataset.select(split="test")) != identity(dataset)
    assert identity(dataset)["from"]["sources"] == 4
