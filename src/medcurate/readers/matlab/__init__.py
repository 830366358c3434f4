"""MATLAB files: classic ones and those that are HDF5."""

from __future__ import annotations
