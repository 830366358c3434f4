"""The lines of a history, and what a resume takes back."""

from __future__ import annotations

import json
import math

import pytest

from medcurate.errors import OutputError
from medcurate.generate.callbacks.history import FILE_NAME, History, read_history
from medcurate.learning.callback import StepResult


def go(history, first, last):
    history.begin(first)
    for step in range(first + 1, last + 1):
        history.after(StepResult(step, {"loss": step / 7}))


def test_a_line_every_so_many_steps(tmp_path):
    go(History(tmp_path, 3), 0, 7)
    assert read_history(tmp_path) == [{"step": 3, "loss": 3 / 7}, {"step": 6, "loss": 6 / 7}]


@pytest.mark.parametrize("killed_at", [0, 1, 4, 5, 8])
@pytest.mark.parametrize("checkpoint", [0, 1, 4])
def test_a_resumed_history_is_that_of_one_that_was_never_stopped(tmp_path, killed_at, checkpoint):
    for name in ("whole", "stopped"):
        (tmp_path / name).mkdir()
    go(History(tmp_path / "whole", 2), 0, 8)
    go(History(tmp_path / "stopped", 2), 0, max(killed_at, checkpoint))
    go(History(tmp_path / "stopped", 2), checkpoint, 8)
    assert (tmp_path / "stopped" / FILE_NAME).read_bytes() == (tmp_path / "whole" / FILE_NAME).read_bytes()


def test_a_line_that_a_kill_tore_is_left_out_and_written_again(tmp_path):
    go(History(tmp_path, 1), 0, 3)
    path = tmp_path / FILE_NAME
    whole = path.read_bytes()
    path.write_bytes(whole[:-9])
    assert [line["step"] for line in read_history(tmp_path)] == [1, 2]
    go(History(tmp_path, 1), 2, 3)
    assert path.read_bytes() == whole


def test_what_the_last_run_wrote_at_its_end_is_not_written_twice(tmp_path):
    for first in (0, 2):
        history = History(tmp_path, 1)
        go(history, first, 2)
        history.write(2, {"diversity": 0.5})
    assert [line for line in read_history(tmp_path) if "diversity" in line] == [{"step": 2, "diversity": 0.5}]


@pytest.mark.parametrize(("value", "text"), [(math.nan, "nan"), (math.inf, "inf"), (-math.inf, "-inf")])
def test_what_json_has_no_number_for_becomes_text(tmp_path, value, text):
    history = History(tmp_path, 1)
    history.begin(0)
    history.write(1, {"loss": value})
    assert json.loads((tmp_path / FILE_NAME).read_text(), parse_constant=pytest.fail)["loss"] == text


def test_no_history_is_empty(tmp_path):
    assert read_history(tmp_path) == []


def test_a_folder_that_is_gone_is_an_output_error(tmp_path):
    history = History(tmp_path / "run", 1)
    history.begin(0)
    (tmp_path / "run" / FILE_NAME).unlink()
    (tmp_path / "run").rmdir()
    with pytest.raises(OutputError):
        history.write(1, {"loss": 0.5})
