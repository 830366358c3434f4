"""Planes: the classifier, its trained models, and the decision for each row of a scan."""

from __future__ import annotations
