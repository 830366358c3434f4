"""Licenses: terms, rules, and the verdict on a combination of sources."""

from __future__ import annotations
