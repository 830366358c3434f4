"""Families of generators: one module and one line of the registry each."""

from __future__ import annotations
