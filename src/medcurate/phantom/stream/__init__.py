"""Endless slices of phantoms to train on: what they show is known exactly, and no patient is in them."""

from __future__ import annotations
