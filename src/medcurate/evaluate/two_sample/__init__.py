"""Classifiers tell whether synthetic images can be distinguished from real ones, and whether their labels are right."""

from __future__ import annotations
