"""A family without training: from a dataset folder to images that name their contributors, and what is refused."""

from __future__ import annotations

import datetime as dt
import json
import shutil
import subprocess
import sys

import numpy as np
import pytest
from PIL import Image

from medcurate.catalogue import Catalogue
from medcurate.cli.commands.train_gan import show, show_plan
from medcurate.dataset import Dataset
from medcurate.dataset.files import encode_png
from medcurate.errors import PolicyError, UsageError
from medcurate.generate.drawing.generator import Generator
from medcurate.generate.drawing.reference_generator import ReferenceGenerator
from medcurate.generate.drawing.weights import read_generator
from medcurate.generate.families.mosaic import NOTICE, SMALL
from medcurate.generate.synthetic.generation import generate, preview
from medcurate.generate.synthetic.settings import GenerateSettings
from medcurate.generate.training.plan import plan_training
from medcurate.generate.training.reference_run import open_generator
from medcurate.generate.training.settings import TrainSettings
from medcurate.generate.training.training import train, train_on
from tests.datasets_manifest.made_dataset import make, row
from tests.generate import family_laws as laws

SETTINGS = TrainSettings(model="mosaic", options=SMALL, size=32, condition=("tumor",))


def refer(dataset, run, **given):
    return train(Dataset.open(dataset), run, SETTINGS, progress=False, **given)


def draw(run, out, n=6, **given):
    return generate(run, out, settings=GenerateSettings(n=n, batch=4), progress=False, **given)


@pytest.fixture(scope="module")
def kept(heads, tmp_path_factory):
    """Give a folder with a dataset and a run that refers to it."""
    folder = tmp_path_factory.mktemp("kept")
    shutil.copytree(heads, folder / "dataset")
    refer(folder / "dataset", folder / "run")
    return folder


@pytest.fixture
def moved(kept, tmp_path):
    """Give a copy of both, which the test may change."""
    shutil.copytree(kept, tmp_path / "moved")
    return tmp_path / "moved"


def test_the_run_refers_to_the_dataset_and_holds_no_weights(kept):
    run = kept / "run"
    told = json.loads((run / "generator.json").read_text())
    assert told["references"]["dataset"] == "../dataset"
    assert told["references"]["anonymous"] is False
    assert told["references"]["notice"] == NOTICE
    assert told["parameters"] == 0
    assert sorted(path.name for path in run.iterdir() if not path.name.startswith(".")) == [
        "config.json", "generator.json", "samples", "training_ids.txt", "training_set.json", "training_verdict.json"
    ]  # fmt: skip
    assert [path.name for path in (run / "samples").iterdir()] == ["step-0000000.png"]
    assert not list(run.rglob("*.raw"))


def test_the_generator_that_training_returns_is_the_one_that_is_opened(heads, kept, tmp_path):
    result = refer(heads, tmp_path / "run")
    labels = {"tumor": ["glioma", "none", "glioma"]}
    images = result.generator.sample(5, 3, seed=2, labels=labels)
    assert images.shape == (3, 32, 32, 1)
    assert images.dtype == np.uint8
    assert (result.parameters, result.steps, result.choice.weights) == ({}, 0, "last")
    assert NOTICE in result.notes
    opened = open_generator(kept / "run")
    assert isinstance(opened, ReferenceGenerator)
    one = opened.sample(6, 1, seed=2, labels={"tumor": ["none"]})
    np.testing.assert_array_equal(one, images[1:2])
    assert read_generator(tmp_path / "run").sha256 == read_generator(kept / "run").sha256


def test_every_image_names_its_contributors_and_says_that_it_is_not_anonymous(kept, tmp_path):
    result = draw(kept / "run", tmp_path / "out")
    assert NOTICE in result.notes
    training = set((kept / "run/training_ids.txt").read_text().split())
    rows = Catalogue.open(tmp_path / "out").to_table().to_pylist()
    assert len(rows) == 6
    for one in rows:
        assert one["source"].startswith("mosaic-not-anonymous-")
        assert len(one["derived_from"]) == 3
        assert set(one["derived_from"]) <= training
        (step,) = json.loads(one["steps"])
        assert step["step"] == "collage"
        assert [part["image_id"] for part in step["contributors"]] == one["derived_from"]
        assert sum(part["share"] for part in step["contributors"]) == pytest.approx(1, abs=1e-3)
        with Image.open(tmp_path / "out" / one["path"]) as image:
            assert image.text["Disclaimer"] == NOTICE
            assert json.loads(image.text["contributors"]) == step["contributors"]
    told = json.loads((tmp_path / "out/generated.json").read_text())
    assert (told["notice"], told["anonymous"]) == (NOTICE, False)
    readme = (tmp_path / "out/README.md").read_text()
    assert NOTICE in readme
    assert "none shows a patient" not in readme
    for path in (tmp_path / "out").rglob("*"):
        assert path.is_dir() or str(kept).encode() not in path.read_bytes()  # the folder of the real images is not told


def test_a_stopped_drawing_goes_on_to_the_same_bytes(kept, tmp_path):
    draw(kept / "run", tmp_path / "whole")
    draw(kept / "run", tmp_path / "grown", n=3)
    draw(kept / "run", tmp_path / "grown")
    for name in ("catalogue.parquet", "metadata.csv"):
        assert (tmp_path / "grown" / name).read_bytes() == (tmp_path / "whole" / name).read_bytes()


def test_run_and_dataset_may_move_together_and_the_dataset_alone_if_it_is_named(moved, tmp_path):
    draw(moved / "run", tmp_path / "one")
    (moved / "dataset").rename(moved / "elsewhere")
    with pytest.raises(UsageError, match=r"dataset is not there.*--dataset FOLDER"):
        draw(moved / "run", tmp_path / "two")
    with pytest.raises(UsageError, match="--dataset FOLDER"):
        preview(moved / "run", GenerateSettings(n=3))
    draw(moved / "run", tmp_path / "two", trained_on=moved / "elsewhere")
    assert (tmp_path / "one/metadata.csv").read_bytes() == (tmp_path / "two/metadata.csv").read_bytes()


@pytest.mark.parametrize("change", ["pixel", "image", "label", "all"])
def test_another_dataset_is_refused(moved, tmp_path, change):
    folder = moved / "dataset/train/glioma"
    first, *_ = sorted(folder.iterdir())
    if change == "pixel":
        with Image.open(first) as image:
            pixels = np.array(image)
        pixels[3, 3] += 1
        first.write_bytes(encode_png(pixels))
    elif change == "image":
        first.unlink()
    elif change == "label":
        first.rename(moved / "dataset/train/none/new.png")
    else:
        shutil.rmtree(moved / "dataset/train")
    with pytest.raises(UsageError, match=r"dataset: .*Bring them back, say where they are now \(--dataset FOLDER\)"):
        draw(moved / "run", tmp_path / "out")
    assert not list((tmp_path / "out").rglob("*.png"))


def test_other_patients_are_another_dataset(tmp_path):
    """The pixels may be the same: who is left out of an image depends on the patients."""
    rows = [row("x", k, split="train", license="CC-BY-SA-3.0") for k in range(12)]
    dataset = make(tmp_path / "dataset", rows, '[sources.x]\ncard = "ixi"\n')
    settings = TrainSettings(model="mosaic", options=SMALL, size=32)
    train(Dataset.open(dataset), tmp_path / "run", settings, progress=False)
    groups = {one["image_id"]: one["patient_group"] for one in rows}
    for parts in open_generator(tmp_path / "run").sample_and_tell(0, 6)[1]:
        assert {one.patient_group for one in parts} <= set(groups.values())
        assert len({groups[one.image_id] for one in parts}) == 3
    shutil.rmtree(dataset)
    make(dataset, [{**one, "patient_group": f"g{k}"} for k, one in enumerate(rows)], '[sources.x]\ncard = "ixi"\n')
    with pytest.raises(UsageError, match="patient groups"):
        open_generator(tmp_path / "run")


def test_terms_are_inherited_and_ended_access_is_refused(tmp_path):
    rows = [row("x", k, split="train") for k in range(12)]
    nobody = '[sources.x]\nlicense = "CC-BY-ND-4.0"\naccess_expires = 2026-12-31\n'
    dataset = make(tmp_path / "dataset", rows, nobody)
    settings = TrainSettings(model="mosaic", options=SMALL, size=32)
    train(Dataset.open(dataset), tmp_path / "run", settings, progress=False)
    result = draw(tmp_path / "run", tmp_path / "out", today=dt.date(2026, 12, 1))
    assert result.outcome != "share"
    assert set(Catalogue.open(tmp_path / "out").to_table(["license"]).column(0).to_pylist()) == {None}
    with pytest.raises(PolicyError):
        draw(tmp_path / "run", tmp_path / "later", today=dt.date(2027, 1, 1))


def test_what_does_not_fit_is_refused(heads, kept, tmp_path):
    with pytest.raises(UsageError, match=r"open it with medcurate\.generate\.open_generator"):
        Generator.load(kept / "run")
    with pytest.raises(UsageError, match="draws from a dataset folder"):
        train_on(laws.examples_of(laws.SPECS["square"]), tmp_path / "run", SETTINGS, progress=False)
    with pytest.raises(UsageError, match="--strategy: --model mosaic trains nothing"):
        refer(heads, tmp_path / "run", strategy="mirrored")
    with pytest.raises(UsageError, match="holds a finished training"):
        refer(heads, kept / "run")
    with pytest.raises(UsageError, match="keeps its last weights alone"):
        open_generator(kept / "run", "best")
    with pytest.raises(UsageError, match="does not read source"):
        open_generator(kept / "run").sample(0, 1, labels={"tumor": ["none"]}, source=np.zeros((1, 32, 32, 1)))


def test_the_command_says_that_nothing_is_trained(heads, kept, tmp_path, capsys):
    plan = plan_training(Dataset.open(heads), SETTINGS)
    show_plan(plan, SETTINGS, tmp_path, json=False)
    assert "nothing is trained" in capsys.readouterr().out
    show(refer(heads, tmp_path / "run"))
    told = capsys.readouterr().out
    assert "Nothing was trained" in told
    assert "not anonymous" in told


def test_no_network_library_is_loaded(kept, tmp_path):
    code = (
        "import sys; from pathlib import Path\n"
        "from medcurate.dataset import Dataset\n"
        "from medcurate.generate import GenerateSettings, TrainSettings, generate, train\n"
        f"settings = TrainSettings(model='mosaic', options={dict(SMALL)!r}, size=32)\n"
        f"data, run, out = map(Path, {[str(kept / 'dataset'), *(str(tmp_path / name) for name in ('run', 'out'))]})\n"
        "train(Dataset.open(data), run, settings, progress=False)\n"
        "generate(run, out, settings=GenerateSettings(n=2), progress=False)\n"
        "print(sorted({'tensorflow', 'keras', 'jax', 'torch'} & set(sys.modules)))\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (done.stdout.strip(), done.returncode) == ("[]", 0), done.stderr
