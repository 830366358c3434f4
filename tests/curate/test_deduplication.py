"""Dedupe: marks that can be taken back, counts that add up, the same bytes whatever the order of the rows."""

from __future__ import annotations

import csv
import hashlib
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from medcurate.catalogue import Catalogue
from medcurate.curate.deduplication import DedupeResult, dedupe, is_deduped
from medcurate.curate.duplicates.clusters import Pairs
from medcurate.curate.duplicates.near_copies import Near
from medcurate.curate.labels.decisions import Decision, append_decisions
from medcurate.curate.scanning import scan
from medcurate.errors import Locked, NothingUsable, UsageError
from medcurate.run_folder import lock, write_catalogue

REPORTS = ("duplicates", "label_conflicts", "leaks", "contamination", "groups")


@pytest.fixture(autouse=True)
def salt(tmp_path_factory, monkeypatch):
    path = tmp_path_factory.mktemp("config") / "salt"
    path.write_bytes(b"s" * 32)
    monkeypatch.setenv("MEDCURATE_SALT_FILE", str(path))


def image(seed: int, size: int = 32) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 256, (size, size + 4), np.uint8)


def put(path: Path, pixels: np.ndarray, *, level: int = 1, quality: int = 95) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    options = [cv2.IMWRITE_PNG_COMPRESSION, level] if path.suffix == ".png" else [cv2.IMWRITE_JPEG_QUALITY, quality]
    path.write_bytes(cv2.imencode(path.suffix, pixels, options)[1].tobytes())


@pytest.fixture
def folder(tmp_path) -> Path:
    """Give a scan of two sources with equal files, equal pixels, two sizes of one image, and one image alone."""
    old, new = tmp_path / "old", tmp_path / "new"
    put(old / "Training/glioma_tumor/a.png", image(1))
    put(old / "Testing/glioma_tumor/a.png", image(1))  # equal bytes
    put(old / "Training/no_tumor/b.png", image(2))
    put(old / "Training/no_tumor/alone.png", image(3))
    put(new / "no/b.png", image(2), level=9)  # equal pixels
    put(new / "no/large.png", image(4, 64))
    put(new / "yes/small.png", image(5))
    scan([old, new], tmp_path / "out", workers=0, progress=False)
    return tmp_path / "out"


def finder(folder: Path, *found: tuple[str, str, str]):
    """Stand in for the search: it confirms these pairs of paths, each with a change."""

    def find(where: Path, image: np.ndarray, **options: object) -> Near:
        rows = {path: row for row, path in enumerate(Catalogue.open(folder).to_table(["path"])["path"].to_pylist())}
        names = tuple(sorted({change for _, _, change in found}))
        first, second = (np.array([rows[pair[side]] for pair in found], np.int64) for side in (0, 1))
        change = np.array([names.index(change) for _, _, change in found], np.int16)
        score = np.linspace(0.9, 0.95, len(found), dtype=np.float32)
        count = len(rows)
        columns = {
            "perceptual_hash": lambda start, stop: pa.array([f"{row:02x}" for row in range(start, stop)]),
            "sharpness": lambda start, stop: pa.array(np.arange(count)[start:stop] / 2),
        }
        return Near(Pairs(first, second, score, change, names), columns=columns)

    return find


RESIZED = ("no/large.png", "yes/small.png", "resized")


def run(folder: Path, *found: tuple[str, str, str], **options) -> DedupeResult:
    return dedupe(folder, workers=0, progress=False, find=finder(folder, *found), **options)


def rows_of(folder: Path, *columns: str) -> dict[str, tuple]:
    table = Catalogue.open(folder).to_table(["path", *columns])
    return {row.pop("path"): tuple(row.values()) for row in table.to_pylist()}


def table(folder: Path, name: str) -> list[dict[str, str]]:
    with (folder / f"{name}.csv").open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def content(folder: Path) -> dict[str, str]:
    """Give the digests of all that is public."""
    files = [path for path in folder.rglob("*") if path.is_file() and ".medcurate" not in path.parts]
    return {str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


# ------------------------------------------------------------------------------------------------------------ the marks


def test_one_of_each_stays_and_the_others_say_what_they_are(folder):
    result = run(folder, RESIZED)
    assert (result.images, result.exact, result.near, result.kept) == (7, 2, 1, 4)
    assert (result.clusters, result.label_conflicts, result.held, result.leaks) == (3, 0, 0, 1)
    ids = {path: values[0] for path, values in rows_of(folder, "image_id").items()}
    found = rows_of(folder, "status", "reason", "duplicate_kind", "duplicate_of")
    assert found == {
        "no/b.png": ("kept", None, None, None),
        "no/large.png": ("kept", None, None, None),
        "yes/small.png": ("dropped", "DUPLICATE", "resized", ids["no/large.png"]),
        "Testing/glioma_tumor/a.png": ("kept", None, None, None),
        "Training/glioma_tumor/a.png": ("dropped", "DUPLICATE", "bytes", ids["Testing/glioma_tumor/a.png"]),
        "Training/no_tumor/alone.png": ("kept", None, None, None),
        "Training/no_tumor/b.png": ("dropped", "DUPLICATE", "pixels", ids["no/b.png"]),
    }
    assert is_deduped(folder)


def test_what_the_search_learned_and_the_groups_are_written(folder):
    run(folder, RESIZED)
    found = Catalogue.open(folder).to_table(["perceptual_hash", "sharpness", "patient_group", "patient_group_by"])
    assert found["perceptual_hash"].to_pylist() == [f"{row:02x}" for row in range(7)]
    assert found["sharpness"].to_pylist() == [row / 2 for row in range(7)]
    assert found["patient_group"].null_count == found["patient_group_by"].null_count == 0
    group = {path: values[0] for path, values in rows_of(folder, "patient_group").items()}
    assert group["no/large.png"] == group["yes/small.png"] != group["no/b.png"]


def test_undo_gives_the_bytes_of_the_scan(folder):
    before = content(folder)
    run(folder, RESIZED)
    assert content(folder) != before
    assert run(folder, undo=True).images == 0
    assert content(folder) == before
    assert not is_deduped(folder)
    run(folder, undo=True)
    assert content(folder) == before


def test_undo_without_the_private_folder(folder):
    before = content(folder)
    dedupe(folder, exact_only=True, workers=0, progress=False)
    for path in sorted((folder / ".medcurate").rglob("*"), reverse=True):
        path.rmdir() if path.is_dir() else path.unlink()
    dedupe(folder, undo=True)
    assert content(folder) == before


def test_a_catalogue_in_parts_stays_in_parts(folder, tmp_path):
    scan([tmp_path / "old", tmp_path / "new"], tmp_path / "parts", workers=0, progress=False, catalogue_parts=3)
    before = content(tmp_path / "parts")
    assert (tmp_path / "parts/catalogue.parquet/part-00002.parquet").is_file()
    assert run(tmp_path / "parts", RESIZED) == replace(
        run(folder, RESIZED), catalogue=Catalogue.open(tmp_path / "parts")
    )
    assert rows_of(tmp_path / "parts", "status", "duplicate_of") == rows_of(folder, "status", "duplicate_of")
    assert content(tmp_path / "parts").keys() >= before.keys()
    dedupe(tmp_path / "parts", undo=True)
    assert content(tmp_path / "parts") == before


def test_undo_keeps_what_others_wrote(folder):
    run(folder, RESIZED, conflicts="keep")
    catalogue = Catalogue.open(folder)
    whole = catalogue.to_table()
    index = whole.schema.get_field_index("notes")
    notes = pa.array([f"{note} COLOR".strip() for note in whole["notes"].to_pylist()], pa.string())
    write_catalogue(catalogue.path, [whole.set_column(index, whole.schema.field("notes"), notes)])
    dedupe(folder, undo=True)
    assert set(rows_of(folder, "notes", "status", "duplicate_of").values()) >= {("COLOR", "kept", None)}


def test_twice_is_once(folder):
    run(folder, RESIZED)
    before = content(folder)
    run(folder, RESIZED)
    assert content(folder) == before


def test_another_policy_starts_from_the_beginning(folder):
    run(folder, RESIZED, keep="best-documented")
    other = content(folder)
    run(folder)
    run(folder, RESIZED, keep="best-documented")
    assert content(folder) == other


def test_a_run_that_was_killed_before_the_catalogue_was_written_leaves_it_as_it_was(folder, monkeypatch):
    before = (folder / "catalogue.parquet").read_bytes()
    expected = content(folder)
    with monkeypatch.context() as patch:
        patch.setattr("medcurate.curate.duplicates.copy_search.marked", lambda *_: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            run(folder, RESIZED)
    assert (folder / "catalogue.parquet").read_bytes() == before
    dedupe(folder, undo=True)
    assert content(folder) == expected


def test_the_order_of_the_rows_does_not_matter(folder, rng):
    run(folder, RESIZED, ("Training/no_tumor/b.png", "yes/small.png", "cropped"))
    expected = rows_of(folder, "status", "reason", "duplicate_of", "duplicate_kind", "patient_group", "notes")
    reports = {name: table(folder, name) for name in REPORTS}
    dedupe(folder, undo=True)
    catalogue = Catalogue.open(folder)
    for _ in range(3):
        rows = catalogue.to_table()
        write_catalogue(catalogue.path, [rows.take(rng.permutation(rows.num_rows))])
        run(folder, RESIZED, ("Training/no_tumor/b.png", "yes/small.png", "cropped"))
        found = rows_of(folder, "status", "reason", "duplicate_of", "duplicate_kind", "patient_group", "notes")
        assert found == expected
        assert {name: table(folder, name) for name in REPORTS} == reports


def test_originals_and_rows_stay(folder, tmp_path):
    before = content(tmp_path / "old") | content(tmp_path / "new")
    paths = Catalogue.open(folder).to_table(["source", "path", "frame"])
    run(folder, RESIZED)
    assert content(tmp_path / "old") | content(tmp_path / "new") == before
    assert Catalogue.open(folder).to_table(["source", "path", "frame"]).equals(paths)


# --------------------------------------------------------------------------------------------------- what to keep, hold


def conflicting(tmp_path: Path) -> Path:
    put(tmp_path / "in/glioma/a.png", image(1))
    put(tmp_path / "in/pituitary/a.png", image(1), level=9)
    put(tmp_path / "in/a.png", image(1))
    put(tmp_path / "in/no/b.png", image(2))
    scan([tmp_path / "in"], tmp_path / "out", workers=0, progress=False)
    return tmp_path / "out"


def test_bad_input_64_same_image_two_labels_both_held(tmp_path):
    folder = conflicting(tmp_path)
    result = run(folder)
    assert (result.label_conflicts, result.held, result.exact, result.kept) == (1, 3, 2, 2)
    found = rows_of(folder, "status", "reason")
    assert found.pop("no/b.png") == ("kept", None)
    assert set(found.values()) == {("dropped", "LABEL_CONFLICT")}
    lines = [(row["tumor"], row["path"], row["kind"]) for row in table(folder, "label_conflicts")]
    assert lines == [
        ("glioma", "glioma/a.png", "kept"),
        ("", "a.png", "bytes"),
        ("pituitary", "pituitary/a.png", "pixels"),
    ]


def test_a_conflict_that_a_person_settled_holds_nothing_and_stays_settled(tmp_path):
    folder = conflicting(tmp_path)
    append_decisions(folder, [Decision("in", "a.png", None, "conflict", "pituitary")])
    for _ in range(2):
        result = run(folder)
        assert (result.label_conflicts, result.held, result.exact, result.kept) == (0, 0, 2, 2)
        assert sorted(rows_of(folder, "status", "reason").values(), key=str) == [
            ("dropped", "DUPLICATE"),
            ("dropped", "DUPLICATE"),
            ("kept", None),
            ("kept", None),
        ]
        assert table(folder, "label_conflicts") == []
    append_decisions(folder, [Decision("in", "a.png", None, "conflict", "")])
    assert run(folder).label_conflicts == 1


def test_an_image_that_a_person_excluded_is_no_copy_of_any(tmp_path):
    folder = conflicting(tmp_path)
    append_decisions(folder, [Decision("in", "glioma/a.png", None, "exclude", "yes")])
    result = run(folder)
    assert (result.images, result.clusters, result.kept) == (1, 0, 1)
    assert set(rows_of(folder, "status", "reason").values()) == {("kept", None)}  # homogenize leaves them out


def test_bad_input_64_kept_and_noted_where_asked_for(tmp_path):
    folder = conflicting(tmp_path)
    before = content(folder)
    result = run(folder, conflicts="keep", keep="best-documented")
    assert (result.label_conflicts, result.held) == (1, 0)
    assert rows_of(folder, "status", "reason", "notes") == {
        "a.png": ("dropped", "DUPLICATE", "LABEL_CONFLICT"),
        "glioma/a.png": ("kept", None, "LABEL_CONFLICT"),
        "no/b.png": ("kept", None, ""),
        "pituitary/a.png": ("dropped", "DUPLICATE", "LABEL_CONFLICT"),
    }
    run(folder, undo=True)
    assert content(folder) == before


def test_labels_that_the_user_knows_better_settle_a_conflict(tmp_path):
    folder = conflicting(tmp_path)
    labels = tmp_path / "labels.csv"
    labels.write_text("path,tumor\npituitary/a.png,glioma\n")
    assert run(folder, tumor_labels=labels).label_conflicts == 0
    assert rows_of(folder, "tumor", "reason")["pituitary/a.png"] == ("pituitary", "DUPLICATE")


def test_an_unlabeled_image_kept_for_a_labeled_one_is_told(tmp_path):
    put(tmp_path / "in/glioma/a.png", image(1))
    put(tmp_path / "in/large.png", image(2, 64))
    put(tmp_path / "in/equal.png", image(1), level=9)
    scan([tmp_path / "in"], tmp_path / "out", workers=0, progress=False)
    found = ("large.png", "equal.png", "resized")
    assert any("--keep best-documented" in note for note in run(tmp_path / "out", found).notes)
    result = run(tmp_path / "out", found, keep="best-documented")
    assert not any("--keep" in note for note in result.notes)
    assert [path for path, (status,) in rows_of(tmp_path / "out", "status").items() if status == "kept"] == [
        "glioma/a.png"
    ]


# -------------------------------------------------------------------------------------------------------------- reports


def test_the_reports_name_copies_leaks_and_sources(folder):
    run(folder, RESIZED)
    lines = [
        (row["kept_path"], row["path"], row["kind"], row["change"], row["score"]) for row in table(folder, "duplicates")
    ]
    assert lines == [
        ("no/b.png", "Training/no_tumor/b.png", "pixels", "", "1.0000"),
        ("no/large.png", "yes/small.png", "near", "resized", "0.9000"),
        ("Testing/glioma_tumor/a.png", "Training/glioma_tumor/a.png", "bytes", "", "1.0000"),
    ]
    leaks = [(row["split"], row["path"], row["kind"]) for row in table(folder, "leaks")]
    assert leaks == [("test", "Testing/glioma_tumor/a.png", "kept"), ("train", "Training/glioma_tumor/a.png", "bytes")]
    assert [tuple(row.values()) for row in table(folder, "contamination")] == [
        ("new", "3", "new", "2", "0.6667"),
        ("new", "3", "old", "1", "0.3333"),
        ("old", "4", "new", "1", "0.2500"),
        ("old", "4", "old", "2", "0.5000"),
    ]
    assert table(folder, "label_conflicts") == []


def test_the_sheets_show_what_there_is(folder):
    run(folder, RESIZED)
    assert sorted(path.name for path in (folder / "duplicates").iterdir()) == ["duplicates.jpg", "leaks.jpg"]
    run(folder, undo=True)
    assert not (folder / "duplicates").exists()


def test_without_the_originals_equal_pixels_are_found_all_the_same(folder):
    (folder / ".medcurate" / "inputs.json").unlink()
    result = dedupe(folder, exact_only=True, workers=0, progress=False)
    assert (result.exact, result.near) == (2, 0)
    assert any("no contact sheets" in note for note in result.notes)


# --------------------------------------------------------------------------------------------------------------- errors


def test_options_and_folders_that_do_not_exist(folder, tmp_path):
    with pytest.raises(UsageError, match="keep: expected one of largest, least-compressed, best-documented"):
        run(folder, keep="smallest")
    with pytest.raises(UsageError, match="conflicts: expected one of hold, keep"):
        run(folder, conflicts="drop")
    with pytest.raises(UsageError, match="no catalogue"):
        dedupe(tmp_path / "nowhere")
    assert not (tmp_path / "nowhere").exists()


def test_a_folder_in_use_is_left_alone(folder):
    before = content(folder)
    with lock(folder), pytest.raises(Locked):
        run(folder)
    assert content(folder) == before


def test_no_image_is_an_error(tmp_path):
    (tmp_path / "in").mkdir()
    (tmp_path / "in/a.png").write_bytes(b"")
    scan([tmp_path / "in"], tmp_path / "out", workers=0, progress=False)
    with pytest.raises(NothingUsable, match="no image"):
        run(tmp_path / "out")


def test_counts_that_do_not_add_up_are_a_bug(folder):
    with pytest.raises(RuntimeError, match="do not add up"):
        DedupeResult(Catalogue.open(folder), images=3, exact=1, near=1, kept=2)


def test_a_column_of_splits_comes_before_the_folders(folder):
    catalogue = Catalogue.open(folder)
    rows = catalogue.to_table()
    index = rows.schema.get_field_index("split")
    split = pa.array(["train"] * rows.num_rows, pa.string())
    write_catalogue(catalogue.path, [rows.set_column(index, rows.schema.field("split"), split)])
    assert run(folder).leaks == 0


def test_masks_and_dropped_rows_stay_as_they_are(folder):
    catalogue = Catalogue.open(folder)
    rows = catalogue.to_table()
    status = ["dropped" if path == "no/b.png" else "kept" for path in rows["path"].to_pylist()]
    kind = ["mask" if path == "Testing/glioma_tumor/a.png" else "image" for path in rows["path"].to_pylist()]
    for name, values in (("status", status), ("kind", kind)):
        index = rows.schema.get_field_index(name)
        rows = rows.set_column(index, rows.schema.field(name), pa.array(values))
    write_catalogue(catalogue.path, [rows])
    result = run(folder)
    assert (result.images, result.exact, result.clusters) == (5, 0, 0)
    assert pq.read_table(catalogue.path)["status"].to_pylist() == status
    assert table(folder, "duplicates") == []


# ------------------------------------------------------------------------------------------- with the search for copies


def head(seed: int, size: int = 200) -> np.ndarray:
    """Draw something like a slice of a head: a bright ring around smooth structure, black outside."""
    rng = np.random.default_rng(seed)
    y, x = np.mgrid[-1 : 1 : size * 1j, -1 : 1 : size * 1j]
    wide, tall = rng.uniform(0.6, 0.75), rng.uniform(0.75, 0.9)
    radius = np.hypot(x / wide, y / tall)
    inside = cv2.GaussianBlur(rng.normal(size=(size, size)), (0, 0), size / 30)
    picture = np.where(radius < 0.9, 110 + 45 * inside / inside.std(), 230.0) * (radius < 1)
    return np.clip(cv2.GaussianBlur(picture, (0, 0), 1), 0, 255).astype(np.uint8)


def test_bad_input_63_copies_cluster(tmp_path):
    original, other = head(1), head(2)
    copies = {
        "train/original.png": original,
        "test/identical.png": original,
        "train/reencoded.jpg": original,
        "val/resized.png": cv2.resize(original, (140, 140), interpolation=cv2.INTER_AREA),
        "train/flipped.png": original[:, ::-1],
        "test/bordered.png": cv2.copyMakeBorder(original, 20, 20, 30, 30, cv2.BORDER_CONSTANT, value=0),
    }
    for name, pixels in {**copies, "train/other.png": other, "test/third.png": head(3)}.items():
        put(tmp_path / "in" / name, np.ascontiguousarray(pixels))
    scan([tmp_path / "in"], tmp_path / "out", workers=0, progress=False)
    result = dedupe(tmp_path / "out", workers=0, progress=False)
    assert (result.images, result.exact, result.near, result.kept) == (8, 1, 4, 3)
    assert (result.clusters, result.leaks) == (1, 1)
    found = rows_of(tmp_path / "out", "status", "patient_group")
    assert [path for path, (status, _) in found.items() if status == "kept" and path in copies] == ["test/bordered.png"]
    # one group, so that no split parts them
    assert len({group for path, (_, group) in found.items() if path in copies}) == 1
    assert {row["path"] for row in table(tmp_path / "out", "leaks")} == set(copies)
    columns = rows_of(tmp_path / "out", "perceptual_hash", "sharpness")
    assert all(len(digest) == 64 and sharpness > 0 for digest, sharpness in columns.values())
    before = content(tmp_path / "out")
    dedupe(tmp_path / "out", workers=2, progress=False)
    assert content(tmp_path / "out") == before


def test_files_that_went_away_are_told(folder, tmp_path):
    (tmp_path / "old/Training/no_tumor/alone.png").unlink()
    result = dedupe(folder, workers=0, progress=False)
    assert any(note.startswith("1 images could not be read again (1 VANISHED)") for note in result.notes)
    assert rows_of(folder, "status", "perceptual_hash")["Training/no_tumor/alone.png"] == ("kept", None)
