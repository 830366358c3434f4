"""Filters over the rows of a catalogue, each with a reason and a count."""

from __future__ import annotations
