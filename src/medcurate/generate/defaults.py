"""Defaults of generating, in a module that loads nothing, as ``--help`` shows them."""

from __future__ import annotations

BATCH = 64
SEED = 0
