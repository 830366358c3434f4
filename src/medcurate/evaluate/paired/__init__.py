"""How near a synthetic image is to the real one it stands for: errors and similarities of pairs, 2-D and 3-D."""

from __future__ import annotations
