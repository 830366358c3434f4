"""Licenses: terms, rules, and verdicts on combinations of sources."""

from __future__ import annotations
