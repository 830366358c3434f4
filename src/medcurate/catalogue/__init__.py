"""The catalogue: one table that every stage reads and writes, with its filters and its writer."""

from __future__ import annotations

from medcurate.catalogue.table import FILE_NAME, LAST_PART, SCHEMA, Catalogue, part_path

__all__ = ["FILE_NAME", "LAST_PART", "SCHEMA", "Catalogue", "part_path"]
