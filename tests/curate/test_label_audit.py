"""An audit of a folder: planted wrong labels come first, copies count once, marks can be taken back."""

from __future__ import annotations

import csv
import shutil
from pathlib import Path

import cv2
import numpy as np
import pyarrow as pa
import pytest

from medcurate.catalogue import FILE_NAME, SCHEMA, Catalogue
from medcurate.curate import scan
from medcurate.curate.audit import store as audit_store
from medcurate.curate.audit.features import N_FEATURES
from medcurate.curate.audit.rows import COLUMNS, read_rows
from medcurate.curate.audit.store import FeatureStore
from medcurate.curate.label_audit import audit_labels, undo_audit
from medcurate.curate.labels.decisions import Decision, append_decisions
from medcurate.errors import UsageError
from medcurate.run_folder import write_catalogue

WRONG = {"glioma/wrong0.png", "no_tumor/wrong1.png"}


def head(rng: np.random.Generator, tumor: str) -> np.ndarray:
    """Draw a head; a glioma is a large bright spot, none has none."""
    y, x = np.mgrid[:72, :64].astype(np.float32)
    image = np.where(((x - 32) / 26) ** 2 + ((y - 36) / 31) ** 2 < 1, 90.0, 5.0)
    if tumor == "glioma":
        cx, cy = rng.uniform(22, 42), rng.uniform(24, 48)
        image[((x - cx) ** 2 + (y - cy) ** 2) < 80] = 220
    return np.clip(image + rng.normal(0, 4, image.shape), 0, 255).astype(np.uint8)


@pytest.fixture(scope="module")
def images(tmp_path_factory) -> Path:
    rng = np.random.default_rng(5)
    folder = tmp_path_factory.mktemp("audit") / "in"
    for label in ("glioma", "no_tumor"):
        (folder / label).mkdir(parents=True)
        for number in range(30):
            cv2.imwrite(str(folder / label / f"{number:02d}.png"), head(rng, label))
    for name in WRONG:
        cv2.imwrite(str(folder / name), head(rng, "none" if name.startswith("glioma") else "glioma"))
    copied = next(name for name in sorted(WRONG))
    (folder / "glioma" / "zcopy.png").write_bytes((folder / copied).read_bytes())
    (folder / "unlabeled.png").write_bytes(cv2.imencode(".png", head(rng, "none"))[1].tobytes())
    return folder


@pytest.fixture
def scanned(images, tmp_path) -> Path:
    scan([images], tmp_path / "out", workers=0, progress=False)
    return tmp_path / "out"


def audit(folder: Path, **options):
    return audit_labels(folder, workers=0, progress=False, **options)


def table(folder: Path) -> list[dict[str, str]]:
    with (folder / "label_audit.csv").open(newline="") as stream:
        return list(csv.DictReader(stream))


def marked(folder: Path) -> set[str]:
    rows = Catalogue.open(folder).filter(reason="LABEL_SUSPECT").to_table(["path", "status"]).to_pylist()
    assert {row["status"] for row in rows} <= {"dropped"}
    return {row["path"] for row in rows}


def test_wrong_labels_come_first_and_nothing_is_marked(scanned):
    before = (scanned / FILE_NAME).read_bytes()
    result = audit(scanned)
    rows = table(scanned)
    assert {row["path"] for row in rows[:2]} == WRONG
    assert [row["rank"] for row in rows] == [str(n) for n in range(1, 63)]
    assert [row["flagged"] for row in rows[:3]] == ["1", "1", "0"]
    first = next(row for row in rows if row["path"] == "glioma/wrong0.png")
    assert (first["source"], first["frame"], first["tumor"], first["suggested"]) == ("in", "", "glioma", "none")
    assert float(first["probability_suggested"]) > 0.5 > float(first["probability_given"])
    assert {row["evidence"] for row in rows} == {"images"}  # without dedupe nothing is known of patients
    assert (result.audited, result.unreadable, result.dropped) == (62, 0, 0)
    assert result.flagged == {"glioma": 1, "none": 1}
    assert result.confusion == {("glioma", "none"): 1, ("none", "glioma"): 1}
    assert (scanned / FILE_NAME).read_bytes() == before
    sheet = cv2.imread(str(scanned / "label_audit.jpg"))
    assert sheet.std() > 5


def test_suspects_are_dropped_with_their_copies_and_can_be_taken_back(scanned):
    before = (scanned / FILE_NAME).read_bytes()
    result = audit(scanned, drop_suspects=True)
    assert marked(scanned) == WRONG | {"glioma/zcopy.png"}
    assert result.dropped == 3
    first = table(scanned)
    audit(scanned, drop_suspects=True)  # what is marked is looked at again
    assert marked(scanned) == WRONG | {"glioma/zcopy.png"}
    assert table(scanned) == first
    assert undo_audit(scanned) == 3
    assert (scanned / FILE_NAME).read_bytes() == before
    assert undo_audit(scanned) == 0


def test_the_users_labels_are_audited_in_place_of_the_folders(scanned, tmp_path):
    known = tmp_path / "types.csv"
    known.write_text("path,tumor\nglioma/wrong0.png,none\nglioma/zcopy.png,none\nno_tumor/00.png,glioma\n")
    audit(scanned, tumor_labels=known, drop_suspects=True)
    assert marked(scanned) == {"no_tumor/00.png", "no_tumor/wrong1.png"}
    tumors = {row["path"]: row["tumor"] for row in table(scanned)}
    assert (tumors["glioma/wrong0.png"], tumors["no_tumor/00.png"]) == ("none", "glioma")


def test_rows_dropped_for_other_reasons_take_no_part(scanned):
    def without_copies():
        for batch in Catalogue.open(scanned).batches():
            rows = batch.to_pylist()
            for row in rows:
                if row["path"].startswith("glioma/0"):
                    row.update(status="dropped", reason="DUPLICATE")
            yield pa.RecordBatch.from_pylist(rows, schema=batch.schema)

    write_catalogue(scanned / FILE_NAME, without_copies())
    assert audit(scanned).audited == 52


def test_the_order_of_the_rows_does_not_matter(scanned):
    batches = list(Catalogue.open(scanned).batches(COLUMNS))
    here = read_rows(batches)
    whole = pa.Table.from_batches(batches)
    turned = whole.take(pa.array(range(whole.num_rows - 1, -1, -1))).combine_chunks().to_batches()
    there = read_rows(turned)
    for name in ("image_id", "tumor", "plane", "group", "copies"):
        np.testing.assert_array_equal(getattr(here, name), getattr(there, name))


def test_patients_and_copies_are_groups():
    rows = [
        {"image_id": f"{n:016x}", "kind": "image", "status": "kept", "tumor": "none", **more}
        for n, more in enumerate(
            [{"patient_group": "p"}, {}, {"patient_group": "p"}, {"duplicate_of": f"{1:016x}"}, {"kind": "mask"}]
        )
    ]

    read = read_rows([pa.RecordBatch.from_pylist(rows, schema=SCHEMA)])
    assert read.group.tolist() == [0, 1, 0, 1]
    assert read.copies.tolist() == [0, 1, 2, 1]


def test_both_labels_of_one_image_are_copies():
    rows = [
        {"image_id": f"{7:016x}", "kind": "image", "status": "kept", "tumor": tumor, "patient_group": tumor}
        for tumor in ("glioma", "none")
    ]
    read = read_rows([pa.RecordBatch.from_pylist(rows, schema=SCHEMA)])
    assert (read.group.tolist(), read.copies.tolist()) == ([0, 1], [0, 0])


def test_a_patient_that_is_wrong_throughout_is_flagged_for_what_others_show(images, tmp_path):
    shutil.copytree(images, tmp_path / "in")
    rng = np.random.default_rng(8)
    for number in range(6):
        cv2.imwrite(str(tmp_path / "in" / "no_tumor" / f"same{number}.png"), head(rng, "glioma"))
    scan([tmp_path / "in"], tmp_path / "out", workers=0, progress=False)

    def with_patients():
        for batch in Catalogue.open(tmp_path / "out").batches():
            rows = batch.to_pylist()
            for row in rows:
                name = row["path"].rpartition("/")[2]
                row["patient_group"] = "same" if name.startswith("same") else row["path"]
            yield pa.RecordBatch.from_pylist(rows, schema=batch.schema)

    write_catalogue(tmp_path / "out" / FILE_NAME, with_patients())
    audit(tmp_path / "out")
    flagged = {row["path"]: row for row in table(tmp_path / "out") if row["flagged"] == "1"}
    same = {f"no_tumor/same{number}.png" for number in range(6)}
    assert set(flagged) == WRONG | same
    together = {flagged[path]["probability_given"] for path in same if flagged[path]["evidence"] == "patients"}
    assert len(together) == 1  # what other patients say is said of them together


def test_a_label_that_a_person_decided_is_audited_in_place_of_the_folders(scanned):
    audit(scanned)
    flagged = {row["path"] for row in table(scanned) if row["flagged"] == "1"}
    assert "no_tumor/wrong1.png" in flagged
    source = Catalogue.open(scanned).to_table(["source"])["source"][0].as_py()
    append_decisions(scanned, [Decision(source, "no_tumor/wrong1.png", None, "tumor", "glioma")])
    audit(scanned)
    rows = {row["path"]: row for row in table(scanned)}
    assert rows["no_tumor/wrong1.png"]["tumor"] == "glioma"
    assert rows["no_tumor/wrong1.png"]["flagged"] == "0"


def test_one_tumor_type_is_not_enough(images, tmp_path):
    scan([images / "glioma"], tmp_path / "out", workers=0, progress=False)
    with pytest.raises(UsageError, match="at least two tumor types"):
        audit(tmp_path / "out")


def test_faults_features_are_computed_once_and_damaged_or_torn_ones_again(scanned, monkeypatch):
    monkeypatch.setattr(audit_store, "PART", 20)
    audit(scanned)
    first = (scanned / "label_audit.csv").read_bytes()
    journal = scanned / ".medcurate" / audit_store.FILE
    whole = journal.read_bytes()
    missing = []
    work = audit_store._work
    monkeypatch.setattr(audit_store, "_work", lambda folder, ids: missing.append(len(ids)) or work(folder, ids))
    audit(scanned)
    assert missing == []
    for content in (whole[:-1], whole[: len(whole) // 2], whole.replace(whole[5000:6000], bytes(1000)), b""):
        journal.write_bytes(content)
        audit(scanned)
        assert (scanned / "label_audit.csv").read_bytes() == first
    assert missing == [2, 42, 20, 62]


def test_images_that_are_gone_are_counted(images, tmp_path):

    shutil.copytree(images, tmp_path / "in")
    scan([tmp_path / "in"], tmp_path / "out", workers=0, progress=False)
    (tmp_path / "in" / "no_tumor" / "03.png").unlink()
    result = audit(tmp_path / "out")
    assert (result.audited, result.unreadable) == (61, 1)


def test_features_come_back_in_the_order_asked_for(scanned, monkeypatch):
    monkeypatch.setattr(audit_store, "PART", 7)
    rows = read_rows(Catalogue.open(scanned).batches(COLUMNS))
    store = FeatureStore(scanned)
    store.fill(rows.image_id, workers=0, progress=False)
    wanted = np.append(rows.image_id[::-1], np.uint64(12345))
    found, components = FeatureStore(scanned).components(wanted, 0)
    assert found.tolist() == [True] * 62 + [False]
    assert components.shape == (62, min(audit_store.N_COMPONENTS, 62, N_FEATURES))
    np.testing.assert_allclose(FeatureStore(scanned).components(wanted[:62], 0)[1], components, atol=1e-4)
