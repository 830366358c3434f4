"""Former home of `medcurate.curate.plane_sorting`: its name is now that of the public function."""

from __future__ import annotations

from medcurate.curate.plane_sorting import SortResult, sort_planes

__all__ = ["SortResult", "sort_planes"]
