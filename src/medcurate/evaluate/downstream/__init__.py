"""Does it help? Classifiers trained with and without synthetic images, tested on real patients that were held out."""

from __future__ import annotations
