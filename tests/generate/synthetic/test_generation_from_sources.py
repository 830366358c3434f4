"""Images that are drawn from images: slices and volumes, at the right place, with names, patients and terms."""

from __future__ import annotations

import nibabel as nib
import numpy as np
import pytest

from medcurate.catalogue import Catalogue
from medcurate.dataset import Dataset
from medcurate.dataset.samples import ColumnChoice, read_volumes, select_volumes
from medcurate.errors import UsageError
from medcurate.generate.synthetic.generation import generate, preview
from medcurate.generate.synthetic.settings import GenerateSettings
from medcurate.run_folder import remove_tree
from tests.dataset.samples.sample_folders import AFFINE, Folder, with_volumes
from tests.generate.made_run import Sampler, made_run
from tests.generate.synthetic.source_runs import Negative, reading, source_run


def rows_of(out):
    return Catalogue.open(out).to_table().to_pylist()


def bytes_of(out):
    files = (path for path in sorted(out.rglob("*")) if path.is_file() and ".medcurate" not in path.parts)
    return {str(path.relative_to(out)): path.read_bytes() for path in files}


def made(run, out, sources, n=1, *, generator=None, overwrite=False, **asked):
    chosen = GenerateSettings(n=n, **{"batch": 3, **asked})
    generator = generator or Negative()
    return generate(
        run, out, settings=chosen, sources=sources, generator=generator, overwrite=overwrite, progress=False
    )


@pytest.fixture
def slices(tmp_path, rng):
    made = Folder(tmp_path / "slices")
    for patient in range(4):
        for name in ("T1", "T2"):
            about = {"patient_group": f"p{patient}", "position": 0.5, "split": ("train", "test")[patient % 2]}
            made.slice(f"{patient}{name}", rng.integers(2, 255, (8, 8), dtype=np.uint8), contrast=name, **about)
    return made.open()


PAIR = {"target": ("T1",), "source": ("T2",)}


# ------------------------------------------------------------------------------------------------------ slices


def test_each_source_gives_an_image_that_names_it(tmp_path, slices):
    run, out = source_run(tmp_path / "run", slices.select(split="train"), reading(**PAIR)), tmp_path / "out"
    result = made(run, out, slices.select(split="test"), 2)
    assert (result.written, result.contrasts) == (4, ("T1",))
    rows = rows_of(out)
    assert [row["derived_from"] for row in rows] == [["1T2"], ["3T2"], ["1T2"], ["3T2"]]
    assert [row["patient_group"] for row in rows] == ["p1", "p3", "p1", "p3"]
    assert {row["patient_group_by"] for row in rows} == {"patient"}
    assert [row["original_frame"] for row in rows] == [0, 1, 2, 3]
    found = Dataset.open(out)
    for number, row in enumerate(rows):
        pixels = 255 - slices.image(slices.ids.index(row["derived_from"][0]))
        pixels[0, 0] = number
        np.testing.assert_array_equal(found.image(found.ids.index(row["image_id"])), pixels)
    assert preview(run, GenerateSettings(n=2), sources=slices.select(split="test")).classes == {"axial/glioma": 4}


def test_more_images_per_source_keep_those_that_are_there(tmp_path, slices):
    run, out = source_run(tmp_path / "run", slices, reading(**PAIR)), tmp_path / "out"
    made(run, out, slices, 1)
    generator = Negative()
    made(run, out, slices, 3, generator=generator)
    assert sum(len(given["source"]) for given in generator.given) == 8
    made(run, tmp_path / "whole", slices, 3)
    assert bytes_of(out) == bytes_of(tmp_path / "whole")
    with pytest.raises(UsageError, match=r"from: .*digest.* before, .*digest.* now"):
        made(run, out, slices.select(split="test"), 3)
    made(run, out, slices.select(split="test"), 3, overwrite=True)
    assert len(rows_of(out)) == 6


def test_a_generator_without_random_numbers_repeats_itself(tmp_path, slices):
    run, out = source_run(tmp_path / "run", slices, reading(**PAIR)), tmp_path / "out"
    result = made(run, out, slices, 2, generator=Negative(numbered=False))
    assert (result.written, result.repeated) == (4, 4)
    assert [row["reason"] for row in rows_of(out)] == [None] * 4 + ["DUPLICATE"] * 4


def test_images_of_a_generator_without_a_source_are_derived_from_nothing(tmp_path):
    run = made_run(tmp_path / "run")
    generate(run, tmp_path / "out", settings=GenerateSettings(n=3), generator=Sampler(), progress=False)
    assert [row["derived_from"] for row in rows_of(tmp_path / "out")] == [[], [], []]
    real = Catalogue.open(tmp_path / "run-data").to_table(["derived_from"]).column(0).to_pylist()
    assert set(real) == {None}


def test_the_terms_of_the_sources_are_inherited_too(tmp_path, slices):
    run = source_run(tmp_path / "run", slices, reading(**PAIR))
    (tmp_path / "run" / "training_verdict.json").unlink()
    (tmp_path / "run").joinpath("training_verdict.json").write_bytes(
        (made_run(tmp_path / "ixi") / "training_verdict.json").read_bytes()
    )
    (slices.folder / "sources.toml").write_text('[sources.s]\ncard = "navoneel"\n', encoding="utf-8")
    result = made(run, tmp_path / "out", slices)
    assert result.outcome == "local"
    verdict = (tmp_path / "out" / "training_verdict.json").read_text()
    assert '"x"' in verdict
    assert '"s"' in verdict


# ------------------------------------------------------------------------------------------------------ volumes

VOLUME = reading("volumes", (16, 16, 16), target=("T1",), source=("T2",))


@pytest.fixture
def volumes(tmp_path, rng):
    return with_volumes(tmp_path / "volumes", rng)


def test_volumes_lie_where_their_source_lies(tmp_path, volumes):
    run, out = source_run(tmp_path / "run", volumes, VOLUME), tmp_path / "out"
    result = made(run, out, volumes)
    assert (result.written, result.repeated) == (3, 0)
    sources = read_volumes(select_volumes(volumes, ColumnChoice(target=None, source=("T2",))), box=(16, 16, 16))
    for number, row in enumerate(rows_of(out)):
        image = nib.Nifti1Image.from_filename(out / row["path"])
        np.testing.assert_allclose(image.affine, sources.columns["affine"][number], atol=1e-5)
        voxels = np.asanyarray(image.dataobj)
        np.testing.assert_array_equal(voxels[1:], 255 - sources.columns["source"][number, 1:, ..., 0])
        # the middle of the generated volume is the middle of the patient's
        center = AFFINE @ [4, 6.5, 2.5, 1]
        np.testing.assert_allclose(image.affine @ [7.5, 7.5, 7.5, 1], center, atol=1e-4)
        assert row["derived_from"] == [f"p{number}-T2"]
        assert (row["kind"], row["format"], row["bit_depth"], row["depth"]) == ("volume", "nifti", 8, 16)
        assert row["path"] == f"volumes/{row['image_id']}/T1.nii.gz"
        np.testing.assert_allclose(row["spacing_mm"], [18 / 16] * 3, rtol=1e-5)
    assert [one.patient_group for one in Dataset.open(out).volumes()] == ["p0", "p1", "p2"]


def test_volumes_of_several_contrasts_lie_together_and_open_as_a_set(tmp_path, volumes):
    both = reading("volumes", (8, 8, 8), target=("T1", "T2"), source=("mask",), regions={"mask": None})
    run, out = source_run(tmp_path / "run", volumes, both), tmp_path / "out"
    result = made(run, out, volumes, generator=Negative(2, numbered=False))
    assert result.contrasts == ("T1", "T2")
    sets = list(Dataset.open(out).volumes())
    assert all(set(one.contrasts) == {"T1", "T2"} for one in sets if len(one.contrasts) > 1)
    assert rows_of(out)[0]["derived_from"] == ["p0-mask"]
    found = read_volumes(select_volumes(Dataset.open(out), ColumnChoice(target=("T1",))))
    assert found.columns["target"].shape[1:] == (8, 8, 8, 1)


def test_without_a_source_volumes_have_the_spacing_of_the_training_set(tmp_path, volumes):
    class Noise(Negative):
        def sample(self, first, n, *, seed=0, labels):
            return np.stack(
                [np.random.default_rng(first + k).integers(0, 255, (16, 16, 16, 1), np.uint8) for k in range(n)]
            )

    run = source_run(tmp_path / "run", volumes, reading("volumes", (16, 16, 16), target=("T1",)))
    result = made(run, tmp_path / "out", None, 4, generator=Noise())
    assert result.written == 4
    affine = next(Dataset.open(tmp_path / "out").volumes()).affine
    np.testing.assert_allclose(affine[:3, :3], np.eye(3) * 18 / 16, rtol=1e-5)
    np.testing.assert_allclose(affine @ [7.5, 7.5, 7.5, 1], [0, 0, 0, 1], atol=1e-4)


def test_patches_are_volumes_at_their_places(tmp_path, volumes):
    patches = reading("patches", (8, 8, 4), target=("T1",), source=("T2",))
    run, out = source_run(tmp_path / "run", volumes, patches), tmp_path / "out"
    assert made(run, out, volumes).written == 3 * 2 * 2 * 2
    image = nib.Nifti1Image.from_filename(out / rows_of(out)[0]["path"])
    steps = np.linalg.inv(AFFINE) @ image.affine
    np.testing.assert_allclose(steps[:3, :3], np.eye(3), atol=1e-5)
    np.testing.assert_allclose(steps[:3, 3], np.rint(steps[:3, 3]), atol=1e-4)


def test_volumes_survive_a_stop_damage_and_more(tmp_path, volumes):
    run, out = source_run(tmp_path / "run", volumes, VOLUME), tmp_path / "out"

    class Stops(Negative):
        def sample(self, first, n, **given):
            if first:
                raise KeyboardInterrupt
            return super().sample(first, n, **given)

    with pytest.raises(KeyboardInterrupt):
        made(run, out, volumes, 2, generator=Stops(), batch=2)
    generator = Negative()
    made(run, out, volumes, 2, generator=generator)
    assert sum(len(given["source"]) for given in generator.given) == 4
    made(run, tmp_path / "whole", volumes, 2)
    assert bytes_of(out) == bytes_of(tmp_path / "whole")
    (out / rows_of(out)[3]["path"]).write_bytes(b"damaged")
    (out / "volumes" / "stray").mkdir()
    (out / "volumes" / "stray" / "T1.nii.gz").write_bytes(b"stray")
    generator = Negative()
    made(run, out, volumes, 2, generator=generator)
    assert [len(given["source"]) for given in generator.given] == [1]
    assert bytes_of(out) == bytes_of(tmp_path / "whole")
    made(run, out, volumes, 2, seed=1, overwrite=True)
    remove_tree(tmp_path / "whole")
    made(run, tmp_path / "whole", volumes, 2, seed=1)
    assert bytes_of(out) == bytes_of(tmp_path / "whole")
