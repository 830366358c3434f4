"""Developer tools that build shipped data; they are not part of the wheel."""

from __future__ import annotations
