"""Real and synthetic masks that belong together, compared one pair at a time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from medcurate.dataset import VolumeSet
from medcurate.evaluate.dice.agreement import Tally
from medcurate.evaluate.dice.mask_files import MaskedImages, volume_spacing
from medcurate.evaluate.dice.regions import Regions, as_bits
from medcurate.pictures import fit


@dataclass(frozen=True, slots=True)
class ComparedMasks:
    """Pairs of masks and how well they agree.

    Attributes
    ----------
    unit : {'mm', 'px'}
        Of distances.
    scaled : int
        Pairs whose masks differ in shape: the synthetic one was scaled.
    """

    tally: Tally
    unit: str
    scaled: int = 0


def image_pairs(real: MaskedImages, synthetic: MaskedImages) -> list[tuple[int, int]]:
    """Return the rows of images that belong together: of one image_id, of one path, or of one file name.

    A file name counts only where no other image of its side has it.
    """
    keys = [(side.images.ids, side.names(), _unique_stems(side.names())) for side in (real, synthetic)]
    pairs: dict[int, int] = {}
    for own, theirs in zip(*keys, strict=True):
        place = {name: row for row, name in enumerate(own) if name is not None}
        for row, name in enumerate(theirs):
            if name is not None and name in place and row not in pairs:
                pairs[row] = place[name]
    return [(pairs[row], row) for row in sorted(pairs)]


def volume_pairs(real: Sequence[VolumeSet], synthetic: Sequence[VolumeSet]) -> list[tuple[VolumeSet, VolumeSet]]:
    """Return the sets of volumes whose folders have one name."""
    place = {found.name: found for found in real}
    return [(place[found.name], found) for found in synthetic if found.name in place]


def compare_images(
    real: MaskedImages, synthetic: MaskedImages, pairs: Sequence[tuple[int, int]], regions: Regions
) -> ComparedMasks:
    """Compare the masks of pairs of images, in the geometry of the real ones.

    A synthetic mask of another shape is scaled to the real one's by nearest neighbor, where both are squares; others
    are laid into squares of the larger side first.
    """
    spacing = real.spacing_mm
    tally, scaled = Tally(regions), 0
    for row, other in pairs:
        expected, found = as_bits(real.mask(row), regions), as_bits(synthetic.mask(other), regions)
        if found.shape != expected.shape:
            scaled += 1
            side = max(expected.shape)
            expected, found = _square(expected, side), _square(found, side)
        tally.add(real.groups[row], found, expected, spacing_mm=None if spacing is None else (*spacing[row].tolist(),))
    return ComparedMasks(tally, "px" if spacing is None else "mm", scaled)


def compare_volumes(pairs: Sequence[tuple[VolumeSet, VolumeSet]], regions: Regions) -> tuple[ComparedMasks, int]:
    """Compare the masks of pairs of volumes, two volumes in memory at a time.

    Returns
    -------
    tuple of (Compared, int)
        And how many pairs were left out, as their grids differ.
    """
    tally, left_out = Tally(regions), 0
    for real, synthetic in pairs:
        expected, found = real.load_mask(), synthetic.load_mask()
        if expected is None or found is None or expected.shape != found.shape:
            left_out += 1
            continue
        group = real.patient_group or real.name
        bits = as_bits(found, regions), as_bits(expected, regions)
        del expected, found  # the labels of a volume take twice its bits
        tally.add(group, *bits, spacing_mm=(*volume_spacing(real).tolist(),))
    return ComparedMasks(tally, "mm"), left_out


def _square(bits: NDArray[np.uint8], side: int) -> NDArray[np.uint8]:
    return fit(bits, side, pad=True, nearest=True)


def _unique_stems(names: Sequence[str]) -> list[str | None]:
    stems = [name.rsplit("/", 1)[-1] for name in names]
    count: dict[str, int] = {}
    for stem in stems:
        count[stem] = count.get(stem, 0) + 1
    return [stem if count[stem] == 1 else None for stem in stems]
