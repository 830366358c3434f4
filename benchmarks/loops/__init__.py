"""Bare loops that do nothing but what medcurate cannot do without; each runs as a script of its own."""

from __future__ import annotations
