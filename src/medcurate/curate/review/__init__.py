"""Review: contact sheets, thumbnails, and which images to label next."""

from __future__ import annotations
