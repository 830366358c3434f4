"""Run by tests in a process of its own: a training on several devices or machines, or on one.

``python strategy_steps.py STRATEGY MODEL DATASET OUT``: STRATEGY is ``none``, ``mirrored`` (two virtual devices) or
``multiworker`` (one process of those that ``TF_CONFIG`` lists; the second one resumes).
"""

from __future__ import annotations

import sys
from pathlib import Path

STEPS = 3
OPTIONS = {
    "dcgan": {"width": 8, "spectral_norm": True},
    "fastgan": {"width": 4},
    "wgan-gp": {"width": 8, "critic_turns": 1},
}


def main(strategy: str, model: str, folder: Path, out: Path) -> None:
    """Train, as a user would."""
    from medcurate.dataset import Dataset
    from medcurate.generate.training.settings import TrainSettings
    from medcurate.generate.training.training import train
    from medcurate.learning.keras_backend import load_keras

    load_keras("tensorflow")
    import tensorflow as tf

    if strategy == "mirrored":
        device = tf.config.list_physical_devices("CPU")[0]
        tf.config.set_logical_device_configuration(device, [tf.config.LogicalDeviceConfiguration()] * 2)
    often = {"log_every": 1, "sample_every": 100, "checkpoint_minutes": 0}
    settings = TrainSettings(
        model=model, options=OPTIONS[model], size=32, batch=8, steps=STEPS, condition=("tumor",), **often
    )
    name = None if strategy == "none" else strategy
    result = train(Dataset.open(folder), out, settings, strategy=name, resume=True, progress=False)
    print(result.run)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], Path(sys.argv[3]), Path(sys.argv[4]))
