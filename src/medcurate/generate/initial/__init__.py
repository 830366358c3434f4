"""First weights of a training that were learned from phantoms: their files, and how they are carried over."""

from __future__ import annotations
