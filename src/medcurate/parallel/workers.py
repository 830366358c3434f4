"""How a stage does its work: in how many processes or on which cluster, for how long per file, and what it shows."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from medcurate.parallel.mapping import Chunk, count_workers, map_chunks, map_files


@dataclass(frozen=True, slots=True)
class Workers:
    """The four options that every stage takes and hands on.

    Attributes
    ----------
    count : int or None
        Processes; None for one per core, 0 to work in this process (for debugging: nothing is isolated).
    timeout_s : float
        Seconds that one item may take before its worker is killed.
    dask : str or None
        Address of the scheduler of a Dask cluster that works in place of processes of this machine.
    progress : bool or None
        False shows nothing.
    """

    count: int | None = None
    timeout_s: float = 120.0
    dask: str | None = None
    progress: bool | None = None

    @property
    def shown(self) -> bool:
        """Say whether progress may be shown."""
        return self.progress is not False

    @property
    def threads(self) -> int:
        """Return how many threads of this process may work at a time."""
        return max(1, count_workers(self.count))

    def map_chunks(
        self,
        function: Callable[[Any], Any],
        items: Iterable[Any],
        *,
        collect: Callable[[list[Any]], Any] | None = None,
        max_chunk: int = 256,
    ) -> Iterator[Chunk]:
        """Yield results a chunk at a time; see `medcurate.parallel.map_chunks`."""
        return map_chunks(
            function,
            items,
            collect=collect,
            workers=self.count,
            timeout_s=self.timeout_s,
            max_chunk=max_chunk,
            dask=self.dask,
        )

    def map_files(
        self, function: Callable[[Any], Any], items: Iterable[Any], *, label: str = "", total: int | None = None
    ) -> Iterator[tuple[Any, Any]]:
        """Yield items and their results; see `medcurate.parallel.map_files`."""
        return map_files(
            function,
            items,
            workers=self.count,
            timeout_s=self.timeout_s,
            label=label,
            total=total,
            progress=self.progress,
            dask=self.dask,
        )

    def check_shared(self, paths: Iterable[Path]) -> None:
        """Check that the workers of a cluster, if there is one, see these paths.

        Raises
        ------
        UsageError
            Naming the worker and the path that it does not see.
        """
        if self.dask is not None:
            from medcurate.parallel.dask_cluster import check_shared

            check_shared(self.dask, list(paths))
