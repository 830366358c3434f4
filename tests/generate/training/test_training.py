"""Trainings from start to end: what a run folder holds, and how each ends that was stopped and resumed."""

from __future__ import annotations

import json
import os
import resource
import shutil
import signal
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pyarrow as pa
import pytest

from medcurate.dataset import Dataset
from medcurate.dataset.files import encode_png, read_image
from medcurate.errors import OutputError, PolicyError, UsageError
from medcurate.generate.callbacks.history import read_history
from medcurate.generate.callbacks.sample_sheet import STRIP
from medcurate.generate.drawing.generator import Generator
from medcurate.generate.training import session
from medcurate.generate.training.training import _shares, train
from medcurate.learning.callback import Callback
from medcurate.learning.comparison import Comparison
from medcurate.learning.tensorflow_step import TensorFlowEngine
from tests.datasets_manifest.made_dataset import make, row
from tests.generate.small_training import STEPS, At, small, weights_of

KILLED = """
import os, signal, sys
from pathlib import Path

from medcurate.dataset import Dataset
from medcurate.learning.keras_backend import load_keras
from medcurate.generate.training.training import train
from tests.generate.small_training import small

load_keras()
EVENTS = {"open", "os.rename", "os.remove", "os.mkdir"}


def in_a_child(model, out, *, resume, kill_at=0):
    child = os.fork()
    if child:
        return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    seen = 0

    def hook(event, arguments):
        nonlocal seen
        if event not in EVENTS or not str(arguments[0]).startswith(str(out)):
            return
        if event == "open" and not arguments[2] & (os.O_WRONLY | os.O_RDWR | os.O_CREAT):
            return
        seen += 1
        if seen == kill_at:
            os.kill(os.getpid(), signal.SIGKILL)

    sys.addaudithook(hook)
    train(Dataset.open(Path(sys.argv[1])), Path(out), small(model), resume=resume, progress=False)
    os._exit(0)


for number, place in enumerate(sys.argv[3:]):
    model, kill_at = place.split(":")
    out = f"{sys.argv[2]}/{number}"
    print(in_a_child(model, out, resume=False, kill_at=int(kill_at)), in_a_child(model, out, resume=True), flush=True)
"""
PLACES = ("dcgan:5", "dcgan:23", "dcgan:37", "wgan-gp:19", "fastgan:29", "diffusion:31", "vae:31")
"""Family, and which of the things about to be made, renamed or removed in the run folder never happens."""


@pytest.fixture(scope="module")
def whole(heads, tmp_path_factory):
    """Give trainings that nothing stopped; each is made when it is first asked for."""
    made = {}

    def of(model="dcgan", steps=STEPS):
        if (model, steps) not in made:
            out = tmp_path_factory.mktemp("whole") / "run"
            made[model, steps] = train(Dataset.open(heads), out, small(model, steps=steps), progress=False)
        return made[model, steps]

    return of


def shared(run):
    """Return what must be the same, byte by byte, however often a training was stopped."""
    files = [run / "generator.weights.h5", run / "history.jsonl", *sorted((run / "samples").iterdir())]
    return {path.name: path.read_bytes() for path in files}


def stopped_at(step, heads, out, action, **given):
    watchers = (At(step, action),)
    return train(Dataset.open(heads), out, small(**given), watchers=watchers, progress=False)


def fail():
    raise RuntimeError("pulled the plug")


def test_a_run_folder_tells_all_of_a_training(whole, heads):
    result = whole()
    run = result.run
    assert (result.steps, result.stopped, result.notes) == (STEPS, "", ())
    config = json.loads((run / "config.json").read_text())
    assert config["settings"] == small().to_dict()
    assert config["data"]["images"] == 24
    assert config["versions"]["keras"]
    history = read_history(run)
    assert [line["step"] for line in history if "discriminator_loss" in line] == [2, 4, 6]
    assert [line["step"] for line in history if "diversity" in line] == [4, 6]
    assert all({"generator_loss", "on_real", "on_fake"} <= set(line) for line in history if "diversity" not in line)
    names = {path.name for path in run.iterdir()}
    assert {"config.json", "curves.png", "generator.json", "training_set.json", "training_verdict.json"} <= names
    assert "verdict.json" not in names
    assert [path.name for path in sorted((run / "samples").iterdir())] == ["step-0000004.png", "step-0000006.png"]
    grid = read_image(run / "samples" / "step-0000006.png")
    assert grid.shape == (2 * STRIP + 9 * 32, 8 * 32)  # real images in the first row
    loaded = Generator.load(run)
    np.testing.assert_array_equal(loaded.sample(0, 3), result.generator.sample(0, 3))
    assert loaded.facts["settings"] == small().to_dict()


def test_only_the_training_split_is_read(heads, tmp_path, whole):
    copied = shutil.copytree(heads, tmp_path / "heads")
    dataset = Dataset.open(copied)
    shutil.rmtree(copied / "val")  # now nobody can read it
    result = train(dataset, tmp_path / "run", small(), progress=False)
    ids = (result.run / "training_ids.txt").read_text().splitlines()
    assert len(ids) == 24
    assert all(name.startswith("train/") for name in ids)
    assert weights_of(result.run) == weights_of(whole().run)


def test_killed_at_any_write_and_resumed_it_ends_as_if_nothing_had_happened(heads, tmp_path, whole):
    path = os.pathsep.join(str(Path(entry).absolute()) for entry in sys.path)
    command = [sys.executable, "-c", KILLED, str(heads), str(tmp_path), *PLACES]
    done = subprocess.run(command, env={**os.environ, "PYTHONPATH": path}, capture_output=True, text=True, check=False)
    assert done.stdout.splitlines() == [f"{-signal.SIGKILL} 0"] * len(PLACES), done.stderr
    for number, place in enumerate(PLACES):
        assert shared(tmp_path / str(number)) == shared(whole(place.split(":")[0]).run), place


def test_an_error_in_any_step_and_a_resume_change_nothing(heads, tmp_path, whole, rng):
    step = int(rng.integers(1, STEPS))
    with pytest.raises(RuntimeError, match="pulled the plug"):
        stopped_at(step, heads, tmp_path, fail)
    result = train(Dataset.open(heads), tmp_path, small(), resume=True, progress=False)
    assert result.steps == STEPS
    assert shared(tmp_path) == shared(whole().run)


def test_a_torn_checkpoint_is_passed_over_and_said(heads, tmp_path, whole):
    with pytest.raises(RuntimeError):
        stopped_at(5, heads, tmp_path, fail)
    newest = max((tmp_path / "checkpoints").iterdir())
    assert newest.name.startswith("step-00000004")
    newest.write_bytes(newest.read_bytes()[:-1000])
    result = train(Dataset.open(heads), tmp_path, small(), resume=True, progress=False)
    assert result.notes == (f"{newest.name} is damaged (its content has another SHA-256) and was passed over",)
    assert shared(tmp_path) == shared(whole().run)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_the_step_and_leaves_a_checkpoint(heads, tmp_path, whole, number):
    handler = signal.getsignal(number)
    with pytest.raises(KeyboardInterrupt):
        stopped_at(3, heads, tmp_path, lambda: signal.raise_signal(number), checkpoint_minutes=100)
    assert signal.getsignal(number) is handler
    assert [path.name[:13] for path in (tmp_path / "checkpoints").iterdir()] == ["step-00000003"]
    assert not (tmp_path / "generator.json").exists()
    train(Dataset.open(heads), tmp_path, small(), resume=True, progress=False)
    assert weights_of(tmp_path) == weights_of(whole().run)


def test_the_time_limit_stops_and_more_time_goes_on(heads, tmp_path, whole):
    result = train(Dataset.open(heads), tmp_path, small(minutes=0.0), progress=False)
    assert (result.steps, result.stopped) == (1, "the 0 minutes are over")
    assert Generator.load(tmp_path).facts["steps"] == 1
    result = train(Dataset.open(heads), tmp_path, small(), resume=True, progress=False)
    assert result.steps == STEPS
    assert weights_of(tmp_path) == weights_of(whole().run)


def test_a_finished_training_stays_as_it_is(heads, tmp_path, whole):
    run = shutil.copytree(whole().run, tmp_path / "run")
    before = shared(run)
    assert train(Dataset.open(heads), run, small(), resume=True, progress=False).steps == STEPS
    assert shared(run) == before


def test_a_run_is_never_written_over(heads, whole):
    before = shared(whole().run)
    with pytest.raises(UsageError, match=r"holds a finished training: add --resume"):
        train(Dataset.open(heads), whole().run, small(), progress=False)
    assert shared(whole().run) == before


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"seed": 3}, "seed: 0 before, 3 now"),
        ({"batch": 8, "average": 0.5}, "average: null before, 0.5 now; batch: 4 before, 8 now"),
        ({"options": {"width": 6}}, r'options: \{.*"width": 4.*\} before, \{.*"width": 6.*\} now'),
        ({"model": "wgan-gp"}, 'model: "dcgan" before, "wgan-gp" now'),
    ],
)
def test_other_settings_are_refused_with_the_difference(heads, whole, given, told):
    with pytest.raises(UsageError, match=f"trained with other settings .*{told}"):
        train(Dataset.open(heads), whole().run, small(**given), resume=True, progress=False)


def test_changed_data_are_refused_with_the_difference(heads, tmp_path, whole):
    copied = shutil.copytree(heads, tmp_path / "heads")
    one = copied / "train" / "glioma" / "0.png"
    image = read_image(one).copy()
    image[0, 0] ^= 1
    one.write_bytes(encode_png(image))
    with pytest.raises(UsageError, match="24 before, 24 now, with other labels or pixels"):
        train(Dataset.open(copied), whole().run, small(), resume=True, progress=False)
    one.rename(copied / "train" / "glioma" / "new one.png")
    with pytest.raises(UsageError, match="24 before, 24 now; 1 are new and 1 are gone"):
        train(Dataset.open(copied), whole().run, small(), resume=True, progress=False)


def test_a_full_disk_is_6_and_loses_nothing(heads, tmp_path, whole):
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    try:
        with pytest.raises(OutputError, match=r"cannot write .*checkpoints") as caught:
            stopped_at(3, heads, tmp_path, lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, limits[1])))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert caught.value.exit_code == 6
    assert [path.name[:13] for path in sorted((tmp_path / "checkpoints").iterdir())] == [
        "step-00000001",
        "step-00000002",
    ]
    train(Dataset.open(heads), tmp_path, small(), resume=True, progress=False)
    assert shared(tmp_path) == shared(whole().run)


@pytest.fixture
def spoil(monkeypatch):
    """Give a function that makes a weight of the generator no number."""
    kept = []
    set_up = session.set_up

    def remembered(*arguments):
        kept.append(set_up(*arguments))
        return kept[-1]

    def spoiled():
        weight = kept[-1].trained.sampler.networks["generator"].weights[0]
        weight.assign(np.full(weight.shape, np.nan))

    monkeypatch.setattr(session, "set_up", remembered)
    return spoiled


def test_lost_numbers_fall_back_to_the_last_whole_checkpoint(heads, tmp_path, whole, spoil):
    result = stopped_at(3, heads, tmp_path, spoil)
    assert result.steps == 2
    assert "became NaN or infinite" in result.stopped
    assert "Try a lower learning rate" in result.notes[0]
    assert result.notes[-1] == "the weights of step 2, of the last whole checkpoint, were kept"
    assert weights_of(tmp_path) == weights_of(whole(steps=2).run)
    assert [line["warning"] for line in read_history(tmp_path) if "warning" in line] == ["not-a-number"]
    assert all(int(path.name[5:13]) <= 2 for path in (tmp_path / "checkpoints").iterdir())


def test_lost_numbers_without_a_checkpoint_are_an_error(heads, tmp_path, spoil):
    with pytest.raises(UsageError, match=r"became NaN or infinite.*No checkpoint had been written"):
        stopped_at(1, heads, tmp_path, spoil, steps=3, checkpoint_minutes=100)
    assert not (tmp_path / "generator.json").exists()


class Metric:
    """Gives these values in turn, and this answer where two sets of images are compared."""

    floor = 0.5

    def __init__(self, values, answer):
        self.values, self.answer, self.looked, self.compared = iter(values), answer, [], []

    def __call__(self, images):
        self.looked.append(images)
        return {"val_distance": next(self.values)}

    def compare(self, first, second):
        self.compared = [first, second]
        return (self.answer,)


def weights_by(generator):
    return generator.sampler.networks["generator"].get_weights()


@pytest.mark.parametrize(("interval", "chosen"), [((-0.8, -0.2), "best"), ((-0.8, 0.2), "last")])
def test_last_and_best_are_kept_and_the_better_one_is_drawn_from(heads, tmp_path, whole, interval, chosen):
    metric = Metric([3.0, 1.0, 1.0, 4.0, 1.5, 1.5], Comparison("val_distance", 1.0, 1.5, interval, "lower"))
    settings = small(metric_every=1)
    result = train(Dataset.open(heads), tmp_path, settings, measure=metric, progress=False)
    assert (result.steps, result.choice.weights, result.choice.facts["best_step"]) == (STEPS, chosen, 2)
    assert weights_of(tmp_path) == weights_of(whole().run)  # the last
    assert (tmp_path / "generator.best.weights.h5").read_bytes() == weights_of(whole(steps=2).run)
    kept = {name: Generator.load(tmp_path, name) for name in ("last", "best")}
    for one, other in ((result.generator, kept[chosen]), (Generator.load(tmp_path), kept[chosen])):
        for a, b in zip(weights_by(one), weights_by(other), strict=True):
            np.testing.assert_array_equal(a, b)
    assert metric.looked[0].shape == metric.compared[0].shape == (256, 32, 32, 1)
    assert not np.array_equal(metric.compared[0], metric.compared[1])
    assert not np.array_equal(metric.compared[1], metric.looked[-1])  # of other random numbers
    choice = json.loads((tmp_path / "generator.json").read_text())["choice"]
    assert (choice["weights"], choice["measurements"], choice["floor"]) == (chosen, 6, 0.5)


def test_patience_counts_means_of_three_measurements(heads, tmp_path):
    values = iter([3.0, 1.0, 1.0, 2.0, 9.0])
    settings = small(metric_every=1, patience=1)
    result = train(
        Dataset.open(heads), tmp_path, settings, measure=lambda _: {"val_distance": next(values)}, progress=False
    )
    assert result.steps == 5
    assert result.stopped.endswith("has not become better than 1.333 (step 3) for 1 measurements")
    assert result.choice.weights == "last"
    told = [line["val_distance"] for line in read_history(tmp_path) if "val_distance" in line]
    assert told == [3.0, 1.0, 1.0, 2.0, 9.0]


def test_stopped_between_measurements_the_same_weights_are_best(heads, tmp_path):
    values, answer = [3.0, 1.0, 1.0, 4.0, 1.5, 1.5], Comparison("val_distance", 1.0, 1.5, (-0.8, -0.2), "lower")
    for name, stops in (("whole", ()), ("stopped", (2, 4))):
        rest = list(values)
        for stop in (*stops, None):
            metric = Metric(rest, answer)
            watchers = () if stop is None else (At(stop, fail),)
            given = {"measure": metric, "watchers": watchers, "progress": False}
            try:
                train(Dataset.open(heads), tmp_path / name, small(metric_every=1), **given)
            except RuntimeError:
                rest = values[stop - 1 :]  # the step that failed is done again
    whole, stopped = tmp_path / "whole", tmp_path / "stopped"
    for file in ("generator.weights.h5", "generator.best.weights.h5", "history.jsonl"):
        assert (whole / file).read_bytes() == (stopped / file).read_bytes()
    choices = [json.loads((run / "generator.json").read_text())["choice"] for run in (whole, stopped)]
    assert choices[0] == choices[1]


def test_bfloat16_trains_and_keeps_float32(heads, tmp_path, whole):
    result = train(Dataset.open(heads), tmp_path, small(precision="mixed_bfloat16"), progress=False)
    assert {str(weight.dtype) for weight in result.generator.sampler.networks["generator"].get_weights()} == {"float32"}
    runs = tmp_path, whole().run
    losses, exact = ([x["generator_loss"] for x in read_history(run) if "generator_loss" in x] for run in runs)
    assert losses != exact
    np.testing.assert_allclose(losses, exact, rtol=0.05)
    assert Generator.load(tmp_path).sample(0, 2).std() > 0


def test_sixteen_bits_train_as_eight_do(heads, tmp_path, whole):
    deep = tmp_path / "deep"
    for path in sorted((heads / "train").rglob("*.png")):
        target = deep / path.relative_to(heads)
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(encode_png(read_image(path).astype(np.uint16) * 257))
    result = train(Dataset.open(deep), tmp_path / "run", small(), progress=False)
    shallow = whole().generator.sampler.networks["generator"].get_weights()
    for one, two in zip(result.generator.sampler.networks["generator"].get_weights(), shallow, strict=True):
        np.testing.assert_allclose(one, two, atol=2e-3)


def test_a_condition_is_learned_and_asked_for(heads, tmp_path):
    result = train(Dataset.open(heads), tmp_path, small(condition=("tumor",), steps=2), progress=False)
    generator = Generator.load(tmp_path)
    assert generator.classes == {"tumor": ("glioma", "none")}
    assert generator.facts["share_of_classes"] == {"tumor": {"glioma": 12, "none": 12}}
    one, other = (generator.sample(0, 1, labels={"tumor": (name,)}) for name in ("glioma", "none"))
    assert not np.array_equal(one, other)
    assert result.parameters["generator"] == sum(
        weight.size for weight in generator.sampler.networks["generator"].get_weights()
    )


def test_a_single_image_is_enough_and_nothing_warns(heads, tmp_path):
    only = tmp_path / "one" / "glioma"
    only.mkdir(parents=True)
    shutil.copy(heads / "train" / "glioma" / "0.png", only)
    result = train(Dataset.open(only.parent), tmp_path / "run", small(steps=1), progress=False)
    assert result.steps == 1


def test_memory_stays_flat_over_steps(heads, tmp_path):
    class Watch(Callback):
        def __init__(self):
            self.mib = []

        def after(self, result):
            if result.step % 40 == 0:
                pages = int(Path("/proc/self/statm").read_text().split()[1])
                self.mib.append(pages * resource.getpagesize() / 2**20)

    watch = Watch()
    settings = small(steps=240, sample_every=20, checkpoint_minutes=100)
    train(Dataset.open(heads), tmp_path, settings, watchers=(watch,), progress=False)
    assert len(watch.mib) == 6
    assert watch.mib[-1] - watch.mib[1] < 6


def test_ended_access_is_5_and_nothing_is_written(tmp_path):
    terms = '[sources.x]\nlicense = "LicenseRef-a"\naccess_expires = 2020-01-01\n'
    dataset = Dataset.open(make(tmp_path / "data", [row("x", 0)], terms))
    with pytest.raises(PolicyError, match=r"train-gan stopped by the terms of the training set .*2020-01-01"):
        train(dataset, tmp_path / "run", small(), progress=False)
    assert not (tmp_path / "run").exists()


def test_machines_that_see_other_data_are_refused(heads, tmp_path, monkeypatch):
    monkeypatch.setattr(TensorFlowEngine, "of_all_workers", lambda self, number: (number, number + 1))
    with pytest.raises(UsageError, match="expected the same images on every machine"):
        train(Dataset.open(heads), tmp_path, small(), progress=False)


def test_first_weights_come_from_the_seed_and_leave_chance_alone(heads, tmp_path, whole):
    import random

    before, global_before = random.getstate(), np.random.get_state()[1].tolist()  # noqa: NPY002
    other = train(Dataset.open(heads), tmp_path, small(steps=2, seed=2**63), progress=False)
    assert random.getstate() == before
    assert np.random.get_state()[1].tolist() == global_before  # noqa: NPY002
    assert weights_of(other.run) != weights_of(whole(steps=2).run)


def test_shares_of_what_is_known_of_the_images_are_counted_whether_the_generator_is_told_or_not():
    columns = {"plane": ["axial", "axial", "coronal"], "tumor": ["glioma"] * 3, "contrast": [None, "T1", "T1"]}
    found = _shares(SimpleNamespace(rows=pa.table(columns)))
    assert found["plane"] == {"axial": 2, "coronal": 1}
    assert found["tumor"] == {"glioma": 3}
    assert found["contrast"] == {"T1": 2, None: 1}  # first weights do not know the value None
