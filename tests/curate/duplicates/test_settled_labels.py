"""A decision about one image of a cluster is about all of them."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from medcurate.curate.duplicates.settled_labels import settled_clusters, with_settled

ROWS = pa.table({"image_id": ["a", "b", "c", "d", "a"], "tumor": ["glioma", "none", None, "none", "pituitary"]})
KEEPER = np.array([0, 0, 2, 2, 0])


def test_every_image_of_the_cluster_has_the_tumor_type():
    tumors = settled_clusters(ROWS, KEEPER, {"b": "glioma"})
    assert tumors == {"a": "glioma", "b": "glioma"}
    found = with_settled(ROWS, tumors)
    assert found.schema == ROWS.schema
    assert found["tumor"].to_pylist() == ["glioma", "glioma", None, "none", "glioma"]


def test_two_decisions_that_agree_are_one_and_two_that_differ_are_none():
    assert settled_clusters(ROWS, KEEPER, {"a": "none", "b": "none"}) == {"a": "none", "b": "none"}
    assert settled_clusters(ROWS, KEEPER, {"a": "none", "b": "glioma", "d": "glioma"}) == {"c": "glioma", "d": "glioma"}


def test_without_decisions_the_rows_are_the_same():
    assert settled_clusters(ROWS, KEEPER, {}) == {}
    assert with_settled(ROWS, {}) is ROWS
