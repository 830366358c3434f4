"""Homogenize: what goes in comes out as a dataset, or with a reason; stopped or not, the bytes are the same."""

from __future__ import annotations

import csv
import json
import shutil
import tomllib
from collections import Counter
from pathlib import Path

import cv2
import nibabel as nib
import numpy as np
import pytest

from medcurate.catalogue import Catalogue
from medcurate.curate.deduplication import dedupe
from medcurate.curate.filters.settings import Filters
from medcurate.curate.homogenization import homogenize, preview
from medcurate.curate.homogenizing import write as homogenize_write
from medcurate.curate.homogenizing.decide import Decider
from medcurate.curate.homogenizing.settings import HomogenizeSettings
from medcurate.curate.homogenizing.staging import WAITING
from medcurate.curate.labels.decisions import Decision, append_decisions
from medcurate.curate.scanning import scan
from medcurate.curate.sources import scan_inputs
from medcurate.curate.steps import from_records, run
from medcurate.curate.steps.picture import Picture
from medcurate.dataset import Dataset
from medcurate.dataset.files import encode_png, read_image
from medcurate.dataset.layout import PLANES, mask_path
from medcurate.errors import Code, NothingUsable, OutputError, PolicyError, UsageError
from medcurate.pixel_hash import pixel_digest
from tests.curate.scanned_folders import head, scanned, write_pictures, write_records, write_volumes
from tests.dataset.older_layout import as_older_layout

SMALL = {"size": 32}


@pytest.fixture(scope="module")
def mixed(tmp_path_factory) -> Path:
    """Scan pictures, records with masks and volumes with masks."""
    folder = tmp_path_factory.mktemp("mixed")
    write_pictures(folder / "in" / "pictures")
    write_records(folder / "in" / "records")
    write_volumes(folder / "in" / "volumes")
    return scanned(folder / "in", folder / "scan")


@pytest.fixture(scope="module")
def heads(tmp_path_factory) -> Path:
    """Scan volumes with masks."""
    folder = tmp_path_factory.mktemp("heads")
    write_volumes(folder / "in")
    return scanned(folder / "in", folder / "scan")


@pytest.fixture(scope="module")
def dataset(mixed, tmp_path_factory):
    """Make the dataset that most tests look at."""
    out = tmp_path_factory.mktemp("dataset")
    return made(mixed, out, split={"train": 0.6, "test": 0.4}, slices="every:6", **SMALL)


def made(folder: Path, out: Path, *, workers: int = 0, overwrite: bool = False, **settings):
    chosen = HomogenizeSettings(**settings)
    return homogenize(folder, out, settings=chosen, workers=workers, overwrite=overwrite, progress=False)


def bytes_of(out: Path) -> dict[str, bytes]:
    files = (path for path in sorted(out.rglob("*")) if path.is_file() and ".medcurate" not in path.parts)
    return {str(path.relative_to(out)): path.read_bytes() for path in files}


def rows_of(out: Path, **where) -> list[dict]:
    return Catalogue.open(out).filter(**where).to_table().to_pylist()


def test_every_input_row_is_in_the_dataset_or_has_a_reason(mixed, dataset):
    out = dataset.dataset.folder
    before, after = rows_of(mixed), rows_of(out)
    of_before = Counter((row["source"], row["path"], row["kind"]) for row in before if row["kind"] != "mask")
    told = {(row["source"], row["original_path"] or row["path"]) for row in after}
    assert {key[:2] for key in of_before} <= told
    assert all(row["reason"] for row in after if row["status"] == "dropped")
    kept = [row for row in after if row["status"] == "kept"]
    assert dataset.written == sum(row["kind"] != "mask" for row in kept)
    assert dataset.masks == sum(row["kind"] == "mask" for row in kept)
    assert sum(dataset.splits.values()) == dataset.written
    assert sum(dataset.dropped.values()) == len(after) - len(kept)
    assert dataset.dropped == {"MASK_UNUSED": 2}  # the brain masks


def test_files_are_where_the_catalogue_says_and_are_what_it_says(dataset):
    out = dataset.dataset.folder
    kept = rows_of(out, status="kept")
    files = {name for name in bytes_of(out) if name.endswith(".png")}
    assert {row["path"] for row in kept} == files
    for row in kept:
        pixels = read_image(out / row["path"])
        assert pixels.shape == (row["height"], row["width"]) == (32, 32)
        assert pixel_digest(pixels).hex()[:16] == row["image_id"]
        assert row["bit_depth"] == 8
        if row["kind"] == "image":
            folders = row["plane"], row["split"], row["tumor"] or "unlabeled"
            assert row["path"] == "/".join((*folders, f"{row['image_id']}.png"))
        else:
            image = next(r for r in kept if r["image_id"] == row["mask_of"] and r["kind"] == "image")
            assert row["path"] == mask_path(image["path"])
            assert (row["split"], row["patient_group"]) == (image["split"], image["patient_group"])


def test_originals_and_steps_are_recorded(mixed, dataset):
    before = {(row["path"], row["frame"]): row for row in rows_of(mixed) if row["kind"] != "mask"}
    for row in rows_of(dataset.dataset.folder, status="kept", kind="image"):
        origin = before[row["original_path"], None]
        assert row["original_id"] == origin["image_id"]
        names = [step["step"] for step in json.loads(row["steps"])]
        assert names[0] == "orient"
        assert names[-1] == "quantize"
        assert ("cut_slice" in names) == (origin["kind"] == "volume")
        if origin["kind"] == "volume":
            assert row["original_frame"] is not None
            assert 0 <= row["position"] <= 1


def test_recorded_steps_give_the_same_pixels_again(mixed, dataset):
    for row in rows_of(dataset.dataset.folder, status="kept", kind="image"):
        if not row["original_path"].endswith(".png"):
            continue
        original = read_image(mixed.parent / "in" / row["original_path"])
        start = Picture(pixels=original, value_range=(0, 255))
        again, _ = run(start, from_records(json.loads(row["steps"])))
        np.testing.assert_array_equal(again.levels(), read_image(dataset.dataset.folder / row["path"]))


def test_no_patient_is_in_two_splits(dataset):
    splits: dict[str, set[str]] = {}
    for row in rows_of(dataset.dataset.folder, status="kept"):
        splits.setdefault(row["patient_group"], set()).add(row["split"])
    assert {len(found) for found in splits.values()} == {1}
    assert {split for found in splits.values() for split in found} == {"train", "test"}


def test_contrasts_of_a_patient_are_cut_alike_and_share_the_mask(dataset):
    rows = [row for row in rows_of(dataset.dataset.folder, status="kept") if "case_0" in row["original_path"]]
    boxes = {json.dumps(step["measured"]) for row in rows for step in json.loads(row["steps"])
             if step["step"] == "crop_foreground"}  # fmt: skip
    assert len(boxes) == 1
    images = [row for row in rows if row["kind"] == "image"]
    assert {row["contrast"] for row in images} == {"FLAIR", "T1ce"}
    frames = {name: [r["original_frame"] for r in images if r["contrast"] == name] for name in ("FLAIR", "T1ce")}
    assert frames["FLAIR"] == frames["T1ce"]
    masks = {row["mask_of"]: row for row in rows if row["kind"] == "mask"}
    assert set(masks) == {row["image_id"] for row in images}
    labels = {value for row in masks.values()
              for value in np.unique(read_image(dataset.dataset.folder / row["path"])).tolist()}  # fmt: skip
    assert labels <= {0, 1, 4}  # nearest neighbor: no label between them
    assert 4 in labels


def test_any_number_of_workers_gives_the_same_bytes(mixed, dataset, tmp_path):
    made(mixed, tmp_path / "two", workers=2, split={"train": 0.6, "test": 0.4}, slices="every:6", **SMALL)
    assert bytes_of(tmp_path / "two") == bytes_of(dataset.dataset.folder)


def test_a_second_run_reads_nothing_and_changes_nothing(mixed, dataset, tmp_path, monkeypatch):
    from medcurate.curate import homogenization as homogenizing

    before = bytes_of(dataset.dataset.folder)

    def refuse(job, task):
        raise AssertionError(job)

    monkeypatch.setattr(homogenizing, "do_job", refuse)
    made(mixed, dataset.dataset.folder, split={"train": 0.6, "test": 0.4}, slices="every:6", **SMALL)
    assert bytes_of(dataset.dataset.folder) == before


def test_f14_a_damaged_image_is_made_again(mixed, tmp_path):
    out = tmp_path / "out"
    made(mixed, out, filters=Filters(tumor=("pituitary",)), **SMALL)
    before = bytes_of(out)
    victim = next(name for name in before if name.endswith(".png"))
    (out / victim).write_bytes(b"")
    stray = (out / victim).with_name("0" * 16 + ".png")
    stray.write_bytes(b"of an earlier run")
    (out / "notes.txt").write_text("the user's own")
    made(mixed, out, filters=Filters(tumor=("pituitary",)), **SMALL)
    assert bytes_of(out) == before | {"notes.txt": b"the user's own"}


def test_f10_only_what_changed_is_done_again(tmp_path, monkeypatch):
    from medcurate.curate import homogenization as homogenizing

    write_pictures(tmp_path / "in", 6)
    made(scanned(tmp_path / "in", tmp_path / "scan"), tmp_path / "out", **SMALL)
    write_pictures(tmp_path / "in", 1, first=6)
    done = []

    def count(job, task):
        done.append(job)
        return original(job, task)

    original = homogenizing.do_job
    monkeypatch.setattr(homogenizing, "do_job", count)
    result = made(scanned(tmp_path / "in", tmp_path / "scan"), tmp_path / "out", **SMALL)
    assert (len(done), result.written) == (1, 7)
    made(tmp_path / "scan", tmp_path / "fresh", **SMALL)
    assert bytes_of(tmp_path / "out") == bytes_of(tmp_path / "fresh")


def test_doing_it_twice_is_doing_it_once(dataset, tmp_path):
    planes = [dataset.dataset.folder / name for name in PLANES if (dataset.dataset.folder / name).is_dir()]
    again = made(scanned(planes, tmp_path / "scan"), tmp_path / "again", **SMALL)
    assert again.written == dataset.written
    before = {row["image_id"] for row in rows_of(dataset.dataset.folder, status="kept", kind="image")}
    assert {row["image_id"] for row in rows_of(tmp_path / "again", status="kept")} == before


def test_other_splits_move_the_images_and_read_no_original(mixed, tmp_path, monkeypatch):
    from medcurate.curate import homogenization as homogenizing

    made(mixed, tmp_path / "out", split={"train": 0.5, "test": 0.5}, **SMALL)
    before = {row["image_id"]: row["path"] for row in rows_of(tmp_path / "out", status="kept", kind="image")}

    def fail(job, task):
        raise AssertionError(job)

    chosen = {"seed": 3, "split": {"train": 0.6, "holdout": 0.4}, **SMALL}
    with monkeypatch.context() as patch:
        patch.setattr(homogenizing, "do_job", fail)
        made(mixed, tmp_path / "out", overwrite=True, **chosen)
    made(mixed, tmp_path / "fresh", **chosen)
    assert bytes_of(tmp_path / "out") == bytes_of(tmp_path / "fresh")
    after = {row["image_id"]: row["path"] for row in rows_of(tmp_path / "out", status="kept", kind="image")}
    assert before.keys() == after.keys()
    assert any(before[name] != path for name, path in after.items())
    assert not (tmp_path / "out" / WAITING).exists()


def test_folds_change_no_path(mixed, tmp_path):
    made(mixed, tmp_path, **SMALL)
    before = {row["path"] for row in rows_of(tmp_path, status="kept")}
    made(mixed, tmp_path, folds=3, overwrite=True, **SMALL)
    assert {row["path"] for row in rows_of(tmp_path, status="kept")} == before
    assert {row["fold"] for row in rows_of(tmp_path, status="kept", split="train")} <= {0, 1, 2}


@pytest.mark.parametrize("private", ["kept", "lost"])
def test_a_dataset_of_the_older_layout_is_made_anew(mixed, tmp_path, private):
    made(mixed, tmp_path / "out", **SMALL)
    expected = bytes_of(tmp_path / "out")
    as_older_layout(tmp_path / "out")
    if private == "lost":
        shutil.rmtree(tmp_path / "out" / ".medcurate")
    (tmp_path / "out" / "images" / "mine.png").write_bytes(b"mine")
    made(mixed, tmp_path / "out", **SMALL)
    assert bytes_of(tmp_path / "out") == {**expected, "images/mine.png": b"mine"}


def test_the_table_for_other_tools_lists_what_is_kept(dataset):
    out = dataset.dataset.folder
    with (out / "metadata.csv").open(newline="") as stream:
        told = list(csv.DictReader(stream))
    kept = rows_of(out, status="kept", kind="image")
    assert [row["file_name"] for row in told] == [row["path"] for row in kept]
    assert [row["label"] for row in told] == [row["tumor"] or "unlabeled" for row in kept]
    masks = {row["path"] for row in rows_of(out, status="kept", kind="mask")}
    assert {row["mask"] for row in told if row["mask"]} == masks != set()


def test_filters_say_why(mixed, tmp_path):
    result = made(mixed, tmp_path, filters=Filters(tumor=("pituitary",), min_size=62), **SMALL)
    assert result.written == 4
    assert result.dropped["filter:tumor"] == 6 + 3
    assert result.dropped["filter:size"] == 2
    assert result.dropped["filter:tumor:unknown"] == 4
    assert {row["tumor"] for row in rows_of(tmp_path, status="kept")} == {"pituitary"}


def test_filters_ask_slices_too(mixed, tmp_path):
    wanted = Filters(min_position=0.4, max_position=0.6, min_mask_area=0.01, contrast=("FLAIR",))
    made(mixed, tmp_path, filters=wanted, **SMALL)
    kept = rows_of(tmp_path, status="kept", kind="image")
    assert kept
    assert all(0.4 <= row["position"] <= 0.6 for row in kept)
    left = rows_of(tmp_path, reason="filter:position")
    assert {row["original_frame"] is None and row["frame"] is not None for row in left} == {True}


@pytest.mark.parametrize(("planes", "shape"), [(("coronal",), (36, 40)), (("sagittal",), (36, 48))])
def test_volumes_are_cut_along_any_plane(mixed, tmp_path, planes, shape):
    wanted = Filters(plane=planes, contrast=("T1ce",))
    made(mixed, tmp_path, filters=wanted, size=0, margin=9, slices="middle:3")
    kept = rows_of(tmp_path, status="kept", kind="image")
    assert {row["plane"] for row in kept} == set(planes)
    assert len(kept) == 6
    assert {(row["height"], row["width"]) for row in kept} == {shape}


def test_thick_slices_are_not_cut_across(tmp_path):
    (tmp_path / "in").mkdir()
    from tests.curate.scanned_folders import volume

    voxels = volume(0)[0][:, :, ::6]
    nib.save(nib.Nifti1Image(voxels, np.diag([1.0, 1, 6, 1])), tmp_path / "in" / "thick.nii.gz")
    folder = scanned(tmp_path / "in", tmp_path / "scan")
    with pytest.raises(NothingUsable, match="filter:plane 1"):
        made(folder, tmp_path / "coronal", filters=Filters(plane=("coronal",)))
    made(folder, tmp_path / "axial", filters=Filters(plane=("axial", "coronal")))
    kept = rows_of(tmp_path / "axial", status="kept")
    assert {row["plane"] for row in kept} == {"axial"}
    assert len(kept) <= 6  # nothing is made up between them


def test_volumes_stay_together_with_clean_headers(heads, tmp_path):
    result = made(heads, tmp_path, output="volumes")
    sets = list(result.dataset.volumes())
    assert (result.written, result.masks, len(sets)) == (4, 2, 2)
    for found in sets:
        assert set(found.contrasts) == {"FLAIR", "T1ce"}
        assert found.load("FLAIR").shape == found.load("T1ce").shape == found.load_mask().shape
        assert set(np.unique(found.load_mask())) == {0, 1, 4}
        image = nib.load(found.contrasts["FLAIR"])
        assert nib.aff2axcodes(image.affine) == ("R", "A", "S")
        assert 0 <= found.load("FLAIR").min() <= found.load("FLAIR").max() <= 1
        for name in ("descrip", "aux_file", "db_name"):
            assert bytes(image.header[name].item()) == b""
    for row in rows_of(tmp_path, status="kept"):
        assert row["path"].startswith(f"volumes/{row['patient_group']}/")
        assert row["format"] == "nifti"
    scan([tmp_path / "volumes"], tmp_path / "scan", workers=0, progress=False)
    assert {row["image_id"] for row in rows_of(tmp_path / "scan")} == {
        row["image_id"] for row in rows_of(tmp_path, status="kept")
    }


def test_a_preset_of_volumes_gives_its_size_and_range(heads, tmp_path):
    wanted = Filters(contrast=("T1ce",))
    result = made(heads, tmp_path, output="volumes", preset="study-d", filters=wanted)
    for found in result.dataset.volumes():
        voxels = found.load("T1ce")
        assert voxels.shape[2] in (36, 64)  # 36 slices are too few to crop 30 at both ends
        assert (voxels.min(), voxels.max()) == (-1, 1)


@pytest.mark.parametrize("normalize", ["zscore", "none", "nyul"])
def test_16_bits_and_other_normalizations(mixed, tmp_path, normalize):
    result = made(mixed, tmp_path, normalize=normalize, bit_depth=16, filters=Filters(tumor=("glioma",)), **SMALL)
    assert result.written == 6
    batch = next(result.dataset.batches(6))
    assert batch.images.dtype == np.uint16
    assert all(len(np.unique(image)) > 40 for image in batch.images)
    names = [step["step"] for step in json.loads(rows_of(tmp_path, status="kept")[0]["steps"])]
    assert (normalize in names) == (normalize != "none")


def test_masks_of_records_follow_their_images(mixed, tmp_path):
    result = made(mixed, tmp_path, filters=Filters(tumor=("meningioma",)), **SMALL)
    assert (result.written, result.masks) == (3, 3)
    batch = next(result.dataset.batches(3, masks=True))
    assert (batch.masks.reshape(3, -1).max(axis=1) == 1).all()
    inside = [image[mask > 0].mean() > 0 for image, mask in zip(batch.images, batch.masks, strict=True)]
    assert all(inside)


def test_duplicates_after_processing_are_one_image_and_conflicting_ones_none(tmp_path):
    square = np.zeros((64, 64), np.uint8)
    square[8:56, 12:52] = head((64, 64), 3)[8:56, 12:52]
    wide = np.zeros((64, 80), np.uint8)
    wide[:, 8:72] = square
    other = np.zeros((80, 64), np.uint8)
    other[8:72] = head((64, 64), 4)
    for path, pixels in (
        ("glioma/a.png", square), ("glioma/b.png", wide), ("none/x.png", head((64, 64), 4)),
        ("glioma/y.png", other), ("none/z.png", head((64, 64), 9)),
    ):  # fmt: skip
        (tmp_path / "in" / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "in" / path).write_bytes(encode_png(pixels))
    folder = scanned(tmp_path / "in", tmp_path / "scan")
    result = made(folder, tmp_path / "out", **SMALL)
    assert result.dropped == {"DUPLICATE_AFTER": 1, "LABEL_CONFLICT": 2}
    assert result.written == 2
    dropped = rows_of(tmp_path / "out", reason="DUPLICATE_AFTER")
    assert [row["path"] for row in dropped] == ["glioma/b.png"]
    kept = rows_of(tmp_path / "out", status="kept")
    assert dropped[0]["duplicate_of"] == kept[0]["image_id"]
    assert len([name for name in bytes_of(tmp_path / "out") if name.endswith(".png")]) == 2


def test_bad_input_63_copies_are_left_out_or_stay_in_one_split(tmp_path):
    write_pictures(tmp_path / "in", 6)
    for name in ("a", "b", "c"):
        (tmp_path / "in" / "glioma" / f"copy_{name}.png").write_bytes((tmp_path / "in/glioma/p00.png").read_bytes())
    folder = scanned(tmp_path / "in", tmp_path / "scan")
    assert made(folder, tmp_path / "one", **SMALL).dropped == {"DUPLICATE": 3}
    result = made(folder, tmp_path / "all", keep_duplicates=True, **SMALL)
    assert (result.written, result.dropped) == (9, {})
    rows = rows_of(tmp_path / "all", status="kept")
    twins = [row for row in rows if "copy" in row["original_path"] or row["original_path"].endswith("p00.png")]
    assert len({row["image_id"] for row in twins}) == 1
    assert len({row["path"] for row in twins}) == 4
    assert len({row["split"] for row in twins}) == 1
    assert len({(tmp_path / "all" / row["path"]).read_bytes() for row in twins}) == 1


@pytest.fixture
def unmarked(tmp_path) -> Path:
    """Scan pictures among which nobody has searched for copies: there is an equal one and a smaller one."""
    write_pictures(tmp_path / "in", 6)
    original = (tmp_path / "in/glioma/p00.png").read_bytes()
    (tmp_path / "in/glioma/equal.png").write_bytes(original)
    pixels = cv2.imdecode(np.frombuffer(original, np.uint8), cv2.IMREAD_GRAYSCALE)
    smaller = cv2.resize(pixels, None, fx=0.8, fy=0.8, interpolation=cv2.INTER_AREA)
    (tmp_path / "in/glioma/smaller.png").write_bytes(encode_png(smaller))
    scan([tmp_path / "in"], tmp_path / "scan", workers=0, progress=False)
    return tmp_path / "scan"


def everything(folder: Path) -> dict[str, tuple[bytes, int]]:
    """Read a folder with all that is private in it."""
    return {
        str(path.relative_to(folder)): (b"" if path.is_dir() else path.read_bytes(), path.stat().st_mtime_ns)
        for path in sorted(folder.rglob("*"))
    }


def test_nothing_is_written_into_the_input(unmarked, tmp_path):
    before = everything(unmarked), everything(tmp_path / "in")
    result = made(unmarked, tmp_path / "out", **SMALL)
    assert (everything(unmarked), everything(tmp_path / "in")) == before
    assert result.dropped == {"DUPLICATE": 2}
    assert "1 copies and 1 changed copies were found" in result.notes[0]


def test_copies_are_found_on_the_way_as_dedupe_finds_them(unmarked, tmp_path):
    shutil.copytree(unmarked, tmp_path / "marked")
    dedupe(tmp_path / "marked", workers=0, progress=False)
    made(unmarked, tmp_path / "one", **SMALL)
    made(tmp_path / "marked", tmp_path / "other", **SMALL)
    one, other = bytes_of(tmp_path / "one"), bytes_of(tmp_path / "other")
    tables = one.keys() - other.keys()
    assert tables == {"duplicates.csv", "label_conflicts.csv", "leaks.csv", "contamination.csv", "groups.csv"}
    assert {name: one[name] for name in tables} == {name: (tmp_path / "marked" / name).read_bytes() for name in tables}
    page = "curation.html"  # it names the files of the folder
    assert one.pop(page).count(b"duplicates.csv") > other.pop(page).count(b"duplicates.csv")
    assert {name: content for name, content in one.items() if name not in tables} == other


def test_tables_of_an_own_search_go_when_dedupe_has_marked_the_input(unmarked, tmp_path):
    made(unmarked, tmp_path / "out", **SMALL)
    before = rows_of(tmp_path / "out")
    dedupe(unmarked, workers=0, progress=False)
    made(unmarked, tmp_path / "out", **SMALL)
    assert not (tmp_path / "out/duplicates.csv").exists()
    assert rows_of(tmp_path / "out") == before


def test_without_a_search_images_are_taken_as_they_are_and_that_is_said(unmarked, tmp_path):
    result = made(unmarked, tmp_path / "out", dedupe=False, keep_duplicates=True, **SMALL)
    assert (result.written, result.dropped) == (8, {})
    assert result.notes[0] == "nobody has searched for copies: one image may be in several splits"
    assert not (tmp_path / "out/duplicates.csv").exists()


@pytest.mark.parametrize(("search", "expected"), [(True, "they will be searched for"), (False, "they will stay")])
def test_a_preview_says_that_copies_are_not_marked(unmarked, search, expected):
    [note] = preview(unmarked, HomogenizeSettings(dedupe=search)).notes
    assert expected in note


def test_the_input_is_walked_once_and_each_row_decided_once(unmarked, tmp_path, monkeypatch):
    walks, rows = [], []
    walk, decide = scan_inputs.walk_roots, Decider.__call__

    def counted_walk(*positional):
        walks.append(positional)
        return walk(*positional)

    def counted_decide(self, batch):
        rows.extend(batch["path"].to_pylist())
        return decide(self, batch)

    monkeypatch.setattr(scan_inputs, "walk_roots", counted_walk)
    monkeypatch.setattr(Decider, "__call__", counted_decide)
    made(unmarked, tmp_path / "out", **SMALL)
    assert len(walks) == 1
    assert len(rows) == len(set(rows)) == 8


def test_the_users_labels_cards_and_statements_decide(mixed, tmp_path):
    labels, info = tmp_path / "labels.csv", tmp_path / "info.toml"
    labels.write_text("path,tumor\npictures/glioma/p00.png,none\n")
    info.write_text('[sources.in]\nlicense = "CC-BY-4.0"\ncreator = "A \\"B\\" C"\n')
    result = made(mixed, tmp_path / "out", tumor_labels=labels, source_info=info, filters=Filters(tumor=("none",)))
    (row,) = rows_of(tmp_path / "out", status="kept")
    assert (result.written, row["license"], row["tumor"]) == (1, "CC-BY-4.0", "none")
    told = tomllib.loads((tmp_path / "out" / "sources.toml").read_text())
    assert told == {"sources": {"in": {"license": "CC-BY-4.0", "creator": 'A "B" C'}}}
    record = json.loads((tmp_path / "out" / "homogenize.json").read_text())
    assert record["counts"]["written"] == 1
    assert str(tmp_path) not in (tmp_path / "out" / "homogenize.json").read_text()


def test_what_a_person_decided_counts_before_all_and_changes_a_dataset_that_is_there(unmarked, tmp_path):
    def one(path: str) -> tuple:
        (row,) = [row for row in rows_of(tmp_path / "out") if path in (row["original_path"] or row["path"])]
        return row["status"], row["reason"], row["plane"], row["plane_evidence"], row["tumor"], row["contrast"]

    made(unmarked, tmp_path / "out")
    assert one("p02")[:2] == ("kept", None)
    decisions = [("plane", "coronal"), ("tumor", "none"), ("contrast", "T2")]
    rows = [("glioma/p02.png", "exclude", "yes"), *(("glioma/p04.jpg", *decision) for decision in decisions)]
    append_decisions(unmarked, [Decision("in", path, None, field, value) for path, field, value in rows])
    append_decisions(unmarked, [Decision("in", "mistyped.png", None, "exclude", "yes")])
    result = made(unmarked, tmp_path / "out")
    assert "decisions.csv, line 6: mistyped.png matches no image" in result.notes
    assert result.dropped["EXCLUDED"] == 1
    assert one("p02")[:2] == ("dropped", "EXCLUDED")
    assert one("p04") == ("kept", None, "coronal", "label", "none", "T2")
    append_decisions(unmarked, [Decision("in", "glioma/p02.png", None, "exclude", "")])
    made(unmarked, tmp_path / "out")
    assert one("p02")[:2] == ("kept", None)


def test_a_conflict_among_changed_copies_is_settled_by_a_decision_about_one(unmarked, tmp_path):
    (tmp_path / "in/pituitary/smaller.png").write_bytes((tmp_path / "in/glioma/smaller.png").read_bytes())
    (tmp_path / "in/glioma/smaller.png").unlink()
    scan([tmp_path / "in"], unmarked, workers=0, progress=False)
    assert made(unmarked, tmp_path / "held").dropped["LABEL_CONFLICT"] == 3
    append_decisions(unmarked, [Decision("in", "pituitary/smaller.png", None, "conflict", "pituitary")])
    result = made(unmarked, tmp_path / "out")
    assert (result.dropped["DUPLICATE"], result.dropped.get("LABEL_CONFLICT")) == (2, None)
    (row,) = [
        row
        for row in rows_of(tmp_path / "out", status="kept")
        if "p00" in row["original_path"] or "equal" in row["original_path"]
    ]
    assert row["tumor"] == "pituitary"


def test_a_card_brings_its_license(mixed, tmp_path):
    made(mixed, tmp_path, cards={"in": "figshare-1512427"}, filters=Filters(tumor=("meningioma",)), **SMALL)
    assert {row["license"] for row in rows_of(tmp_path, status="kept")} == {"CC-BY-4.0"}
    assert tomllib.loads((tmp_path / "sources.toml").read_text()) == {"sources": {"in": {"card": "figshare-1512427"}}}


def test_what_is_said_of_a_source_that_is_not_there_is_an_error(mixed, tmp_path):
    with pytest.raises(UsageError, match="'sartaj' is not in the catalogue: expected one of in"):
        made(mixed, tmp_path, cards={"sartaj": "sartaj"})


def test_f11_other_settings_are_refused_with_the_difference(mixed, tmp_path):
    wanted = Filters(tumor=("pituitary",))
    made(mixed, tmp_path, filters=wanted, **SMALL)
    before = bytes_of(tmp_path)
    with pytest.raises(UsageError, match=r"size: 32 before, 40 now.*--overwrite"):
        made(mixed, tmp_path, filters=wanted, size=40)
    assert bytes_of(tmp_path) == before
    made(mixed, tmp_path, filters=wanted, size=40, overwrite=True)
    assert {row["width"] for row in rows_of(tmp_path, status="kept")} == {40}
    assert len([name for name in bytes_of(tmp_path) if name.endswith(".png")]) == 6


def test_a_folder_of_someone_else_is_left_alone(mixed, tmp_path):
    (tmp_path / "thesis.txt").write_text("mine")
    with pytest.raises(OutputError, match=r"it holds thesis\.txt"):
        made(mixed, tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.txt"]
    with pytest.raises(UsageError, match="another --out"):
        made(mixed, mixed)


def test_nothing_left_counts_the_reasons_and_leaves_nothing(mixed, tmp_path):
    with pytest.raises(NothingUsable, match=r"filter:contrast:unknown 12, filter:contrast 7") as error:
        made(mixed, tmp_path / "out", filters=Filters(contrast=("PD",)))
    assert error.value.exit_code == 4
    assert bytes_of(tmp_path / "out") == {}


def test_bad_input_61_a_file_that_is_gone_is_a_reject_and_costs_no_other(tmp_path):
    write_pictures(tmp_path / "in", 6)
    folder = scanned(tmp_path / "in", tmp_path / "scan")
    (tmp_path / "in" / "glioma" / "p00.png").unlink()
    (tmp_path / "in" / "pituitary" / "p01.jpg").write_bytes(b"\xff\xd8\xff damaged")
    result = made(folder, tmp_path / "out", **SMALL)
    assert (result.written, result.rejected) == (4, 2)
    with (tmp_path / "out" / "rejects.csv").open(newline="") as stream:
        rejects = {row["path"]: (row["code"], row["stage"]) for row in csv.DictReader(stream)}
    assert rejects["glioma/p00.png"] == ("VANISHED", "homogenize")
    assert rejects["pituitary/p01.jpg"][0] in ("TRUNCATED", "DECODE")
    write_pictures(tmp_path / "in", 2)
    again = made(folder, tmp_path / "out", **SMALL)
    assert (again.written, again.rejected) == (6, 0)


def test_preview_writes_nothing_and_counts_what_would_be(mixed, tmp_path):
    found = preview(mixed, HomogenizeSettings(filters=Filters(tumor=("pituitary",))))
    assert found.wanted == 6
    assert found.kept["tumor"] == {"pituitary": 6}
    assert found.dropped == {"filter:tumor": 9, "filter:tumor:unknown": 4}


def test_folds_and_seeds(mixed, tmp_path):
    wanted = {"filters": Filters(tumor=("pituitary", "glioma")), "folds": 3, **SMALL}
    made(mixed, tmp_path / "a", **wanted)
    made(mixed, tmp_path / "b", seed=1, **wanted)
    rows = rows_of(tmp_path / "a", status="kept")
    assert {row["fold"] for row in rows if row["split"] != "test"} == {0, 1, 2}
    assert {row["fold"] for row in rows if row["split"] == "test"} == {None}
    splits = [{r["image_id"]: r["split"] for r in rows_of(tmp_path / name, status="kept")} for name in "ab"]
    assert splits[0] != splits[1]


def test_splits_that_folders_name_are_kept(tmp_path):
    write_pictures(tmp_path / "in" / "Training", 4)
    write_pictures(tmp_path / "in" / "Testing", 2, first=4)
    made(scanned(tmp_path / "in", tmp_path / "scan"), tmp_path / "out", keep_splits=True, **SMALL)
    splits = {row["original_path"].split("/")[0]: row["split"] for row in rows_of(tmp_path / "out", status="kept")}
    assert splits == {"Training": "train", "Testing": "test"}


def test_p1_nothing_of_a_header_reaches_the_dataset(tmp_path):
    place = tmp_path / "in"
    place.mkdir()
    from tests.curate.scanned_folders import AFFINE, volume

    image = nib.Nifti1Image(volume(0)[0], AFFINE)
    for name in ("descrip", "aux_file", "db_name", "intent_name"):
        image.header[name] = b"DOE^JANE 1970"[: image.header[name].dtype.itemsize or 10]
    nib.save(image, place / "t1.nii.gz")
    write_records(place)
    folder = scanned(place, tmp_path / "scan")
    made(folder, tmp_path / "slices", slices="every:9", **SMALL)
    made(folder, tmp_path / "volumes", output="volumes")
    import gzip

    for out in (tmp_path / "slices", tmp_path / "volumes"):
        for path in (path for path in out.rglob("*") if path.is_file()):
            content = path.read_bytes()
            content = gzip.decompress(content) if path.suffix == ".gz" else content
            assert b"DOE" not in content, path
            assert b"PATIENT-" not in content, path
            assert "DOE" not in str(path)
        text = json.dumps(rows_of(out), default=str)
        assert "DOE" not in text
        assert "PATIENT-" not in text


def test_f4_a_full_disk_stops_the_run_and_it_goes_on_later(mixed, tmp_path, monkeypatch):
    import errno

    before = homogenize_write.encode_png
    calls = []

    def full(pixels):
        calls.append(1)
        if len(calls) > 3:
            raise OSError(errno.ENOSPC, "no space")
        return before(pixels)

    class Stream:
        def __init__(self, *_args, **_more): ...
        def __enter__(self):
            raise OutputError("cannot write: the disk is full")

        def __exit__(self, *_): ...

    with monkeypatch.context() as patch:
        patch.setattr(homogenize_write, "atomic_write", Stream)
        with pytest.raises(OutputError, match="the disk is full"):
            made(mixed, tmp_path / "out", **SMALL)
    assert not (tmp_path / "out" / "catalogue.parquet").exists()
    made(mixed, tmp_path / "out", **SMALL)
    made(mixed, tmp_path / "fresh", **SMALL)
    assert bytes_of(tmp_path / "out") == bytes_of(tmp_path / "fresh")


def test_a_page_shows_what_became_of_the_images(dataset):
    page = (dataset.dataset.folder / "curation.html").read_text(encoding="utf-8")
    assert "MASK_UNUSED" in page


def test_the_dataset_is_one_that_training_can_read(dataset):
    opened = Dataset.open(dataset.dataset.folder).select(split="train")
    assert opened.classes() == ("glioma", "meningioma", "pituitary")
    shapes = {batch.images.shape[1:] for batch in opened.batches(8, seed=0)}
    assert shapes == {(32, 32)}
    shown = cv2.imread(str(dataset.dataset.folder / opened.rows.column("path")[0].as_py()), cv2.IMREAD_UNCHANGED)
    assert shown.shape == (32, 32)


def test_privacy_p8_what_could_identify_is_noted_left_out_or_stops_the_run(mixed, tmp_path, monkeypatch):
    from medcurate.curate.homogenizing import file as homogenize_file
    from medcurate.curate.homogenizing import volumes as homogenize_volumes

    def text(pixels, written, records):
        return [Code.BURNED_IN] if pixels.shape == (90, 80) else []

    def face(picture):
        return [Code.FACE] if picture.contrast is None and picture.pixels.max() > 1400 else []

    monkeypatch.setattr(homogenize_file, "flags_of_image", text)
    monkeypatch.setattr(homogenize_volumes, "flags_of_volume", face)
    more = {"slices": "middle:2", **SMALL}
    warned = made(mixed, tmp_path / "warn", **more)
    assert [note.split(" are in")[0] for note in warned.notes if "in the column notes" in note] == [
        "4 images that may show text", "4 volumes, or slices of them, that show a face",
    ]  # fmt: skip
    flagged = {row["original_path"] for row in rows_of(tmp_path / "warn", status="kept", notes="BURNED_IN")}
    assert len(flagged) == 4
    left = made(mixed, tmp_path / "drop", privacy="drop", **more)
    assert (left.dropped["BURNED_IN"], left.dropped["FACE"]) == (4, 2)
    assert left.written == warned.written - 8
    with pytest.raises(PolicyError, match=r"4 images that may show text \(BURNED_IN\) and 2 volumes") as error:
        made(mixed, tmp_path / "block", privacy="block", **more)
    assert error.value.exit_code == 5
    assert not (tmp_path / "block" / "catalogue.parquet").exists()
    ids = {row["original_id"] for row in rows_of(tmp_path / "drop", status="kept")}
    written = {path.stem for path in (tmp_path / "block" / WAITING).rglob("*.png")}
    assert len(written) == len(rows_of(tmp_path / "drop", status="kept", kind="image"))
    assert [path.name for path in (tmp_path / "block").iterdir()] == [".medcurate"]
    assert ids


def test_text_is_looked_for_at_the_scale_of_what_is_written(monkeypatch):
    from medcurate.curate.privacy import flags as homogenize_privacy

    seen = []
    monkeypatch.setattr(homogenize_privacy, "find_text", lambda pixels: seen.append(pixels.shape))
    crop = [{"step": "crop_foreground", "measured": {"box": [[0, 500], [100, 400]]}}]
    assert homogenize_privacy.flags_of_image(np.zeros((1000, 500), np.uint16), (128, 128), []) == []
    assert homogenize_privacy.flags_of_image(np.zeros((1000, 500), np.uint16), (128, 128), crop) == []
    assert homogenize_privacy.flags_of_image(np.zeros((100, 50), np.uint8), (128, 128), crop) == []
    assert seen == [(192, 96), (384, 192), (100, 50)]
    seen.clear()
    monkeypatch.setattr(homogenize_privacy, "find_text", lambda pixels: seen.append(pixels.shape) or [1])
    assert homogenize_privacy.flags_of_image(np.zeros((1000, 500), np.uint16), (128, 128), []) == [Code.BURNED_IN]
    assert seen == [(192, 96), (1000, 500)]
