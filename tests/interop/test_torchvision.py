"""`ImageFolder` of torchvision reads each split of a plane as an image folder."""

from __future__ import annotations

import sys
from collections.abc import Callable
from types import ModuleType
from typing import Any

import numpy as np
import pytest

from medcurate.pixel_hash import pixel_digest
from tests.interop.conftest import kept

pytestmark = [pytest.mark.interop, pytest.mark.filterwarnings("ignore")]


@pytest.fixture(scope="module")
def image_folder() -> Callable[..., Any]:
    return imported().datasets.ImageFolder


def imported() -> ModuleType:
    """Import torchvision, also where its compiled operators do not fit the torch that is installed.

    They are built for one build of torch, and a package index may hold a torch for processors only, but no torchvision
    of that build. Image folders need none of them. Their names must be known, or the import fails.
    """
    import torch

    try:
        import torchvision
    except RuntimeError as error:
        if "torchvision::nms does not exist" not in str(error):
            raise
        for name in [name for name in sys.modules if name.partition(".")[0] == "torchvision"]:
            del sys.modules[name]
        operators = torch.library.Library("torchvision", "DEF")
        for name in ("nms", "qnms"):
            operators.define(f"{name}(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")
        import torchvision
    return torchvision


@pytest.mark.parametrize("split", ["train", "val", "test"])
@pytest.mark.parametrize("plane", ["axial", "unknown"])
def test_a_split_of_a_plane_is_an_image_folder(image_folder, dataset, plane, split):
    expected = kept(dataset, plane=plane, split=split)
    found = image_folder(str(dataset / plane / split))
    assert found.classes == sorted(set(expected.values()))
    ids = {pixel_digest(np.asarray(image.convert("L"))).hex()[:16]: found.classes[label] for image, label in found}
    assert ids == expected
    assert len(found) == len(expected)
