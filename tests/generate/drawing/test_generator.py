"""A generator that was trained: saved, loaded, and drawing image k of a seed whatever is drawn with it."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from medcurate.errors import UsageError
from medcurate.generate.drawing.generator import Generator, build_network, draw, one_hot
from medcurate.generate.drawing.weights import RECORD, WEIGHTS
from medcurate.learning.random_inputs import latents
from tests.generate.small_training import SMALL

CLASSES = {"tumor": ("glioma", "none"), "plane": ("axial", "coronal")}


def made(model="dcgan", classes=None):
    """Make a generator with the weights that it begins with."""
    architecture = {"family": model, "config": {"latent": 8, **SMALL[model]}, "size": 32, "channels": 1}
    architecture["classes"] = {name: list(values) for name, values in (classes or {}).items()}
    return Generator(build_network(architecture), architecture, {"steps": 7})


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


@pytest.mark.parametrize("missing", ["size", "channels", "classes"])
def test_an_architecture_that_is_not_complete_is_told(plain, missing):
    architecture = {name: value for name, value in plain.architecture.items() if name != missing}
    with pytest.raises(UsageError, match=f"not complete .*{missing}"):
        build_network(architecture)


def test_an_unknown_family_is_told(plain):
    with pytest.raises(UsageError, match="expected one of dcgan, fastgan, wgan-gp, received 'vae'"):
        build_network({**plain.architecture, "family": "vae"})


def test_labels_are_laid_out_one_after_the_other():
    found = one_hot(CLASSES, {"plane": ("coronal", "axial"), "tumor": ("glioma", "none")}, 2)
    np.testing.assert_array_equal(found, [[1, 0, 0, 1], [0, 1, 1, 0]])
    assert one_hot({}, {}, 3).shape == (3, 0)
    assert one_hot(CLASSES, asked(0), 0).shape == (0, 4)


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


class Constant:
    """A network that draws one value."""

    def __init__(self, value):
        self.value = value

    def predict_on_batch(self, given):
        return np.full((len(given[0]), 2, 2, 1), self.value, np.float32)


@pytest.mark.parametrize(
    ("value", "gray"), [(-1, 0), (1, 255), (0.0, 128), (-2, 0), (2, 255), (1 / 127.5, 128), (np.nan, 128)]
)
def test_minus_one_to_one_is_black_to_white(value, gray):
    drawn = draw(Constant(value), latents(0, 0, 3, 2), np.zeros((3, 0), np.float32))
    assert drawn.dtype == np.uint8
    assert np.unique(drawn).tolist() == [gray]
