"""What in an image could tell who it shows: text in the pixels, a face in the volume."""

from __future__ import annotations
