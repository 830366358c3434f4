"""Every toy family goes the whole way: a dataset folder, a training, a generator that is loaded, a dataset folder."""

from __future__ import annotations

from dataclasses import replace

import nibabel as nib
import numpy as np
import pytest

from medcurate.catalogue import Catalogue
from medcurate.dataset import Dataset
from medcurate.dataset.samples import ColumnChoice
from medcurate.generate.drawing.generator import Generator
from medcurate.generate.families.registry import FAMILIES
from medcurate.generate.synthetic.generation import generate
from medcurate.generate.synthetic.settings import GenerateSettings
from medcurate.generate.training.reading import Reading, read_examples
from medcurate.generate.training.settings import TrainSettings
from medcurate.generate.training.training import train, train_on
from medcurate.generate.training.training_set import record_training_set
from tests.dataset.samples.sample_folders import with_volumes
from tests.generate import family_laws as laws
from tests.generate.toy_families.registration import TOYS


@pytest.fixture(autouse=True)
def _registered(monkeypatch):
    for name, place in TOYS.items():
        monkeypatch.setitem(FAMILIES, name, place)


@pytest.fixture
def volumes(tmp_path, rng):
    return with_volumes(tmp_path / "volumes", rng)


def settings_of(model, **given):
    often = {"sample_every": 9, "checkpoint_minutes": 100}
    return TrainSettings(model=model, options=laws.module(model).SMALL, steps=2, batch=2, **often, **given)


def drawn(run, out, n, **given):
    """Draw into a dataset folder; return its rows."""
    settings = GenerateSettings(n=n, batch=2)
    result = generate(run, out, settings=settings, progress=False, **given)
    rows = Catalogue.open(out).to_table().to_pylist()
    assert result.written + result.repeated == len(rows)
    assert {row["origin"] for row in rows} == {"synthetic"}
    return rows


def test_diffusion_draws_slices_of_each_label(heads, tmp_path):
    run = tmp_path / "run"
    train(Dataset.open(heads), run, settings_of("toy-diffusion", shape=(8, 12), condition=("tumor",)), progress=False)
    rows = drawn(run, tmp_path / "out", 4)
    assert sorted(row["tumor"] for row in rows) == ["glioma", "glioma", "none", "none"]
    assert {(row["format"], row["height"], row["width"]) for row in rows} == {("png", 8, 12)}
    assert [row["derived_from"] for row in rows] == [[]] * 4


def test_an_autoencoder_draws_volumes(volumes, tmp_path):
    run = tmp_path / "run"
    settings = settings_of("toy-vae", read="volumes", shape=(4, 6, 8), contrasts=("T1",))
    train(volumes, run, settings, progress=False)
    rows = drawn(run, tmp_path / "out", 2)
    assert [row["format"] for row in rows] == ["nifti"] * 2
    voxels = [np.asanyarray(nib.Nifti1Image.from_filename(tmp_path / "out" / row["path"]).dataobj) for row in rows]
    np.testing.assert_array_equal(voxels, Generator.load(run).sample(0, 2)[..., 0])


def test_a_volume_is_translated_to_another_contrast(volumes, tmp_path):
    run = tmp_path / "run"
    given = {"read": "volumes", "shape": (4, 6, 8), "source": ("T1",), "contrasts": ("T2",)}
    train(volumes, run, settings_of("toy-pix2pix-3d", **given), progress=False)
    rows = drawn(run, tmp_path / "out", 1, sources=volumes)
    assert [row["derived_from"] for row in rows] == [["p0-T1"], ["p1-T1"], ["p2-T1"]]
    assert {row["contrast"] for row in rows} == {"T2"}


def test_extra_dimensions_draw_slices(heads, tmp_path):
    run = tmp_path / "run"
    train(Dataset.open(heads), run, settings_of("toy-extra-dimensions", shape=(8, 12)), progress=False)
    assert len(drawn(run, tmp_path / "out", 3)) == 3


def test_attributes_steer_what_is_drawn(volumes, tmp_path):
    run = tmp_path / "run"
    given = {"read": "volumes", "shape": (4, 6, 8), "contrasts": ("T1",), "attributes": ("mask_area",)}
    train(volumes, run, settings_of("toy-steered", **given), progress=False)
    assert Generator.load(run).attributes == ("mask_area",)
    assert len(drawn(run, tmp_path / "out", 3)) == 3


class Asked:
    """Draws one contrast from all others: the columns of its own that a family has, a plan does not know."""

    def __init__(self, generator):
        self.generator, self.classes = generator, generator.classes

    def sample(self, first, n, *, seed=0, labels, source):
        contrast = np.repeat(np.array([[0, 1]], np.float32), n, axis=0)
        return self.generator.sample(
            first, n, seed=seed, source=source, contrast=contrast, contrast_present=1 - contrast
        )


def test_an_absent_contrast_is_drawn_from_those_that_are_there(volumes, tmp_path):
    run = tmp_path / "run"
    choice = ColumnChoice(target=None, source=("T1", "T2"))
    read = read_examples(volumes, Reading(kind="volumes", spatial=(4, 6, 8), choice=choice))
    wanted = np.repeat(np.array([[0, 1]], np.float32), len(read.samples), axis=0)
    own = {"target": read.samples.columns["source"][..., 1:], "contrast": wanted, "contrast_present": 1 - wanted}
    samples = replace(read.samples, columns={**read.samples.columns, **own})
    train_on(samples, run, settings_of("toy-missing-contrasts", contrasts=("T2",)), progress=False)
    record_training_set(run, volumes, read)
    rows = drawn(run, tmp_path / "out", 1, sources=volumes, generator=Asked(Generator.load(run)))
    assert [row["derived_from"] for row in rows] == [[f"p{k}-T1", f"p{k}-T2"] for k in range(3)]
