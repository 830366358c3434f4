"""First weights in other networks: with stand-ins for the rules, with the networks of every family for the whole."""

from __future__ import annotations

import numpy as np
import pytest

from medcurate.errors import UsageError
from medcurate.generate.families.registry import FAMILIES, configure, draws_from_references, family
from medcurate.generate.initial.row_map import Condition
from medcurate.generate.initial.transfer import difference, transfer
from medcurate.generate.initial.weights_file import condition_place, weights_of, write_initial_weights
from medcurate.learning.image_spec import ImageSpec
from tests.generate.initial.stand_ins import ARCHITECTURE, FACTS, players

TUMOR = Condition({"tumor": ("glioma", "none")})
BEFORE = {"plane": ("axial", "sagittal"), "tumor": ("glioma", "none")}


@pytest.fixture
def first(tmp_path):
    return write_initial_weights(tmp_path / "first.npz", *players(), ARCHITECTURE, FACTS)


def test_rows_are_copied_and_what_is_not_asked_for_is_folded_into_the_bias(first):
    trained, _ = players(classes=2, fill=5.0)
    transfer(first, trained, TUMOR, {"plane": {"axial": 1.0}})
    kernel, bias, dense, state = weights_of(trained)["generator"]
    whole = 101 + np.arange(18, dtype=np.float32).reshape(6, 3)
    np.testing.assert_array_equal(kernel.value, whole[[0, 1, 4, 5]])
    np.testing.assert_array_equal(bias.value, 101 + whole[2])  # axial alone
    np.testing.assert_array_equal(dense.value, np.full((3, 2), 101))
    assert state.value == 7


@pytest.mark.parametrize("shares", [{}, {"plane": {None: 9}}], ids=["not counted", "not known of any image"])
def test_shares_of_the_phantoms_stand_in_for_unknown_ones(first, shares):
    trained, _ = players(classes=2, fill=5.0)
    transfer(first, trained, TUMOR, shares)
    whole = 101 + np.arange(18, dtype=np.float32).reshape(6, 3)
    np.testing.assert_allclose(weights_of(trained)["generator"][1].value, 101 + 0.25 * whole[2] + 0.75 * whole[3])


def test_without_a_bias_it_is_added_to_rows_of_which_one_is_always_read(tmp_path):
    first = write_initial_weights(tmp_path / "first.npz", *players(bias=False), ARCHITECTURE, FACTS)
    trained, _ = players(classes=2, fill=5.0, bias=False)
    transfer(first, trained, TUMOR, {"plane": {"sagittal": 2}})
    whole = 101 + np.arange(18, dtype=np.float32).reshape(6, 3)
    np.testing.assert_array_equal(weights_of(trained)["generator"][0].value[2:], whole[4:] + whole[3])


def test_other_networks_are_refused_and_stay_as_they_are(first):
    trained, _ = players(classes=2, fill=5.0)
    trained.players["generator"].network.weights.pop()
    with pytest.raises(UsageError, match="does not fit the networks: the generator has 1 weights, not 2"):
        transfer(first, trained, TUMOR, {})
    assert weights_of(trained)["generator"][0].value[0, 0] == 5


@pytest.mark.parametrize(
    ("name", "options", "spec", "why"),
    [
        ("fastgan", {"width": 4, "learning_rate": 0.5}, ImageSpec((32, 32)), ""),
        ("dcgan", {}, ImageSpec((32, 32)), "they are of --model fastgan, not dcgan"),
        ("fastgan", {"width": 4}, ImageSpec((64, 64)), "they are of 32 x 32 pixels, not 64 x 64"),
        ("fastgan", {"width": 4}, ImageSpec((32, 32), 2), "they are of 1 channels, not 2"),
        ("fastgan", {"latent": 64}, ImageSpec((32, 32)), "they are of latent=128, not 64; width=4, not 8"),
    ],
)
def test_what_differs_is_named(first, name, options, spec, why):
    assert difference(first, name, options, spec) == why


def built(name, classes):
    """Players of a family at 32 pixels, told of so many classes."""
    module = family(name)
    spec = ImageSpec((32, 32), classes=classes)
    return module.build(configure(name, module.SMALL), spec)


@pytest.mark.parametrize("name", [name for name in FAMILIES if not draws_from_references(name)])
def test_a_family_follows_the_rules_of_names(name):
    """Only layers that are named ``condition...`` change their shape with the classes."""
    many, few = weights_of(built(name, 4)), weights_of(built(name, 2))
    for player, variables in many.items():
        plain, others = ([v for v in some if not condition_place(v)] for some in (variables, few[player]))
        assert [tuple(v.shape) for v in plain] == [tuple(v.shape) for v in others]
        named = [condition_place(v) for v in variables if condition_place(v)]
        assert len(set(named)) == len(named)
    assert any(condition_place(v).endswith("/kernel") for variables in many.values() for v in variables)


@pytest.mark.parametrize("name", ["dcgan", "fastgan", "wgan-gp"])
def test_the_tuned_generator_draws_at_first_what_the_first_weights_draw(tmp_path, name):
    before, now = built(name, 4), built(name, 2)
    architecture = ARCHITECTURE | {"family": name, "config": dict(family(name).SMALL)}
    first = write_initial_weights(tmp_path / "first.npz", before, before.sampler, architecture, FACTS)
    transfer(first, now, TUMOR, {"plane": {"sagittal": 1}})
    latent = np.random.default_rng(0).standard_normal((2, before.sampler.needs["latent"].shape[0])).astype(np.float32)
    told, asked = np.array([[0, 1, 1, 0], [0, 1, 0, 1]], np.float32), np.eye(2, dtype=np.float32)
    old, new = (
        np.asarray(setup.sampler.draw(setup.sampler.networks, {"latent": latent, "labels": labels}))
        for setup, labels in ((before, told), (now, asked))
    )
    np.testing.assert_allclose(new, old, atol=5e-3)
    assert abs(new[0] - new[1]).max() > 1e-6
