"""How near the distribution of generated images is to that of real ones, measured on features of an encoder."""

from __future__ import annotations
