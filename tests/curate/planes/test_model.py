"""Plane models: training, files, the bundled one."""

from __future__ import annotations

import json
import zipfile

import numpy as np
import pytest

from medcurate.curate.measures import plane_features
from medcurate.curate.measures.plane_features import N_FEATURES
from medcurate.curate.planes import model as plane_model
from medcurate.curate.planes.model import CLASSES, adapt, fit, load, load_bundled, save, train
from medcurate.errors import UsageError


@pytest.fixture
def taught(rng):
    """Give features, classes and sources of four clouds, each source a little beside the others."""
    y = np.tile(np.arange(4), 90)
    sources = np.repeat(["one", "two", "three"], 120)
    centers = rng.normal(size=(4, N_FEATURES))
    shift = {name: rng.normal(size=N_FEATURES) * 0.3 for name in ("one", "two", "three")}
    X = centers[y] + np.stack([shift[name] for name in sources]) + rng.normal(size=(len(y), N_FEATURES)) * 0.4
    return X.astype(np.float32), y, sources.tolist()


def _trained(taught, **options):
    X, y, sources = taught
    return train(X, y, sources=sources, seed=3, **options)


def test_a_trained_model_knows_its_classes(taught):
    X, y, _ = taught
    scores = _trained(taught).decision(X)
    assert scores.shape == (len(y), len(CLASSES))
    assert (scores.argmax(axis=1) == y).mean() > 0.98


def test_far_from_all_training_the_scores_are_silent(taught):
    scores = _trained(taught).decision(np.full((1, N_FEATURES), 100, np.float32))
    np.testing.assert_allclose(scores, 0, atol=1e-6)


def test_training_repeats(taught):
    first, second = _trained(taught, landmarks=50), _trained(taught, landmarks=50)
    np.testing.assert_array_equal(first.coef, second.coef)
    assert first.sharpness == second.sharpness
    assert len(first.landmarks) == 50


def test_a_model_that_misleads_on_new_sources_is_less_sure(taught):
    X, y, sources = taught
    wrong = np.where((np.asarray(sources) == "three") & (np.arange(len(y)) % 3 == 0), (y + 1) % 4, y)
    assert train(X, wrong, sources=sources, seed=3).sharpness < 0.5 * _trained(taught).sharpness


def test_one_source_cannot_be_calibrated_and_says_nothing_wild(taught):
    X, y, _ = taught
    assert train(X, y, sources=["one"] * len(y), seed=0).sharpness == 3.0


def test_a_saved_model_answers_the_same(taught, tmp_path):
    model = _trained(taught, card={"made": "here"})
    save(model, tmp_path / "first.npz")
    model.save(tmp_path / "second.npz")
    again = load(tmp_path / "first.npz")
    np.testing.assert_array_equal(again.decision(taught[0]), model.decision(taught[0]))
    assert again.card == {"made": "here"}
    assert (tmp_path / "first.npz").read_bytes() == (tmp_path / "second.npz").read_bytes()


def _spoil(path, **changes):
    with np.load(path) as stored:
        arrays = dict(stored)
    header = json.loads(arrays["header"].tobytes())
    header.update({name: value for name, value in changes.items() if name in header})
    arrays["header"] = np.frombuffer(json.dumps(header).encode(), np.uint8)
    arrays.update({name: value for name, value in changes.items() if name in ("landmarks", "coef")})
    np.savez(path, **arrays)


@pytest.mark.parametrize(
    "changes",
    [
        {"features": "others-9"},
        {"schema": 99},
        {"coef": np.zeros((3, 4), np.float32)},
        {"landmarks": np.full((100, N_FEATURES), np.nan, np.float16), "coef": np.zeros((100, 4), np.float32)},
        {"coef": np.array([None, {}], dtype=object)},
    ],
    ids=["features", "schema", "shape", "not finite", "pickle"],
)
def test_a_model_that_does_not_fit_is_refused(taught, tmp_path, changes):
    path = tmp_path / "model.npz"
    save(_trained(taught, landmarks=100), path)
    _spoil(path, **changes)
    with pytest.raises(UsageError, match=r"model\.npz: expected a plane model written by --fit-model"):
        load(path)


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 no zip", b"plain text"])
def test_a_file_that_is_no_model_is_refused(tmp_path, content):
    path = tmp_path / "model.npz"
    path.write_bytes(content)
    with pytest.raises(UsageError, match="expected a plane model"):
        load(path)


def test_a_missing_model_is_refused(tmp_path):
    with pytest.raises(UsageError, match=r"none\.npz: expected a plane model"):
        load(tmp_path / "none.npz")


def test_adapting_answers_for_unlabeled_images(taught):
    X, y, _ = taught
    model = _trained(taught)
    empty = np.zeros((0, N_FEATURES), np.float32)
    without = adapt(model, X, empty, np.zeros(0, np.int64), seed=0)
    assert (without.predict(X) == y).mean() > 0.98
    with_labels = adapt(model, X[10:], X[:10], y[:10], seed=0)
    np.testing.assert_array_equal(with_labels.predict(X[:10]), y[:10])


def test_adapting_corrects_a_class_that_the_model_has_wrong(taught):
    X, y, _ = taught
    model = _trained(taught)
    swapped = np.array([1, 0, 2, 3])[y]
    known = np.arange(len(y)) % 4 < 2
    sorter = adapt(model, X[~known], X[known], swapped[known], seed=0)
    assert (sorter.predict(X) == swapped).mean() > 0.95


@pytest.fixture(scope="module")
def head_slices():
    """Give upright slices of a rendered head, three planes of them, and their classes."""
    from medcurate.phantom.contrast import render, slices
    from medcurate.phantom.head import random_head

    rng = np.random.default_rng(5)
    head = random_head(rng, spacing_mm=3.0)
    volume = render(head, "T1", rng)
    images, planes = [], []
    for code, plane in enumerate(CLASSES[:3]):
        filled = np.flatnonzero(np.moveaxis(head.brain, 2 - code, 0).any(axis=(1, 2)))
        images += list(slices(volume, plane)[np.linspace(filled[0], filled[-1], 26)[3:-3].astype(int)])
        planes += [code] * 20
    return images, np.array(planes)


def _answers(images):
    X = np.stack([plane_features.extract(np.ascontiguousarray(image)) for image in images])
    return adapt(load_bundled(), X, X[:0], np.zeros(0, np.int64), seed=0).predict(X)


def test_upright_images_are_not_expected_to_be_turned(head_slices):
    images, planes = head_slices
    X = np.stack([plane_features.extract(image) for image in images])
    assert load_bundled().expecting_turns(X) is load_bundled()
    assert (_answers(images) == planes).mean() > 0.95


@pytest.mark.parametrize("quarters", [1, 2, 3])
def test_a_folder_of_turned_images(head_slices, quarters):
    images, planes = head_slices
    turned = [np.rot90(image, quarters) for image in images]
    X = np.stack([plane_features.extract(np.ascontiguousarray(image)) for image in turned])
    assert load_bundled().expecting_turns(X).turn_cost < load_bundled().turn_cost
    assert (_answers(turned) == planes).mean() > 0.9


def test_a_users_own_model(taught):
    X, y, _ = taught
    model = fit(X[y < 3], y[y < 3], seed=0)
    assert (model.decision(X[y < 3]).argmax(axis=1) == y[y < 3]).mean() > 0.95
    assert model.card["images"] == {"axial": 90, "coronal": 90, "sagittal": 90, "other": 0}


def test_a_users_own_model_needs_two_planes(taught):
    X, y, _ = taught
    with pytest.raises(UsageError, match="at least two planes, received 1"):
        fit(X[y == 1], y[y == 1], seed=0)


def test_the_bundled_model_loads_and_holds_no_pickle():
    from importlib.resources import files

    model = load_bundled()
    assert model.landmarks.shape[1] == N_FEATURES
    assert model.card, "the bundled model must say what it was trained on"
    with files("medcurate.curate.planes").joinpath(plane_model.BUNDLED).open("rb") as stream:
        names = zipfile.ZipFile(stream).namelist()
    assert sorted(names) == ["coef.npy", "header.npy", "landmarks.npy"]
