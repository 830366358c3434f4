"""The names of the weights that a sampler keeps."""

from __future__ import annotations

from types import SimpleNamespace

from medcurate.learning.sampler import Sampler


def test_weights_are_named_by_network_and_place():
    networks = {"encoder": SimpleNamespace(weights=["c"]), "decoder": SimpleNamespace(weights=["a", "b"])}
    found = Sampler(networks, {}, frozenset(), lambda networks, batch: None).weights()
    assert list(found.items()) == [("decoder/0000", "a"), ("decoder/0001", "b"), ("encoder/0000", "c")]
