from __future__ import annotations

import numpy as np

from medcurate.encoders import encode_dataset, encoder
from medcurate.evaluate.design.encoded import EncodedSides
from medcurate.evaluate.design.sides import open_sides
from tests.evaluate.evaluation_samples import catalogued, plain


def test_sides_are_encoded_and_scaled_by_real_training_images(tmp_path):
    sides = open_sides(
        plain(tmp_path / "real", {"glioma": 20, "none": 20}), plain(tmp_path / "made", {"none": 7}, seed=1), size=16
    )
    found = EncodedSides.of(sides, "classical", most=100, label="x", progress=False)
    assert [len(side) for side in (found.train, found.test, found.synthetic)] == [20, 20, 7]
    assert len({side.features.shape[1] for side in (found.train, found.test, found.synthetic)}) == 1
    assert found.encoder.startswith("classical[")
    assert found.notes == ()
    seen = np.setdiff1d(np.arange(20), found.unseen)
    assert len(seen) == 10
    assert found.scaled() == "by 10 real training images"
    np.testing.assert_allclose(found.train.features[seen].mean(axis=0), 0, atol=1e-5)
    raw = encode_dataset(sides.synthetic, encoder("classical"), 16)
    nearest = np.linalg.norm(raw[:, None] - raw[None], axis=2)
    scaled = np.linalg.norm(found.synthetic.features[:, None] - found.synthetic.features[None], axis=2)
    assert nearest.shape == scaled.shape
    assert found.synthetic.names("tumor") == ["none"] * 7


def test_more_images_than_wanted_are_drawn_by_the_seed(tmp_path):
    real, made = plain(tmp_path / "real", {"none": 40}), plain(tmp_path / "made", {"none": 30}, seed=1)
    ids = []
    for seed in (0, 0, 1):
        found = EncodedSides.of(
            open_sides(real, made, size=16, seed=seed), "classical", most=9, label="x", progress=None
        )
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
    found = EncodedSides.of(sides, "classical", most=100, label="x", progress=False)
    groups = np.array(found.train.groups)
    assert 0 < len(found.unseen) < len(groups)
    assert set(groups[found.unseen]).isdisjoint(np.delete(groups, found.unseen))
    assert groups[0].startswith("patient ")


def test_images_without_patients_stand_alone(tmp_path):
    rows = [{"image_id": f"{n:016x}", "split": "test" if n % 2 else "train"} for n in range(1, 13)]
    sides = open_sides(catalogued(tmp_path / "real", rows), plain(tmp_path / "made", {"none": 4}), size=16)
    found = EncodedSides.of(sides, "classical", most=100, label="x", progress=False)
    assert len(set(found.test.groups)) == 6
    assert found.test.groups[0] == f"image {found.test.dataset.ids[0]}"
