"""What denoising families learn and how they draw, with a network that is replaced by what it should learn."""

from __future__ import annotations

import numpy as np
import pytest

from medcurate.generate.denoising import denoiser
from medcurate.generate.denoising.moves import TOLD
from medcurate.generate.denoising.noise import GaussianNoise
from medcurate.generate.denoising.preconditioning import Edm
from medcurate.learning.image_spec import ImageSpec, Scale

SPEC = ImageSpec((32, 32), classes=2, attributes=1, pixels=Scale(-0.4, 0.3), attribute_scales=(Scale(50.0, 10.0),))


def method_of(spec=SPEC, **given):
    settings = {"moved": 0.0, "unconditional": 0.0, "steps": 12, "guidance": 0.0, "solver": "heun"} | given
    return denoiser.Method(
        GaussianNoise((*spec.spatial, spec.target)), Edm(), (16,), 1, 1e-3, 100, 0.1, **settings
    )  # fmt: skip


class Perfect:
    """Knows the one image of each class, and the attribute: it returns what the network should learn."""

    def __init__(self, images):
        self.images, self.seen = images, []

    def __call__(self, inputs, training=False):
        given_image, feature, told, condition = (np.asarray(part) for part in inputs)
        self.seen.append((told, condition))
        sigma = np.exp(4 * feature).reshape(-1, 1, 1, 1)
        skip, out, given, _ = (np.asarray(one) for one in Edm().scales(sigma))
        shown = condition[:, :2].sum(axis=1).reshape(-1, 1, 1, 1)
        image = np.tensordot(condition[:, :2], self.images, axes=1) + (1 - shown) * self.images.mean(axis=0)
        return ((image - skip * given_image / given) / out).astype(np.float32)


@pytest.fixture
def batch(rng):
    n = 4
    return {
        "target": rng.uniform(-1, 1, (n, 32, 32, 1)).astype(np.float32),
        "labels": np.eye(2, dtype=np.float32)[[0, 1, 1, 0]],
        "attributes": np.array([[40.0], [50.0], [70.0], [0.0]], np.float32),
        "attributes_present": np.array([[1.0], [1.0], [1.0], [0.0]], np.float32),
        "noise": rng.normal(size=(n, 32, 32, 1)).astype(np.float32),
        "level": rng.normal(size=(n, 1)).astype(np.float32),
        "move": rng.random((n, 2 * TOLD)).astype(np.float32),
        "hide": np.array([[0.05], [0.5], [0.9], [0.7]], np.float32),
    }


def as_seen(images):
    return (images + 0.4) * (0.5 / 0.3)


def test_a_network_that_knows_the_image_has_no_loss(batch):
    batch["target"] = batch["target"][[0, 1, 1, 0]]
    perfect = Perfect(as_seen(batch["target"][:2]))
    total, logged = denoiser._loss(method_of(), SPEC, perfect, batch, None)
    assert float(total) < 1e-6
    assert set(logged) == {"denoising_loss"}


def test_conditions_are_around_zero_and_hidden_for_some(batch):
    perfect = Perfect(as_seen(batch["target"][:2]))
    denoiser._loss(method_of(unconditional=0.1), SPEC, perfect, batch, None)
    (_, condition), *_ = perfect.seen
    np.testing.assert_allclose(condition[:, 2:], [[0, 0], [0, 1], [2, 1], [0, 0]], atol=1e-6)
    np.testing.assert_array_equal(condition[:, :2], [[0, 0], [0, 1], [0, 1], [1, 0]])


def test_a_drawing_ends_at_the_image_that_was_asked_for(batch):
    images = batch["target"][:2]
    perfect = Perfect(as_seen(images))
    import tensorflow as tf

    tf.config.run_functions_eagerly(True)
    try:
        found = denoiser._draw(method_of(), SPEC, {"denoiser": perfect}, batch)
        guided = denoiser._draw(method_of(guidance=0.5), SPEC, {"denoiser": perfect}, batch)
    finally:
        tf.config.run_functions_eagerly(False)
    np.testing.assert_allclose(found, images[[0, 1, 1, 0]], atol=1e-4)
    beyond = images + 0.5 * (images - images.mean(axis=0))
    np.testing.assert_allclose(guided, np.clip(beyond, -1, 1)[[0, 1, 1, 0]], atol=1e-4)
    assert not any(told.any() for told, _ in perfect.seen)


def test_the_learning_rate_rises_stays_and_falls_with_the_root_of_the_steps():
    rate = denoiser._rate(1e-3, 400)
    np.testing.assert_allclose([float(rate(step)) for step in (0, 49, 99, 399, 1599)],
                               [1e-5, 5e-4, 1e-3, 1e-3, 5e-4], rtol=1e-5)  # fmt: skip
