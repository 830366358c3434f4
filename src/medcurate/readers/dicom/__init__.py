"""DICOM: a bounded walk of the header, the layout of frames, and their pixels."""

from __future__ import annotations
