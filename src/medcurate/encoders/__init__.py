"""Encoders turn images into features, from which fidelity, overlap and privacy are measured.

`encoder` makes one by name. Resize mode and intensity range are part of an encoder's full name.
"""

from __future__ import annotations

from medcurate.encoders.choice import NAMES, encoder
from medcurate.encoders.encoder import Block, Encoder, encode_dataset
from medcurate.encoders.scale import Scale, fit_scale

__all__ = ["NAMES", "Block", "Encoder", "Scale", "encode_dataset", "encoder", "fit_scale"]
