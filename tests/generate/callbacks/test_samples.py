"""The pictures of fixed latents: when they are drawn and written."""

from __future__ import annotations

import numpy as np

from medcurate.dataset.files import read_image
from medcurate.generate.callbacks.sample_sheet import SheetLabels, labeled_sheet, sheet
from medcurate.generate.callbacks.samples import FOLDER, Samples
from medcurate.learning.callback import StepResult


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


def test_real_images_and_classes_are_written_where_they_are_known(tmp_path, rng):
    real, images = (rng.integers(0, 256, (n, 32, 32, 1), np.uint8) for n in (3, 9))
    about = SheetLabels(real, (), ("a",) * 9)
    Samples(tmp_path, lambda: images, 1, about=about).after(StepResult(1, {}))
    written = read_image(tmp_path / FOLDER / "step-0000001.png")
    np.testing.assert_array_equal(written, labeled_sheet(images, about))
