"""The search writes nothing but its cache, which may lie elsewhere."""

from __future__ import annotations

import pytest

from medcurate.catalogue import Catalogue
from medcurate.curate.duplicates.copy_search import CopySettings, find_copies, remove_reports
from medcurate.curate.duplicates.reports import REPORTS
from medcurate.curate.labels.tumor_labels import open_tumor_labels
from medcurate.curate.scanning import scan
from medcurate.errors import NothingUsable, UsageError
from medcurate.parallel import Workers
from tests.curate.scanned_folders import write_pictures

QUIET = Workers(0, progress=False)


@pytest.fixture
def folder(tmp_path):
    write_pictures(tmp_path / "in", 3)
    (tmp_path / "in/glioma/copy.png").write_bytes((tmp_path / "in/glioma/p00.png").read_bytes())
    scan([tmp_path / "in"], tmp_path / "scan", workers=0, progress=False)
    return tmp_path / "scan"


def search(folder, store, **options):
    settings = CopySettings(**options)
    return find_copies(folder, settings, QUIET, store=store, labels=open_tumor_labels(folder))


def test_marks_are_given_and_the_folder_stays_as_it_is(folder, tmp_path):
    before = {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    (tmp_path / "out").mkdir()
    copies = search(folder, tmp_path / "out")
    assert (copies.n_exact, copies.n_near, copies.n_held) == (1, 0, 0)
    marked = [path for table in copies.mark(Catalogue.open(folder)) for path in table.to_pylist()]
    assert [row["path"] for row in marked if row["reason"] == "DUPLICATE"] == ["glioma/p00.png"]
    assert {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()} == before
    copies.write_reports(tmp_path / "out", Catalogue.open(folder))
    assert all((tmp_path / "out" / name).is_file() for name in REPORTS)
    remove_reports(tmp_path / "out")
    assert [path.name for path in (tmp_path / "out").iterdir()] == [".medcurate"]


def test_without_an_image_there_is_nothing_to_search(tmp_path):
    (tmp_path / "in").mkdir()
    scan([tmp_path / "in"], tmp_path / "scan", workers=0, progress=False)
    with pytest.raises(NothingUsable, match="has no image that is kept"):
        search(tmp_path / "scan", tmp_path / "scan", exact_only=True)


@pytest.mark.parametrize("option", [{"keep": "best"}, {"conflicts": "both"}])
def test_options_that_do_not_exist(option):
    with pytest.raises(UsageError, match="expected one of"):
        CopySettings(**option)
