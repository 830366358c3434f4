"""Which images show one patient, and splits that keep a patient on one side."""

from __future__ import annotations
