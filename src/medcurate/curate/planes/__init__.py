"""Planes: the classifier, its trained models, and how the rows of a scan get their plane."""

from __future__ import annotations
