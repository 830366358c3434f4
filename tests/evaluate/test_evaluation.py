"""An evaluation runs its parts, contains their failures, goes on where it was stopped, and writes one report."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import textwrap

import numpy as np
import pytest

from medcurate.encoders.classical import Classical
from medcurate.errors import Locked, MissingExtra, OutputError, PolicyError, UsageError
from medcurate.evaluate import Metric, Report, Verdict, evaluate
from medcurate.evaluate.design.encoded import EncodedSides
from medcurate.evaluate.design.sides import TRAINING_IDS, Part
from medcurate.evaluate.evaluation import preview
from medcurate.run_folder import lock
from tests.evaluate.evaluation_samples import EVERY, found, made_parts, plain


@pytest.fixture
def sides(tmp_path):
    real = plain(tmp_path / "real", {"train/glioma": 5, "train/none": 4, "test/glioma": 4, "test/none": 3})
    return real, plain(tmp_path / "made", {"glioma": 6, "none": 6}, seed=1)


@pytest.fixture
def out(tmp_path):
    return tmp_path / "report"


def lacks(sides, settings):
    raise MissingExtra(("umap-learn",), extra="evaluate", purpose="The overlap of embeddings")


def breaks(sides, settings):
    raise KeyError("DOE^JANE")


def test_all_parts_run_in_order_and_the_report_is_written(monkeypatch, sides, out):
    made = made_parts(monkeypatch, fidelity=found)
    report = evaluate(*sides, out=out, seed=2)
    assert tuple(made.runs) == EVERY
    assert report["fidelity/density"].value == pytest.approx(0.123456789 * 7 + 2)
    assert {name: part["status"] for name, part in report.settings["parts"].items()} == {
        name: "measured" if name == "fidelity" else "does not apply" for name in EVERY
    }
    assert report.real["held_out"] == 7
    assert report.settings["size"] == 16
    back = Report.read(out)
    assert json.dumps(back.to_dict()) == json.dumps(report.to_dict())
    assert (out / "report.html").read_text().startswith("<!DOCTYPE html>")


def test_only_what_is_asked_for_runs(monkeypatch, sides, out):
    made = made_parts(monkeypatch, fidelity=found)
    report = evaluate(*sides, out=out, parts=["fidelity", "umap"])
    assert made.runs == list(report.settings["parts"]) == ["copies", "fidelity", "overlap"]


def test_failures_stay_in_their_part_and_are_told(monkeypatch, sides, out):
    made_parts(monkeypatch, fidelity=found, overlap=lacks, privacy=breaks)
    told = []
    report = evaluate(*sides, out=out, on_error=lambda name, error: told.append((name, type(error).__name__)))
    parts = report.settings["parts"]
    assert told == [("overlap", "MissingExtra"), ("privacy", "KeyError")]
    assert parts["overlap"]["status"] == "not installed"
    assert "pip install 'medcurate[evaluate]'" in parts["overlap"]["notes"][0]
    assert parts["privacy"]["status"] == "failed"
    assert "KeyError in _measured, line" in parts["privacy"]["notes"][0]
    for file in ("metrics.json", "report.html"):
        assert "DOE" not in (out / file).read_text()
    assert report["fidelity/density"].n == 7


def test_if_every_part_fails_so_does_the_run_after_the_report(monkeypatch, sides, out):
    made_parts(monkeypatch, overlap=lacks)
    with pytest.raises(MissingExtra, match="umap-learn"):
        evaluate(*sides, out=out, parts=["umap"])
    assert (out / "report.html").exists()


def test_a_disk_that_is_full_is_no_failure_of_a_part(monkeypatch, sides, out):
    def full(sides, settings):
        raise OutputError("cannot write: the disk is full")

    made_parts(monkeypatch, fidelity=found, dice=full)
    with pytest.raises(OutputError, match="the disk is full"):
        evaluate(*sides, out=out)


def test_a_second_run_measures_nothing_anew_and_writes_the_same(monkeypatch, sides, out):
    made = made_parts(monkeypatch, fidelity=found, privacy=breaks)
    evaluate(*sides, out=out)
    first = {name: (out / name).read_bytes() for name in ("metrics.json", "report.html")}
    made.runs.clear()
    evaluate(*sides, out=out)
    assert made.runs == ["privacy"]  # what failed is tried again
    assert {name: (out / name).read_bytes() for name in first} == first


@pytest.mark.parametrize("change", ["seed", "size", "settings", "real", "synthetic"])
def test_other_data_or_settings_are_measured_anew(monkeypatch, sides, out, change):
    made = made_parts(monkeypatch, fidelity=found)
    evaluate(*sides, out=out, parts=["fidelity"])
    more = {"seed": {"seed": 1}, "size": {"size": 12}, "settings": {"settings": {"k": 3}}}.get(change, {})
    if change in ("real", "synthetic"):
        folder = sides[change == "synthetic"] / ("test/glioma" if change == "real" else "glioma")
        (folder / "0.png").write_bytes((folder / "1.png").read_bytes())
    evaluate(*sides, out=out, parts=["fidelity"], **more)
    assert made.runs == ["copies", "fidelity"] * 2


def test_a_setting_reaches_the_part_and_the_report(monkeypatch, sides, out):
    made_parts(monkeypatch, fidelity=found)
    report = evaluate(*sides, out=out, settings={"encoder": "radiomics"})
    assert report["fidelity/density"].settings["encoder"] == "radiomics"
    assert report.settings["parts"]["fidelity"]["settings"] == {"k": 5, "encoder": "radiomics"}
    with pytest.raises(UsageError, match=r"'encodr' belongs to none.*Did you mean encoder\?"):
        evaluate(*sides, out=out, settings={"encodr": "radiomics"})


KILLED = """
    import os, signal
    from pathlib import Path
    from medcurate.evaluate import evaluate
    from medcurate.evaluate.parts import PartKind
    from tests.evaluate.evaluation_samples import MadeParts, found

    def dies(sides, settings):
        os.kill(os.getpid(), {number})
        os.read(os.pipe()[0], 1)

    made = MadeParts({{"fidelity": found, "anatomy": dies}}, [])
    PartKind.measure = lambda kind: made.measure(kind)
    evaluate({real!r}, {synthetic!r}, out={out!r})
"""


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_fault_a_run_that_was_killed_goes_on_where_it_was(monkeypatch, sides, out, number):
    real, synthetic = map(str, sides)
    script = textwrap.dedent(KILLED).format(number=int(number), real=real, synthetic=synthetic, out=str(out))
    process = subprocess.run(
        [sys.executable, "-c", script],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert process.returncode == -number, process.stderr
    assert not (out / "metrics.json").exists()
    made = made_parts(monkeypatch, fidelity=found)
    report = evaluate(*sides, out=out)
    assert made.runs == list(EVERY[EVERY.index("anatomy") :])
    assert report["fidelity/density"].n == 7


def test_images_are_encoded_once_for_all_parts_and_for_the_next_run(monkeypatch, tmp_path, out):
    real, made = plain(tmp_path / "r", {"train/x": 20, "test/x": 14}), plain(tmp_path / "m", {"x": 14}, seed=1)
    encoded = []
    monkeypatch.setattr(Classical, "encode", lambda self, images: encoded.append(len(images)) or texture(images))

    def reads(sides, settings):
        features = EncodedSides.of(sides, "classical", most=100, progress=False)
        return Part(notes=(f"{features.test.features.sum():.6f}",))

    made_parts(monkeypatch, fidelity=reads, overlap=reads, two_sample=reads)
    notes = [evaluate(real, made, out=out, parts=parts).settings["parts"] for parts in (["fidelity", "umap"], None)]
    assert sum(encoded) == 20 + 14 + 14
    assert len({tuple(part["notes"]) for parts in notes for name, part in parts.items() if name in READERS}) == 1
    (real / "test/x/0.png").write_bytes((real / "test/x/1.png").read_bytes())
    evaluate(real, made, out=out, parts=["two_sample"])
    assert sum(encoded) == 2 * (20 + 14 + 14)


READERS = ("fidelity", "overlap", "two_sample")


def texture(images):
    """Stand for features of 968 numbers: the first pixels of an image, again and again."""
    return np.tile(images.reshape(len(images), -1)[:, :88], 11).astype(np.float32)


def test_two_runs_do_not_write_one_folder(monkeypatch, sides, out):
    made_parts(monkeypatch)
    with lock(out), pytest.raises(Locked, match="is writing it"):
        evaluate(*sides, out=out)


def test_a_report_is_not_written_into_a_dataset(monkeypatch, sides):
    made_parts(monkeypatch)
    for side in sides:
        with pytest.raises(UsageError, match="holds a dataset: expected a folder of its own"):
            evaluate(*sides, out=side)


def test_a_generator_that_saw_held_out_images_stops_the_run(monkeypatch, sides, out):
    made = made_parts(monkeypatch)
    (sides[1] / TRAINING_IDS).write_text("test/glioma/0.png\n")
    with pytest.raises(UsageError, match="the generator was trained on 1 of the 7 held-out images"):
        evaluate(*sides, out=out)
    assert made.runs == []
    assert not out.exists()


def gates(tmp_path, text):
    path = tmp_path / "gates.toml"
    path.write_text(text)
    return path


def test_gates_stand_in_the_report(monkeypatch, sides, out, tmp_path):
    made_parts(monkeypatch, fidelity=found)
    gate = gates(tmp_path, '["fidelity/density"]\nmin = 0.5\ninterval_min = 0.8\n')
    report = evaluate(*sides, out=out, gate=gate)
    assert [(one["rule"], one["met"]) for one in report.settings["gates"]] == [("min", True), ("interval_min", False)]
    page = (out / "report.html").read_text()
    assert "not met" in page


def test_a_gate_on_a_part_that_is_not_run_is_told_before_the_work(monkeypatch, sides, out, tmp_path):
    made = made_parts(monkeypatch, fidelity=found)
    gate = gates(tmp_path, '["fidelty/density"]\nmin = 0.5\n')
    with pytest.raises(UsageError, match="is a metric of the part 'fidelty', which is not run"):
        evaluate(*sides, out=out, gate=gate)
    assert made.runs == []


def test_a_gate_on_no_metric_is_told_after_the_report_is_written(monkeypatch, sides, out, tmp_path):
    made_parts(monkeypatch, fidelity=found)
    with pytest.raises(UsageError, match=r"'fidelity/densty' is no metric.*Did you mean fidelity/density\?"):
        evaluate(*sides, out=out, gate=gates(tmp_path, '["fidelity/densty"]\nmin = 0.5\n'))
    assert Report.read(out)["fidelity/density"].n == 7


def copied(sides, settings):
    about = {"beyond": True, "unit_of_n": "images"}
    return Part(
        (Metric("copies/training", 0.9, (0.8, 1.0), 12, about),), (Verdict("copies", "bad", "They are copies."),)
    )


def test_where_the_images_are_copies_that_comes_first_and_nothing_is_good(monkeypatch, sides, out):
    made_parts(monkeypatch, copies=copied, fidelity=found)
    report = evaluate(*sides, out=out)
    assert [(one.part, one.level) for one in report.verdicts] == [
        ("copies", "bad"),
        ("fidelity", "unclear"),
        ("fidelity", "bad"),
    ]
    assert report.verdicts[1].text == "Not judged: the synthetic images are copies of real ones."
    assert report["fidelity/density"].value == pytest.approx(0.123456789 * 7)
    page = (out / "report.html").read_text()
    assert page.index("They are copies.") < page.index("The distance is")
    assert "Density is" not in page


def test_without_copies_verdicts_stay_as_they_are(monkeypatch, sides, out):
    made_parts(monkeypatch, fidelity=found)
    assert [one.level for one in evaluate(*sides, out=out).verdicts] == ["good", "bad"]


def test_a_missing_package_of_a_part_that_was_asked_for_stops_the_run_before_any_work(monkeypatch, sides, out):
    made = made_parts(monkeypatch, fidelity=found)
    for module in ("umap", "keras"):
        monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(
        MissingExtra, match=r"evaluate \(overlap, dice\) needs umap-learn, keras.*'medcurate\[evaluate,train\]'"
    ):
        evaluate(*sides, out=out, parts=["dice", "umap"])
    assert (made.runs, out.exists()) == ([], False)


def test_a_part_that_was_not_asked_for_and_lacks_a_package_is_passed_over_and_told(monkeypatch, sides, out):
    made = made_parts(monkeypatch, two_sample=found)
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    report = evaluate(*sides, out=out)
    assert made.runs == ["copies", "two_sample"]
    assert report.settings["parts"]["fidelity"]["status"] == "not installed"
    assert "matplotlib" in report.settings["skipped"]["fidelity"]
    assert "medcurate[evaluate]" in (out / "report.html").read_text()
    assert preview(*sides, out=out).lacking["fidelity"] == report.settings["skipped"]["fidelity"]


def copies(sides, settings):
    about = {"copies": [{"synthetic": "glioma/0.png"}], "leak": True, "expected": 0.1, "unit_of_n": "images"}
    return Part(metrics=(Metric("privacy/copies", 1, None, 12, about),))


def test_copies_stop_the_run_once_the_report_is_written(monkeypatch, sides, out):
    from medcurate.evaluate.privacy.settings import PrivacySettings

    made = made_parts(monkeypatch, privacy=copies)
    monkeypatch.setattr(
        "medcurate.evaluate.parts.PartKind.settings",
        lambda kind, **options: PrivacySettings(on_copies=options.get("on_copies", PrivacySettings().on_copies)),
    )
    evaluate(*sides, out=out, parts=["privacy"])
    with pytest.raises(PolicyError, match=r"1 of 12 images .* are taken for copies"):
        evaluate(*sides, out=out, parts=["privacy"], settings={"on_copies": "block"})
    assert Report.read(out)["privacy/copies"].value == 1
    assert made.runs == ["copies", "privacy"]  # what is done with copies does not change which there are


def test_a_preview_tells_what_is_there_and_writes_nothing(monkeypatch, sides, out):
    made = made_parts(monkeypatch, fidelity=found)
    seen = preview(*sides, out=out, parts=["fidelity", "dice"])
    assert (seen.parts, made.runs, out.exists()) == ({"copies": False, "fidelity": False, "dice": False}, [], False)
    evaluate(*sides, out=out, parts=["fidelity"])
    assert preview(*sides, out=out, parts=["fidelity", "dice"]).parts == {
        "copies": True,
        "fidelity": True,
        "dice": False,
    }


def test_progress_names_each_part_on_a_terminal_unless_told_not_to(monkeypatch, sides, out, capsys):
    made_parts(monkeypatch)
    evaluate(*sides, out=out, parts=["fidelity"])
    assert capsys.readouterr() == ("", "")
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    evaluate(*sides, out=out, parts=["fidelity"], progress=False)
    assert capsys.readouterr() == ("", "")
    evaluate(*sides, out=out, parts=["fidelity"])
    assert capsys.readouterr().err == "Copies (1 of 2)\nFidelity (2 of 2)\n"


def test_names_that_occur_twice_are_a_failure_of_their_part(monkeypatch, sides, out):
    def twice(sides, settings):
        return Part(metrics=(Metric("dice/x", 1, None, 1), Metric("dice/x", 2, None, 1)))

    made_parts(monkeypatch, fidelity=found, dice=twice)
    report = evaluate(*sides, out=out)
    assert report.settings["parts"]["dice"]["status"] == "failed"
    assert len({metric.name for metric in report.metrics}) == len(report.metrics) == 3


def test_the_report_tells_versions(monkeypatch, sides, out):
    from importlib.metadata import version

    made_parts(monkeypatch)
    report = evaluate(*sides, out=out, parts=["dice"])
    assert report.settings["versions"]["numpy"] == version("numpy") == np.__version__
