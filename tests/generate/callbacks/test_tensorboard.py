"""What TensorBoard is given, read back with its own reader."""

from __future__ import annotations

import importlib.util

import pytest

from medcurate.errors import MissingExtra
from medcurate.generate.callbacks.tensorboard import FOLDER, TensorBoard
from medcurate.learning.callback import StepResult


def test_losses_are_written_every_so_many_steps(tmp_path):
    from tensorboard.backend.event_processing.event_accumulator import TENSORS, EventAccumulator
    from tensorboard.util import tensor_util

    writer = TensorBoard(tmp_path, 2)
    writer.begin(0)
    for step in range(1, 6):
        writer.after(StepResult(step, {"generator_loss": step / 8}))
    writer.end(5)
    events = EventAccumulator(str(tmp_path / FOLDER), size_guidance={TENSORS: 0}).Reload()
    points = events.Tensors("loss/generator_loss")
    assert [(point.step, float(tensor_util.make_ndarray(point.tensor_proto))) for point in points] == [
        (2, 0.25),
        (4, 0.5),
    ]


def test_nothing_is_written_before_the_training_begins(tmp_path):
    TensorBoard(tmp_path, 2)
    assert not (tmp_path / FOLDER).exists()


def test_without_tensorboard_its_extra_is_named(tmp_path, monkeypatch):
    find_spec = importlib.util.find_spec
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None if name == "tensorboard" else find_spec(name))
    with pytest.raises(MissingExtra, match=r"--tensorboard needs tensorboard.*medcurate\[tensorboard\]"):
        TensorBoard(tmp_path, 2)
