"""The laws that every family keeps, tried on every kind of image that it draws; toy families are held to them, too."""

from __future__ import annotations

import shutil

import numpy as np
import pytest

from medcurate.errors import UsageError
from medcurate.generate.drawing.architecture import build_sampler, describe
from medcurate.generate.drawing.generator import Generator
from medcurate.generate.families.registry import FAMILIES, as_options, configure, family
from medcurate.generate.training.settings import TrainSettings
from medcurate.generate.training.training import train_on
from medcurate.learning.feed import Feed
from medcurate.learning.image_spec import ImageSpec
from medcurate.learning.random_inputs import generator_at
from tests.generate import family_laws as laws
from tests.generate.small_training import At, weights_of
from tests.generate.toy_families.registration import TOYS

CASES = laws.supported()


@pytest.fixture(autouse=True)
def _registered(monkeypatch):
    """Enter the toys into the registry: one line each."""
    for name, place in TOYS.items():
        monkeypatch.setitem(FAMILIES, name, place)


@pytest.fixture(scope="module")
def setups():
    """Give a function that builds each small setup once, with a batch for every player."""
    made = {}

    def of(name, kind):
        if (name, kind) not in made:
            spec = laws.spec_of(kind, augmented=True)
            setup = laws.built(name, spec)
            turns = Feed(laws.examples_of(spec), setup, batch=4, seed=1).turns(0)
            made[name, kind] = setup, dict(zip(setup.schedule, turns, strict=True))
        return made[name, kind]

    return of


@pytest.fixture(scope="module")
def generators():
    """Give a function that makes the untrained small generator of each case once."""
    made = {}

    def of(name, kind):
        if (name, kind) not in made:
            spec = laws.spec_of(kind)
            options = as_options(configure(name, laws.module(name).SMALL))
            examples = laws.examples_of(spec)
            architecture = describe(name, options, spec, examples.classes, attributes=examples.attributes)
            made[name, kind] = Generator(build_sampler(architecture), architecture, {"steps": 0})
        return made[name, kind]

    return of


def given(generator, n, seed=3):
    """Return what the sampler reads, for `n` images."""
    columns = laws.examples_of(generator.spec, seed=seed).columns
    return {name: columns[name][:n] for name in generator.sampler.reads}


def arrays_of(generator, n=4):
    from medcurate.learning.random_inputs import draw_images

    return {**draw_images(0, 0, n, generator.sampler.needs), **given(generator, n)}


def loss_of(player, batch):
    """Return the loss in the current state of the network, which is left as it was."""
    from medcurate.learning.tensorflow_step import decoded, input_gradient

    kept = player.network.get_weights()
    tensors = decoded({name: as_tensor(value) for name, value in batch.items()})
    loss, logged = player.loss(tensors, input_gradient)
    player.network.set_weights(kept)
    assert all(np.isfinite(float(value)) for value in logged.values())
    return float(loss)


def as_tensor(value):
    import tensorflow as tf

    return tf.constant(value)


def test_every_family_is_tried():
    assert {name for name, _ in CASES} == set(laws.NAMES)
    assert {kind for _, kind in CASES} == set(laws.SPECS)
    assert {*laws.NAMES, *laws.WITHOUT_TRAINING} == set(FAMILIES)  # with the toys, whose lines are entered above


@pytest.mark.parametrize("name", laws.NAMES)
def test_a_family_says_how_small_it_can_be_and_what_it_does_not_draw(name):
    module = laws.module(name)
    assert as_options(configure(name, as_options(configure(name, module.SMALL)))) == as_options(
        configure(name, module.SMALL)
    )
    refused = [module.supports(spec) for spec in laws.SPECS.values()]
    assert "" in refused
    assert any(refused)


@pytest.mark.parametrize(("name", "kind"), CASES)
def test_the_schedule_names_every_player_and_each_learns_by_every_weight(name, kind, setups):
    import tensorflow as tf

    from medcurate.learning.tensorflow_step import decoded, input_gradient

    setup, batches = setups(name, kind)
    assert set(setup.schedule) == set(setup.players)
    for turn, player in setup.players.items():
        tensors = decoded({key: as_tensor(value) for key, value in batches[turn].items()})
        with tf.GradientTape() as tape:
            loss, _ = player.loss(tensors, input_gradient)
        variables = player.network.trainable_variables
        gradients = tape.gradient(loss, [variable.value for variable in variables])
        idle = [v.path for v, g in zip(variables, gradients, strict=True) if g is None or not np.any(np.asarray(g))]
        assert idle == []


@pytest.mark.parametrize(("name", "kind"), CASES)
def test_a_loss_is_a_pure_function_of_every_column_that_is_read(name, kind, setups):
    setup, batches = setups(name, kind)
    for turn, player in setup.players.items():
        batch = batches[turn]
        loss = loss_of(player, batch)
        assert loss_of(player, batch) == loss
        read = {*player.reads, *(f"other_{column}" for column in player.reads_other)}
        for column in sorted(column for column in read if batch[column].size):
            assert loss_of(player, {**batch, column: np.roll(batch[column], 1, axis=0)}) != loss, column


@pytest.mark.parametrize(("name", "kind"), CASES)
def test_images_have_their_shape_and_depend_on_everything_that_is_given(name, kind, generators):
    generator = generators(name, kind)
    arrays = arrays_of(generator)
    images = generator.draw(arrays)
    assert images.shape == (4, *generator.spec.spatial, generator.spec.target)
    assert np.abs(images).max() <= 1
    for key, array in arrays.items():
        if array.size:
            other = generator.draw({**arrays, key: np.roll(array, 1, axis=0)})
            assert np.abs(other - images).max() > 1e-5, key


@pytest.mark.parametrize(("name", "kind"), CASES)
def test_an_image_is_the_same_alone_and_among_others(name, kind, generators):
    generator = generators(name, kind)
    labels = {"tumor": ("t0", "t1", "t1", "t0")} if generator.spec.classes else {}
    columns = {
        key: column
        for key, column in given(generator, 4).items()
        if key not in ("labels", "attributes", "attributes_present")
    }
    attributes = {"a0": (0.5, -1.0, 2.0, 0.0)} if generator.spec.attributes else {}

    def sampled(first, n, at):
        return generator.sample(
            first,
            n,
            seed=5,
            labels={key: values[at : at + n] for key, values in labels.items()},
            attributes={key: values[at : at + n] for key, values in attributes.items()},
            **{key: column[at : at + n] for key, column in columns.items()},
        )

    together = sampled(14, 4, 0)
    np.testing.assert_array_equal(np.concatenate([sampled(14 + k, 1, k) for k in range(4)]), together)
    assert len({image.tobytes() for image in together}) == 4


@pytest.mark.parametrize(("name", "kind"), CASES)
def test_what_is_saved_is_loaded(name, kind, generators, tmp_path):
    generator = generators(name, kind)
    generator.save(tmp_path)
    loaded = Generator.load(tmp_path)
    assert (loaded.architecture, loaded.facts) == (generator.architecture, generator.facts)
    for key, variable in loaded.sampler.weights().items():
        np.testing.assert_array_equal(variable, generator.sampler.weights()[key])
    arrays = arrays_of(generator, 2)
    np.testing.assert_array_equal(loaded.draw(arrays), generator.draw(arrays))


@pytest.mark.parametrize("name", TOYS)
def test_a_resumed_training_ends_as_one_that_never_stopped(name, tmp_path):
    """Of the families in the registry `training/test_training.py` says it, after kills."""
    kind = [kind for case, kind in CASES if case == name][-1]
    examples = laws.examples_of(laws.spec_of(kind))
    settings = TrainSettings(
        model=name, options=laws.module(name).SMALL, batch=4, steps=3, sample_every=2, log_every=1, checkpoint_minutes=0
    )
    whole, half = tmp_path / "whole", tmp_path / "half"
    copy = At(2, lambda: shutil.copytree(whole, half))  # holds the checkpoint of step 1
    result = train_on(examples, whole, settings, watchers=(copy,), progress=False)
    assert [path.name[:13] for path in sorted((half / "checkpoints").iterdir())] == ["step-00000001"]
    train_on(examples, half, settings, resume=True, progress=False)
    assert weights_of(half) == weights_of(whole)
    drawn = Generator.load(half)
    arrays = arrays_of(drawn, 2)
    np.testing.assert_array_equal(drawn.draw(arrays), result.generator.draw(arrays))
    before = laws.module(name).build_sampler(configure(name, laws.module(name).SMALL), laws.spec_of(kind))
    assert set(before.weights()) == set(result.generator.sampler.weights())
    assert (half / "curves.png").exists()
    assert len(list((half / "samples").iterdir())) == 2


def test_the_reference_network_has_the_parameters_of_study_e():
    # A minor project of Manipal University Jaipur (2024): 128 px, one channel, no condition.
    found = family("dcgan").build(configure("dcgan", {}), ImageSpec((128, 128)))
    assert found.parameters() == {"generator": 27_265_281, "discriminator": 582_785}


@pytest.mark.parametrize("name", [name for name in FAMILIES if name not in laws.WITHOUT_TRAINING])
@pytest.mark.parametrize("size", [64, 128, 256])
def test_every_size_is_drawn_and_judged(name, size):
    spec = ImageSpec((size, size))
    setup = laws.built(name, spec)
    assert (None, size, size, 1) in [network.output_shape for network in setup.sampler.networks.values()]
    judge = setup.players[setup.schedule[0]]
    (batch, *_) = Feed(laws.examples_of(spec, n=2), setup, batch=2, seed=0).turns(0)
    assert np.isfinite(loss_of(judge, batch))


def test_images_that_a_family_does_not_draw_are_refused(tmp_path):
    examples = laws.examples_of(laws.SPECS["volume from source"])
    with pytest.raises(UsageError, match="--model dcgan draws square 2-D images whose side is a power of two"):
        train_on(examples, tmp_path, TrainSettings(model="dcgan", steps=1), progress=False)


def test_a_column_that_is_missing_is_named(tmp_path):
    examples = laws.examples_of(laws.SPECS["source"])
    del examples.columns["contrast_present"]
    settings = TrainSettings(model="toy-missing-contrasts", options={"width": 2}, steps=1)
    with pytest.raises(UsageError, match="missing are contrast_present"):
        train_on(examples, tmp_path, settings, progress=False)


def test_the_gradient_penalty_is_that_of_the_paper():
    """For a critic that is linear in the image the slope is the norm of its weights, whatever the mixture."""
    import tensorflow as tf
    from keras import ops

    from medcurate.generate.families.wgan_gp import critic_loss
    from medcurate.learning.tensorflow_step import input_gradient

    weights = tf.constant(generator_at(1, 0, 0).standard_normal((1, 8, 8, 1)).astype(np.float32))

    def critic(given, training=False):
        return ops.sum(given[0] * weights, axis=(1, 2, 3))

    rng = generator_at(2, 0, 0)
    real, fake = (tf.constant(rng.uniform(-1, 1, (6, 8, 8, 1)).astype(np.float32)) for _ in range(2))
    none = tf.zeros((6, 0))
    batch = {"target": real, "labels": none, "other_labels": none, "latent": none, "change_real": none}
    batch |= {"change_fake": none, "mix": tf.constant(rng.random((6, 1, 1, 1), dtype=np.float32))}
    total, logged = critic_loss(lambda _: fake, critic, 10.0, ImageSpec((8, 8)), batch, input_gradient)
    slope = float(np.linalg.norm(weights))
    distance = float(np.sum((fake - real) * weights) / 6)
    assert float(logged["penalty"]) == pytest.approx((slope - 1) ** 2, rel=1e-5)
    assert float(total) == pytest.approx(distance + 10 * (slope - 1) ** 2, rel=1e-5)
