"""Networks and one training loop: players, samplers, random inputs, and one step module per Keras backend."""

from __future__ import annotations
