"""The autoencoder: what its players minimize, labels that are left out, and the latents of given images."""

from __future__ import annotations

import numpy as np
import pytest

from medcurate.errors import UsageError
from medcurate.generate.drawing.architecture import build_sampler, describe
from medcurate.generate.drawing.generator import Generator
from medcurate.generate.families import vae
from medcurate.generate.families.registry import as_options, configure
from medcurate.generate.training.setup import _first_weights
from medcurate.learning.feed import Feed
from medcurate.learning.image_spec import ImageSpec
from tests.generate.family_laws import built, examples_of

SPEC = ImageSpec((32, 32), classes=2, attributes=2)


def generator_of(spec=SPEC, name="vae", options=vae.SMALL):
    classes = {"tumor": ("glioma", "none")} if spec.classes else {}
    names = tuple(f"a{k}" for k in range(spec.attributes))
    architecture = describe(name, as_options(configure(name, options)), spec, classes, attributes=names)
    with _first_weights(1):
        return Generator(build_sampler(architecture), architecture, {})


@pytest.fixture(scope="module")
def trained():
    """Give a setup after some steps on a few images, and these images."""
    from medcurate.learning.engines import make_engine

    spec, engine = ImageSpec((32, 32)), make_engine("tensorflow")
    with _first_weights(2):
        setup = vae.build(
            configure(
                "vae", {"latent": 4, "width": 4, "couplings": 2, "learning_rate": 5e-3, "prior_learning_rate": 1e-2}
            ),
            spec,
        )
    engine.prepare(setup)
    examples = examples_of(spec, n=32)
    examples.columns["target"] = blobs(32)
    feed = Feed(examples, setup, batch=16, seed=0)
    for turns in feed.steps(0, 120):
        for name, batch in zip(setup.schedule, turns, strict=True):
            logged = engine.update(name, batch)
    return setup, examples.columns["target"], {name: float(value) for name, value in logged.items()}


def blobs(n):
    """Draw one bright disk with a dark core on each image, at places and of sizes that differ."""
    rng = np.random.default_rng(0)
    row, column = np.mgrid[:32, :32]
    images = []
    for down, right, radius in zip(*rng.uniform((13, 13, 6), (19, 19, 9), (n, 3)).T, strict=True):
        distance = np.hypot(row - down, column - right)
        images.append(np.clip(radius - distance, 0, 1) * 200 - np.clip(radius / 2 - distance, 0, 1) * 120)
    return np.array(images, np.uint8)[..., None]


def fine_power(images):
    """Return the mean power of the waves shorter than four pixels."""
    images = np.asarray(images, np.float64)[..., 0]
    power = np.abs(np.fft.fft2(images)) ** 2
    frequency = np.fft.fftfreq(images.shape[1])
    return power[:, np.hypot(frequency[:, None], frequency) > 0.25].mean()


def test_drawn_images_are_as_sharp_as_reconstructions(trained):
    from keras import ops

    setup, images, _ = trained
    networks, none = setup.sampler.networks, np.zeros((32, 0), np.float32)
    given = images.astype(np.float32) / 127.5 - 1
    mean, _ = networks["encoder"](given)
    again = np.asarray(networks["decoder"]([np.asarray(mean), none]))
    noise = ops.convert_to_tensor(np.random.default_rng(1).standard_normal((32, 4)).astype(np.float32))
    drawn = setup.sampler.draw(networks, {"latent": noise, "labels": ops.convert_to_tensor(none)})
    assert np.abs(again - given).mean() < 0.7 * np.abs(given - given.mean(0)).mean()
    assert fine_power(drawn) > 0.8 * fine_power(again)


def test_the_prior_learns_where_latents_are(trained):
    """Untrained it is standard normal: ln(2 pi) / 2 and more, what that distribution has in its middle."""
    _, _, logged = trained
    assert logged["prior_loss"] < 0.85


def test_labels_are_left_out_as_the_random_numbers_say():
    setup = built("vae", SPEC)
    (batch, _) = Feed(examples_of(SPEC), setup, batch=4, seed=1).turns(0)
    player = setup.players["autoencoder"]
    other = {**batch, "labels": batch["labels"][:, ::-1]}
    for numbers, same in ((np.full((4, 1), 0.05), True), (np.full((4, 1), 0.2), False)):
        losses = [loss_of(player, {**given, "labeled": numbers.astype(np.float32)}) for given in (batch, other)]
        assert (losses[0] == losses[1]) is same


def loss_of(player, batch):
    import tensorflow as tf

    from medcurate.learning.tensorflow_step import decoded, input_gradient

    return float(player.loss(decoded({key: tf.constant(value) for key, value in batch.items()}), input_gradient)[0])


def test_the_prior_does_not_change_the_encoder():
    import tensorflow as tf

    from medcurate.learning.tensorflow_step import decoded, input_gradient

    setup = built("vae", SPEC)
    (_, batch) = Feed(examples_of(SPEC), setup, batch=4, seed=1).turns(0)
    encoder = setup.sampler.networks["encoder"]
    with tf.GradientTape() as tape:
        loss, _ = setup.players["prior"].loss(decoded({k: tf.constant(v) for k, v in batch.items()}), input_gradient)
    found = tape.gradient(loss, [variable.value for variable in encoder.trainable_variables])
    assert all(gradient is None for gradient in found)


def test_encoded_images_are_drawn_again_as_the_decoder_has_them(rng):
    generator = generator_of()
    images = rng.integers(0, 256, (20, 32, 32, 1), np.uint8)
    labels, attributes = {"tumor": ("none", "glioma") * 10}, {"a1": (0.5, -0.5) * 10}
    arrays = generator.arrays(0, 20, labels=labels, attributes=attributes)
    arrays["latent"] = vae.encode(generator.sampler, images, arrays)
    assert arrays["latent"].shape == (20, 6)
    networks, given = generator.sampler.networks, images.astype(np.float32) / 127.5 - 1
    mean, _ = networks["encoder"](given)
    condition = np.concatenate([arrays[k] for k in ("labels", "attributes", "attributes_present")], axis=1)
    expected = np.clip(networks["decoder"]([np.asarray(mean), condition]), -1, 1)
    np.testing.assert_allclose(generator.draw(arrays), expected, atol=1e-3)
    np.testing.assert_allclose(vae.encode(generator.sampler, given, arrays), arrays["latent"], atol=1e-5)
    assert vae.encode(generator.sampler, images[:0], {k: x[:0] for k, x in arrays.items()}).shape == (0, 6)


def test_what_cannot_be_encoded_is_told(rng):
    generator = generator_of()
    with pytest.raises(UsageError, match=r"images of the shape \(n, 32, 32, 1\), received \(2, 16, 16, 1\)"):
        vae.encode(generator.sampler, rng.integers(0, 256, (2, 16, 16, 1), np.uint8), {})
    other = generator_of(ImageSpec((32, 32)), "dcgan", {"width": 4})
    with pytest.raises(UsageError, match="of a generator of the family vae"):
        vae.encode(other.sampler, rng.integers(0, 256, (2, 32, 32, 1), np.uint8), {})


@pytest.mark.parametrize(
    ("spec", "lacking"),
    [
        (ImageSpec((64, 64), source=1, attributes=2), "images without a source"),
        (ImageSpec((16, 32, 32)), "square 2-D images whose side is a power of two, 32 or more"),
        (ImageSpec((48, 48)), "square 2-D images whose side is a power of two, 32 or more"),
        (SPEC, ""),
    ],
)
def test_it_says_what_it_does_not_draw(spec, lacking):
    assert vae.supports(spec) == lacking
