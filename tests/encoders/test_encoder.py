"""Encoders by name, and whole datasets through one."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from medcurate.dataset import Dataset
from medcurate.encoders import encode_dataset, encoder
from medcurate.errors import UsageError
from tests.evaluate.drawn_slices import slices


@pytest.mark.parametrize("name", ["", "Classical", "classical:x", "radiomics:x", "inception:", "vgg", ":"])
def test_a_name_that_there_is_not_is_refused(name):
    with pytest.raises(UsageError, match="expected classical, radiomics, inception"):
        encoder(name)


def test_a_network_needs_a_file():
    with pytest.raises(UsageError, match=r"expected a file, as in keras:model\.keras"):
        encoder("keras")


def test_a_dataset_is_encoded_in_order_whatever_the_batch(rng, tmp_path):
    images = slices(rng, 7)
    for number, image in enumerate(images):
        cv2.imwrite(str(tmp_path / f"{number}.png"), image)
    dataset, made, told = Dataset.open(tmp_path), encoder("classical"), []
    found = encode_dataset(dataset, made, 32, 3, progress=told.append)
    np.testing.assert_array_equal(found, made.encode(images))
    assert told == [3, 3, 1]
