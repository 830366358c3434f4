"""Model families: one file and one line of the registry each."""

from __future__ import annotations
