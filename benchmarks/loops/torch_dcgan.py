"""The reference DCGAN's training step in PyTorch, as its users write it; run by `benchmarks.gan_step`.

``python torch_dcgan.py SIZE BATCH STEPS THREADS`` prints the seconds of each step, one a line, after two that warm up.
Needs nothing of this project, so that it runs in an environment of its own.
"""

from __future__ import annotations

import sys
import time

import torch
from torch import nn

LATENT, WARM_UP = 100, 2


def generator() -> nn.Module:
    """27,265,281 parameters at 128 px; convolutions of an even kernel are padded as Keras does."""
    return nn.Sequential(
        nn.Linear(LATENT, 32 * 32 * 256),
        nn.LeakyReLU(0.2),
        nn.Unflatten(1, (256, 32, 32)),
        nn.ConvTranspose2d(256, 128, 4, stride=2, padding=1),
        nn.LeakyReLU(0.2),
        nn.ConvTranspose2d(128, 128, 4, stride=2, padding=1),
        nn.LeakyReLU(0.2),
        nn.ZeroPad2d((1, 2, 1, 2)),
        nn.Conv2d(128, 1, 4),
        nn.Tanh(),
    )


def discriminator() -> nn.Module:
    """582,785 parameters at 128 px."""
    layers: list[nn.Module] = [nn.Conv2d(1, 64, 3, padding=1), nn.LeakyReLU(0.2)]
    for before, after in ((64, 128), (128, 128), (128, 256)):
        layers += [nn.Conv2d(before, after, 3, stride=2, padding=1), nn.LeakyReLU(0.2)]
    return nn.Sequential(*layers, nn.Flatten(), nn.Dropout(0.4), nn.Linear(16 * 16 * 256, 1))


def main(size: int, batch: int, steps: int, threads: int) -> None:
    """Train, and print the time of each step."""
    torch.set_num_threads(threads)
    torch.manual_seed(0)
    drawing, judging = generator(), discriminator()
    count = sum(p.numel() for p in drawing.parameters()), sum(p.numel() for p in judging.parameters())
    if count != (27_265_281, 582_785):
        raise SystemExit(f"another network: {count}")
    to_draw = torch.optim.Adam(drawing.parameters(), 2e-4, betas=(0.5, 0.999))
    to_judge = torch.optim.Adam(judging.parameters(), 2e-4, betas=(0.5, 0.999))
    loss = nn.BCEWithLogitsLoss()
    real, ones, zeros = torch.rand(batch, 1, size, size) * 2 - 1, torch.ones(batch, 1), torch.zeros(batch, 1)
    for step in range(WARM_UP + steps):
        began = time.perf_counter()
        with torch.no_grad():
            fake = drawing(torch.randn(batch, LATENT))
        to_judge.zero_grad()
        (loss(judging(real), ones) + loss(judging(fake), zeros)).backward()
        to_judge.step()
        to_draw.zero_grad()
        loss(judging(drawing(torch.randn(batch, LATENT))), ones).backward()
        to_draw.step()
        if step >= WARM_UP:
            print(time.perf_counter() - began, flush=True)


if __name__ == "__main__":
    main(*map(int, sys.argv[1:5]))
