from __future__ import annotations

import csv
import shutil

import cv2
import nibabel
import numpy as np
import pytest

from medcurate.catalogue import Catalogue
from medcurate.curate.duplicates import copy_candidates
from medcurate.curate.duplicates.near_duplicates import find_pairs
from medcurate.curate.scanning import scan
from medcurate.parallel import Workers
from tests.curate.drawn_heads import drawn_head, drawn_slices


def jpeg(pixels):
    return cv2.imdecode(cv2.imencode(".jpg", pixels, [cv2.IMWRITE_JPEG_QUALITY, 60])[1], cv2.IMREAD_GRAYSCALE)


COPIES = {
    "reencoded": jpeg,
    "resized": lambda head: cv2.resize(head, None, fx=0.7, fy=0.7, interpolation=cv2.INTER_AREA),
    "cropped": lambda head: head[22:190, 12:175],
    "bordered": lambda head: cv2.copyMakeBorder(head, 11, 30, 17, 12, cv2.BORDER_CONSTANT, value=140),
    "flipped": lambda head: head[:, ::-1],
    "turned": np.rot90,
    "windowed": lambda head: (255 * (head / 255.0) ** 0.55).astype(np.uint8),
    "flipped+resized": lambda head: cv2.resize(head[::-1], None, fx=1.4, fy=1.4, interpolation=cv2.INTER_CUBIC),
}


def save(folder, images):
    folder.mkdir()
    for name, pixels in images.items():
        cv2.imwrite(str(folder / f"{name}.png"), np.ascontiguousarray(pixels))
    return folder


def found_names(out, **options):
    """Return the confirmed pairs by file name, and what was done."""
    found = find_pairs(out, Workers(0, progress=False), **options).pairs
    names = [path.removesuffix(".png") for path in Catalogue.open(out).to_table(["path"]).column(0).to_pylist()]
    pairs = zip(found.first.tolist(), found.second.tolist(), found.change.tolist(), strict=True)
    return {(*sorted((names[a], names[b])), found.names[change]) for a, b, change in pairs}


def test_bad_input_63_changed_copies_are_found_and_named(tmp_path, rng):
    images = {}
    for kind, change in COPIES.items():
        images[f"{kind}-a"] = drawn_head(rng)
        images[f"{kind}-b"] = change(images[f"{kind}-a"])
    scan([save(tmp_path / "in", images)], tmp_path / "out", workers=0, progress=False)
    assert found_names(tmp_path / "out") == {(f"{kind}-a", f"{kind}-b", kind) for kind in COPIES}


def test_neighboring_slices_are_no_copies(tmp_path, rng):
    slices = {f"{number:02d}": pixels for number, pixels in enumerate(drawn_slices(rng, 6))}
    others = {f"other{number}": drawn_head(rng) for number in range(4)}
    scan([save(tmp_path / "in", {**slices, **others})], tmp_path / "out", workers=0, progress=False)
    assert found_names(tmp_path / "out") == set()


def test_group_larger_than_the_search_looks_is_complete(tmp_path, rng):
    head = drawn_head(rng)
    noisy = {f"{n:02d}": np.clip(head + rng.normal(0, 1, head.shape), 0, 255).astype(np.uint8) for n in range(12)}
    scan([save(tmp_path / "in", noisy)], tmp_path / "out", workers=0, progress=False)
    assert len(found_names(tmp_path / "out")) == 12 * 11 / 2


def test_pairs_do_not_depend_on_row_order_or_workers(tmp_path, rng):
    heads = [drawn_head(rng) for _ in range(6)]
    images = [*heads, *(jpeg(head) for head in heads)]
    names = [f"{number:02d}" for number in range(12)]
    scan([save(tmp_path / "a", dict(zip(names, images, strict=True)))], tmp_path / "1", workers=0, progress=False)
    shuffled = dict(zip(names, images[::-1], strict=True))
    scan([save(tmp_path / "b", shuffled)], tmp_path / "2", workers=0, progress=False)

    def by_id(out, workers):
        ids = np.array(Catalogue.open(out).to_table(["image_id"]).column(0).to_pylist())
        pairs = find_pairs(out, Workers(workers, progress=False)).pairs
        return list(zip(ids[pairs.first], ids[pairs.second], pairs.score.tolist(), pairs.change.tolist(), strict=True))

    assert by_id(tmp_path / "1", 0) == by_id(tmp_path / "2", 2)
    assert len(by_id(tmp_path / "1", 0)) == 6


def test_frames_of_one_file_are_never_paired(tmp_path, rng):
    head = drawn_head(rng)
    folder = tmp_path / "in"
    folder.mkdir()
    cv2.imwritemulti(str(folder / "pages.tif"), [head, jpeg(head)])
    scan([folder], tmp_path / "out", workers=0, progress=False)
    assert len(Catalogue.open(tmp_path / "out")) == 2
    assert found_names(tmp_path / "out") == set()


def test_volumes_saved_again_are_paired_with_volumes_only(tmp_path, rng):
    folder = tmp_path / "in"
    folder.mkdir()
    one, other = (np.stack([drawn_head(rng, 110) for _ in range(5)], axis=2).astype(np.int16) for _ in range(2))
    for name, values in {"a": one, "b": one[::-1] * 5 + 3, "c": other}.items():
        nibabel.save(nibabel.Nifti1Image(values, np.eye(4)), folder / f"{name}.nii.gz")
    middle = np.asarray(nibabel.load(folder / "a.nii.gz").dataobj)[:, :, 2]
    cv2.imwrite(str(folder / "slice.png"), middle.astype(np.uint8))
    scan([folder], tmp_path / "out", workers=0, progress=False)
    assert {pair[:2] for pair in found_names(tmp_path / "out")} == {("a.nii.gz", "b.nii.gz")}


def test_nothing_is_found_where_nothing_is(tmp_path, rng):
    scan([save(tmp_path / "in", {"one": drawn_head(rng)})], tmp_path / "out", workers=0, progress=False)
    assert found_names(tmp_path / "out") == set()


def test_large_groups_are_compared_with_their_largest_images(tmp_path, rng, monkeypatch):
    monkeypatch.setattr(copy_candidates, "_WHOLE_GROUP", 4)
    monkeypatch.setattr(copy_candidates, "_HUBS", 1)
    head = drawn_head(rng)
    images = {f"{n:02d}": np.clip(head + rng.normal(0, 1, head.shape), 0, 255).astype(np.uint8) for n in range(11)}
    images["large"] = cv2.resize(head, None, fx=1.6, fy=1.6, interpolation=cv2.INTER_LINEAR)
    scan([save(tmp_path / "in", images)], tmp_path / "out", workers=0, progress=False)
    with_large = {pair for pair in found_names(tmp_path / "out") if "large" in pair}
    assert len(with_large) == 11


@pytest.mark.realdata
def test_real_copies_of_sartaj_are_all_found(tmp_path, realdata):
    with (realdata / "sartaj_copies.csv").open(encoding="utf-8") as stream:
        listed = [(row["path"], row["copy"]) for row in csv.DictReader(stream)]
    for path in sorted({path for pair in listed for path in pair}):
        target = tmp_path / "sartaj" / path
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(realdata / "sartaj" / path, target)
    out = tmp_path / "out"
    scan([tmp_path / "sartaj"], out, workers=0, progress=False)
    table = Catalogue.open(out).to_table(["path", "image_id"])
    ids = dict(zip(table.column("path").to_pylist(), table.column("image_id").to_pylist(), strict=True))
    names = list(ids.values())
    found = find_pairs(out, Workers(progress=False)).pairs
    near = {frozenset((names[a], names[b])) for a, b in zip(found.first.tolist(), found.second.tolist(), strict=True)}
    missed = [
        pair for pair in listed if frozenset(ids[path] for path in pair) not in near | {frozenset({ids[pair[0]]})}
    ]
    assert missed == []
    assert len(listed) > 100
