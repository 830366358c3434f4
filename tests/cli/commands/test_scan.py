"""`medcurate scan` hands its options on and prints what came out."""

from __future__ import annotations

import inspect
import json

import pytest

from medcurate.curate import defaults


def test_options_reach_the_function(medcurate, stub, folder, tmp_path):
    out = tmp_path / "out"
    result = medcurate(
        "scan",
        folder,
        "--out",
        out,
        "--workers",
        3,
        "--timeout",
        7.5,
        "--channel",
        1,
        "--keep-burned-in",
        "--quiet",
        "--dask",
        "tcp://10.0.0.1:8786",
        "--catalogue-parts",
        1000,
    )
    assert result.code == 0
    assert stub.positional == ([folder], out)
    assert stub.given == {
        "workers": 3,
        "timeout_s": 7.5,
        "channel": 1,
        "keep_burned_in": True,
        "progress": False,
        "dask": "tcp://10.0.0.1:8786",
        "catalogue_parts": 1000,
    }


def test_defaults_are_those_of_the_function(medcurate, stub, folder, tmp_path):
    medcurate("scan", folder, "--out", tmp_path / "out")
    assert stub.given == {
        "workers": None,
        "timeout_s": defaults.TIMEOUT_S,
        "channel": None,
        "keep_burned_in": False,
        "progress": None,
        "dask": None,
        "catalogue_parts": None,
    }


def test_the_function_takes_what_the_command_gives():
    from medcurate.curate import scan

    parameters = inspect.signature(scan).parameters
    assert {"inputs", "out", "workers", "timeout_s", "channel", "keep_burned_in", "progress"} <= set(parameters)
    assert parameters["timeout_s"].default == defaults.TIMEOUT_S


def test_json_is_the_summary_of_the_contract(medcurate, stub, folder, tmp_path):
    result = medcurate("scan", folder, "--out", tmp_path / "out", "--json")
    assert json.loads(result.out) == {
        "seen": 4,
        "accepted": 1,
        "duplicates": 1,
        "rejected": 1,
        "ignored": 1,
        "out": str(tmp_path / "out"),
    }
    assert result.out.count("\n") == 1


def test_people_read_the_identity_the_codes_and_the_next_step(medcurate, stub, folder, tmp_path):
    out = tmp_path / "out"
    out.mkdir()
    (out / "rejects.csv").write_text("source,path,code\nin,a,EMPTY\nin,b,EMPTY\nin,c,BOMB\nin,d,LITTER\n")
    text = " ".join(medcurate("scan", folder, "--out", out).out.split())
    assert "4 files seen = 1 accepted + 1 duplicates + 1 rejected + 1 ignored" in text
    assert "2 EMPTY, 1 BOMB" in text
    assert "LITTER" not in text
    assert "medcurate sort-planes" in text


def test_quiet_prints_nothing(medcurate, stub, folder, tmp_path):
    result = medcurate("scan", folder, "--out", tmp_path / "out", "--quiet")
    assert (result.code, result.out, result.err) == (0, "", "")


def test_rejects_are_3_under_strict_alone(medcurate, stub, folder, tmp_path):
    assert medcurate("scan", folder, "--out", tmp_path / "out").code == 0
    assert medcurate("scan", folder, "--out", tmp_path / "out", "--strict").code == 3
    stub.counts.rejected, stub.counts.accepted = 0, 2
    assert medcurate("scan", folder, "--out", tmp_path / "out", "--strict").code == 0


def test_nothing_usable_is_4(medcurate, stub, folder, tmp_path):
    stub.counts.accepted, stub.counts.duplicates, stub.counts.rejected = 0, 0, 3
    result = medcurate("scan", folder, "--out", tmp_path / "out")
    assert result.code == 4
    assert "No usable image among 4 files" in result.err


def test_counts_that_do_not_add_up_are_a_bug(medcurate, stub, folder, tmp_path):
    stub.counts.seen = 5
    result = medcurate("scan", folder, "--out", tmp_path / "out")
    assert result.code == 70
    assert "5 files seen, 4 accounted for" in result.err


@pytest.mark.parametrize("command", ["scan", "sort-planes"])
def test_dry_run_lists_and_writes_nothing(medcurate, stub, folder, tmp_path, command):
    (folder / ".DS_Store").write_bytes(b"litter")
    out = tmp_path / "out"
    result = medcurate(command, folder, "--out", out, "--dry-run", "--json")
    summary = json.loads(result.out)
    assert (summary["to_read"], summary["bytes"], summary["ignored"]) == (1, len(b"not really"), 1)
    assert "would read" in medcurate(command, folder, "--out", out, "--dry-run").out
    assert not out.exists()
    assert stub.positional == ()
