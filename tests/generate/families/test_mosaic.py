"""Mosaics keep patients apart and say of whom they are; the laws of families hold for them where they make sense."""

from __future__ import annotations

import numpy as np
import pytest

from medcurate.errors import UsageError
from medcurate.generate.families import mosaic
from medcurate.generate.families.registry import configure
from medcurate.generate.references.contract import References
from medcurate.learning.image_spec import ImageSpec
from medcurate.learning.random_inputs import generator_at
from tests.generate import family_laws as laws

SUPPORTED = [kind for kind, spec in laws.SPECS.items() if not mosaic.supports(spec)]


def heads(n, side=32, channels=1, seed=1, height=None):
    """Return discs with a texture of their own, black around them."""
    rng, rows = np.random.default_rng(seed), height or side
    y, x = np.mgrid[:rows, :side]
    disc = ((y - rows / 2) ** 2 + (x - side / 2) ** 2 < (0.4 * min(rows, side)) ** 2)[None, :, :, None]
    return np.where(disc, rng.uniform(-0.6, 1, (n, rows, side, channels)), -1).astype(np.float32)


def references(images, labels=None, groups=None):
    n = len(images)
    table = np.zeros((n, 0), np.float32) if labels is None else np.asarray(labels, np.float32)
    ids = tuple(f"image-{row}" for row in range(n))
    return References(lambda rows: images[rows], table, ids, tuple(groups) if groups else (None,) * n)


def sampler(given, spec=None, **options):
    shape = given.read(np.array([0])).shape[1:]
    spec = spec or ImageSpec(shape[:2], shape[2], classes=given.labels.shape[1])
    return mosaic.build_reference_sampler(configure("mosaic", {**mosaic.SMALL, **options}), spec, given)


def draw(found, number, label=()):
    return found.draw(generator_at(0, 1, number), np.asarray(label, np.float32))


@pytest.mark.parametrize("kind", SUPPORTED)
def test_the_laws_of_families(kind):
    spec = laws.SPECS[kind]
    images = heads(12, spec.spatial[1], spec.target, height=spec.spatial[0])
    labels = np.eye(max(spec.classes, 1))[np.arange(12) % max(spec.classes, 1)][:, : spec.classes]
    found = sampler(references(images, labels), spec)
    drawn = [draw(found, number, labels[0]) for number in range(4)]
    assert {one.image.shape for one in drawn} == {(*spec.spatial, spec.target)}
    assert all(np.abs(one.image).max() <= 1 for one in drawn)
    assert len({one.image.tobytes() for one in drawn}) == 4
    again = draw(found, 2, labels[0])
    assert again.image.tobytes() == drawn[2].image.tobytes()
    assert again.contributors == drawn[2].contributors
    if spec.classes:
        assert np.abs(draw(found, 2, labels[1]).image - again.image).max() > 1e-2


def test_what_it_does_not_draw_is_said():
    assert [kind for kind in laws.SPECS if kind not in SUPPORTED] == [
        "square, classes, attributes", "attributes", "source", "volume", "volume from source"
    ]  # fmt: skip
    assert "without attributes" in mosaic.supports(laws.SPECS["attributes"])
    assert "8 pixels or more" in mosaic.supports(ImageSpec((4, 64)))


@pytest.mark.parametrize("size", [32, 64, 128, 256])
def test_every_size_is_drawn(size):
    assert draw(sampler(references(heads(4, size))), 0).image.shape == (size, size, 1)


def test_patients_give_one_image_each_and_shares_add_up():
    groups = [f"p{number // 3}" for number in range(12)]
    found = sampler(references(heads(12), groups=groups))
    for number in range(8):
        parts = draw(found, number).contributors
        patients = [one.patient_group for one in parts]
        assert len(set(patients)) == len(parts) == 3
        assert {one.image_id for one in parts} <= {f"image-{k}" for k in range(12)}
        assert sum(one.share for one in parts) == pytest.approx(1, abs=1e-3)
        assert [one.share for one in parts] == sorted((one.share for one in parts), reverse=True)


def test_only_images_of_the_class_have_a_part():
    labels = np.eye(2)[np.arange(12) % 2]
    labels[[10, 11]] = 0  # not known: of no class
    found = sampler(references(heads(12), labels))
    for number in range(6):
        rows = {int(one.image_id.removeprefix("image-")) for one in draw(found, number, (0, 1)).contributors}
        assert rows <= {1, 3, 5, 7, 9}
    with pytest.raises(UsageError, match="no training image has this combination"):
        draw(found, 0, (1, 1))


def test_no_patient_gives_more_than_the_limit_where_tries_suffice():
    given = references(heads(12))
    options = {"references": 6, "near": 8, "levels": 12, "jitter": 0}
    free = sampler(given, **options, window=24, share_limit=0)
    limited = sampler(given, **options, window=24, share_limit=0.55, tries=20)
    largest = [[draw(found, number).contributors[0].share for number in range(12)] for found in (free, limited)]
    assert max(largest[0]) > 0.6
    assert max(largest[1]) <= 0.55
    once = sampler(given, **options, window=24, share_limit=0.01, tries=1)
    assert draw(once, 3).image.tobytes() == draw(free, 3).image.tobytes()  # what one try gives is kept


def test_it_is_a_collage_of_the_references_that_it_names():
    """Without jitter nearly every small piece is a piece of a contributor, as drawn or mirrored."""
    images = heads(8)
    one = draw(sampler(references(images), jitter=0, levels=12), 5)
    named = images[[int(part.image_id.removeprefix("image-")) for part in one.contributors]]
    both = np.concatenate([named, named[:, :, ::-1]])
    head = one.image[..., 0] > -0.9
    assert np.mean(np.abs(both - one.image).min(axis=0)[..., 0][head] < 0.02) > 0.8


def test_too_few_patients_are_refused_by_the_class():
    labels = np.eye(2)[[0, 0, 0, 1, 1, 1]]
    groups = ["a", "b", "c", "d", "d", "e"]
    with pytest.raises(UsageError, match="3 patients or more of each class, received 3 of 2 in one, such as image-3"):
        sampler(references(heads(6), labels, groups))
