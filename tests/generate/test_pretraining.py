"""First weights from phantoms: the whole way on few slices, and what a tuned run says of it."""

from __future__ import annotations

import json

import numpy as np
import pytest

from medcurate.dataset.samples import SampleSet
from medcurate.errors import UsageError
from medcurate.generate.pretraining import plan_pretraining, pretrain, run_of
from medcurate.generate.training.training import train_on
from medcurate.phantom.stream import cache as module
from medcurate.phantom.stream.cache import PhantomCache
from medcurate.phantom.stream.rows import ROW
from tests.generate.small_training import small


def fake_rows(seed, number):
    """Six slices of a head in no time: noise whose brightness is the tumor's number."""
    rng = np.random.default_rng([seed, number])
    rows = np.zeros(6, ROW)
    rows["target"] = rng.integers(0, 60, (6, 128, 128)) + 40 * (number % 4)
    rows["classes"] = np.stack([np.arange(6) % 3, np.arange(6) % 4, np.full(6, number % 4), np.ones(6)], axis=1)
    rows["head"] = number
    return rows


@pytest.fixture
def cache(tmp_path, monkeypatch):
    monkeypatch.setattr(module, "rows_of_head", fake_rows)
    return PhantomCache(tmp_path / "phantoms", seed=1)


def test_weights_of_phantoms_start_a_training_of_other_classes(tmp_path, cache):
    out = tmp_path / "first.npz"
    settings = small(steps=3, init="none")
    made = pretrain(cache, 4, out, settings, workers=0, progress=False)
    assert (made.slices, made.training.steps, cache.count()) == (24, 3, 4)
    facts = made.weights.facts
    assert facts["phantom_version"] == 1
    assert (facts["heads"], facts["steps"], facts["seed"], facts["training_seed"]) == (4, 3, 1, 0)
    assert facts["share_of_classes"]["plane"] == {"axial": 8, "coronal": 8, "sagittal": 8}
    assert made.weights.attributes == ()  # dcgan is told no attributes
    before = {name: made.weights.arrays[name].copy() for name in made.weights.arrays}
    again = pretrain(cache, 4, out, settings, workers=0, progress=False)  # finished: nothing is trained any more
    assert again.training.steps == 3
    assert all((again.weights.arrays[name] == array).all() for name, array in before.items())

    phantoms = cache.read(4, size=32)
    columns = {"target": phantoms.columns["target"], "labels": phantoms.columns["labels"][:, 7:11]}
    real = SampleSet(columns, {"tumor": phantoms.classes["tumor"]})
    run = tmp_path / "run"
    tuned = train_on(real, run, small(steps=1, init=str(out)), progress=False)
    assert tuned.notes == ("first weights from first.npz, learned from phantoms of version 1 in 3 steps",)
    record = json.loads((run / "config.json").read_bytes())["init"]
    assert record == tuned.generator.facts["init"]
    assert (record["source"], record["sha256"], record["phantom_version"]) == ("first.npz", again.weights.sha256, 1)
    for variable, place in ((0, 0), (2, 2)):  # one step moved them a little
        stored = made.weights.weight("generator", place)
        now = np.asarray(tuned.trained.players["generator"].network.weights[variable])
        rows = slice(0, 100) if variable == 0 else slice(None)
        assert abs(now[rows] - stored[rows]).max() < 5e-3

    out.unlink()  # a continued run keeps its first weights and needs their file no more
    more = train_on(real, run, small(steps=2), resume=True, progress=False)
    assert more.generator.facts["init"] == record
    with pytest.raises(UsageError, match=r"started with --init .*first\.npz, and --init none is asked for now"):
        train_on(real, run, small(steps=3, init="none"), resume=True, progress=False)


@pytest.mark.parametrize(
    ("heads", "given", "why"),
    [
        (3, {}, "--heads: expected 4 or more"),
        (4, {"size": 256}, "--size: phantoms have 128 pixels at most, received 256"),
    ],
)
def test_what_phantoms_cannot_be_is_refused_before_they_are_made(tmp_path, cache, heads, given, why):
    with pytest.raises(UsageError, match=why):
        pretrain(cache, heads, tmp_path / "first.npz", small(**given), workers=0, progress=False)
    assert not cache.folder.exists()


def test_a_plan_writes_nothing(tmp_path, cache):
    plan = plan_pretraining(cache, 8, tmp_path / "first.npz", small())
    assert (plan.heads, plan.there, plan.run) == (8, 0, run_of(tmp_path / "first.npz"))
    assert set(plan.parameters) == {"generator", "discriminator"}
    assert list(tmp_path.iterdir()) == []
