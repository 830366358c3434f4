"""The U-Net and the small classifier: shapes, parameter counts, seeds, what is refused."""

from __future__ import annotations

import sys

import numpy as np
import pytest

from medcurate.errors import MissingExtra, UsageError
from medcurate.learning.nets import small_cnn, unet

keras = pytest.importorskip("keras")


def trainable(model):
    return sum(int(np.prod(weight.shape)) for weight in model.trainable_weights)


@pytest.mark.parametrize(("shape", "dimensions"), [((32, 48, 2), 2), ((8, 16, 24, 2), 3)])
@pytest.mark.parametrize("normalization", ["batch", "instance", "none"])
def test_a_unet_gives_one_channel_a_class_at_the_size_of_its_input(shape, dimensions, normalization, rng):
    model = unet(shape, 3, width=4, depth=3, dimensions=dimensions, normalization=normalization)
    out = np.asarray(model(rng.normal(size=(2, *shape)).astype(np.float32)))
    assert out.shape == (2, *shape[:-1], 3)
    assert np.isfinite(out).all()
    assert out.std() > 0


@pytest.mark.parametrize(("shape", "dimensions"), [((20, 17, 1), 2), ((9, 10, 11, 1), 3)])
def test_a_classifier_gives_one_number_a_class(shape, dimensions, rng):
    model = small_cnn(shape, 4, width=4, depth=3, dimensions=dimensions)
    assert np.asarray(model(rng.normal(size=(5, *shape)).astype(np.float32))).shape == (5, 4)


def test_a_unet_has_as_many_parameters_as_the_published_ones():
    # mateuszbuda/brain-segmentation-pytorch (hub model, 32 features, 3 channels in, 1 out): 7,763,041 parameters.
    model = unet((256, 256, 3), 1, width=32, depth=4, normalization="batch")
    assert trainable(model) == 7_763_041


def test_a_unet_in_three_dimensions_has_as_many_parameters_as_its_formula_says():
    def block(into, out):
        return 27 * into * out + 27 * out * out + 2 * out + 2 * out  # no bias: gamma and beta instead

    down = block(1, 4) + block(4, 8) + block(8, 16)
    up = (8 * 16 * 8 + 8) + block(16, 8) + (8 * 8 * 4 + 4) + block(8, 4)
    last = 4 * 2 + 2
    assert trainable(unet((8, 8, 8, 1), 2, width=4, depth=2, dimensions=3)) == down + up + last


def test_a_classifier_has_as_many_parameters_as_its_formula_says():
    convolutions = 9 * (1 * 16 + 16 * 32 + 32 * 64) + 2 * (16 + 32 + 64)
    assert trainable(small_cnn((64, 64, 1), 4, width=16, depth=3)) == convolutions + 64 * 4 + 4


def test_a_unet_takes_images_of_any_size_where_it_is_left_open(rng):
    model = unet((None, None, 1), 2, width=2, depth=2)
    for height, width in ((8, 12), (16, 4)):
        assert np.asarray(model(np.zeros((1, height, width, 1), np.float32))).shape == (1, height, width, 2)


@pytest.mark.parametrize("build", [unet, small_cnn])
def test_the_seed_decides_the_first_weights(build):
    first, same, other = (build((16, 16, 1), 2, width=2, depth=2, seed=seed) for seed in (3, 3, 4))
    for a, b in zip(first.get_weights(), same.get_weights(), strict=True):
        np.testing.assert_array_equal(a, b)
    assert not np.array_equal(first.get_weights()[0], other.get_weights()[0])


def test_no_two_layers_start_alike():
    kernels = [w.numpy() for w in unet((16, 16, 1), 2, width=2, depth=3).trainable_weights if w.path.endswith("kernel")]
    starts = {tuple(kernel.ravel()[:4]) for kernel in kernels}
    assert len(starts) == len(kernels)


def test_an_activation_bounds_the_output(rng):
    images = rng.normal(size=(2, 16, 16, 1)).astype(np.float32)
    shares = np.asarray(unet((16, 16, 1), 3, width=2, depth=2, activation="softmax")(images))
    np.testing.assert_allclose(shares.sum(axis=-1), 1, rtol=1e-5)


def test_what_comes_out_is_float32_under_mixed_precision():
    policy = keras.config.dtype_policy()
    keras.config.set_dtype_policy("mixed_float16")
    try:
        assert unet((16, 16, 1), 2, width=2, depth=2).output.dtype == "float32"
        assert small_cnn((16, 16, 1), 2, width=2, depth=2).output.dtype == "float32"
    finally:
        keras.config.set_dtype_policy(policy)


@pytest.mark.parametrize(
    ("build", "shape", "options", "text"),
    [
        (unet, (20, 16, 1), {"depth": 3}, r"multiples of 8, received \(20, 16, 1\)"),
        (small_cnn, (4, 16, 1), {"depth": 3}, "at least 8"),
        (unet, (16, 16, 1), {"dimensions": 3}, "expected 3 sizes and the number of channels"),
        (unet, (16, 16), {}, "expected 2 sizes and the number of channels"),
        (unet, (16, 16, 1), {"dimensions": 1}, "dimensions: expected 2 or 3, received 1"),
        (unet, (16, 16, 1), {"width": 0}, "expected 1 or more"),
        (unet, (16, 16, 1), {"dropout": 1.0}, r"dropout: expected a share in \[0, 1\), received 1.0"),
        (small_cnn, (16, 16, 1), {"normalization": "layer"}, "expected batch, instance or none, received 'layer'"),
    ],
)
def test_what_cannot_be_built_is_refused_in_words(build, shape, options, text):
    with pytest.raises(UsageError, match=text):
        build(shape, 2, **options)


def test_without_keras_the_extra_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "keras", None)
    with pytest.raises(MissingExtra, match=r"medcurate\[train\]"):
        unet((16, 16, 1), 2)
