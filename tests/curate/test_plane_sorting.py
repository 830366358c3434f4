"""Laws of sorting a mixed folder: every image once, labels and headers win, the same again and for any workers."""

from __future__ import annotations

import csv
import datetime as dt
import json
import types
import zipfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import cv2
import nibabel as nib
import numpy as np
import pydicom
import pytest
from numpy.typing import NDArray
from pydicom.uid import ExplicitVRLittleEndian, MRImageStorage

import medcurate.curate
from medcurate.catalogue import Catalogue
from medcurate.curate import plane_sorting
from medcurate.curate.measures import plane_features
from medcurate.curate.plane_sorting import SortResult, sort_planes
from medcurate.curate.planes.table import CLASSES
from medcurate.curate.review import review_folder
from medcurate.curate.scans import output
from medcurate.curate.sources import scan_inputs
from medcurate.curate.sources.inputs import decode_path
from medcurate.errors import OutputError, UsageError

SEED = 20261121
PLANES = ("axial", "coronal", "sagittal", "unknown")


class Doubtful:
    """A classifier that holds every image for axial, a little."""

    def predict_proba(self, X: NDArray[np.float32]) -> NDArray[np.float64]:
        return np.tile([0.4, 0.3, 0.2, 0.1], (len(X), 1))


class Nearest:
    """A classifier that follows the nearest teacher."""

    def __init__(self, X: NDArray[np.float32], y: NDArray[np.int64]) -> None:
        self.X, self.y = X, y

    def predict_proba(self, X: NDArray[np.float32]) -> NDArray[np.float64]:
        distance = ((X[:, None] - self.X[None]) ** 2).sum(axis=2)
        answer = np.full((len(X), len(CLASSES)), 0.05)
        answer[np.arange(len(X)), self.y[distance.argmin(axis=1)]] = 0.85
        return answer


class Model(types.SimpleNamespace):
    """Takes the place of `medcurate.curate.planes.model` and remembers what it was given."""

    def load_bundled(self) -> str:
        return "bundled"

    def load(self, path: Path) -> str:
        return path.read_text()

    def fit(self, X: NDArray[np.float32], y: NDArray[np.int64], seed: int) -> tuple[int, ...]:
        return tuple(np.bincount(y, minlength=4).tolist())

    def save(self, model: tuple[int, ...], path: Path) -> None:
        path.write_text(json.dumps(model))

    def adapt(self, base: str, unlabeled: NDArray, labeled: NDArray, planes: NDArray, seed: int):
        self.base, self.unlabeled, self.labeled, self.planes = base, unlabeled, labeled, planes
        return Nearest(labeled, planes) if len(labeled) else Doubtful()


@pytest.fixture
def any_features(monkeypatch: pytest.MonkeyPatch) -> Model:
    """Put the stand-in for the model in place; features are the real ones."""
    model = Model()
    monkeypatch.setattr(plane_sorting, "_plane_model", lambda: model)
    return model


@pytest.fixture
def model(any_features: Model, monkeypatch: pytest.MonkeyPatch) -> Model:
    """Also make features simple: how much the image changes along rows, columns and both diagonals."""
    size = plane_features.N_FEATURES

    def extract(pixels: NDArray[np.generic]) -> NDArray[np.float32]:
        image = pixels.astype(np.float32)
        steps = (image[1:] - image[:-1], image[:, 1:] - image[:, :-1])
        steps += (image[1:, 1:] - image[:-1, :-1], image[1:, :-1] - image[:-1, 1:])
        change = np.array([np.abs(step).mean() for step in steps])
        features = np.zeros(size, np.float32)
        features[:4] = change / change.sum()
        features[4] = image[0, 0] / 1e5  # images of one plane differ a little
        return features

    monkeypatch.setattr(plane_features, "extract", extract)
    return any_features


def picture(plane: str, seed: int) -> NDArray[np.uint8]:
    """Draw stripes whose direction is the plane, or noise."""
    rng = np.random.default_rng(seed)
    rows, columns = np.mgrid[:40, :48]
    phase = {"axial": rows, "coronal": columns, "sagittal": rows + columns}.get(plane)
    stripes = rng.random((40, 48)) if phase is None else (np.sin(phase * 0.8 + rng.random() * 6) + 1) / 2
    return (20 + 200 * stripes + rng.random((40, 48)) * 20).astype(np.uint8)


def png(plane: str, seed: int) -> bytes:
    return cv2.imencode(".png", picture(plane, seed))[1].tobytes()


def pngs(folder: Path, plane: str, seeds: range) -> list[str]:
    folder.mkdir(parents=True, exist_ok=True)
    for seed in seeds:
        (folder / f"{plane}{seed}.png").write_bytes(png(plane, seed))
    return [f"{plane}{seed}.png" for seed in seeds]


def dicom(path: Path, plane: str, seed: int, *, header: bool, series: str = "1.2.3") -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    pixels = picture(plane, seed).astype(np.uint16)
    data = pydicom.Dataset()
    data.file_meta = pydicom.dataset.FileMetaDataset()
    data.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    data.file_meta.MediaStorageSOPClassUID = data.SOPClassUID = MRImageStorage
    data.file_meta.MediaStorageSOPInstanceUID = data.SOPInstanceUID = f"1.2.826.0.1.{seed + 1}"
    data.SeriesInstanceUID, data.StudyInstanceUID, data.PatientID, data.Modality = series, "1.2", "p", "MR"
    data.Rows, data.Columns = pixels.shape
    data.SamplesPerPixel, data.PhotometricInterpretation, data.PixelRepresentation = 1, "MONOCHROME2", 0
    data.BitsAllocated, data.BitsStored, data.HighBit = 16, 16, 15
    data.InstanceNumber = seed
    if header:
        iop = {"axial": [1, 0, 0, 0, 1, 0], "coronal": [1, 0, 0, 0, 0, -1], "sagittal": [0, 1, 0, 0, 0, -1]}[plane]
        data.ImageOrientationPatient, data.ImagePositionPatient = iop, [0, 0, seed]
        data.PixelSpacing = [1, 1]
    data.PixelData = pixels.tobytes()
    data.save_as(path, enforce_file_format=True)


def nifti(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    slices = np.stack([picture("axial", 900 + i).T for i in range(6)], axis=2)
    image = nib.Nifti1Image(slices.astype(np.int16), np.diag([1.0, 1.0, 4.0, 1.0]))
    image.to_filename(path)


NOON = dt.datetime(2026, 5, 4, 12, tzinfo=dt.UTC)


def run(inputs: Path | list[Path], out: Path, **options) -> SortResult:
    roots = inputs if isinstance(inputs, list) else [inputs]
    return sort_planes(roots, out, workers=0, progress=False, when=NOON, **options)


def planes_csv(out: Path) -> list[dict[str, str]]:
    with (out / "planes.csv").open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def table(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def labels(path: Path, rows: dict[str, str]) -> Path:
    path.write_text("path,plane\n" + "".join(f"{name},{plane}\n" for name, plane in rows.items()))
    return path


def tree(folder: Path) -> dict[str, bytes]:
    """Return every file of an output but what is private."""
    files = (path for path in folder.rglob("*") if ".medcurate" not in path.parts and not path.is_dir())
    return {str(p.relative_to(folder)): str(p.readlink()).encode() if p.is_symlink() else p.read_bytes() for p in files}


@pytest.fixture
def mixed(tmp_path: Path) -> Path:
    """Give a folder with header-less pictures, header-bearing files, a zip, copies and litter."""
    root = tmp_path / "mixed"
    for plane in PLANES:
        pngs(root / "web", plane, range(3))
        with zipfile.ZipFile(root / "more.zip", "a") as archive:
            archive.writestr(f"{plane}/1.png", png(plane, 50))
    (root / "web/copy.png").write_bytes(png("axial", 1))
    for seed in range(4):
        dicom(root / "dicom" / f"{seed}.dcm", ("axial", "coronal", "sagittal")[seed % 3], 100 + seed, header=True)
    nifti(root / "volume.nii.gz")
    (root / "broken.png").write_bytes(b"\x89PNG\r\n\x1a\n")
    (root / ".DS_Store").write_bytes(b"x")
    return root


def test_every_image_has_exactly_one_row_in_every_output(mixed: Path, tmp_path: Path, model: Model) -> None:
    out = tmp_path / "out"
    result = run(mixed, out)
    rows = planes_csv(out)
    assert list(rows[0]) == ["source", "path", "frame", "plane", "confidence", "evidence", "obliquity_deg"]
    keys = [(row["source"], row["path"], row["frame"]) for row in rows]
    assert len(set(keys)) == len(keys) == result.counts.accepted + result.counts.duplicates == 12 + 4 + 1 + 4 + 1
    assert result.planes == {plane: [row["plane"] for row in rows].count(plane) for plane in PLANES}
    assert Counter(Catalogue.open(out).to_table(["plane"]).column(0).to_pylist()) == Counter(r["plane"] for r in rows)
    shown = [path.name for path in (out / "sorted").glob("*/*")]
    assert len(shown) == len(set(shown)) == len(rows)
    assert all(path.is_file() for path in (out / "sorted").glob("*/*"))
    assert sorted(p.name for p in (out / "review").iterdir()) == sorted(
        ["axial.jpg", "coronal.jpg", "sagittal.jpg", "unknown.jpg", "label_next.csv", "label_next.png"]
    )


def test_planes_follow_headers_labels_and_what_was_learned_from_them(mixed: Path, tmp_path: Path, model: Model) -> None:
    given = labels(tmp_path / "l.csv", {"web/unknown0.png": "unknown", "web/axial0.png": "sagittal"})
    run(mixed, tmp_path / "out", labels=given)
    rows = {row["path"]: row for row in planes_csv(tmp_path / "out")}
    for seed in range(4):
        row = rows[f"dicom/{seed}.dcm"]
        assert (row["plane"], row["evidence"], float(row["confidence"])) == (PLANES[seed % 3], "header", 1.0)
        assert float(row["obliquity_deg"]) == 0
    assert rows["volume.nii.gz"]["evidence"] == "header"
    assert (rows["web/axial0.png"]["plane"], rows["web/axial0.png"]["evidence"]) == ("sagittal", "label")
    assert float(rows["web/axial0.png"]["confidence"]) == 1.0
    assert (rows["web/unknown0.png"]["plane"], rows["web/unknown0.png"]["evidence"]) == ("unknown", "label")
    for plane in ("coronal", "sagittal"):
        for name in (f"web/{plane}1.png", f"more.zip!{plane}/1.png"):
            assert (rows[name]["plane"], rows[name]["evidence"]) == (plane, "classifier"), name
            assert rows[name]["obliquity_deg"] == ""
    slices = model.planes.tolist().count(0) - 2  # of the volume
    assert Counter(model.planes.tolist()) == {0: 2 + slices, 1: 1, 2: 1 + 1, 3: 1}
    assert slices == 6


def test_catalogue_and_table_agree(mixed: Path, tmp_path: Path, model: Model) -> None:
    run(mixed, tmp_path / "out")
    columns = ["path", "plane", "plane_evidence", "plane_confidence"]
    catalogue = {row["path"]: row for row in Catalogue.open(tmp_path / "out").to_table(columns).to_pylist()}
    for row in planes_csv(tmp_path / "out"):
        there = catalogue[row["path"]]
        assert (row["plane"], row["evidence"]) == (there["plane"], there["plane_evidence"])
        assert float(row["confidence"]) == there["plane_confidence"]


def test_again_and_from_nothing_give_the_same_bytes(mixed: Path, tmp_path: Path, model: Model) -> None:
    given = labels(tmp_path / "l.csv", {"web/unknown0.png": "unknown"})
    run(mixed, tmp_path / "one", labels=given)
    first = tree(tmp_path / "one")
    run(mixed, tmp_path / "one", labels=given)
    assert tree(tmp_path / "one") == first
    run(mixed, tmp_path / "two", labels=given)
    assert tree(tmp_path / "two") == first


def test_workers_do_not_change_a_byte(mixed: Path, tmp_path: Path, any_features: Model) -> None:
    run(mixed, tmp_path / "one")
    sort_planes([mixed], tmp_path / "two", workers=2, progress=False)
    assert tree(tmp_path / "one") == tree(tmp_path / "two")


def test_labels_count_without_the_file_until_they_are_taken_back(mixed: Path, tmp_path: Path, model: Model) -> None:
    out = tmp_path / "out"
    run(mixed, out)
    before = tree(out)
    run(mixed, out, labels=labels(tmp_path / "l.csv", {"web/coronal0.png": "unknown"}), who="Ada")
    labeled = tree(out)
    assert labeled["planes.csv"] != before["planes.csv"]
    assert labeled["decisions.csv"].decode().splitlines()[1:] == [
        ",web/coronal0.png,,plane,unknown,Ada,2026-05-04T12:00:00Z"
    ]
    run(mixed, out)
    assert tree(out) == labeled
    with (out / "decisions.csv").open("a") as stream:
        stream.write(",web/coronal0.png,,plane,,,\n")
    run(mixed, out)
    after = tree(out)
    del after["decisions.csv"]
    assert after == before


def test_a_decision_about_an_image_that_is_gone_is_a_note(mixed: Path, tmp_path: Path, model: Model) -> None:
    run(mixed, tmp_path / "out", labels=labels(tmp_path / "l.csv", {"web/coronal0.png": "unknown"}))
    (mixed / "web/coronal0.png").unlink()
    result = run(mixed, tmp_path / "out")
    assert result.notes == ("decisions.csv, line 2: web/coronal0.png matches no image of the input",)


def test_a_label_holds_for_all_copies_of_the_image(mixed: Path, tmp_path: Path, model: Model) -> None:
    run(mixed, tmp_path / "out", labels=labels(tmp_path / "l.csv", {"web/copy.png": "coronal"}))
    rows = {row["path"]: row for row in planes_csv(tmp_path / "out")}
    assert (rows["web/axial1.png"]["plane"], rows["web/axial1.png"]["evidence"]) == ("coronal", "label")


def test_a_label_wins_over_the_header(mixed: Path, tmp_path: Path, model: Model) -> None:
    run(mixed, tmp_path / "out", labels=labels(tmp_path / "l.csv", {"dicom/0.dcm": "sagittal"}))
    row = next(row for row in planes_csv(tmp_path / "out") if row["path"] == "dicom/0.dcm")
    assert (row["plane"], row["evidence"]) == ("sagittal", "label")


@pytest.mark.parametrize(
    ("path", "near"), [("web/axial00.png", "web/axial0.png"), ("axial0.png", "web/axial0.png"), ("broken.png", "")]
)
def test_a_label_that_matches_nothing_is_named(mixed: Path, tmp_path: Path, model: Model, path: str, near: str) -> None:
    with pytest.raises(UsageError, match=rf"line 2: {path} matches no image.*{near}") as caught:
        run(mixed, tmp_path / "out", labels=labels(tmp_path / "l.csv", {path: "axial"}))
    assert caught.value.exit_code == 2


def test_the_series_decides_where_no_header_does(tmp_path: Path, model: Model) -> None:
    root = tmp_path / "in"
    for seed in range(6):
        dicom(root / f"{seed}.dcm", "coronal" if seed else "axial", seed, header=False)
    pngs(root, "axial", range(20, 22))
    pngs(root, "coronal", range(20, 22))
    given = labels(tmp_path / "l.csv", {"axial20.png": "axial", "coronal20.png": "coronal"})
    run(root, tmp_path / "out", labels=given)
    rows = {row["path"]: row for row in planes_csv(tmp_path / "out")}
    series = [rows[f"{seed}.dcm"] for seed in range(6)]
    assert {(row["plane"], row["evidence"]) for row in series} == {("coronal", "series")}
    assert len({row["confidence"] for row in series}) == 1
    assert rows["axial21.png"]["evidence"] == "classifier"


def test_a_localizer_with_headers_is_not_voted(tmp_path: Path, model: Model) -> None:
    root = tmp_path / "in"
    for seed, plane in enumerate(("axial", "coronal", "sagittal")):
        dicom(root / f"{plane}.dcm", plane, seed, header=True)
    run(root, tmp_path / "out")
    rows = {row["path"]: row for row in planes_csv(tmp_path / "out")}
    for plane in ("axial", "coronal", "sagittal"):
        assert (rows[f"{plane}.dcm"]["plane"], rows[f"{plane}.dcm"]["evidence"]) == (plane, "header")


def test_bad_input_15_without_header_or_teacher_the_plane_is_unknown(tmp_path: Path, model: Model) -> None:
    dicom(tmp_path / "in/1.dcm", "axial", 1, header=False)
    result = run(tmp_path / "in", tmp_path / "out")
    assert result.planes == {"axial": 0, "coronal": 0, "sagittal": 0, "unknown": 1}
    (row,) = planes_csv(tmp_path / "out")
    assert (row["plane"], row["confidence"], row["evidence"], row["obliquity_deg"]) == (
        "unknown", "0.4000", "classifier", ""
    )  # fmt: skip
    assert run(tmp_path / "in", tmp_path / "out", min_confidence=0.4).planes["axial"] == 1


@pytest.mark.parametrize("minimum", [0.0, 0.5, 0.84, 0.86, 1.0])
def test_below_the_least_confidence_a_plane_is_unknown_but_headers_stand(
    mixed: Path, tmp_path: Path, model: Model, minimum: float
) -> None:
    run(mixed, tmp_path / "out", min_confidence=minimum)
    for row in planes_csv(tmp_path / "out"):
        if row["evidence"] == "classifier":
            assert (row["plane"] == "unknown") == (float(row["confidence"]) < minimum)
        else:
            assert row["plane"] != "unknown"


def test_label_next_is_undecided_different_and_no_longer_than_asked(mixed: Path, tmp_path: Path, model: Model) -> None:
    given = labels(tmp_path / "l.csv", {"web/axial1.png": "axial"})
    for n in (0, 3, 60):
        run(mixed, tmp_path / "out", labels=given, n_label_next=n)
        rows = table(tmp_path / "out/review/label_next.csv")
        assert len(rows) == min(n, 12 + 4 - 1)
        assert [row["number"] for row in rows] == [str(i + 1) for i in range(len(rows))]
        assert {row["plane"] for row in rows} <= {""}
        assert not {row["path"] for row in rows} & {"web/axial1.png", "web/copy.png", "volume.nii.gz", "dicom/0.dcm"}


def test_label_next_filled_in_place_goes_on_round_after_round(mixed: Path, tmp_path: Path, model: Model) -> None:
    out = tmp_path / "out"
    run(mixed, out, n_label_next=4)
    file = out / "review/label_next.csv"
    told: set[str] = set()
    for _ in range(3):
        rows = table(file)
        assert not told & {row["path"] for row in rows}
        told |= {row["path"] for row in rows}
        with file.open("w", newline="") as stream:
            writer = csv.DictWriter(stream, rows[0])
            writer.writeheader()
            writer.writerows(row | {"plane": "sagittal"} for row in rows)
        run(mixed, out, n_label_next=4, labels=file)
        assert {row["path"] for row in planes_csv(out) if row["evidence"] == "label"} >= told
    before = tree(out)
    run(mixed, out, n_label_next=4, labels=file)  # the same command line once more: nothing new is filled in
    assert tree(out) == before


def test_the_least_confident_come_first_on_the_sheets(
    mixed: Path, tmp_path: Path, model: Model, monkeypatch: pytest.MonkeyPatch
) -> None:
    drawn: dict[str, list[float]] = {}
    draw = review_folder.contact_sheet

    def remember(title: str, summary: str, tiles: list) -> object:
        drawn[title] = [tile.confidence for tile in tiles]
        assert all(tile.image is not None for tile in tiles)
        return draw(title, summary, tiles)

    monkeypatch.setattr(review_folder, "contact_sheet", remember)
    result = run(mixed, tmp_path / "out")
    for plane in PLANES:
        assert drawn[plane] == sorted(drawn[plane])
    assert sum(len(drawn[plane]) for plane in PLANES) == sum(result.planes.values()) - 1  # one copy


def test_hostile_names_are_kept_exactly_and_linked(tmp_path: Path, model: Model) -> None:
    root = tmp_path / "in"
    root.mkdir()
    names = [b"=cmd.png", b"a,b.png", b'q"uote.png', b"new\nline.png", b"bad\xff.png", "é.png".encode(), b"%41.png"]
    for seed, name in enumerate(names):
        Path(str(root), name.decode("utf-8", "surrogateescape")).write_bytes(png("axial", seed))
    run(root, tmp_path / "out")
    rows = planes_csv(tmp_path / "out")
    assert sorted(decode_path(row["path"]).encode("utf-8", "surrogateescape") for row in rows) == sorted(names)
    links = (tmp_path / "out/sorted/unknown").iterdir()
    assert sorted(link.read_bytes() for link in links) == sorted(png("axial", seed) for seed in range(len(names)))


def test_frames_of_one_file_are_linked_once_a_plane(tmp_path: Path, model: Model) -> None:
    root = tmp_path / "in"
    root.mkdir()
    pages = [picture(plane, seed) for plane in ("coronal", "sagittal") for seed in (1, 2)]
    assert cv2.imwritemulti(str(root / "pages.tif"), pages)
    pngs(root, "coronal", range(5, 6))
    pngs(root, "sagittal", range(5, 6))
    given = labels(tmp_path / "l.csv", {"coronal5.png": "coronal", "sagittal5.png": "sagittal"})
    run(root, tmp_path / "out", labels=given)
    rows = [row for row in planes_csv(tmp_path / "out") if row["path"] == "pages.tif"]
    assert [(row["frame"], row["plane"]) for row in rows] == [
        ("0", "coronal"), ("1", "coronal"), ("2", "sagittal"), ("3", "sagittal")
    ]  # fmt: skip
    links = [str(path.relative_to(tmp_path / "out/sorted")) for path in (tmp_path / "out/sorted").glob("*/*pages*")]
    assert sorted(links) == ["coronal/in__pages.tif", "sagittal/in__pages.tif"]


def test_a_label_for_one_frame(tmp_path: Path, model: Model) -> None:
    (tmp_path / "in").mkdir()
    assert cv2.imwritemulti(str(tmp_path / "in/pages.tif"), [picture("axial", 1), picture("axial", 2)])
    (tmp_path / "l.csv").write_text("path,frame,plane\npages.tif,1,coronal\n")
    run(tmp_path / "in", tmp_path / "out", labels=tmp_path / "l.csv")
    assert [row["evidence"] for row in planes_csv(tmp_path / "out")] == ["classifier", "label"]


@pytest.mark.parametrize("mode", ["copy", "none"])
def test_other_ways_to_lay_out(mixed: Path, tmp_path: Path, model: Model, mode: str) -> None:
    run(mixed, tmp_path / "out")
    run(mixed, tmp_path / "out", materialize=mode)
    entries = list((tmp_path / "out").glob("sorted/*/*"))
    assert not any(path.is_symlink() for path in entries)
    assert len(entries) == (len(planes_csv(tmp_path / "out")) if mode == "copy" else 0)


def test_own_models_are_fitted_saved_and_used(mixed: Path, tmp_path: Path, model: Model) -> None:
    given = labels(tmp_path / "l.csv", {"web/coronal0.png": "coronal", "web/unknown0.png": "none"})
    run(mixed, tmp_path / "out", labels=given, fit_model=tmp_path / "mine")
    counts = json.loads((tmp_path / "mine").read_text())
    assert counts[1] >= 2
    assert counts[3] == 1
    assert model.base == "bundled"
    run(mixed, tmp_path / "out", model=tmp_path / "mine")
    assert model.base == json.dumps(counts)


def test_a_model_needs_two_planes(tmp_path: Path, model: Model) -> None:
    pngs(tmp_path / "in", "axial", range(2))
    with pytest.raises(UsageError, match="expected labels or headers of at least two planes, found axial 0"):
        run(tmp_path / "in", tmp_path / "out", fit_model=tmp_path / "mine")


def test_headers_alone_need_no_classifier(tmp_path: Path, model: Model) -> None:
    dicom(tmp_path / "in/1.dcm", "axial", 1, header=True)
    assert run(tmp_path / "in", tmp_path / "out").planes["axial"] == 1
    assert not hasattr(model, "base")
    assert table(tmp_path / "out/review/label_next.csv") == []


def test_an_input_without_images_gives_empty_tables(tmp_path: Path, model: Model) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "in/a.png").write_bytes(b"")
    assert sum(run(tmp_path / "in", tmp_path / "out").planes.values()) == 0
    assert planes_csv(tmp_path / "out") == []


def test_the_sample_that_it_adapts_to_does_not_depend_on_names(tmp_path: Path, model: Model) -> None:
    seen = []
    for names in ("abcdef", "fedcba"):
        root = tmp_path / names
        root.mkdir()
        for seed, name in enumerate(names):
            (root / f"{name}.png").write_bytes(png("axial", seed))
        run(root, tmp_path / f"out-{names}")
        seen.append(sorted(map(tuple, model.unlabeled.tolist())))
    assert seen[0] == seen[1]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"min_confidence": 1.5}, "expected a probability from 0 to 1, received 1.5"),
        ({"n_label_next": -1}, "expected 0 or more, received -1"),
        ({"materialize": "move"}, "expected link, copy or none"),
    ],
)
def test_options_out_of_range(tmp_path: Path, model: Model, options: dict, message: str) -> None:
    pngs(tmp_path / "in", "axial", range(1))
    with pytest.raises(UsageError, match=message):
        run(tmp_path / "in", tmp_path / "out", **options)
    assert not (tmp_path / "out").exists()


def test_a_folder_of_the_users_is_not_replaced(tmp_path: Path, model: Model) -> None:
    pngs(tmp_path / "in", "axial", range(1))
    pngs(tmp_path / "out/sorted", "axial", range(1))
    with pytest.raises(OutputError, match="was not made by medcurate"):
        run(tmp_path / "in", tmp_path / "out")
    assert (tmp_path / "out/sorted/axial0.png").is_file()


def test_the_public_names_are_functions_and_classes() -> None:
    assert medcurate.curate.sort_planes is sort_planes
    assert callable(medcurate.curate.scan)
    with pytest.raises(AttributeError, match="attribute nothing"):
        medcurate.curate.nothing  # noqa: B018


@pytest.mark.parametrize("stop", ["read_table", "plane_lines", "with_planes", "lay_out", "write_review"])
def test_a_run_that_is_stopped_anywhere_ends_the_same_when_started_again(
    mixed: Path, tmp_path: Path, model: Model, monkeypatch: pytest.MonkeyPatch, stop: str
) -> None:
    given = labels(tmp_path / "l.csv", {"web/unknown0.png": "unknown"})
    run(mixed, tmp_path / "whole", labels=given)
    run(mixed, tmp_path / "stopped")

    def stopped(*positional: object, **options: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(plane_sorting, stop, stopped)
        with pytest.raises(KeyboardInterrupt):
            run(mixed, tmp_path / "stopped", labels=given)
    run(mixed, tmp_path / "stopped", labels=given)
    assert tree(tmp_path / "stopped") == tree(tmp_path / "whole")


def test_the_input_is_walked_once_and_the_catalogue_written_once(
    mixed: Path, tmp_path: Path, model: Model, monkeypatch: pytest.MonkeyPatch
) -> None:
    entries: list[object] = []
    written: list[Path] = []

    def walk(*positional: object) -> Iterator[object]:
        for entry in walk_roots(*positional):
            entries.append(entry)
            yield entry

    def write(path: Path, *positional: object, **options: object) -> None:
        written.append(path)
        write_catalogue(path, *positional, **options)

    walk_roots, write_catalogue = scan_inputs.walk_roots, output.write_catalogue
    monkeypatch.setattr(scan_inputs, "walk_roots", walk)
    monkeypatch.setattr(output, "write_catalogue", write)
    result = run(mixed, tmp_path / "out")
    assert len(entries) == result.counts.seen
    assert written == [tmp_path / "out/catalogue.parquet"]


def test_a_file_where_a_folder_must_be_is_an_output_error(mixed: Path, tmp_path: Path, model: Model) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out/review").write_text("mine")
    with pytest.raises(OutputError, match="cannot write"):
        run(mixed, tmp_path / "out")


@pytest.mark.realdata
def test_real_pictures_are_all_laid_out(realdata: Path, tmp_path: Path, model: Model) -> None:
    folder = realdata / "sartaj" / "Testing" / "pituitary_tumor"
    result = run(folder, tmp_path / "out")
    files = [path for path in folder.rglob("*") if path.is_file()]
    assert sum(result.planes.values()) == len(files) == len(list((tmp_path / "out/sorted").glob("*/*")))
    assert {path.resolve() for path in (tmp_path / "out/sorted").glob("*/*")} == {path.resolve() for path in files}
