"""Label conflicts among copies that a person has settled."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pyarrow as pa
from numpy.typing import NDArray


def settled_clusters(rows: pa.Table, keeper: NDArray[Any], settled: Mapping[str, str]) -> dict[str, str]:
    """Return the tumor type of every image that has a copy for which a person decided it.

    Parameters
    ----------
    rows : Table
        With ``image_id``.
    keeper : ndarray of int, shape (n,)
        For each row, the row of the kept image of its cluster.
    settled : mapping of str to str
        ``image_id`` to tumor type. Where two decisions about one cluster disagree, neither counts.
    """
    if not settled:
        return {}
    members = list(zip(keeper.tolist(), rows["image_id"].to_pylist(), strict=True))
    decided: dict[int, set[str]] = {}
    for cluster, image_id in members:
        if image_id in settled:
            decided.setdefault(cluster, set()).add(settled[image_id])
    agreed = {cluster: next(iter(tumors)) for cluster, tumors in decided.items() if len(tumors) == 1}
    return {image_id: agreed[cluster] for cluster, image_id in members if cluster in agreed}


def with_settled(rows: pa.Table, tumors: Mapping[str, str]) -> pa.Table:
    """Return rows with the tumor types of `settled_clusters`."""
    if not tumors:
        return rows
    columns = (rows[name].to_pylist() for name in ("image_id", "tumor"))
    found = [tumors.get(image_id, tumor) for image_id, tumor in zip(*columns, strict=True)]
    at = rows.schema.get_field_index("tumor")
    return rows.set_column(at, rows.schema.field(at), pa.array(found, rows.schema.field(at).type))
