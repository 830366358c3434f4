"""Constants of graphs that TensorFlow itself wrote, and files that are none."""

from __future__ import annotations

import numpy as np
import pytest

from medcurate.encoders.graph_constants import read_constants
from medcurate.errors import UsageError

tf = pytest.importorskip("tensorflow")


@pytest.fixture
def graph(tmp_path, rng):
    """Write a graph with constants of several types, operations and a normalization that scales."""
    arrays = {"conv/conv2d_params": rng.normal(size=(3, 1, 4, 5)), "conv/batchnorm/beta": rng.normal(size=5)}
    made = tf.Graph()
    with made.as_default():
        for name, array in arrays.items():
            tf.constant(array.astype(np.float32), name=name)
        tf.constant([1, 2, 3], name="whole")
        tf.constant("words", name="text")
        tf.compat.v1.placeholder(tf.float32, (None, 4), name="input")
    definition = made.as_graph_def()
    for name, scaled in (("conv/batchnorm", True), ("conv_1/batchnorm", False)):
        node = definition.node.add(name=name, op="BatchNormWithGlobalNormalization")
        node.attr["scale_after_normalization"].b = scaled
        node.attr["variance_epsilon"].f = 0.001
    path = tmp_path / "graph.pb"
    path.write_bytes(definition.SerializeToString())
    return path, arrays


def test_constants_of_floats_are_read_by_name_and_nothing_else(graph):
    path, arrays = graph
    found, scaled = read_constants(path)
    assert set(found) == set(arrays)
    for name, array in arrays.items():
        np.testing.assert_array_equal(found[name], array.astype(np.float32))
    assert scaled == {"conv/batchnorm"}


def test_a_damaged_graph_is_refused_or_lacks_constants_but_never_fails_otherwise(graph, rng):
    path, _ = graph
    whole = path.read_bytes()
    for _ in range(200):
        content = bytearray(whole[: rng.integers(1, len(whole))] if rng.random() < 0.5 else whole)
        for place in rng.integers(0, len(content), 4):
            content[place] = rng.integers(256)
        path.write_bytes(content)
        try:
            found, _ = read_constants(path)
        except UsageError:
            continue
        assert sum(array.nbytes for array in found.values()) <= len(content)
    path.write_bytes(whole[:-1])
    with pytest.raises(UsageError, match=r"expected a frozen TensorFlow graph \(the file ends within a field\)"):
        read_constants(path)


def test_a_file_that_is_not_there_is_named(tmp_path):
    with pytest.raises(UsageError, match="cannot be read"):
        read_constants(tmp_path / "none.pb")
