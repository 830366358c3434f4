"""What generated images are worth: fidelity, overlap, downstream gain, anatomy, privacy; each beside real data."""

from __future__ import annotations
