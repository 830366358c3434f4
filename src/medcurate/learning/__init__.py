"""Networks and one training loop: building blocks, players, random inputs, and one step module per Keras backend."""

from __future__ import annotations
