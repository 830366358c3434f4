"""Where images come from: folders, files and archives, listed, opened safely, and found again from a row."""

from __future__ import annotations
