"""Warnings about small numbers of images."""

from __future__ import annotations

FEW = 100
"""Fewer images per side than this show only large differences."""


def small_number_notes(held_out: int, generated: int, width: int, synthetic: int) -> tuple[str, ...]:
    """Return warnings about numbers of images.

    Parameters
    ----------
    held_out, generated : int
        Compared images.
    width : int
        Number of features per image.
    synthetic : int
        Synthetic images from which `generated` were drawn.

    Returns
    -------
    tuple of str
        Empty if there is nothing to warn of.
    """
    notes = []
    fewest = min(held_out, generated)
    if fewest <= width:
        notes.append(
            f"Only {fewest:,} images on a side for {width:,} features: the Fréchet distance is far too large at such "
            "numbers, for real images, too. Look at its ratio to real against real, never at the number alone."
        )
    if fewest < FEW:
        notes.append(
            f"Only {held_out:,} held-out and {generated:,} synthetic images are compared. Fewer than {FEW} a side tell "
            "large faults from small ones, and not more."
        )
    if synthetic > generated:
        notes.append(
            f"{generated:,} of {synthetic:,} synthetic images are compared, drawn by seed: as many as there are real "
            "training images to compare them with. On the other training images the scale of the features was learned."
        )
    return tuple(notes)
