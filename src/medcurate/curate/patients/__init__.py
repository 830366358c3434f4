"""Patient groups, and splits that never divide a patient."""

from __future__ import annotations
