"""What is shown: spread, bounded, and chosen by the images alone."""

from __future__ import annotations

import pyarrow as pa
import pytest

from medcurate.catalogue import SCHEMA, Catalogue
from medcurate.curate.curation_page.choices import PAIRS, SAMPLE, SOURCES, VOLUMES, choose
from medcurate.run_folder import write_catalogue


@pytest.fixture
def chosen(tmp_path):
    """Give a function that chooses from rows."""

    def of(rows: list[dict]):
        base = {"kind": "image", "status": "kept", "source": "s", "split": "train", "notes": "", "steps": "[]"}
        full = [{**base, "path": row["image_id"], "original_path": row["image_id"], **row} for row in rows]
        write_catalogue(tmp_path / "catalogue.parquet", [pa.Table.from_pylist(full, SCHEMA)])
        return choose(Catalogue.open(tmp_path))

    return of


def rows(count: int, **more) -> list[dict]:
    return [{"image_id": f"{more.get('source', 's')}{more.get('plane', '')}{n}", **more} for n in range(count)]


def test_the_order_of_rows_does_not_matter(chosen, rng):
    given = [*rows(90, plane="axial"), *rows(60, plane="coronal", tumor="glioma"), *rows(50, source="t")]
    first = chosen(given)
    again = chosen([given[place] for place in rng.permutation(len(given)).tolist()])
    assert again.pairs == first.pairs
    assert again.samples == first.samples
    assert [len(first.samples[name]) for name in ("s", "t")] == [SAMPLE, SAMPLE]


def test_pairs_are_spread_over_sources_planes_and_tumors(chosen):
    given = [
        *rows(500, plane="axial", tumor="glioma"),
        *rows(2, plane="coronal", tumor="none"),
        *rows(1, plane="sagittal", tumor="pituitary", source="t"),
    ]
    pairs = chosen(given).pairs
    assert len(pairs) == PAIRS
    assert [row["plane"] for row in pairs] == ["axial"] * 5 + ["coronal"] * 2 + ["sagittal"]
    assert len({row["image_id"] for row in pairs}) == PAIRS


def test_fewer_images_than_pairs_are_all_shown(chosen):
    assert len(chosen(rows(3)).pairs) == 3
    assert chosen([]).pairs == []


def test_masks_and_dropped_rows_are_never_chosen(chosen):
    found = chosen([*rows(2), *rows(3, source="m", kind="mask"), *rows(3, source="d", status="dropped")])
    assert {row["source"] for row in found.pairs} == {"s"} == set(found.samples)


@pytest.mark.parametrize("note", ["FACE", "BURNED_IN", "COLOR BURNED_IN"])
def test_privacy_images_that_could_identify_someone_are_not_shown(chosen, note):
    found = chosen([*rows(2), *rows(5, source="f", notes=note)])
    assert {row["source"] for row in found.pairs} == {"s"}
    assert found.hidden == 5


def test_volumes_and_sources_are_bounded(chosen):
    cut = '[{"step":"cut_slice","settings":{"plane":"axial","index":1},"measured":{}}]'
    found = chosen(
        [*rows(60, source="cut", steps=cut), *(row for n in range(20) for row in rows(1, source=f"s{n:02d}"))]
    )
    assert len(found.samples["cut"]) == VOLUMES
    assert (len(found.samples), found.n_sources) == (SOURCES, 21)
