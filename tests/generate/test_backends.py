"""TensorFlow and JAX: the same weights draw the same images, and two steps have the same losses.

Each backend runs in a process of its own, as Keras chooses it once. The steps of TensorFlow are the reference; two
float32 sums in another order, which Adam's first steps enlarge, are what they may differ by.
"""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from medcurate.errors import MissingExtra, UsageError
from medcurate.generate.families.registry import FAMILIES
from medcurate.learning import keras_backend
from medcurate.learning.engines import make_engine
from medcurate.learning.keras_backend import load_keras
from tests.generate.backend_steps import OPTIONS, STEPS, TOY_KINDS
from tests.generate.family_laws import WITHOUT_TRAINING
from tests.generate.toy_families.registration import TOYS

MODELS = (*OPTIONS, *TOY_KINDS)
FAST = "--xla_backend_optimization_level=0 --xla_llvm_disable_expensive_passes=true --xla_cpu_use_fusion_emitters=false"
"""XLA takes a minute longer to compile without it; only the order of sums and fused operations differ."""
TOLERANCE = {"dcgan": 1e-3, "fastgan": 1e-2, "wgan-gp": 1e-2}


@pytest.fixture(scope="module")
def found(tmp_path_factory):
    """Run both backends; give backend and family to what each found."""
    if importlib.util.find_spec("jax") is None:
        pytest.skip("JAX is not installed")
    folder = tmp_path_factory.mktemp("backends")
    path = os.pathsep.join(str(Path(entry).absolute()) for entry in sys.path)
    for name in ("weights", "tensorflow", "jax"):
        (folder / name).mkdir()
    for backend in ("tensorflow", "jax"):
        script = Path(__file__).with_name("backend_steps.py")
        command = [sys.executable, str(script), backend, str(folder / "weights"), str(folder / backend)]
        environment = {**os.environ, "PYTHONPATH": path, "JAX_PLATFORMS": "cpu", "XLA_FLAGS": FAST}
        environment.pop("TF_CPP_MIN_LOG_LEVEL", None)
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        told = [line for line in done.stderr.splitlines() if "triggered tf.function retracing" not in line]
        assert told == []  # a user's terminal stays clean; the lines left out come of nine families in one process
    return {
        (backend, model): dict(np.load(folder / backend / f"{model}.npz"))
        for backend in ("tensorflow", "jax")
        for model in MODELS
    }


def test_every_family_is_run_on_both():
    assert {*OPTIONS, *WITHOUT_TRAINING} == set(FAMILIES)
    assert set(TOY_KINDS) == set(TOYS)


@pytest.mark.parametrize("model", MODELS)
def test_the_same_weights_draw_the_same_images(found, model):
    one, two = (found[backend, model]["images"].astype(int) for backend in ("tensorflow", "jax"))
    assert one.shape == two.shape
    assert len(one) == 4
    assert np.ptp(one) > 0
    assert np.abs(one - two).max() <= 1  # a gray value on the edge between two


@pytest.mark.parametrize("model", MODELS)
def test_images_are_differentiated_with_respect_to_what_they_are_drawn_from(found, model):
    one, two = (found[backend, model]["gradient"] for backend in ("tensorflow", "jax"))
    assert np.abs(one).max() > 1e-4
    np.testing.assert_allclose(two, one, rtol=1e-3, atol=1e-3 * np.abs(one).max())


@pytest.mark.parametrize("model", MODELS)
def test_two_steps_lose_and_learn_the_same(found, model):
    one, two = (found[backend, model] for backend in ("tensorflow", "jax"))
    assert len(one["losses"]) >= STEPS
    np.testing.assert_allclose(
        two["losses"], one["losses"], rtol=TOLERANCE.get(model, 1e-3), atol=TOLERANCE.get(model, 1e-3)
    )
    assert np.abs(one["after"] - two["after"]).mean() < 1e-4


def test_one_process_keeps_its_backend():
    load_keras("tensorflow")
    with pytest.raises(UsageError, match="set KERAS_BACKEND=jax before Keras is imported"):
        load_keras("jax")


def test_a_backend_that_is_not_ours_is_told():
    with pytest.raises(UsageError, match="expected tensorflow or jax, received 'torch'"):
        load_keras("torch")


@pytest.mark.parametrize(("backend", "extra"), [("tensorflow", "train"), ("jax", "jax")])
def test_what_is_missing_is_named_with_its_extra(monkeypatch, backend, extra):
    monkeypatch.setattr(keras_backend.importlib.util, "find_spec", lambda name: None)
    with pytest.raises(MissingExtra, match=rf"needs keras, {backend}, .*medcurate\[{extra}\]"):
        load_keras(backend)


def test_several_devices_need_tensorflow(monkeypatch):
    monkeypatch.setattr("medcurate.learning.engines.load_keras", lambda backend: "jax")
    with pytest.raises(UsageError, match="--strategy mirrored needs the TensorFlow backend, and Keras runs on jax"):
        make_engine("jax", "mirrored")


def test_only_start_up_lines_of_tensorflow_are_kept_off_the_terminal(capfd):
    kept = b"Traceback: this matters\nI have a word to say\n"
    startup = b"I0000 00:00:1795255195.310966   16701 port.cc:153] oneDNN custom operations are on.\n"

    def load():
        with keras_backend._without_startup_lines():
            os.write(2, b"WARNING: All log messages before absl::InitializeLog() is called are written to STDERR\n")
            os.write(2, startup + kept)
            raise ImportError

    with pytest.raises(ImportError):
        load()
    assert capfd.readouterr().err.encode() == kept
