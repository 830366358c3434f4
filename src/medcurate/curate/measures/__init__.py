"""Measures of one image: features for plane classification, and digests for copy detection."""

from __future__ import annotations
