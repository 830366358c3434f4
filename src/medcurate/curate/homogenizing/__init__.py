"""From a catalogue to a dataset folder: filter, transform, write, split."""

from __future__ import annotations
