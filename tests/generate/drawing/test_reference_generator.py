"""A generator without weights: image number k is the same whenever it is drawn, and its record is checked."""

from __future__ import annotations

import json

import numpy as np
import pytest

from medcurate.errors import UsageError
from medcurate.generate.drawing.reference_generator import ReferenceGenerator, dataset_of, save_reference
from medcurate.generate.drawing.weights import read_generator
from medcurate.generate.references.contract import Contributor, DrawnFrom

ARCHITECTURE = {
    "family": "mosaic", "config": {}, "spatial": [8, 12], "target": 2, "classes": {"tumor": ["glioma", "none"]}
}  # fmt: skip


class Noise:
    """Draws noise around the number of the class."""

    def draw(self, rng, label):
        image = np.full((8, 12, 2), 0.5 * label.argmax(), np.float32) + 0.1 * rng.random((8, 12, 2), dtype=np.float32)
        return DrawnFrom(image, (Contributor(f"of {label.argmax()}", None, 1.0),))


@pytest.fixture
def generator():
    return ReferenceGenerator(Noise(), dict(ARCHITECTURE), {})


def test_an_image_is_the_same_alone_and_among_others(generator):
    labels = ["none", "glioma", "none"]
    images, parts = generator.sample_and_tell(14, 3, seed=5, labels={"tumor": labels})
    alone = [generator.sample(14 + k, 1, seed=5, labels={"tumor": labels[k : k + 1]}) for k in range(3)]
    np.testing.assert_array_equal(np.concatenate(alone), images)
    assert len({image.tobytes() for image in images}) == 3
    assert [one.image_id for (one,) in parts] == ["of 1", "of 0", "of 1"]
    assert generator.sample(14, 1, seed=6, labels={"tumor": ["none"]}).tobytes() != alone[0].tobytes()
    assert generator.sample(0, 0, labels={"tumor": []}).shape == (0, 8, 12, 2)
    assert generator.sample(0, 1, labels={"tumor": ["none"]}, bits=16).dtype == np.uint16


def test_what_it_is_asked_for_is_checked(generator):
    assert (generator.classes, generator.attributes) == ({"tumor": ("glioma", "none")}, ())
    with pytest.raises(UsageError, match="expected glioma or none"):
        generator.sample(0, 1, labels={"tumor": ["pituitary"]})
    with pytest.raises(UsageError, match="attributes: expected none"):
        generator.sample(0, 1, labels={"tumor": ["none"]}, attributes={"age": [3.0]})


def saved(run, dataset, digest="abc"):
    run.mkdir(exist_ok=True)
    return save_reference(run, ARCHITECTURE, {}, dataset=dataset, digest=digest, notice="Not anonymous")


def test_the_record_names_dataset_digest_and_notice(tmp_path):
    record = saved(tmp_path / "run", tmp_path / "data")
    assert dataset_of(record) == (tmp_path / "data", "abc", "Not anonymous")
    assert (record.parameters, record.weights) == (0, "last")
    assert saved(tmp_path / "other", tmp_path / "data").sha256 == record.sha256
    assert saved(tmp_path / "other", tmp_path / "data", "abd").sha256 != record.sha256


@pytest.mark.parametrize(
    "references", [{"dataset": "../data"}, {"dataset": 3, "digest": "a", "notice": "n"},
                   {"dataset": "../data", "digest": "a", "notice": "two\nlines"}]
)  # fmt: skip
def test_a_damaged_record_is_refused(tmp_path, references):
    saved(tmp_path / "run", tmp_path / "data")
    path = tmp_path / "run/generator.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), "references": references}))
    with pytest.raises(UsageError, match="expected a dataset, a digest and a notice"):
        dataset_of(read_generator(tmp_path / "run"))
