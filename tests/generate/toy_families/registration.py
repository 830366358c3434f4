"""The toy families, one line each: as the registry would have them."""

from __future__ import annotations

TOYS = {
    "toy-diffusion": "tests.generate.toy_families.diffusion",
    "toy-extra-dimensions": "tests.generate.toy_families.extra_dimensions",
    "toy-missing-contrasts": "tests.generate.toy_families.missing_contrasts",
    "toy-pix2pix-3d": "tests.generate.toy_families.pix2pix_3d",
    "toy-steered": "tests.generate.toy_families.steered",
    "toy-vae": "tests.generate.toy_families.vae",
}
