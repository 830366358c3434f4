"""Several devices and several machines train as one device does with the same global batch.

Each training runs in a process of its own: devices are made before TensorFlow starts, and machines are processes here.
"""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from contextlib import ExitStack
from pathlib import Path

import numpy as np
import pytest

from medcurate.dataset import Dataset
from medcurate.errors import UsageError
from medcurate.generate.callbacks.history import read_history
from medcurate.generate.drawing.generator import Generator
from medcurate.generate.training.training import train
from medcurate.learning.keras_backend import load_keras
from medcurate.learning.tensorflow_step import TensorFlowEngine, make_strategy
from tests.generate.small_training import small
from tests.generate.strategy_steps import STEPS

MODEL = "dcgan"


def begun(strategy, dataset, out, **surroundings):
    path = os.pathsep.join(str(Path(entry).absolute()) for entry in sys.path)
    script = Path(__file__).with_name("strategy_steps.py")
    command = [sys.executable, str(script), strategy, MODEL, str(dataset), str(out)]
    environment = {**os.environ, "PYTHONPATH": path, **surroundings}
    return subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def ended(process):
    """Wait for a process that must succeed; return the folder that it wrote."""
    try:
        out, err = process.communicate(timeout=300)
    finally:
        process.kill()
    assert process.returncode == 0, err
    return Path(out.split()[-1])


@pytest.fixture(scope="module")
def alone(heads, tmp_path_factory):
    """Train on one device."""
    return ended(begun("none", heads, tmp_path_factory.mktemp("alone")))


def assert_same(run, alone):
    history, expected = read_history(run), read_history(alone)
    assert len(history) == STEPS + 1  # and a line of diversity at the end
    for line, other in zip(history, expected, strict=True):
        assert line.keys() == other.keys()
        for name, value in line.items():
            assert value == pytest.approx(other[name], rel=1e-4, abs=1e-5)
    loaded = [Generator.load(path).sampler.networks["generator"] for path in (run, alone)]
    for weight, other in zip(*(network.get_weights() for network in loaded), strict=True):
        np.testing.assert_allclose(weight, other, atol=1e-4)


def test_two_devices_train_as_one(heads, tmp_path, alone):
    assert_same(ended(begun("mirrored", heads, tmp_path)), alone)


def test_two_processes_train_as_one_and_the_first_writes(heads, tmp_path, alone):
    with ExitStack() as stack:  # two ports that nobody uses, let go at the same time
        sockets = [stack.enter_context(socket.socket()) for _ in range(2)]
        for one in sockets:
            one.bind(("127.0.0.1", 0))
        workers = [f"127.0.0.1:{one.getsockname()[1]}" for one in sockets]
    tasks = [{"cluster": {"worker": workers}, "task": {"type": "worker", "index": k}} for k in (0, 1)]
    processes = [begun("multiworker", heads, tmp_path / "run", TF_CONFIG=json.dumps(task)) for task in tasks]
    first, second = (ended(process) for process in processes)
    assert first == tmp_path / "run"
    assert not second.exists()  # what it wrote for itself is gone
    assert_same(first, alone)


def test_several_machines_are_listed_in_tf_config(monkeypatch):
    load_keras()
    monkeypatch.delenv("TF_CONFIG", raising=False)
    with pytest.raises(UsageError, match="expected the environment variable TF_CONFIG to list the workers"):
        make_strategy("multiworker")
    assert make_strategy(None) is None


class Cluster:
    """A strategy as TensorFlow makes it on several machines, as far as the engine looks at it before a training."""

    num_replicas_in_sync = 4

    def __init__(self, kind, number, **machines):
        self.cluster_resolver = self
        self.task_type, self.task_id, self.machines = kind, number, machines

    def cluster_spec(self):
        return self

    def as_dict(self):
        return self.machines


@pytest.mark.parametrize(
    ("cluster", "place"),
    [
        (Cluster("worker", 1, worker=["a", "b"]), (1, 2)),
        (Cluster("chief", 0, chief=["a"], worker=["b", "c"]), (0, 3)),
        (Cluster("worker", 0, chief=["a"], worker=["b", "c"]), (1, 3)),  # a chief is the first, and writes
        (Cluster(None, None), (0, 1)),
    ],
)
def test_one_of_several_machines_is_the_first(cluster, place):
    engine = TensorFlowEngine(cluster)
    assert (engine.worker, engine.workers) == place


def test_a_batch_is_shared_equally(heads, tmp_path, monkeypatch):
    monkeypatch.setattr(
        "medcurate.generate.training.training.make_engine", lambda *names: TensorFlowEngine(Cluster(None, None))
    )
    with pytest.raises(UsageError, match="--batch: expected a multiple of the 4 devices, received 6"):
        train(Dataset.open(heads), tmp_path, small(batch=6), progress=False)


def test_machines_cannot_agree_on_the_time(heads, tmp_path, monkeypatch):
    cluster = Cluster("worker", 0, worker=["a", "b"])
    monkeypatch.setattr("medcurate.generate.training.training.make_engine", lambda *names: TensorFlowEngine(cluster))
    with pytest.raises(UsageError, match="--minutes: several machines cannot agree"):
        train(Dataset.open(heads), tmp_path, small(minutes=3.0), progress=False)


def test_no_room_on_the_device_says_what_to_lower():
    class ResourceExhaustedError(Exception):
        """As TensorFlow names it."""

    def update(batch):
        raise ResourceExhaustedError

    engine = TensorFlowEngine()
    engine._updates["generator"] = update
    with pytest.raises(UsageError, match=r"turn of the generator, with batches of 12 .*--batch \(say to 6\)"):
        engine.update("generator", {"fake_labels": np.zeros((12, 0))})
