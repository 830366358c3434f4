"""`medcurate evaluate` turns its options into settings, tells the verdicts, and ends with the code that scripts use."""

from __future__ import annotations

import inspect
import json
from dataclasses import fields

import pytest

from medcurate.evaluate import Metric, Report
from medcurate.evaluate.design.sides import Part
from medcurate.evaluate.parts import FLAGS, PARTS, PartKind, chosen
from medcurate.results import Verdict
from tests.evaluate.evaluation_samples import EVERY, found, made_parts, plain


@pytest.fixture
def sides(tmp_path):
    real = plain(tmp_path / "real", {"train/glioma": 4, "test/glioma": 5})
    return real, plain(tmp_path / "made", {"glioma": 6}, seed=1)


@pytest.fixture
def given(monkeypatch):
    """Remember what reaches `evaluate` in place of doing it."""
    calls = []

    def evaluate(*positional, **named):
        calls.append((positional, named))
        return Report({"name": "r"}, {"name": "s"}, settings={"parts": {}, "gates": []})

    monkeypatch.setattr("medcurate.evaluate.evaluation.evaluate", evaluate)
    return calls


def test_options_become_arguments(medcurate, given, sides, tmp_path):
    files = [tmp_path / name for name in ("gates.toml", "pairs.csv")]
    for file in files:
        file.write_text("")
    result = medcurate(
        *("evaluate", *sides, "--out", tmp_path / "out", "--fidelity", "--privacy", "--gate", files[0]),
        *("--size", 64, "--encoder", "radiomics", "--pairs", files[1], "--real-per-class", "10,25"),
        *(
            "--on-copies",
            "block",
            "--mask-labels",
            "msd",
            "--label",
            "plane",
            "--models",
            "classic,cnn",
            "--seed",
            4,
            "--quiet",
        ),
    )
    assert result.code == 0, result.err
    ((positional, named),) = given
    assert positional == sides
    assert named == {
        "out": tmp_path / "out",
        "parts": ["fidelity", "privacy"],
        "settings": {
            "encoder": "radiomics",
            "pairs": files[1],
            "mask_labels": "msd",
            "label": "plane",
            "models": ("classic", "cnn"),
            "on_copies": "block",
            "real_per_class": (10, 25),
        },
        "size": 64,
        "seed": 4,
        "gate": files[0],
        "progress": False,
        "on_error": None,
    }


def test_without_options_the_defaults_of_the_function_hold(medcurate, given, sides, tmp_path):
    assert medcurate("evaluate", *sides, "--out", tmp_path / "out").code == 0
    ((_, named),) = given
    assert (named["parts"], named["settings"], named["size"], named["progress"]) == (None, {}, None, None)


def test_every_part_has_its_flag():
    from medcurate.cli.commands.evaluate import evaluate

    assert set(FLAGS) <= set(inspect.signature(evaluate).parameters)


@pytest.mark.parametrize("flag", FLAGS)
def test_a_flag_runs_its_parts_alone(medcurate, monkeypatch, sides, tmp_path, flag):
    made = made_parts(monkeypatch, **dict.fromkeys(EVERY, found))
    result = medcurate("evaluate", *sides, "--out", tmp_path / "out", f"--{flag.replace('_', '-')}", "--json")
    assert result.code == 0, result.err
    assert made.runs == [kind.name for kind in chosen([flag])]
    assert set(json.loads(result.out)["parts"].values()) == {"measured"}


@pytest.mark.parametrize(
    "option", ["encoder", "label", "models", "pairs", "mask_labels", "on_copies", "real_per_class"]
)
def test_each_option_is_a_setting_of_some_part(option):
    assert any(option in {item.name for item in fields(kind.settings())} for kind in PARTS)


def test_json_is_one_object_with_metrics_verdicts_and_out(medcurate, monkeypatch, sides, tmp_path):
    made_parts(monkeypatch, fidelity=found)
    result = medcurate("evaluate", *sides, "--out", tmp_path / "out", "--json")
    summary = json.loads(result.out)
    assert summary["metrics"]["fidelity/density"] == pytest.approx(0.123456789 * 5)
    assert summary["metrics"]["fidelity/nothing"] == "nan"
    assert [verdict["level"] for verdict in summary["verdicts"]] == ["good", "bad"]
    assert summary["parts"]["dice"] == "does not apply"
    assert summary["out"] == str(tmp_path / "out")


def test_people_are_told_the_verdicts_and_where_the_report_is(medcurate, monkeypatch, sides, tmp_path):
    made_parts(monkeypatch, fidelity=found)
    result = medcurate("evaluate", *sides, "--out", tmp_path / "out")
    assert "made compared with real" in result.out
    assert result.out.index("The distance is <b>large</b>.") < result.out.index("Density is 0.617.")
    assert "dice" in result.out
    assert "does not apply: These data have no masks." in result.out
    assert str(tmp_path / "out/report.html") in result.out


def test_what_several_parts_say_is_printed_once_with_their_names(medcurate, monkeypatch, sides, tmp_path):
    def unjudged(part):
        return lambda *_: Part((Metric(f"{part}/x", 0.5, None, 9),), (Verdict(part, "unclear", "Not judged.", ()),))

    made_parts(monkeypatch, fidelity=unjudged("fidelity"), privacy=unjudged("privacy"))
    result = medcurate("evaluate", *sides, "--out", tmp_path / "out", "--fidelity", "--privacy")
    assert result.out.count("Not judged.") == 1
    assert "fidelity, privacy: Not judged." in result.out


def test_quiet_says_nothing(medcurate, monkeypatch, sides, tmp_path):
    made_parts(monkeypatch, fidelity=found)
    result = medcurate("evaluate", *sides, "--out", tmp_path / "out", "--quiet")
    assert (result.code, result.out, result.err) == (0, "", "")


@pytest.mark.parametrize(("least", "code", "told"), [(0.6, 0, "gate met"), (0.7, 3, "gate NOT met")])
def test_a_gate_that_is_not_met_is_3(medcurate, monkeypatch, sides, tmp_path, least, code, told):
    made_parts(monkeypatch, fidelity=found)
    gate = tmp_path / "gates.toml"
    gate.write_text(f'["fidelity/density"]\nmin = {least}\n')
    result = medcurate("evaluate", *sides, "--out", tmp_path / "out", "--gate", gate)
    assert result.code == code
    assert f"{told}" in result.out
    assert "fidelity/density: min" in result.out


def measured_all(sides, settings):
    return Part((Metric("x/y", 1.0, None, 6, {}),))


@pytest.mark.parametrize(
    ("flags", "skipped"),
    [
        ((), ["fidelity"]),  # nobody asked for masks or pairs, and there is one class
        (("--dice",), ["dice"]),
        (("--overlap",), []),
    ],
)
def test_strict_is_3_where_a_part_was_skipped(medcurate, monkeypatch, sides, tmp_path, flags, skipped):
    names = set(EVERY) - {"fidelity", "dice", "paired", "downstream"}
    made_parts(monkeypatch, **dict.fromkeys(names, measured_all))
    command = ("evaluate", *sides, "--out", tmp_path / "out", *flags)
    result = medcurate(*command, "--strict", "--json")
    assert list(json.loads(result.out)["skipped"]) == skipped
    assert result.code == (3 if skipped else 0)
    assert medcurate(*command).code == 0


def test_copies_that_block_are_5(medcurate, monkeypatch, sides, tmp_path):
    from medcurate.evaluate.privacy.settings import PrivacySettings

    about = {"copies": [{"synthetic": "glioma/0.png"}], "leak": True, "expected": 0.1}
    made_parts(monkeypatch, privacy=lambda sides, settings: Part((Metric("privacy/copies", 1, None, 6, about),)))
    monkeypatch.setattr(
        PartKind,
        "settings",
        lambda kind, **options: PrivacySettings(on_copies=options.get("on_copies", PrivacySettings().on_copies)),
    )
    command = ("evaluate", *sides, "--out", tmp_path / "out", "--privacy")
    assert medcurate(*command).code == 0
    result = medcurate(*command, "--on-copies", "block")
    assert result.code == 5
    assert "are taken for copies" in result.err


def test_a_dry_run_writes_nothing(medcurate, monkeypatch, sides, tmp_path):
    made = made_parts(monkeypatch, fidelity=found)
    command = ("evaluate", *sides, "--out", tmp_path / "out", "--fidelity", "--dry-run")
    summary = json.loads(medcurate(*command, "--json").out)
    assert summary == {
        "dry_run": True,
        "train": 4,
        "held_out": 5,
        "synthetic": 6,
        "size": 16,
        "parts": {"copies": False, "fidelity": False},
        "lacking": {},
        "notes": ["held out: the split test"],
        "out": str(tmp_path / "out"),
    }
    assert "would be measured" in medcurate(*command).out
    assert (made.runs, (tmp_path / "out").exists()) == ([], False)


def test_a_failed_part_is_told_and_debug_shows_where(medcurate, monkeypatch, sides, tmp_path):
    def breaks(sides, settings):
        raise KeyError("DOE^JANE")

    made_parts(monkeypatch, fidelity=found, dice=breaks)
    result = medcurate("evaluate", *sides, "--out", tmp_path / "out")
    assert result.code == 0
    assert "failed: KeyError in" in result.out
    assert "DOE" not in result.out + result.err
    assert "Traceback" in medcurate("evaluate", *sides, "--out", tmp_path / "out", "--debug").err


def test_reports_are_laid_side_by_side(medcurate, monkeypatch, sides, tmp_path):
    made_parts(monkeypatch, fidelity=found)
    for seed in (0, 1):
        assert medcurate("evaluate", *sides, "--out", tmp_path / f"r{seed}", "--seed", seed, "--quiet").code == 0
    both = (tmp_path / "r0", tmp_path / "r1")
    result = medcurate("evaluate", "--compare", *both, "--out", tmp_path / "both")
    assert result.code == 0
    assert "1.617**" in result.out
    assert "r1 was evaluated with seed 1, r0 with 0" in result.out
    assert (tmp_path / "both/comparison.html").exists()
    summary = json.loads(medcurate("evaluate", *both, "--compare", "--json").out)
    assert [run["name"] for run in summary["runs"]] == ["r0", "r1"]
    assert summary["out"] is None


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["real", "made"], "expected --out REPORT"),
        (["real", "--out", "x"], "expected two folders, REAL and SYNTHETIC, received 1"),
        (
            ["real", "made", "--out", "x", "--real-per-class", "10,a"],
            "expected numbers such as 10,25,50, received '10,a'",
        ),
        (["real", "made", "--out", "x", "--real-per-class", "0"], "expected numbers such as 10,25,50"),
        (
            ["real", "made", "--out", "x", "--fidelity", "--pairs", "real/pairs.csv"],
            "'pairs' belongs to none of the parts",
        ),
        (["real", "made", "--out", "made"], "holds a dataset"),
        (["--compare", "real"], "expected two reports or more"),
        (["real", "nowhere", "--out", "x"], "nowhere"),
    ],
)
def test_wrong_usage_is_told_and_is_2(medcurate, sides, tmp_path, monkeypatch, arguments, told):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "real/pairs.csv").write_text("real,synthetic\n")
    result = medcurate("evaluate", *arguments)
    assert result.code == 2
    assert told in result.err


def test_options_may_come_from_a_file(medcurate, given, sides, tmp_path):
    config = tmp_path / "curate.toml"
    config.write_text('[evaluate]\nsize = 32\nfidelity = true\nreal-per-class = "10,25"\n')
    result = medcurate("evaluate", *sides, "--out", tmp_path / "out", "--config", config, "--quiet")
    assert result.code == 0, result.err
    assert given[0][1]["parts"] == ["fidelity"]
    assert given[0][1]["size"] == 32
