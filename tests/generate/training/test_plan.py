"""What ``--dry-run`` tells, from a few real steps."""

from __future__ import annotations

import math

import pytest

from medcurate.dataset import Dataset
from medcurate.errors import PolicyError
from medcurate.generate.training import plan as module
from medcurate.generate.training.plan import plan_training
from tests.datasets_manifest.made_dataset import make, row
from tests.generate.small_training import small


def test_a_plan_counts_measures_and_writes_nothing(heads, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    before = sorted(heads.rglob("*"))
    settings = small(steps=1000, condition=("tumor",))
    plan = plan_training(Dataset.open(heads), settings)
    assert plan.config == settings.to_dict()
    assert (plan.images, plan.classes) == (24, {"tumor": ("glioma", "none")})
    assert set(plan.parameters) == {"generator", "discriminator"}
    # Kernels and biases by hand: Dense(100 + 2 -> 8 * 8 * 8), two transposed 4 x 4, the last 4 x 4 to one channel.
    dense = 102 * 8 * 8 * 8 + 8 * 8 * 8
    transposed = (16 * 8 * 4 + 4) + (16 * 4 * 4 + 4)
    assert plan.parameters["generator"] == dense + transposed + (16 * 4 + 1)
    assert plan.step_seconds > 0
    assert plan.seconds == pytest.approx(1000 * plan.step_seconds)
    assert 50 < plan.memory_mib < 100_000
    assert sorted(heads.rglob("*")) == before
    assert list(tmp_path.iterdir()) == []


def test_minutes_limit_the_time_and_slow_steps_end_the_measuring(heads, monkeypatch):
    monkeypatch.setattr(module, "_ENOUGH_S", -math.inf)  # one step, that compiles, is enough
    monkeypatch.setattr(module, "_WARM_UP", 0)
    plan = plan_training(Dataset.open(heads), small(steps=10**9, minutes=2.0))
    assert plan.seconds == 120.0


def test_ended_access_stops_a_plan_too(tmp_path):
    terms = '[sources.x]\nlicense = "LicenseRef-a"\naccess_expires = 2020-01-01\n'
    dataset = Dataset.open(make(tmp_path / "data", [row("x", 0)], terms))
    with pytest.raises(PolicyError, match="train-gan stopped"):
        plan_training(dataset, small())
