"""One map over many files, in worker processes of this machine or of a Dask cluster."""

from __future__ import annotations

from medcurate.parallel.mapping import Chunk, count_workers, interruptible, map_chunks, map_files
from medcurate.parallel.worker import Failure
from medcurate.parallel.workers import Workers

__all__ = ["Chunk", "Failure", "Workers", "count_workers", "interruptible", "map_chunks", "map_files"]
