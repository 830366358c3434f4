"""What becomes of copies: nothing, out of the dataset with them, or the end of the run."""

from __future__ import annotations

import csv
import shutil

import numpy as np
import pyarrow as pa
import pytest

from medcurate.catalogue import SCHEMA, Catalogue
from medcurate.dataset import Dataset
from medcurate.dataset.layout import mask_path
from medcurate.dataset.metadata import write_metadata
from medcurate.errors import Locked, PolicyError, UsageError
from medcurate.evaluate.privacy.policy import COPIES, act_on_copies, remove_copies
from medcurate.results import Metric
from medcurate.run_folder import lock, write_catalogue
from tests.dataset.older_layout import as_older_layout
from tests.evaluate.privacy.heads import generated, heads, plain


@pytest.fixture
def synthetic(tmp_path, rng):
    return generated(tmp_path / "synthetic", heads(rng, 4))


def metric(paths, *, leak=True, suspected=False):
    copies = [{"synthetic": path, "training": "t", "likeness": 1.0} for path in paths]
    return Metric(
        COPIES, len(paths) / 4, None, 4, {"copies": copies, "leak": leak, "suspected": suspected, "expected": 0.04}
    )


def paths_of(folder):
    return Catalogue.open(folder).to_table(["path"]).column(0).to_pylist()


def test_a_report_changes_nothing(synthetic):
    before = (synthetic / "catalogue.parquet").read_bytes()
    assert act_on_copies([metric(paths_of(synthetic)[:1])], synthetic, "report") == 0
    assert (synthetic / "catalogue.parquet").read_bytes() == before


def test_copies_are_taken_out_of_the_dataset(synthetic):
    first, *others = paths_of(synthetic)
    assert act_on_copies([Metric("x/y", 0, None, 1), metric([first])], synthetic, "remove") == 1
    assert not (synthetic / first).exists()
    assert all((synthetic / path).exists() for path in others)
    assert len(Dataset.open(synthetic)) == 3
    (row,) = Catalogue.open(synthetic).filter(status="dropped").to_table(["path", "reason"]).to_pylist()
    assert row == {"path": first, "reason": "COPY_OF_TRAINING"}
    assert len(Catalogue.open(synthetic)) == 4


def test_a_run_that_was_stopped_between_rows_and_files_is_finished(synthetic, monkeypatch):
    first = paths_of(synthetic)[0]

    def stopped(*_, **__):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("pathlib.Path.unlink", stopped)
        with pytest.raises(KeyboardInterrupt):
            remove_copies(synthetic, [first])
    assert (synthetic / first).exists()
    assert len(Dataset.open(synthetic)) == 3  # the row went first: nobody reads the copy any more
    remove_copies(synthetic, [])
    assert not (synthetic / first).exists()


def test_removing_twice_is_removing_once(synthetic):
    first = paths_of(synthetic)[0]
    remove_copies(synthetic, [first])
    before = (synthetic / "catalogue.parquet").read_bytes()
    remove_copies(synthetic, [first])
    assert (synthetic / "catalogue.parquet").read_bytes() == before


def test_an_image_goes_from_the_table_and_from_the_older_layout(synthetic, tmp_path):
    older = as_older_layout(shutil.copytree(synthetic, tmp_path / "older"))
    write_metadata(synthetic)
    for folder in (synthetic, older):
        first = paths_of(folder)[0]
        remove_copies(folder, [first])
        assert not (folder / first).exists()
        assert len(Dataset.open(folder)) == 3
    with (synthetic / "metadata.csv").open(newline="") as stream:
        assert [row["file_name"] for row in csv.DictReader(stream)] == paths_of(synthetic)[1:]
    assert not (older / "metadata.csv").exists()


def test_the_mask_goes_with_its_image(tmp_path, rng):
    folder = generated(tmp_path / "s", heads(rng, 2))
    first = paths_of(folder)[0]
    mask = folder / mask_path(first)
    mask.parent.mkdir(parents=True)
    mask.write_bytes((folder / first).read_bytes())
    rows = Catalogue.open(folder).to_table().to_pylist()
    rows.append({**rows[0], "kind": "mask", "path": mask_path(first)})
    write(folder, rows)
    remove_copies(folder, [first])
    assert not mask.exists()
    assert not (folder / first).exists()


def write(folder, rows):
    write_catalogue(folder / "catalogue.parquet", [pa.Table.from_pylist(rows, schema=SCHEMA)])


def test_real_images_are_never_removed(tmp_path, rng):
    folder = generated(tmp_path / "real", heads(rng, 2), origin="real")
    with pytest.raises(UsageError, match=r"does not list .* as a synthetic image: nothing was removed"):
        remove_copies(folder, paths_of(folder)[:1])
    assert len(Dataset.open(folder)) == 2


@pytest.mark.parametrize("path", ["../secret.png", "images/../../secret.png", "images/axial/unlabeled/other.png"])
def test_no_other_file_is_removed(synthetic, path):
    (synthetic.parent / "secret.png").write_bytes(b"x")
    with pytest.raises(UsageError, match="nothing was removed"):
        remove_copies(synthetic, [paths_of(synthetic)[0], path])
    assert (synthetic.parent / "secret.png").exists()
    assert len(Dataset.open(synthetic)) == 4


def test_a_catalogue_that_names_a_file_elsewhere_removes_nothing_there(synthetic):
    (synthetic.parent / "secret.png").write_bytes(b"x")
    rows = Catalogue.open(synthetic).to_table().to_pylist()
    rows[0] |= {"path": "images/../../secret.png", "status": "dropped", "reason": "COPY_OF_TRAINING"}
    write(synthetic, rows)
    remove_copies(synthetic, [])
    assert (synthetic.parent / "secret.png").exists()


def test_a_plain_folder_is_left_as_it_is(tmp_path, rng):
    folder = plain(tmp_path / "p", heads(rng, 2)).folder
    assert remove_copies(folder, []) == 0
    with pytest.raises(UsageError, match="only from datasets that medcurate generated"):
        remove_copies(folder, ["x/0000.png"])
    assert sorted(path.name for path in folder.rglob("*.png")) == ["0000.png", "0001.png"]


def test_a_folder_that_is_being_written_is_not_touched(synthetic):
    with lock(synthetic), pytest.raises(Locked):
        remove_copies(synthetic, paths_of(synthetic)[:1])


def test_a_leak_ends_the_run_with_exit_code_5(synthetic):
    with pytest.raises(PolicyError, match=r"1 of 4 images of .* are taken for copies of training images") as error:
        act_on_copies([metric(paths_of(synthetic)[:1])], synthetic, "block")
    assert error.value.exit_code == 5
    assert act_on_copies([metric(paths_of(synthetic)[:1], leak=False)], synthetic, "block") == 0
    with pytest.raises(PolicyError):
        act_on_copies([metric(paths_of(synthetic)[:1], leak=False, suspected=True)], synthetic, "block")


def test_without_the_part_nothing_is_done(synthetic):
    assert act_on_copies([], synthetic, "block") == act_on_copies([], synthetic, "remove") == 0


def test_the_order_of_rows_stays(synthetic):
    before = paths_of(synthetic)
    remove_copies(synthetic, before[1:3])
    assert paths_of(synthetic) == before
    assert np.unique(Catalogue.open(synthetic).to_table(["reason"]).column(0).to_pylist()[1:3]) == "COPY_OF_TRAINING"
