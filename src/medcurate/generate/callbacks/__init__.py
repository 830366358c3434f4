"""What happens during a training besides its steps: averages, pictures, history, checkpoints, warnings."""

from __future__ import annotations
