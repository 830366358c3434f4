"""Patches lie where the seed says, cover their volume, and bring their masks and places along."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from medcurate.dataset.samples import ColumnChoice, Storage, read_patches, select_volumes
from medcurate.dataset.samples.choice import region_channels
from medcurate.dataset.samples.patches import covering_corners, random_corners
from medcurate.errors import UsageError
from tests.dataset.samples.sample_folders import AFFINE, Folder, with_volumes

CHOICE = ColumnChoice(target=("T1",), source=("mask",), regions={"whole": None, "core": (2,)})
SHAPES = st.tuples(*[st.integers(1, 17)] * 3)


@settings(deadline=None, max_examples=80)
@given(SHAPES, SHAPES, st.integers(0, 2**32))
def test_patches_cover_the_volume_and_are_as_few_as_can(shape, patch, seed):
    corners = covering_corners(shape, patch, np.random.default_rng(seed))
    seen = np.zeros(shape, int)
    for corner in corners:
        seen[tuple(slice(max(c, 0), c + p) for c, p in zip(corner, patch, strict=True))] += 1
    assert (seen > 0).all()
    assert len(corners) == np.prod([-(-n // p) for n, p in zip(shape, patch, strict=True)])
    inside = np.array(patch) <= np.array(shape)
    assert ((corners >= 0) & (corners + patch <= shape))[:, inside].all()


@settings(deadline=None, max_examples=40)
@given(SHAPES, SHAPES, st.integers(0, 2**32), st.integers(1, 9), st.integers(0, 9))
def test_random_patches_lie_within_and_more_have_the_same_beginning(shape, patch, seed, n, more):
    few = random_corners(shape, patch, n, np.random.default_rng(seed))
    many = random_corners(shape, patch, n + more, np.random.default_rng(seed))
    np.testing.assert_array_equal(many[:n], few)
    inside = np.array(patch) <= np.array(shape)
    assert ((few >= 0) & (few + patch <= shape))[:, inside].all()


@pytest.fixture
def dataset(tmp_path, rng):
    return with_volumes(tmp_path / "data", rng, shape=(9, 14, 6))


@pytest.mark.parametrize("per_volume", [None, 5])
def test_a_patch_is_a_piece_of_its_volume_with_its_mask_and_place(dataset, per_volume):
    found = read_patches(select_volumes(dataset, CHOICE), (4, 5, 3), per_volume=per_volume, seed=3)
    assert len(found) == 3 * (per_volume or 3 * 3 * 2)
    volumes = {one.name: one for one in dataset.volumes()}
    for row, corner in enumerate(found.columns["corner"]):
        own = volumes[found.groups[row]]
        piece = tuple(slice(c, c + p) for c, p in zip(corner, (4, 5, 3), strict=True))
        np.testing.assert_array_equal(found.columns["target"][row, ..., 0], own.stored("T1")[piece])
        expected = region_channels(own.load_mask()[piece], CHOICE.regions)
        np.testing.assert_array_equal(found.columns["source"][row], expected)
        np.testing.assert_array_equal(found.columns["mask"][row], expected)
        np.testing.assert_allclose(found.columns["affine"][row] @ [0, 0, 0, 1], AFFINE @ [*corner, 1])
        assert found.members[row] == (f"{own.name}-T1",)
    assert found.ids == ("p0-T1", "p1-T1", "p2-T1")


def test_places_depend_on_the_seed_and_on_the_volume_alone(dataset):
    chosen = select_volumes(dataset, CHOICE)
    first = read_patches(chosen, (4, 5, 3), per_volume=6, seed=3)
    assert read_patches(chosen, (4, 5, 3), per_volume=6, seed=3).digest == first.digest
    other = read_patches(chosen, (4, 5, 3), per_volume=6, seed=4)
    assert not np.array_equal(other.columns["corner"], first.columns["corner"])
    alone = type(chosen)(chosen.folder, chosen.volumes[1:2], chosen.choice)
    np.testing.assert_array_equal(
        read_patches(alone, (4, 5, 3), per_volume=6, seed=3).columns["corner"], first.columns["corner"][6:12]
    )
    assert not np.array_equal(first.columns["corner"][:6], first.columns["corner"][6:12])


def test_files_and_memory_hold_the_same(dataset, tmp_path):
    chosen = select_volumes(dataset, CHOICE)
    kept = read_patches(chosen, (4, 4, 4), storage=Storage(tmp_path / "x", limit=64))
    assert isinstance(kept.columns["target"], np.memmap)
    assert kept.digest == read_patches(chosen, (4, 4, 4)).digest


@pytest.mark.parametrize("kind", [np.uint8, np.float32])
def test_a_volume_smaller_than_a_patch_lies_in_its_middle_on_black(tmp_path, kind):
    made = Folder(tmp_path)
    made.volume("p0", "T1", np.linspace(1, 200, 27).reshape(3, 3, 3).astype(kind))
    found = read_patches(select_volumes(made.open()), (7, 3, 5))
    black = -1 if kind is np.float32 else 0
    target = found.columns["target"][0, ..., 0]
    assert found.columns["corner"].tolist() == [[-2, 0, -1]]
    assert (target[:2] == black).all()
    assert (target[5:] == black).all()
    assert (target[..., [0, 4]] == black).all()
    assert target[2:5, :, 1:4].max() > black


@pytest.mark.parametrize("options", [{"patch": (0, 1, 1)}, {"patch": (2, 2, 2), "per_volume": 0}])
def test_numbers_out_of_range(dataset, options):
    with pytest.raises(UsageError, match="patch, per_volume: expected 1 or more"):
        read_patches(select_volumes(dataset, CHOICE), **options)
