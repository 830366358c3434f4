"""Review: contact sheets, thumbnails, and the choice of images to label next."""

from __future__ import annotations
