"""Scan: one line a file in, catalogue and rejects out, nothing lost."""

from __future__ import annotations

import csv
import hashlib
import os
import stat
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from medcurate.curate.measures.plane_features import N_FEATURES, extract
from medcurate.curate.scanning import open_scan, scan
from medcurate.curate.scans import file_lines as scan_file
from medcurate.curate.scans import reading
from medcurate.curate.scans.file_lines import ScanSettings, scan_item
from medcurate.curate.scans.output import Counts
from medcurate.curate.scans.pseudonyms import load_salt, pseudonym, salt_file
from medcurate.curate.scans.scan_parts import ScanParts
from medcurate.curate.sources.inputs import Item, walk
from medcurate.curate.sources.scan_inputs import resolve_inputs
from medcurate.curate.sources.tumor_folders import tumor_of_path
from medcurate.errors import Code, NothingUsable, OutputError, UsageError
from medcurate.parallel import Workers
from medcurate.pixel_hash import is_constant, pixel_digest, volume_digest
from medcurate.readers.frame import Facts, Frame
from medcurate.reject_codes import ACTIONS

SALT = b"s" * 32


@pytest.fixture(autouse=True)
def salt(tmp_path_factory, monkeypatch):
    path = tmp_path_factory.mktemp("config") / "salt"
    path.write_bytes(SALT)
    monkeypatch.setenv("MEDCURATE_SALT_FILE", str(path))
    return path


def image(seed: int, *, shape=(40, 32), dtype=np.uint8) -> np.ndarray:
    high = np.iinfo(dtype).max
    return np.random.default_rng(seed).integers(0, high, shape, dtype=dtype, endpoint=True)


def png(path: Path, pixels: np.ndarray, level: int = 1) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(cv2.imencode(".png", pixels, [cv2.IMWRITE_PNG_COMPRESSION, level])[1].tobytes())


def rows_of(result, *columns):
    table = result.catalogue.to_table(list(columns))
    return [tuple(row.values()) for row in table.to_pylist()]


def rejects_of(out: Path) -> list[dict[str, str]]:
    with (out / "rejects.csv").open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


class Said(dict):
    """Frames by file name."""


@pytest.fixture
def said(monkeypatch, tmp_path):
    frames = Said()
    monkeypatch.setattr(scan_file, "read", lambda blob, options: iter(frames[blob.name]))
    return frames


@pytest.fixture
def run(said, tmp_path):
    def run_scan(**options):
        folder = tmp_path / "in"
        folder.mkdir(exist_ok=True)
        for name in said:
            (folder / name).write_bytes(name.encode())
        return scan([folder], tmp_path / "out", workers=0, progress=False, **options)

    return run_scan


def frame(pixels, **facts) -> Frame:
    return Frame(pixels, Facts(**{"format": "dicom", **facts}))


# ----------------------------------------------------------------------------------------------------------- one scan


def test_every_file_is_accounted_for(tmp_path):
    data = tmp_path / "data"
    png(data / "glioma_tumor" / "a.png", image(1))
    png(data / "no_tumor" / "b.png", image(2, dtype=np.uint16))
    png(data / "no_tumor" / "again.png", image(1), level=9)
    (data / "same.png").write_bytes((data / "no_tumor" / "b.png").read_bytes())
    png(data / "blank.png", np.full((9, 9), 7, np.uint8))
    (data / "empty.png").write_bytes(b"")
    (data / ".DS_Store").write_bytes(b"x")
    with zipfile.ZipFile(data / "more.zip", "w") as archive:
        archive.writestr("pituitary/c.png", cv2.imencode(".png", image(3))[1].tobytes())
    result = scan([data], tmp_path / "out", workers=1, progress=False)
    assert result.counts == Counts(seen=8, accepted=3, duplicates=2, rejected=2, ignored=1)
    assert rows_of(result, "path", "tumor", "duplicate_kind", "bit_depth", "status") == [
        ("glioma_tumor/a.png", "glioma", None, 8, "kept"),
        ("more.zip!pituitary/c.png", "pituitary", None, 8, "kept"),
        ("no_tumor/again.png", "none", "pixels", 8, "kept"),
        ("no_tumor/b.png", "none", None, 16, "kept"),
        ("same.png", None, "bytes", 16, "kept"),
    ]
    rejects = rejects_of(tmp_path / "out")
    assert [(row["path"], row["code"], row["stage"]) for row in rejects] == [
        (".DS_Store", "LITTER", "walk"),
        ("blank.png", "CONSTANT", "read"),
        ("empty.png", "EMPTY", "read"),
    ]
    assert list(rejects[0]) == ["source", "path", "sha256", "stage", "code", "message", "action"]
    assert rejects[1]["sha256"] == hashlib.sha256((data / "blank.png").read_bytes()).hexdigest()
    assert rejects[1]["action"] == ACTIONS[Code.CONSTANT].action
    first = result.catalogue.to_table().to_pylist()[0]
    assert first["file_sha256"] == hashlib.sha256((data / "glioma_tumor" / "a.png").read_bytes()).hexdigest()
    assert first["image_id"] == pixel_digest(image(1)).hex()[:16]
    assert (first["source"], first["origin"], first["plane"], first["notes"]) == ("data", "real", "unknown", "")


def test_nothing_in_nothing_out(tmp_path):
    (tmp_path / "data").mkdir()
    result = scan([tmp_path / "data"], tmp_path / "out", workers=0, progress=False)
    assert result.counts == Counts(0, 0, 0, 0, 0)
    assert len(result.catalogue) == 0


def test_a_catalogue_in_parts_holds_the_same_rows_and_stays_in_parts(tmp_path):
    for seed in range(5):
        png(tmp_path / "data" / f"{seed}.png", image(seed))
    one = scan([tmp_path / "data"], tmp_path / "one", workers=0, progress=False)
    for inputs, size in (([tmp_path / "data"], 2), ([tmp_path / "parts"], None)):
        parts = scan(inputs, tmp_path / "parts", workers=0, progress=False, catalogue_parts=size)
        assert parts.catalogue.path.is_dir()
        assert parts.catalogue.to_table().equals(one.catalogue.to_table())
    with pytest.raises(UsageError, match="catalogue_parts: expected 1 row or more, received 0"):
        scan([tmp_path / "data"], tmp_path / "parts", catalogue_parts=0)


def test_bad_input_25_constant_is_told_apart_from_blank_slices(said, run):
    blank = np.zeros((4, 4), np.uint8)
    said["a.dcm"] = [frame(blank, frame=0), frame(image(1), frame=1)]
    said["b.dcm"] = [frame(blank), frame(blank + 9, frame=1)]
    said["c.nii"] = [frame(blank, kind="volume", depth=2), frame(blank + 1, kind="volume", depth=2)]
    said["d.nii"] = [frame(blank, kind="volume", depth=2), frame(blank, kind="volume", depth=2)]
    result = run()
    assert rows_of(result, "path", "frame", "status", "reason") == [
        ("a.dcm", 0, "dropped", "CONSTANT"),
        ("a.dcm", 1, "kept", None),
        ("c.nii", None, "kept", None),
    ]
    assert [row["path"] for row in rejects_of(result.catalogue.path.parent)] == ["b.dcm", "d.nii"]


def test_a_volume_is_one_row_and_a_mask_points_at_its_image(said, run):
    slices = [image(n) for n in range(3)]
    said["v.nii"] = [frame(s, kind="volume", depth=3, frame=n, notes=(Code.NONFINITE,)) for n, s in enumerate(slices)]
    said["w.mat"] = [
        frame(image(7), tumor="glioma", patient_key="P1"),
        frame(image(8) > 9, kind="mask", tumor="glioma"),
    ]
    said["x.nii"] = [frame(np.zeros((4, 4), np.uint8), kind="mask", depth=2)] * 2
    result = run()
    whole = volume_digest([pixel_digest(s) for s in slices]).hex()[:16]
    rows = rows_of(result, "path", "image_id", "kind", "frame", "depth", "mask_of", "notes", "tumor")
    assert rows[0] == ("v.nii", whole, "volume", None, 3, None, "NONFINITE", None)
    assert rows[2][4:6] == (None, rows[1][1])
    assert rows[2][7] == "glioma"
    assert rows[3][2:6] == ("mask", None, 2, None)
    assert result.counts.accepted == 3


def test_masks_that_are_alike_are_no_copies(said, run):
    empty = np.zeros((4, 4), np.uint8)
    for n in (1, 2):
        said[f"{n}.mat"] = [frame(image(n)), frame(empty, kind="mask")]
    assert rows_of(run(), "duplicate_kind") == [(None,)] * 4


def test_bad_input_28_one_identifier_for_two_images(said, run):
    said["a.dcm"] = [frame(image(1), instance_key="1.2.3")]
    said["b.dcm"] = [frame(image(2), instance_key="1.2.3", notes=(Code.COLOR,))]
    said["c.dcm"] = [frame(image(3), instance_key="1.2.4")]
    said["d.dcm"] = [frame(image(3), instance_key="1.2.4")]
    said["e.dcm"] = [frame(image(n), instance_key="1.2.5", frame=n) for n in (5, 6)]
    assert rows_of(run(), "path", "notes") == [
        ("a.dcm", "UID_CONFLICT"),
        ("b.dcm", "COLOR UID_CONFLICT"),
        ("c.dcm", ""),
        ("d.dcm", ""),
        ("e.dcm", ""),
        ("e.dcm", ""),
    ]


AXES = (1.0, 0.0, 0.0, 0.0, 1.0, 0.0)


def stack(said, name, places, *, shift=0.0, series="S", **facts):
    for number, z in enumerate(places):
        key = f"{name}{number:02d}.dcm"
        pixels = image(zlib.crc32(key.encode()))
        position = (0.0, shift * number, float(z))
        said[key] = [frame(pixels, series_key=series, position_mm=position, axes=AXES, **facts)]


def test_bad_input_17_18_sheared_stack_and_gap(said, run):
    stack(said, "even", range(6), series="A")
    stack(said, "gap", [0, 1, 2, 4, 5, 6], series="B")
    stack(said, "tilt", range(6), shift=0.3, series="C")
    found = {path[:3]: notes for path, notes in rows_of(run(), "path", "notes")}
    assert found["eve"] == ""
    assert "GEOM_GAP" in found["gap"]
    assert "GEOM_SHEAR" in found["til"]


def test_bad_input_19_two_acquisitions_in_one_series_are_split(said, run):
    stack(said, "a", range(4), acquisition="1")
    stack(said, "b", range(4), acquisition="2")
    said["copy.dcm"] = [replace(said["b00.dcm"][0])]
    found = rows_of(run(), "path", "series_id")
    base = pseudonym(SALT, "series", "S")
    assert {series for path, series in found if path[0] == "a"} == {f"{base}-1"}
    assert {series for path, series in found if path[0] in "bc"} == {f"{base}-2"}


def test_a_slice_has_its_place_in_the_stack_from_the_lower_end_up(said, run):
    places = [7, 1, 2, 3, 10, 5, 6, 0]
    stack(said, "eight", places, series="A")
    stack(said, "seven", range(7), series="B")
    down = (1.0, 0.0, 0.0, 0.0, -1.0, 0.0)  # the same slices seen from the other side
    for number, z in enumerate(places):
        position = (0.0, 0.0, float(z))
        facts = {"series_key": "C", "position_mm": position, "axes": down}
        said[f"turn{number:02d}.dcm"] = [frame(image(900 + number), **facts)]
    said["zcopy.dcm"] = [said["eight04.dcm"][0]]
    said["plain.dcm"] = [frame(image(99))]
    found = dict(rows_of(run(), "path", "position"))
    assert [found[f"eight{n:02d}.dcm"] for n in range(8)] == [place / 10 for place in places]
    assert [found[f"turn{n:02d}.dcm"] for n in range(8)] == [place / 10 for place in places]
    assert {found[f"seven{n:02d}.dcm"] for n in range(7)} == {None}
    assert found["zcopy.dcm"] == 1.0
    assert found["plain.dcm"] is None


@pytest.mark.parametrize(
    ("axes", "along", "first"),
    [
        ((1.0, 0.0, 0.0, 0.0, 1.0, 0.0), (0.0, 0.0, 1.0), 0.0),  # axial, upwards
        ((1.0, 0.0, 0.0, 0.0, 0.0, -1.0), (0.0, 1.0, 0.0), 1.0),  # coronal, towards the back
        ((0.0, 1.0, 0.0, 0.0, 0.0, -1.0), (1.0, 0.0, 0.0), 1.0),  # sagittal, towards the left
        ((0.0, 1.0, 0.0, 0.0, 0.0, -1.0), (-1.0, 0.0, 0.0), 0.0),  # sagittal, towards the right
    ],
)
def test_places_begin_at_the_feet_the_back_and_the_left(said, run, axes, along, first):
    for number in range(8):
        position = tuple(3.0 * number * step for step in along)
        facts = {"series_key": "S", "position_mm": position, "axes": axes}
        said[f"{number}.dcm"] = [frame(image(700 + number), **facts)]
    places = [place for (place,) in rows_of(run(), "position")]
    assert (places[0], places[7]) == (first, 1.0 - first)
    assert places == sorted(places, reverse=first == 1.0)


def test_two_stacks_of_a_series_have_places_of_their_own(said, run):
    stack(said, "a", range(8), acquisition="1")
    stack(said, "b", range(0, 16, 2), acquisition="2")
    found = dict(rows_of(run(), "path", "position"))
    assert [found[f"{name}00.dcm"] for name in "ab"] == [0.0, 0.0]
    assert [found[f"{name}07.dcm"] for name in "ab"] == [1.0, 1.0]


def test_slices_in_one_place_have_no_place(said, run):
    stack(said, "a", [3] * 8)
    assert set(rows_of(run(), "position")) == {(None,)}


def test_the_area_of_a_mask_is_that_of_its_image(said, run):
    labels = np.zeros((10, 10), np.uint8)
    labels[:3, :5] = 2
    said["a.mat"] = [frame(image(1)), frame(labels, kind="mask"), frame(labels[:, ::-1] * (labels > 9), kind="mask")]
    said["b.mat"] = [frame(labels, kind="mask"), frame(image(2))]
    said["c.nii"] = [frame(labels, kind="mask", depth=2), frame(np.zeros_like(labels), kind="mask", depth=2)]
    said["d.png"] = [frame(image(4))]
    assert rows_of(run(), "path", "kind", "mask_area") == [
        ("a.mat", "image", 0.15),
        ("a.mat", "mask", 0.15),
        ("a.mat", "mask", 0.0),
        ("b.mat", "mask", 0.15),
        ("b.mat", "image", 0.15),
        ("c.nii", "mask", 0.075),
        ("d.png", "image", None),
    ]


# ------------------------------------------------------------------------------------------------- changes in between


def only_item(folder: Path) -> Item:
    [item] = walk([folder])
    assert isinstance(item, Item)
    return item


def test_bad_input_61_vanished_and_changed_while_running(tmp_path):
    png(tmp_path / "a.png", image(1))
    item = only_item(tmp_path)
    png(tmp_path / "a.png", image(2, shape=(50, 50)))
    assert scan_item(item, ScanSettings(SALT)).lines[0].code == "CHANGED"
    (tmp_path / "a.png").unlink()
    assert scan_item(item, ScanSettings(SALT)).lines[0].code == "VANISHED"


def test_bad_input_61_changed_while_it_is_read(tmp_path, monkeypatch):
    png(tmp_path / "a.png", image(1))
    item = only_item(tmp_path)

    def read_and_touch(blob, options):
        os.utime(item.location, ns=(1, 1))
        yield frame(image(1))

    monkeypatch.setattr(scan_file, "read", read_and_touch)
    assert scan_item(item, ScanSettings(SALT)).lines[0].code == "CHANGED"


def test_bad_input_61_the_system_refuses(tmp_path, monkeypatch):
    png(tmp_path / "a.png", image(1))
    item = only_item(tmp_path)
    for error, code in ((OSError(5, "x"), "PERMISSION"), (OSError(116, "x"), "VANISHED")):

        def refuse(blob, options, error=error):
            raise error

        monkeypatch.setattr(scan_file, "read", refuse)
        assert scan_item(item, ScanSettings(SALT)).lines[0].code == code


def test_a_large_file_is_hashed_as_it_streams(tmp_path, monkeypatch):
    monkeypatch.setattr(scan_file, "_WHOLE_BYTES", 10)
    png(tmp_path / "a.png", image(1))
    [line] = scan_item(only_item(tmp_path), ScanSettings(SALT)).lines
    assert line.file_sha256 == hashlib.sha256((tmp_path / "a.png").read_bytes()).hexdigest()


# ------------------------------------------------------------------------------------------------------------ features


@contextmanager
def open_parts(tmp_path: Path, *, features: bool) -> Iterator[ScanParts]:
    """Open the parts of a scan of ``tmp_path/in``."""
    chosen = resolve_inputs([tmp_path / "in"])
    with open_scan(chosen, tmp_path / "out", Workers(0, progress=False), features=features) as found:
        yield found.parts


def test_features_come_back_beside_their_rows(said, run, tmp_path):
    planes = [image(n) for n in range(3)]
    said["a.png"] = [frame(planes[0])]
    said["b.mat"] = [frame(planes[1]), frame(planes[1] > 9, kind="mask")]
    said["c.nii"] = [frame(image(n + 10), kind="volume", depth=40) for n in range(40)]
    said["d.png"] = [frame(planes[2])]
    run(features=True)
    with open_parts(tmp_path, features=True) as parts:
        [part] = parts
        assert (parts.n_rows, part.first_row, part.rows.num_rows) == (5, 0, 5)
        assert part.features.shape == (2 + 16 + 1, N_FEATURES)
        assert part.feature_row.tolist() == [0, 1, *[3] * 16, 4]
        expected = [extract(p) for p in planes]
        np.testing.assert_allclose(part.features[[0, 1, 18]], expected, atol=0.01)
        assert part.rows.column("path").to_pylist() == ["a.png", "b.mat", "b.mat", "c.nii", "d.png"]


def test_features_do_not_depend_on_what_else_is_in_the_chunk(tmp_path):
    for seed in range(70):
        png(tmp_path / f"{seed:02d}.png", image(seed))
    settings = ScanSettings(SALT, features=True)
    done = [scan_item(item, settings) for item in walk([tmp_path])]
    together = scan_file.pack(done).features
    for start, stop in ((0, 1), (1, 4), (31, 65), (69, 70)):
        np.testing.assert_array_equal(scan_file.pack(done[start:stop]).features, together[start:stop])


def test_parts_without_features_are_empty(said, tmp_path):
    (tmp_path / "in").mkdir()
    (tmp_path / "in/a.png").write_bytes(b"a")
    said["a.png"] = [frame(image(1))]
    with open_parts(tmp_path, features=False) as parts:
        [part] = parts
        assert part.features.shape == (0, N_FEATURES)


# --------------------------------------------------------------------------------------------------------- pseudonyms


def test_privacy_p3_identifiers_are_salted_and_the_salt_stays_out(said, run, tmp_path, salt):
    said["a.dcm"] = [
        frame(image(1), patient_key="MRN-4711", series_key="1.2.840.1", instance_key="1.2.840.2", acquisition="77123")
    ]
    result = run(features=True)
    [(patient, series)] = rows_of(result, "patient_id", "series_id")
    assert patient == pseudonym(SALT, "patient", "MRN-4711") != pseudonym(b"t" * 32, "patient", "MRN-4711")
    assert series != pseudonym(SALT, "patient", "1.2.840.1")
    plain = {hashlib.new(name, b"MRN-4711").hexdigest()[:16] for name in ("md5", "sha1", "sha256")}
    assert patient not in plain
    for path in (tmp_path / "out").rglob("*"):
        if path.is_file():
            for secret in (b"MRN-4711", b"1.2.840", b"77123", SALT):
                assert secret not in path.read_bytes(), path


def test_the_salt_is_made_once_and_private(tmp_path, monkeypatch):
    path = tmp_path / "new" / "salt"
    first = load_salt(path)
    assert len(first) == 32
    assert load_salt(path) == first
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    path.write_bytes(b"short")
    with pytest.raises(UsageError, match="at least 32 random bytes, received 5"):
        load_salt(path)
    with pytest.raises(OutputError, match="MEDCURATE_SALT_FILE"):
        load_salt(path / "below")
    monkeypatch.delenv("MEDCURATE_SALT_FILE")
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    assert salt_file() == tmp_path / "medcurate" / "salt"


# -------------------------------------------------------------------------------------------------------- small rules


@pytest.mark.parametrize(
    ("path", "tumor"),
    [
        ("glioma_tumor/x.jpg", "glioma"),
        ("Training/Meningioma/x.jpg", "meningioma"),
        ("pituitary_tumor/a/b/x.jpg", "pituitary"),
        ("no_tumor/x.jpg", "none"),
        ("notumor/x.jpg", "none"),
        ("No Tumour/x.jpg", "none"),
        ("no/x.jpg", "none"),
        ("healthy/x.jpg", "none"),
        ("healthy/glioma/x.jpg", "glioma"),
        ("glioma/healthy/x.jpg", "none"),
        ("a.zip!glioma/x.jpg", "glioma"),
        ("a.zip!x.jpg", None),
        ("glioma.jpg", None),
        ("normalized/x.jpg", None),
        ("notes/x.jpg", None),
        ("x/north/y.jpg", None),
    ],
)
def test_tumor_of_a_path(path, tumor):
    assert tumor_of_path(path) == tumor


def test_constant():
    assert is_constant(np.full((3, 3), 5.5))
    almost = np.zeros((3, 3), np.uint8)
    almost[2, 2] = 1
    assert not is_constant(almost)


# ------------------------------------------------------------------------------------------------------ the counts law


def files() -> Iterator[tuple[str, bytes]]:
    for seed in range(3):
        yield "good", cv2.imencode(".png", image(seed))[1].tobytes()
        yield "good", cv2.imencode(".png", image(seed).astype(np.uint16))[1].tobytes()
    yield "bad", b""
    yield "bad", b"no image at all"
    yield "bad", cv2.imencode(".png", np.zeros((8, 8), np.uint8))[1].tobytes()


@given(st.lists(st.tuples(st.sampled_from(list(files())), st.sampled_from([".png", ".jpg", ".txt", ""])), max_size=12))
@settings(deadline=None, max_examples=25)
def test_the_counts_always_add_up(tmp_path_factory, chosen):
    root = tmp_path_factory.mktemp("mix")
    (root / "in").mkdir()
    for number, ((_, content), suffix) in enumerate(chosen):
        (root / "in" / f"{number}{suffix}").write_bytes(content)
    counts = scan([root / "in"], root / "out", workers=0, progress=False).counts
    assert counts.seen == len(chosen) or not chosen
    assert counts.ignored == sum(suffix == ".txt" for _, suffix in chosen)
    assert counts.rejected == sum(kind == "bad" and suffix != ".txt" for (kind, _), suffix in chosen)
    images = {_values(content) for (kind, content), suffix in chosen if kind == "good" and suffix != ".txt"}
    assert counts.accepted == len(images)


def _values(content: bytes) -> bytes:
    return cv2.imdecode(np.frombuffer(content, np.uint8), cv2.IMREAD_UNCHANGED).astype(np.uint16).tobytes()


def test_counts_that_do_not_add_up_are_a_bug():
    with pytest.raises(RuntimeError, match="do not add up"):
        Counts(5, 1, 1, 1, 1)
    assert NothingUsable.exit_code == 4


@pytest.mark.parametrize("progress", [None, False])
def test_the_time_left_is_told_from_all_that_is_seen(tmp_path, monkeypatch, progress):
    png(tmp_path / "in/a.png", image(1))
    (tmp_path / "in/Thumbs.db").write_bytes(b"x")
    with zipfile.ZipFile(tmp_path / "in/b.zip", "w") as archive:
        archive.writestr("c.png", b"x")
        archive.writestr("d.png", b"x")
    totals = []

    @contextmanager
    def count(report, listing):
        totals.append((report.shown, len(list(listing()))))
        yield
        totals.append(report.count)

    monkeypatch.setattr(reading, "counted_ahead", count)
    scan([tmp_path / "in"], tmp_path / "in/out", workers=0, progress=progress)
    assert totals == [(progress is None, 4), 4]
