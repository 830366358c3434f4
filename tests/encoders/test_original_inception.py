"""The original Inception: images scaled as TensorFlow 1 does, and weights that reach the layers of their names."""

from __future__ import annotations

import numpy as np
import pytest

from medcurate.encoders import encoder
from medcurate.encoders.original_inception import convolutions, enlarged
from medcurate.errors import UsageError
from tests.evaluate.drawn_slices import slices

keras = pytest.importorskip("keras")
tf = pytest.importorskip("tensorflow")
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")


@pytest.mark.parametrize("size", [(24, 20), (299, 299), (400, 310)])
def test_images_are_scaled_as_in_tensorflow_1(size, rng):
    images = rng.integers(0, 256, (2, *size)).astype(np.uint8)
    expected = tf.compat.v1.image.resize_bilinear(images[..., None].astype(np.float32), (299, 299))
    np.testing.assert_allclose(enlarged(images, 299), np.asarray(expected)[..., 0], atol=0.02)


def test_there_are_94_convolutions_by_the_names_of_the_graph():
    names = list(convolutions())
    assert len(names) == len(set(names)) == 94
    first = "conv tower/conv tower/conv_1 tower_1/conv tower_1/conv_1 tower_1/conv_2 tower_2/conv"
    assert names[5:12] == [f"mixed/{end}" for end in first.split()]
    last = "tower_1/conv_1 tower_1/mixed/conv tower_1/mixed/conv_1 tower_2/conv"
    assert names[-4:] == [f"mixed_10/{end}" for end in last.split()]


def test_a_graph_of_something_else_is_refused(tmp_path, monkeypatch):
    path = tmp_path / "other.pb"
    path.write_bytes(tf.Graph().as_graph_def().SerializeToString())
    inputs = keras.Input((299, 299, 3))
    last = keras.layers.AveragePooling2D(3, strides=1, padding="same")(keras.layers.Conv2D(2, 3)(inputs))
    monkeypatch.setattr(keras.applications, "InceptionV3", lambda **_: keras.Model(inputs, last))
    with pytest.raises(UsageError, match=r"expected classify_image_graph_def\.pb"):
        encoder(f"inception:{path}")


@pytest.mark.slow
def test_random_weights_in_a_graph_of_the_original_names_give_the_features_of_the_original_network(
    tmp_path, rng, monkeypatch
):
    path = tmp_path / "classify_image_graph_def.pb"
    weights = {}
    network = keras.applications.InceptionV3(include_top=False, weights=None, pooling="avg", input_shape=(299, 299, 3))
    monkeypatch.setattr(keras.applications, "InceptionV3", lambda **_: network)  # it takes seconds to make
    numbered = sorted(
        (layer for layer in network.layers if isinstance(layer, keras.layers.Conv2D)),
        key=lambda layer: int(layer.name.rpartition("_")[2]) if layer.name[-1].isdigit() else 0,
    )
    graph = tf.Graph()
    with graph.as_default():
        for name, layer in zip(convolutions(), numbered, strict=True):
            kernel = rng.normal(0, 1.4 / np.sqrt(np.prod(layer.kernel.shape[:3])), layer.kernel.shape)
            made = {
                "conv2d_params": kernel,
                "batchnorm/beta": rng.normal(0, 0.1, layer.filters),
                "batchnorm/gamma": rng.uniform(0.5, 2, layer.filters),
                "batchnorm/moving_mean": rng.normal(0, 0.1, layer.filters),
                "batchnorm/moving_variance": rng.uniform(0.5, 1.5, layer.filters),
            }
            weights[name] = made
            for end, array in made.items():
                tf.constant(array.astype(np.float32), name=f"{name}/{end}")
    path.write_bytes(graph.as_graph_def().SerializeToString())
    images = slices(rng, 1)
    made = encoder(f"inception:{path}")
    assert made.name.startswith("inception-2015[")
    scaled = (enlarged(images, 299)[..., None].repeat(3, axis=3) - 128) / 128
    np.testing.assert_allclose(made.encode(images), original(scaled, weights), rtol=2e-3, atol=1e-4)


def original(x, weights):
    """Compute the features block by block from the names of the graph; gamma is not used, as it is not in the graph."""

    def conv(x, name, stride=1, padding="SAME"):
        w = {end: tf.constant(array.astype(np.float32)) for end, array in weights[name].items()}
        x = tf.nn.conv2d(x, w["conv2d_params"], stride, padding)
        mean, variance = w["batchnorm/moving_mean"], w["batchnorm/moving_variance"]
        return tf.nn.relu(tf.nn.batch_normalization(x, mean, variance, w["batchnorm/beta"], None, 1e-3))

    def chain(x, *names, last=(1, "SAME")):
        for name in names[:-1]:
            x = conv(x, name)
        return conv(x, names[-1], *last)

    def average(x):
        return tf.nn.avg_pool2d(x, 3, 1, "SAME")

    x = conv(tf.constant(x), "conv", 2, "VALID")
    x = conv(conv(x, "conv_1", 1, "VALID"), "conv_2")
    x = conv(tf.nn.max_pool2d(x, 3, 2, "VALID"), "conv_3", 1, "VALID")
    x = tf.nn.max_pool2d(conv(x, "conv_4", 1, "VALID"), 3, 2, "VALID")
    for block in ("mixed", "mixed_1", "mixed_2"):
        one, two = f"{block}/tower/conv", f"{block}/tower_1/conv"
        branches = [conv(x, f"{block}/conv"), chain(x, one, f"{one}_1"), chain(x, two, f"{two}_1", f"{two}_2")]
        x = tf.concat([*branches, conv(average(x), f"{block}/tower_2/conv")], 3)
    halved, one = (2, "VALID"), "mixed_3/tower/conv"
    branches = [conv(x, "mixed_3/conv", *halved), chain(x, one, f"{one}_1", f"{one}_2", last=halved)]
    x = tf.concat([*branches, tf.nn.max_pool2d(x, 3, 2, "VALID")], 3)
    for block in ("mixed_4", "mixed_5", "mixed_6", "mixed_7"):
        one, two = f"{block}/tower/conv", f"{block}/tower_1/conv"
        branches = [conv(x, f"{block}/conv"), chain(x, one, f"{one}_1", f"{one}_2")]
        branches.append(chain(x, two, *(f"{two}_{k}" for k in range(1, 5))))
        x = tf.concat([*branches, conv(average(x), f"{block}/tower_2/conv")], 3)
    one, two = "mixed_8/tower/conv", "mixed_8/tower_1/conv"
    branches = [chain(x, one, f"{one}_1", last=halved), chain(x, two, *(f"{two}_{k}" for k in (1, 2, 3)), last=halved)]
    x = tf.concat([*branches, tf.nn.max_pool2d(x, 3, 2, "VALID")], 3)
    for block in ("mixed_9", "mixed_10"):
        one, two = conv(x, f"{block}/tower/conv"), chain(x, f"{block}/tower_1/conv", f"{block}/tower_1/conv_1")
        split = [conv(one, f"{block}/tower/mixed/conv{end}") for end in ("", "_1")]
        split += [conv(two, f"{block}/tower_1/mixed/conv{end}") for end in ("", "_1")]
        pooled = average(x) if block == "mixed_9" else tf.nn.max_pool2d(x, 3, 1, "SAME")
        x = tf.concat([conv(x, f"{block}/conv"), *split, conv(pooled, f"{block}/tower_2/conv")], 3)
    return np.asarray(tf.reduce_mean(x, (1, 2)))
