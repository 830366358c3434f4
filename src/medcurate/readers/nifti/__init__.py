"""NIfTI: header checks, and voxels read slice by slice."""

from __future__ import annotations
