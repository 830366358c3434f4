"""What classifiers say: whether synthetic images can be told from real ones, and whether their labels are right."""

from __future__ import annotations
