"""What is said before a training that cannot work; and nothing where all is well."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from medcurate.dataset import Dataset
from medcurate.dataset.files import encode_png
from medcurate.errors import UsageError
from medcurate.generate.training.concerns import FEW, find_concerns
from medcurate.generate.training.selection import read_training_examples
from medcurate.generate.training.settings import TrainSettings


@pytest.fixture
def concerns(tmp_path, rng):
    """Give a function that writes so many images per folder and returns what is said about a training on them."""

    def of(counts, *, same=False, **settings):
        for folder, count in counts.items():
            (tmp_path / folder).mkdir(parents=True)
            for number in range(count):
                if number == 0 or not same:
                    picture = cv2.resize(rng.integers(20, 230, (6, 6), np.uint8), (32, 32))
                (tmp_path / folder / f"{number}.png").write_bytes(encode_png(picture))
        dataset, chosen = Dataset.open(tmp_path), TrainSettings(size=32, **settings)
        return find_concerns(dataset, chosen, read_training_examples(dataset, chosen))

    return of


ENOUGH = {"train/glioma": FEW, "test/glioma": 3}


def test_nothing_is_said_where_nothing_is_wrong(concerns):
    assert concerns(ENOUGH) == ()


@pytest.mark.parametrize("count", [3, 10, 20])
def test_few_images(concerns, count):
    (told,) = concerns({"train/glioma": count, "test/glioma": 3})
    assert told.startswith(f"{count} different training images are too few: below 100, a generator repeats them")


def test_one_image_many_times(concerns):
    (told,) = concerns({"train/glioma": 60, "test/none": 3}, same=True)
    assert told.startswith("all 60 training images are one and the same")


def test_a_class_with_one_image(concerns):
    told = concerns({**ENOUGH, "train/none": 1})
    assert told == ("none (1): a single example will hardly be drawn. Add some, or leave it out (--tumor)",)


def test_few_images_of_a_class_that_is_asked_for(concerns):
    (told,) = concerns({**ENOUGH, "train/none": 1, "train/meningioma": 7}, condition=("tumor",))
    assert told.startswith("--condition tumor: too few images of none (1), meningioma (7): below 20")


def test_mixed_planes(concerns):
    counts = {"train/axial/a": 60, "train/coronal/a": 50, "test/axial/a": 3}
    (told,) = concerns(counts)
    assert told.startswith("planes are mixed (coronal (50), axial (60))")
    assert "--plane axial" in told


@pytest.mark.parametrize("settings", [{"plane": ("axial",)}, {"condition": ("plane",)}])
def test_planes_that_are_chosen_or_drawn_by_are_not_mixed(concerns, settings):
    counts = {"train/axial/a": 100, "train/coronal/a": 30, "test/axial/a": 3}
    assert concerns(counts, **settings) == ()


def test_copies_within_and_across_splits(concerns, tmp_path):
    pictures = {"train/a": 110, "test/a": 2}
    concerns(pictures)
    for target in ("train/a/copy.png", "test/a/copy.png"):
        (tmp_path / target).write_bytes((tmp_path / "train/a/0.png").read_bytes())
    near = cv2.imread(str(tmp_path / "train/a/5.png"), cv2.IMREAD_UNCHANGED)
    (tmp_path / "train/a/near.png").write_bytes(encode_png(near + np.uint8(1)))
    found = concerns({})
    assert [text.split(":")[0] for text in found] == [
        "1 of 112 training images are exact copies of others, one of them 2 times",
        "2 of 111 different training images look the same as another but for small changes",
        "the split test holds images that are trained on (1, such as test/a/copy.png)",
    ]


def test_a_misspelled_split(concerns):
    told = concerns({"Trian/a": FEW})
    assert told[0].startswith("Trian is no split: was train meant?")
    assert told[1].startswith("all images are trained on, and evaluate needs real ones that were not")


def test_a_misspelled_split_beside_a_known_one_is_named_in_the_error(concerns):
    with pytest.raises(
        UsageError, match=r"no image with split train.* The folder Trian is no split: was train meant\?"
    ):
        concerns({"Trian/a": 5, "test/a": 2})
