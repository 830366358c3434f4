"""Both sides are encoded once, on one scale that is learned on real images that are compared with nothing."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from medcurate.encoders import encode_dataset, encoder, fit_scale
from medcurate.encoders.classical import Classical
from medcurate.evaluate.design.encoded import EncodedSides
from medcurate.evaluate.design.sides import open_sides
from tests.evaluate.evaluation_samples import catalogued, plain


def test_sides_are_encoded_and_scaled_by_real_training_images(tmp_path):
    sides = open_sides(
        plain(tmp_path / "real", {"glioma": 20, "none": 20}), plain(tmp_path / "made", {"none": 7}, seed=1), size=16
    )
    found = EncodedSides.of(sides, "classical", most=100, progress=False)
    assert [len(side) for side in (found.train, found.test, found.synthetic)] == [20, 20, 7]
    assert len({side.features.shape[1] for side in (found.train, found.test, found.synthetic)}) == 1
    assert found.encoder.startswith("classical[")
    assert found.notes == ()
    seen = np.setdiff1d(np.arange(20), found.unseen)
    assert len(seen) == 10
    assert found.scaling == "learned on 10 real training images"
    np.testing.assert_allclose(found.train.features[seen].mean(axis=0), 0, atol=1e-5)
    classical = encoder("classical")
    wide = [encode_dataset(side, classical, 16) for side in (sides.train, sides.synthetic)]
    scale = fit_scale(wide[0][seen], classical.blocks)
    np.testing.assert_allclose(found.synthetic.features, scale.apply(wide[1]), atol=1e-5)
    assert found.synthetic.names("tumor") == ["none"] * 7


def test_more_images_than_wanted_are_drawn_by_the_seed(tmp_path):
    real, made = plain(tmp_path / "real", {"none": 40}), plain(tmp_path / "made", {"none": 30}, seed=1)
    ids = []
    for seed in (0, 0, 1):
        found = EncodedSides.of(open_sides(real, made, size=16, seed=seed), "classical", most=9, progress=None)
        assert len(found.synthetic) == 9
        assert "9 of 30 synthetic images were drawn" in " ".join(found.notes)
        ids.append(found.synthetic.dataset.ids)
    assert ids[0] == ids[1] != ids[2]


def test_the_scale_has_not_seen_patients_that_are_compared_with(tmp_path):
    rows = [
        {"image_id": f"{n:016x}", "split": "train" if n < 24 else "test", "patient_group": f"p{n // 4}"}
        for n in range(1, 41)
    ]
    sides = open_sides(catalogued(tmp_path / "real", rows), plain(tmp_path / "made", {"none": 4}), size=16)
    found = EncodedSides.of(sides, "classical", most=100, progress=False)
    groups = np.array(found.train.groups)
    assert 0 < len(found.unseen) < len(groups)
    assert set(groups[found.unseen]).isdisjoint(np.delete(groups, found.unseen))
    assert groups[0].startswith("patient ")


def test_images_without_patients_stand_alone(tmp_path):
    rows = [{"image_id": f"{n:016x}", "split": "test" if n % 2 else "train"} for n in range(1, 13)]
    sides = open_sides(catalogued(tmp_path / "real", rows), plain(tmp_path / "made", {"none": 4}), size=16)
    found = EncodedSides.of(sides, "classical", most=100, progress=False)
    assert len(set(found.test.groups)) == 6
    assert found.test.groups[0] == f"image {found.test.dataset.ids[0]}"


def test_an_encoder_is_asked_once_however_many_parts_ask(tmp_path, monkeypatch):
    sides = open_sides(plain(tmp_path / "real", {"none": 20}), plain(tmp_path / "made", {"none": 8}, seed=1), size=16)
    encoded = []
    monkeypatch.setattr(Classical, "encode", counting(Classical.encode, encoded))
    first, again = (EncodedSides.of(sides, "classical", most=100, progress=False) for _ in range(2))
    assert sum(encoded) == 28
    np.testing.assert_array_equal(first.test.features, again.test.features)
    fewer = EncodedSides.of(sides, "classical", most=6, progress=False)
    assert sum(encoded) == 28 + 3 * 6
    assert len(fewer.synthetic) == 6
    other = replace(sides, train=sides.test)
    assert len(EncodedSides.of(other, "classical", most=100, progress=False).train) == 10
    assert sum(encoded) == 28 + 3 * 6 + 28


def counting(encode, encoded):
    def counted(self, images):
        encoded.append(len(images))
        return encode(self, images)

    return counted


def test_of_many_training_images_the_scale_learns_on_some(tmp_path, monkeypatch):
    monkeypatch.setattr("medcurate.evaluate.design.encoded.SCALE_IMAGES", 6)
    sides = open_sides(plain(tmp_path / "real", {"none": 40}), plain(tmp_path / "made", {"none": 4}, seed=1), size=16)
    found = EncodedSides.of(sides, "classical", most=100, progress=False)
    assert (len(found.train), len(found.unseen)) == (20, 14)


def test_two_images_learn_a_scale_where_one_patient_has_nearly_all(tmp_path):
    train = [{"image_id": f"{n:016x}", "split": "train", "patient_group": "a" if n == 1 else "b"} for n in range(1, 5)]
    test = [{"image_id": f"{n:016x}", "split": "test", "patient_group": "c"} for n in range(5, 9)]
    real, made = catalogued(tmp_path / "real", train + test), plain(tmp_path / "made", {"none": 4})
    for seed in range(6):
        found = EncodedSides.of(open_sides(real, made, 16, seed), "classical", most=100, progress=False)
        assert found.unseen.tolist() == [0]
