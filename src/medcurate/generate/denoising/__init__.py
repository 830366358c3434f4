"""What `diffusion` and `pfgm` share: noise, preconditioning, the network, and the solver that draws."""

from __future__ import annotations
