"""Tools of developers: they build what ships, and are no part of the wheel."""

from __future__ import annotations
