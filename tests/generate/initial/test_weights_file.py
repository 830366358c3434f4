from __future__ import annotations

import hashlib

import numpy as np
import pytest

from medcurate.errors import UsageError
from medcurate.generate.initial.weights_file import read_initial_weights, write_initial_weights
from tests.generate.initial.stand_ins import ARCHITECTURE, FACTS, players


@pytest.fixture
def written(tmp_path):
    return write_initial_weights(tmp_path / "first.npz", *players(), ARCHITECTURE, FACTS)


def test_averages_are_written_in_half_precision_with_what_they_are(written):
    assert written.family == "fastgan"
    assert written.classes == {"plane": ("axial", "sagittal"), "tumor": ("glioma", "none")}
    assert written.places == {"generator": ("condition_latent/kernel", "condition_latent/bias", "", "")}
    assert written.arrays["generator/0000"].dtype == np.float16
    np.testing.assert_array_equal(written.weight("generator", 2), np.full((3, 2), 101, np.float32))
    assert written.weight("generator", 3) == 7
    assert written.sha256 == hashlib.sha256(written.path.read_bytes()).hexdigest()


def test_the_same_weights_give_the_same_bytes(tmp_path, written):
    again = write_initial_weights(tmp_path / "again.npz", *players(), ARCHITECTURE, FACTS)
    assert again.path.read_bytes() == written.path.read_bytes()


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (lambda content: content[:-40], "BadZipFile"),
        (lambda content: b"", "BadZipFile"),
        (
            lambda content: content.replace(b"medcurate first weights", b"medcurate other weights"),
            "BadZipFile|format|no",
        ),
    ],
)
def test_damaged_files_are_refused(written, change, why):
    written.path.write_bytes(change(written.path.read_bytes()))
    with pytest.raises(UsageError, match=f"was refused: .*({why}).*medcurate pretrain wrote"):
        read_initial_weights(written.path)


def test_a_changed_file_is_refused_where_its_digest_is_known(written):
    with pytest.raises(UsageError, match="another SHA-256"):
        read_initial_weights(written.path, "0" * 64)
    assert read_initial_weights(written.path, written.sha256).sha256 == written.sha256


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(UsageError, match=r"no file .*gone\.npz; expected phantoms, none, or a file"):
        read_initial_weights(tmp_path / "gone.npz")


@pytest.mark.parametrize("value", [np.nan, 1e6])
def test_what_half_precision_does_not_hold_is_refused(tmp_path, value):
    trained, average = players()
    average.networks["generator"].weights[2].assign(np.full((3, 2), value, np.float32))
    with pytest.raises(UsageError, match="half precision ends at 65504"):
        write_initial_weights(tmp_path / "first.npz", trained, average, ARCHITECTURE, FACTS)
