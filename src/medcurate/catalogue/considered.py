"""Select the rows of a catalogue among which copies and patients are searched."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from medcurate.errors import Code

DEDUPE_REASONS = (Code.DUPLICATE.value, Code.LABEL_CONFLICT.value)
"""Values of ``reason`` that `dedupe` sets."""


def considered(batch: pa.RecordBatch | pa.Table) -> NDArray[np.bool_]:
    """Return a mask of the images and volumes that are kept, or that only `dedupe` has dropped.

    Parameters
    ----------
    batch : RecordBatch or Table
        With the columns ``kind``, ``status``, ``reason`` and ``image_id``.

    Returns
    -------
    ndarray of bool, shape (rows,)
    """
    by_dedupe = pc.is_in(batch.column("reason"), value_set=pa.array(DEDUPE_REASONS))
    usable = pc.or_(pc.fill_null(pc.equal(batch.column("status"), "kept"), False), by_dedupe)
    shown = pc.not_equal(pc.fill_null(batch.column("kind"), "mask"), "mask")
    chosen = pc.and_(pc.and_(usable, shown), batch.column("image_id").is_valid())
    return np.asarray(chosen.to_numpy(zero_copy_only=False), bool)
