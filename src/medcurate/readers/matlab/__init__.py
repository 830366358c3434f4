"""MATLAB files: versions 4 to 7.2, and HDF5 (v7.3)."""

from __future__ import annotations
