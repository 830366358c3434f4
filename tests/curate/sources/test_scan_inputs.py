"""The output folder of a scan as an input: it stands for what that scan had read."""

from __future__ import annotations

import csv
import json
import shutil
from pathlib import Path

import cv2
import numpy as np
import pytest

from medcurate.curate.plane_sorting import sort_planes
from medcurate.curate.scanning import scan
from medcurate.curate.sources.input_roots import Root, find_roots
from medcurate.curate.sources.scan_inputs import recorded_inputs, resolve_inputs
from medcurate.errors import UsageError


@pytest.fixture(autouse=True)
def salt(tmp_path_factory, monkeypatch):
    file = tmp_path_factory.mktemp("config") / "salt"
    file.write_bytes(b"s" * 32)
    monkeypatch.setenv("MEDCURATE_SALT_FILE", str(file))


def png(path: Path, seed: int) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    pixels = np.random.default_rng(seed).integers(0, 256, (24, 20), dtype=np.uint8)
    path.write_bytes(cv2.imencode(".png", pixels)[1].tobytes())


@pytest.fixture
def data(tmp_path):
    """Give two folders of one name, so that one of the sources has a number, and a file by itself."""
    for seed, name in enumerate(("a/scans/x.png", "a/scans/sub/y.png", "b/scans/x.png", "c/single.png", "c/not.png")):
        png(tmp_path / name, seed)
    return [tmp_path / "a/scans", tmp_path / "b/scans", tmp_path / "c/single.png"]


NAMES = [("scans", "sub/y.png"), ("scans", "x.png"), ("scans-2", "x.png"), ("c", "single.png")]
QUIET = {"workers": 0, "progress": False}


def named(out: Path) -> list[tuple[str, str]]:
    """Give the source and path of each image, as the catalogue has them."""
    from medcurate.catalogue import Catalogue

    rows = Catalogue.open(out).to_table(["source", "path"])
    return list(zip(*(rows.column(name).to_pylist() for name in rows.column_names), strict=True))


def test_a_scan_goes_on_in_its_own_folder(data, tmp_path):
    out = tmp_path / "out"
    scan(data, out, **QUIET)
    before = (out / "catalogue.parquet").read_bytes()
    result = scan([out], out, **QUIET)
    assert (result.reused, result.counts.seen) == (4, 4)
    assert (out / "catalogue.parquet").read_bytes() == before
    assert named(out) == NAMES


def test_a_scan_is_repeated_elsewhere_under_the_same_names(data, tmp_path):
    scan(data, tmp_path / "one", **QUIET)
    scan([tmp_path / "one"], tmp_path / "two", **QUIET)
    scan([tmp_path / "two"], tmp_path / "three", **QUIET)
    for other in ("two", "three"):
        assert named(tmp_path / other) == NAMES
        for name in ("catalogue.parquet", "rejects.csv"):
            assert (tmp_path / other / name).read_bytes() == (tmp_path / "one" / name).read_bytes()


def test_what_was_added_to_a_root_is_read_what_lay_beside_a_file_is_not(data, tmp_path):
    scan(data, tmp_path / "out", **QUIET)
    png(tmp_path / "b/scans/new.png", 9)
    png(tmp_path / "c/new.png", 10)
    assert scan([tmp_path / "out"], tmp_path / "out", **QUIET).counts.accepted == 5
    assert ("scans-2", "new.png") in named(tmp_path / "out")


@pytest.mark.parametrize("target", ["scanned", "elsewhere"])
def test_planes_are_sorted_of_a_scan(data, tmp_path, target):
    scan(data, tmp_path / "scanned", **QUIET)
    out = tmp_path / target
    result = sort_planes([tmp_path / "scanned"], out, **QUIET)
    assert result.counts.accepted == sum(result.planes.values()) == 4
    with (out / "planes.csv").open(encoding="utf-8", newline="") as stream:
        assert [(row["source"], row["path"]) for row in csv.DictReader(stream)] == NAMES
    links = {link.resolve() for link in (out / "sorted").rglob("*.png")}
    assert links == {path for path in tmp_path.glob("[abc]/**/*.png") if path.name != "not.png"}
    assert sort_planes([tmp_path / "scanned"], out, **QUIET).planes == result.planes  # nothing of its own is an image


def test_planes_are_sorted_into_the_folder_of_a_scan_of_the_same_input(data, tmp_path):
    scan(data, tmp_path / "out", **QUIET)
    assert sort_planes(data, tmp_path / "out", **QUIET).counts.accepted == 4


def test_a_scan_and_a_folder_together(data, tmp_path):
    scan(data, tmp_path / "out", **QUIET)
    png(tmp_path / "0/scans/z.png", 20)
    scan([tmp_path / "0/scans", tmp_path / "out"], tmp_path / "both", **QUIET)
    assert sorted(named(tmp_path / "both")) == sorted([*NAMES, ("scans-3", "z.png")])
    scan([tmp_path / "0/scans"], tmp_path / "other", **QUIET)
    scan([tmp_path / "other", tmp_path / "out"], tmp_path / "again", **QUIET)
    assert len(set(named(tmp_path / "again"))) == 5


def test_outputs_inside_the_input_stay_out_of_it(tmp_path):
    png(tmp_path / "data/x.png", 1)
    sort_planes([tmp_path / "data"], tmp_path / "data/first", **QUIET)  # contact sheets and links lie there
    sort_planes([tmp_path / "data/first"], tmp_path / "data/second", **QUIET)
    scan([tmp_path / "data/second"], tmp_path / "third", **QUIET)
    assert named(tmp_path / "data/second") == named(tmp_path / "third") == [("data", "x.png")]


def test_inputs_that_moved_are_named(data, tmp_path):
    scan(data, tmp_path / "out", **QUIET)
    (tmp_path / "b").rename(tmp_path / "moved")
    (tmp_path / "c/single.png").unlink()
    with pytest.raises(UsageError) as caught:
        sort_planes([tmp_path / "out"], tmp_path / "other", **QUIET)
    message = str(caught.value)
    assert f"{tmp_path}/b/scans (source scans-2)" in message
    assert f"{tmp_path}/c/single.png (source c)" in message
    assert f"{tmp_path}/a/scans" not in message
    assert "name them where they are now" in message
    assert not (tmp_path / "other").exists()


def test_a_folder_copied_without_its_journal_is_an_error_that_says_so(data, tmp_path):
    scan(data, tmp_path / "out", **QUIET)
    (tmp_path / "copy").mkdir()
    shutil.copy(tmp_path / "out/catalogue.parquet", tmp_path / "copy")
    with pytest.raises(UsageError, match=r"no readable record of the inputs .* copied without \.medcurate"):
        scan([tmp_path / "copy"], tmp_path / "other", **QUIET)


@pytest.mark.parametrize("content", [b"", b"[]", b"{}", b'{"schema": 9}', b'{"schema": 1, "roots": [{}]}', b"\xff"])
def test_a_damaged_record_is_the_same_error(data, tmp_path, content):
    scan(data, tmp_path / "out", **QUIET)
    (tmp_path / "out/.medcurate/inputs.json").write_bytes(content)
    with pytest.raises(UsageError, match="no readable record"):
        scan([tmp_path / "out"], tmp_path / "out", **QUIET)
    assert scan(data, tmp_path / "out", **QUIET).reused == 4


def test_a_table_of_the_same_name_by_another_program_is_no_catalogue(tmp_path):
    png(tmp_path / "data/x.png", 1)
    (tmp_path / "data/catalogue.parquet").write_bytes(b"PAR1")
    assert scan([tmp_path / "data"], tmp_path / "out", **QUIET).counts.accepted == 1


def test_an_output_folder_that_is_an_input_is_refused_and_left_alone(tmp_path):
    png(tmp_path / "data/x.png", 1)
    with pytest.raises(UsageError, match="not an input itself"):
        scan([tmp_path / "data"], tmp_path / "data", **QUIET)
    assert [path.name for path in (tmp_path / "data").iterdir()] == ["x.png"]


def test_a_stopped_first_scan_can_be_named_too(data, tmp_path, monkeypatch):
    from medcurate.curate import scanning

    def stop(*_, **_how):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(scanning, "write_tables", stop)
        with pytest.raises(KeyboardInterrupt):
            scan(data, tmp_path / "out", **QUIET)
    assert scan([tmp_path / "out"], tmp_path / "out", **QUIET).counts.accepted == 4


def test_the_options_of_reading_are_those_of_the_scan(data, tmp_path):
    scan(data, tmp_path / "out", channel=2, keep_burned_in=True, **QUIET)
    assert resolve_inputs([tmp_path / "out"]).options == recorded_inputs(tmp_path / "out").options
    assert resolve_inputs([tmp_path / "out"], channel=1).options.channel == 1
    assert resolve_inputs([tmp_path / "out"]).options.keep_burned_in
    # what a user allowed for some images is not allowed for others
    assert not resolve_inputs([tmp_path / "out", tmp_path / "c"]).options.keep_burned_in
    scan(data, tmp_path / "plain", **QUIET)
    with pytest.raises(UsageError, match=r"different ones.*--channel"):
        resolve_inputs([tmp_path / "out", tmp_path / "plain"])
    both = resolve_inputs([tmp_path / "out", tmp_path / "plain"], channel=0)
    assert (both.channel, both.keep_burned_in) == (0, False)


def test_names_that_are_not_utf8_are_found_again(tmp_path):
    folder = tmp_path / "d\udcff"
    png(tmp_path / "x.png", 1)
    folder.mkdir()
    (tmp_path / "x.png").rename(folder / "x.png")
    scan([folder], tmp_path / "out", **QUIET)
    scan([tmp_path / "out"], tmp_path / "again", **QUIET)
    assert named(tmp_path / "again") == [("d%FF", "x.png")]
    json.loads((tmp_path / "out/.medcurate/inputs.json").read_bytes())


def test_known_roots_keep_their_names(tmp_path):
    for name in ("a/x", "b/x", "c/x"):
        (tmp_path / name).mkdir(parents=True)
    known = [Root("x-7", str(tmp_path / "b/x"), ""), Root("x", str(tmp_path / "c/x"), "")]
    roots = find_roots([tmp_path / "a/x"], known)
    assert [(root.source, root.path) for root in roots] == [
        ("x-2", str(tmp_path / "a/x")), ("x-7", str(tmp_path / "b/x")), ("x", str(tmp_path / "c/x")),
    ]  # fmt: skip
    assert find_roots([tmp_path], known) == [Root(tmp_path.name, str(tmp_path), "")]
    assert find_roots([tmp_path / "c/x"], [*known, *known])[1:] == known[1:]
