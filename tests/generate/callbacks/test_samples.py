"""The pictures of fixed latents: when they are drawn, and where each image stands."""

from __future__ import annotations

import numpy as np
import pytest

from medcurate.dataset.files import read_image
from medcurate.generate.callbacks.samples import FOLDER, Samples, sheet
from medcurate.learning.callback import StepResult


@pytest.mark.parametrize(("n", "channels"), [(16, 1), (5, 1), (3, 2), (8, 3)])
def test_image_k_stands_in_row_k_over_8(rng, n, channels):
    images = rng.integers(1, 256, (n, 4, 6, channels), np.uint8)
    laid = sheet(images)
    assert laid.shape == (-(-n // 8) * 4, 8 * 6 * channels)
    for k in range(n):
        for channel in range(channels):
            row, column = 4 * (k // 8), 6 * ((k % 8) * channels + channel)
            np.testing.assert_array_equal(laid[row : row + 4, column : column + 6], images[k, ..., channel])
    assert np.count_nonzero(laid) == images.size  # what is left is black


def test_it_draws_every_so_many_steps_and_the_end_once(tmp_path, rng):
    images = rng.integers(0, 256, (9, 8, 8, 1), np.uint8)
    seen = []
    samples = Samples(tmp_path, lambda: images, 2, (lambda step, drawn: seen.append((step, drawn is images)),))
    samples.begin(0)
    for step in range(1, 6):
        samples.after(StepResult(step, {}))
    samples.end(5)
    samples.end(5)
    assert seen == [(2, True), (4, True), (5, True)]
    names = sorted(path.name for path in (tmp_path / FOLDER).iterdir())
    assert names == ["step-0000002.png", "step-0000004.png", "step-0000005.png"]
    np.testing.assert_array_equal(read_image(tmp_path / FOLDER / names[0]), sheet(images))


def test_what_a_killed_run_left_half_written_is_removed(tmp_path):
    (tmp_path / FOLDER).mkdir()
    (tmp_path / FOLDER / ".01234567.tmp").write_bytes(b"half")
    (tmp_path / FOLDER / "mine.png").write_bytes(b"kept")
    Samples(tmp_path, lambda: None, 2).begin(0)
    assert [path.name for path in (tmp_path / FOLDER).iterdir()] == ["mine.png"]
