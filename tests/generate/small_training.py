"""Trainings that take seconds: tiny players, a few steps, a checkpoint after each."""

from __future__ import annotations

from medcurate.generate.training.settings import TrainSettings
from medcurate.learning.callback import Callback

SMALL = {
    "dcgan": {"width": 4},
    "diffusion": {"widths": (16,), "sampling_steps": 2},
    "fastgan": {"width": 4},
    "pfgm": {"widths": (16,), "sampling_steps": 2},
    "vae": {"latent": 6, "width": 2, "prior_width": 4, "couplings": 2},
    "wgan-gp": {"width": 8, "critic_turns": 1},
}
STEPS = 6


def small(model="dcgan", **given):
    """Return settings; `options` are added to those of the family."""
    options = {**SMALL[model], **given.pop("options", {})}
    chosen = {"size": 32, "batch": 4, "steps": STEPS, "augment": (), "sample_every": 4, "log_every": 2}
    return TrainSettings(model=model, options=options, **{"checkpoint_minutes": 0, **chosen, **given})


class At(Callback):
    """Does something at the end of a step."""

    def __init__(self, step, action):
        self.step, self.action = step, action

    def after(self, result):
        if result.step == self.step:
            self.action()


def weights_of(run):
    """Return the bytes of a trained generator."""
    return (run / "generator.weights.h5").read_bytes()
