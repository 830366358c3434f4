"""Laws that every family keeps."""

from __future__ import annotations

import numpy as np
import pytest

from medcurate.errors import UsageError
from medcurate.generate.families.augmentation import augmentation
from medcurate.generate.families.registry import FAMILIES, as_options, configure, family
from medcurate.learning.players import Task
from medcurate.learning.random_inputs import draw, generator_at

SMALL = {"dcgan": {"width": 8}, "fastgan": {"width": 8}, "wgan-gp": {"width": 8, "critic_turns": 2}}


def task(size=32, channels=1, classes=0):
    return Task(size, channels, classes, augmentation(()))


def game_of(name, **kwargs):
    return family(name).build(configure(name, SMALL[name]), task(**kwargs))


def batch_for(player, n=4, size=32, channels=1, classes=0):
    from keras import ops

    rng = generator_at(3, 0, 0)
    labels = np.eye(max(classes, 1), dtype=np.float32)[rng.integers(max(classes, 1), size=n)][:, :classes]
    images = rng.uniform(-1, 1, (n, size, size, channels)).astype(np.float32)
    found = {**draw(rng, player.draws, n), "fake_labels": labels, "labels": labels, "images": images}
    return {name: ops.convert_to_tensor(value) for name, value in found.items()}


def test_the_reference_network_has_the_parameters_of_study_e():
    # A minor project of Manipal University Jaipur (2024): 128 px, one channel, no condition.
    found = family("dcgan").build(configure("dcgan", {}), task(size=128))
    assert found.parameters() == {"generator": 27_265_281, "discriminator": 582_785}


@pytest.mark.parametrize("name", FAMILIES)
@pytest.mark.parametrize("size", [32, 64, 128, 256])
def test_every_size_is_drawn_and_judged(name, size):
    config = configure(name, SMALL[name])
    found = family(name).build(config, task(size=size))
    assert found.generator.output_shape == (None, size, size, 1)
    assert set(found.turns) == set(found.players)


@pytest.mark.parametrize("name", FAMILIES)
def test_images_lie_within_one_and_depend_on_the_latent(name):
    found = game_of(name)
    numbers = generator_at(0, 0, 0).standard_normal((5, found.latent), dtype=np.float32)
    images = np.asarray(found.generator([numbers, np.zeros((5, 0), np.float32)]))
    assert images.shape == (5, 32, 32, 1)
    assert np.abs(images).max() <= 1
    assert np.abs(images[0] - images[1]).max() > 1e-3


@pytest.mark.parametrize("name", FAMILIES)
def test_the_label_changes_the_image_and_the_judgment(name):
    found = game_of(name, classes=3)
    numbers = np.repeat(generator_at(0, 0, 0).standard_normal((1, found.latent), dtype=np.float32), 3, axis=0)
    images = np.asarray(found.generator([numbers, np.eye(3, dtype=np.float32)]))
    assert np.abs(images[0] - images[1]).max() > 1e-4
    judge = found.players[found.turns[0]]
    one = batch_for(judge, classes=3)
    other = {**one, "labels": one["labels"][:, ::-1]}
    assert float(judge.loss(one, lambda _, x: x)[0]) != float(judge.loss(other, lambda _, x: x)[0])


@pytest.mark.parametrize("name", FAMILIES)
@pytest.mark.parametrize("channels", [1, 3])
def test_every_variable_of_a_player_learns_from_its_loss(name, channels):
    import tensorflow as tf

    from medcurate.learning.tensorflow_step import _input_gradient

    found = game_of(name, channels=channels, classes=2)
    for player in found.players.values():
        batch = batch_for(player, channels=channels, classes=2)
        with tf.GradientTape() as tape:
            loss, logged = player.loss(batch, _input_gradient)
        variables = player.network.trainable_variables
        gradients = tape.gradient(loss, [variable.value for variable in variables])
        idle = [v.path for v, g in zip(variables, gradients, strict=True) if g is None or not np.any(np.asarray(g))]
        assert idle == []
        assert all(np.isfinite(float(value)) for value in logged.values())


@pytest.mark.parametrize("name", FAMILIES)
def test_a_loss_is_a_pure_function(name):
    found = game_of(name)
    for player in found.players.values():
        if any("spectral" in layer.name for layer in player.network.layers):
            continue  # its power iteration goes on with each look
        batch = batch_for(player)
        assert float(player.loss(batch, lambda f, x: x)[0]) == float(player.loss(batch, lambda f, x: x)[0])


def test_the_gradient_penalty_is_that_of_the_paper():
    """For a critic that is linear in the image the slope is its weights' norm, whatever the mixture."""
    import tensorflow as tf
    from keras import ops

    from medcurate.generate.families.wgan_gp import _critic_loss
    from medcurate.learning.tensorflow_step import _input_gradient

    weights = tf.constant(generator_at(1, 0, 0).standard_normal((1, 8, 8, 1)).astype(np.float32))

    def critic(given, training=False):
        return ops.sum(given[0] * weights, axis=(1, 2, 3))

    rng = generator_at(2, 0, 0)
    real, fake = (tf.constant(rng.uniform(-1, 1, (6, 8, 8, 1)).astype(np.float32)) for _ in range(2))
    none = tf.zeros((6, 0))
    batch = {"images": real, "labels": none, "fake_labels": none, "latent": none, "change_real": none}
    batch |= {"change_fake": none, "mix": tf.constant(rng.random((6, 1, 1, 1), dtype=np.float32))}
    total, logged = _critic_loss(lambda _: fake, critic, 10.0, task(size=8), batch, _input_gradient)
    slope = float(np.linalg.norm(weights))
    distance = float(np.sum((fake - real) * weights) / 6)
    assert float(logged["penalty"]) == pytest.approx((slope - 1) ** 2, rel=1e-5)
    assert float(total) == pytest.approx(distance + 10 * (slope - 1) ** 2, rel=1e-5)


def test_options_are_checked_and_completed():
    found = configure("dcgan", {"width": "16", "learning_rate": "0.001", "spectral_norm": "true", "loss": "hinge"})
    assert (found.width, found.learning_rate, found.spectral_norm, found.loss) == (16, 0.001, True, "hinge")
    assert configure("dcgan", as_options(found)) == found


@pytest.mark.parametrize(
    ("name", "options", "message"),
    [
        ("dcgan", {"widht": 3}, "Did you mean width"),
        ("dcgan", {"width": "wide"}, "expected a whole number"),
        ("dcgan", {"width": 1.5}, "expected a whole number"),
        ("dcgan", {"loss": "mse"}, "bce or hinge or lsgan"),
        ("dcgan", {"spectral_norm": "perhaps"}, "true or false"),
        ("wgan-gp", {"penalty": -1}, "0 or more"),
        ("wgan-gp", {"penalty": "nan"}, "0 or more"),
        ("gan", {}, "one of dcgan, fastgan, wgan-gp"),
    ],
)
def test_wrong_options_are_named(name, options, message):
    with pytest.raises(UsageError, match=message):
        configure(name, options)
