"""Defaults of training and drawing, shared by the command line and the settings; loads no numerics."""

from __future__ import annotations

from typing import Literal

ExampleKind = Literal["slices", "volumes", "patches"]
"""What an example is, see `medcurate.generate.training.reading`."""
Precision = Literal["float32", "mixed_bfloat16"]
Strategy = Literal["mirrored", "multiworker"]
Backend = Literal["tensorflow", "jax"]

MODEL = "fastgan"
INIT = "phantoms"
SIZES = (32, 64, 128, 256)
SIZE = 64
CONDITIONS = ("tumor", "plane")
AUGMENT = ("color", "translation", "cutout")
SPLIT = "train"
STEPS = 10_000
BATCH = 16
AVERAGE = 0.995
PRECISION: Precision = "float32"
SEED = 0
SAMPLE_EVERY = 250
LOG_EVERY = 10
METRIC_EVERY = 500
PATIENCE = 0
CHECKPOINT_MINUTES = 2.0

DRAW_BATCH = 64
"""Images that are drawn at a time, before they are written."""
