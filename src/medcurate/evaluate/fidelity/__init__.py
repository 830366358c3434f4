"""Compare the distribution of generated images with that of real ones, on features of an encoder."""

from __future__ import annotations
