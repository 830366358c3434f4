"""What happens beside the training: averages, pictures, history, checkpoints, warnings. One file each."""

from __future__ import annotations
