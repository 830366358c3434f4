"""`medcurate sort-planes` hands its options on and prints what came out."""

from __future__ import annotations

import inspect
import json

import pytest

from medcurate.curate import defaults


def test_options_reach_the_function(medcurate, stub, folder, tmp_path):
    labels, model = tmp_path / "labels.csv", tmp_path / "model.npz"
    labels.write_text("path,plane\n")
    model.write_bytes(b"")
    result = medcurate(
        *("sort-planes", folder, "--out", tmp_path / "out", "--labels", labels, "--min-confidence", 0.9, "--seed", 5),
        *("--as", "Ada"),
        *("--materialize", "copy", "--model", model, "--fit-model", tmp_path / "mine.npz", "--label-next", 9),
        *("--workers", 2, "--timeout", 3, "--channel", 0, "--keep-burned-in", "--quiet"),
        *("--dask", "tcp://10.0.0.1:8786", "--catalogue-parts", 1000),
    )
    assert result.code == 0, result.err
    assert stub.positional == ([folder], tmp_path / "out")
    assert stub.given == {
        "labels": labels,
        "who": "Ada",
        "min_confidence": 0.9,
        "materialize": "copy",
        "model": model,
        "fit_model": tmp_path / "mine.npz",
        "n_label_next": 9,
        "seed": 5,
        "workers": 2,
        "channel": 0,
        "keep_burned_in": True,
        "timeout_s": 3.0,
        "progress": False,
        "dask": "tcp://10.0.0.1:8786",
        "catalogue_parts": 1000,
    }


def test_defaults_are_those_of_the_function(medcurate, stub, folder, tmp_path):
    from medcurate.curate.defaults import MATERIALIZE, MIN_CONFIDENCE, N_LABEL_NEXT, SEED

    medcurate("sort-planes", folder, "--out", tmp_path / "out")
    given = stub.given
    assert (given["min_confidence"], given["materialize"]) == (MIN_CONFIDENCE, MATERIALIZE)
    assert (given["n_label_next"], given["seed"]) == (N_LABEL_NEXT, SEED)
    assert given["labels"] is given["model"] is given["fit_model"] is None


def test_the_function_takes_what_the_command_gives():
    from medcurate.curate import sort_planes

    known = {name: parameter.default for name, parameter in inspect.signature(sort_planes).parameters.items()}
    assert known["min_confidence"] == defaults.MIN_CONFIDENCE
    assert known["materialize"] == defaults.MATERIALIZE
    assert known["n_label_next"] == defaults.N_LABEL_NEXT
    assert known["seed"] == defaults.SEED
    assert known["timeout_s"] == defaults.TIMEOUT_S
    assert {"labels", "model", "fit_model", "workers", "channel", "keep_burned_in", "progress"} <= set(known)


def test_json_names_the_planes(medcurate, stub, folder, tmp_path):
    summary = json.loads(medcurate("sort-planes", folder, "--out", tmp_path / "out", "--json").out)
    assert summary["planes"] == {"axial": 2, "coronal": 0, "sagittal": 0, "unknown": 0}
    assert summary["seen"] == 4


def test_people_read_planes_places_and_the_next_step(medcurate, stub, folder, tmp_path):
    out = tmp_path / "out"
    (out / "sorted").mkdir(parents=True)
    (out / "review").mkdir()
    (out / "review/label_next.csv").write_text("path,plane\n")
    stub.notes = ("copies instead of links",)
    text = "".join(medcurate("sort-planes", folder, "--out", out).out.split())
    assert "notecopiesinsteadoflinks" in text
    assert "axial2" in text
    assert str(out / "review/label_next.csv") in text
    assert "runthesamecommandagain" in text


@pytest.mark.parametrize(
    ("option", "value"),
    [("--min-confidence", 1.5), ("--materialize", "move"), ("--labels", "nowhere.csv"), ("--workers", -1)],
)
def test_impossible_values_are_2_and_name_the_option(medcurate, stub, folder, tmp_path, option, value):
    result = medcurate("sort-planes", folder, "--out", tmp_path / "out", option, value)
    assert result.code == 2
    assert option in result.err
    assert stub.positional == ()
