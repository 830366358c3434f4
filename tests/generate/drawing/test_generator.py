"""A generator that was trained: saved, loaded, and drawing image k of a seed whatever is drawn with it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from medcurate.errors import UsageError
from medcurate.generate.drawing.architecture import build_sampler, describe
from medcurate.generate.drawing.generator import Generator
from medcurate.generate.drawing.quantization import quantize
from medcurate.generate.drawing.weights import RECORD, WEIGHTS
from medcurate.generate.families.registry import FAMILIES, as_options, configure
from medcurate.learning.image_spec import ImageSpec
from tests.generate.small_training import SMALL

OLD = Path(__file__).parent / "old_format"
CLASSES = {"tumor": ("glioma", "none"), "plane": ("axial", "coronal")}


def made(model="dcgan", classes=None):
    """Make a generator with the weights that it begins with."""
    latent = {} if model in ("diffusion", "pfgm") else {"latent": 8}
    options = as_options(configure(model, {**latent, **SMALL[model]}))
    architecture = describe(model, options, ImageSpec((32, 32)), classes or {})
    return Generator(build_sampler(architecture), architecture, {"steps": 7})


@pytest.fixture(scope="module")
def plain():
    return made()


@pytest.fixture(scope="module")
def conditional():
    return made(classes=CLASSES)


def asked(n, tumor="glioma", plane="axial"):
    return {"tumor": (tumor,) * n, "plane": (plane,) * n}


@settings(deadline=None, max_examples=15, derandomize=True)
@given(first=st.integers(0, 40), n=st.integers(0, 20), seed=st.integers(0, 3))
def test_image_k_is_the_same_whatever_is_drawn_with_it(plain, first, n, seed):
    found = plain.sample(first, n, seed=seed)
    assert found.shape == (n, 32, 32, 1)
    assert found.dtype == np.uint8
    alone = [plain.sample(first + k, 1, seed=seed)[0] for k in range(0, n, 5)]
    for k, image in zip(range(0, n, 5), alone, strict=True):
        np.testing.assert_array_equal(found[k], image)


def test_numbers_and_seeds_draw_other_images(plain):
    found = np.concatenate([plain.sample(0, 20), plain.sample(0, 20, seed=1)])
    assert len({image.tobytes() for image in found}) == 40


@pytest.mark.parametrize("model", SMALL)
def test_what_is_saved_is_loaded(tmp_path, model):
    generator = made(model, CLASSES)
    generator.save(tmp_path)
    loaded = Generator.load(tmp_path)
    assert (loaded.classes, loaded.facts) == (CLASSES, {"steps": 7})
    assert loaded.architecture["config"] == generator.architecture["config"]
    np.testing.assert_array_equal(loaded.sample(3, 5, labels=asked(5)), generator.sample(3, 5, labels=asked(5)))
    before = (tmp_path / WEIGHTS).read_bytes()
    loaded.save(tmp_path)
    assert (tmp_path / WEIGHTS).read_bytes() == before


def test_a_changed_file_is_refused(plain, tmp_path):
    plain.save(tmp_path)
    path = tmp_path / WEIGHTS
    content = bytearray(path.read_bytes())
    content[-1] ^= 1
    path.write_bytes(content)
    with pytest.raises(UsageError, match="was refused: its SHA-256"):
        Generator.load(tmp_path)


def test_weights_of_another_width_are_refused(plain, tmp_path):
    plain.save(tmp_path)
    path = tmp_path / RECORD
    path.write_text(path.read_text().replace('"width": 4', '"width": 6'))
    with pytest.raises(UsageError, match="the network's is"):
        Generator.load(tmp_path)


@pytest.mark.parametrize("missing", ["spatial", "target", "classes", "family"])
def test_an_architecture_that_is_not_complete_is_named(plain, missing):
    architecture = {name: value for name, value in plain.architecture.items() if name != missing}
    with pytest.raises(UsageError, match=f"not complete .*{missing}"):
        build_sampler(architecture)


def test_an_unknown_family_is_named(plain):
    with pytest.raises(UsageError, match=f"expected one of {', '.join(FAMILIES)}, received 'none'"):
        build_sampler({**plain.architecture, "family": "none"})


def test_images_that_a_family_cannot_draw_are_refused(plain):
    with pytest.raises(UsageError, match="dcgan draws square 2-D images"):
        build_sampler({**plain.architecture, "spatial": [32, 32, 32]})


@pytest.mark.parametrize("name", ["dcgan", "fastgan"])
def test_a_generator_of_the_first_format_draws_what_it_drew(name):
    """The files were written, and the images drawn, by the version before ``generator.json`` had spatial sizes."""
    folder = OLD / name
    generator = Generator.load(folder)
    labels = {"tumor": ("glioma", "none", "none", "glioma")} if generator.classes else None
    found, expected = generator.sample(5, 4, seed=2, labels=labels), np.load(folder / "images.npy")
    assert found.shape == expected.shape
    assert np.abs(found.astype(int) - expected).max() <= 1  # sums in another order, on another processor


def test_a_generator_of_the_first_format_is_saved_in_the_new_one(tmp_path):
    old = Generator.load(OLD / "dcgan")
    old.save(tmp_path)
    new = Generator.load(tmp_path)
    assert new.architecture == old.architecture
    labels = {"tumor": ("none", "glioma")}
    np.testing.assert_array_equal(new.sample(0, 2, labels=labels), old.sample(0, 2, labels=labels))


def test_the_label_of_each_image_is_its_own(conditional):
    both = conditional.sample(0, 2, labels={"tumor": ("glioma", "none"), "plane": ("axial", "coronal")})
    np.testing.assert_array_equal(both[:1], conditional.sample(0, 1, labels=asked(1)))
    np.testing.assert_array_equal(both[1:], conditional.sample(1, 1, labels=asked(1, "none", "coronal")))
    assert not np.array_equal(conditional.sample(0, 1, labels=asked(1, "none")), both[:1])


@pytest.mark.parametrize(
    ("labels", "told"),
    [
        ({}, "expected tumor, plane, received none"),
        ({"tumor": ("none",)}, "expected tumor, plane, received tumor"),
        ({**asked(1), "side": ("left",)}, "received tumor, plane, side"),
        (asked(1, "meningioma"), "tumor: expected glioma or none for each image, received 'meningioma'"),
        (asked(2), "received 2 labels for 1 images"),
    ],
)
def test_wrong_labels_are_told(conditional, labels, told):
    with pytest.raises(UsageError, match=told):
        conditional.sample(0, 1, labels=labels)


def test_a_label_without_a_condition_is_told(plain):
    with pytest.raises(UsageError, match="expected none, received tumor"):
        plain.sample(0, 1, labels={"tumor": ("none",)})


def test_given_arrays_are_drawn_in_floats(conditional):
    labels = asked(20)
    arrays = conditional.arrays(3, 20, seed=1, labels=labels)
    assert {name: array.shape for name, array in arrays.items()} == {"latent": (20, 8), "labels": (20, 4)}
    images = conditional.draw(arrays)
    assert (images.shape, images.dtype) == ((20, 32, 32, 1), np.float32)
    assert np.abs(images).max() <= 1
    sampled = conditional.sample(3, 20, seed=1, labels=labels)
    assert np.abs(quantize(images).astype(int) - sampled).max() <= 1
    moved = conditional.draw({**arrays, "latent": arrays["latent"][::-1]})
    np.testing.assert_allclose(moved, images[::-1], atol=1e-5)


def test_sixteen_bits_are_finer_than_eight(plain):
    deep, shallow = plain.sample(0, 2, bits=16), plain.sample(0, 2)
    assert deep.dtype == np.uint16
    np.testing.assert_allclose(deep / 65535, shallow / 255, atol=0.6 / 255)
    assert len(np.unique(deep)) > len(np.unique(shallow))


def test_what_a_sampler_does_not_read_is_refused(plain):
    with pytest.raises(UsageError, match="does not read source"):
        plain.sample(0, 1, source=np.zeros((1, 32, 32, 1), np.uint8))


def test_the_gradient_leads_toward_an_image(plain):
    """Projection: the distance to an image falls along the gradient with respect to the latent."""
    from keras import ops

    image, start = plain.draw(plain.arrays(0, 1)), plain.arrays(1, 1)

    def distance(images):
        return ops.sum(ops.square(images - image))

    gradient = plain.gradient(distance, start, "latent")
    assert gradient.shape == (1, 8)
    assert np.all(gradient != 0)
    step = 1e-2 * gradient / np.linalg.norm(gradient)
    moved = [{**start, "latent": start["latent"] + sign * step} for sign in (-1, 1)]
    closer, farther = (float(distance(plain.draw(arrays))) for arrays in moved)
    assert closer < farther
    # The slope along the gradient is its length: central differences agree with it.
    assert (farther - closer) / 2e-2 == pytest.approx(np.linalg.norm(gradient), rel=0.02)
