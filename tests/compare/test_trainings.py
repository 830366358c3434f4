"""Trainings in processes of their own: kept ones, failed ones, and one that was killed."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import replace

import pytest

from medcurate.compare.one_training import RESULT, run_job
from medcurate.compare.trainings import folder_of, trained
from medcurate.errors import UsageError
from tests.compare.conftest import tiny


@pytest.mark.slow
def test_a_killed_training_goes_on_and_ends_with_the_same_images(job, tmp_path):
    long = replace(job, settings=tiny(steps=12).to_dict())
    long.write(tmp_path)
    call = [sys.executable, "-m", "medcurate.compare.one_training", str(tmp_path)]
    with subprocess.Popen(call, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        told = [process.stdout.readline() for _ in range(3)]
        process.kill()
    assert [line.split()[0] for line in told] == ["share"] * 3
    assert not (tmp_path / RESULT).exists()
    shares = []
    found = trained(tmp_path, long, advance=shares.append)
    assert found.facts["steps"] == 12
    assert shares == sorted(shares)
    assert shares[0] > 0.1  # it did not begin anew
    run_job(tmp_path / "whole", long)
    names = [path.relative_to(tmp_path / "whole") for path in (tmp_path / "whole/drawn").rglob("*.png")]
    assert len(names) == 16
    assert all((tmp_path / name).read_bytes() == (tmp_path / "whole" / name).read_bytes() for name in names)


def test_a_finished_training_is_taken_again(job, tmp_path, in_process):
    first = trained(tmp_path, job, advance=lambda share: None)
    (tmp_path / RESULT).write_text(json.dumps({**first.facts, "steps": 77}))
    assert trained(tmp_path, job, advance=lambda share: None).facts["steps"] == 77
    assert in_process == [tmp_path.name]
    assert first.images == tmp_path / "drawn/03"
    assert [folder.name for _, folder in first.marks] == ["00", "01", "02", "03"]


def test_a_failed_one_tells_the_error_of_its_process(job, tmp_path, monkeypatch):
    write = (
        "import json, sys; found = {'error': 'UsageError', 'message': 'it does not fit'}; "
        "json.dump(found, open('error.json', 'w')); sys.exit(2)"
    )
    real = subprocess.Popen
    monkeypatch.setattr(
        subprocess, "Popen", lambda call, **more: real([sys.executable, "-c", write], cwd=tmp_path, **more)
    )
    with pytest.raises(UsageError, match="it does not fit"):
        trained(tmp_path, job, advance=lambda share: None)


def test_one_that_dies_tells_what_it_printed_last(job, tmp_path, monkeypatch):
    real = subprocess.Popen
    die = "import sys; sys.stderr.write('out of memory\\n'); sys.exit(9)"
    monkeypatch.setattr(subprocess, "Popen", lambda call, **more: real([sys.executable, "-c", die], **more))
    with pytest.raises(UsageError, match="ended with the code 9: out of memory"):
        trained(tmp_path, job, advance=lambda share: None)


def test_a_folder_has_the_name_the_seed_and_all_that_decides(job, tmp_path):
    folder = folder_of(tmp_path, "dcgan (reference), augmented", job, "digest")
    assert folder.parent == tmp_path / "trainings"
    assert folder.name.startswith("dcgan-reference-augmented-0-")
    assert folder == folder_of(tmp_path, "dcgan (reference), augmented", job, "digest")
    for other in (replace(job, seconds=3.0), replace(job, n=5), replace(job, settings=tiny(batch=5).to_dict())):
        assert folder_of(tmp_path, "dcgan (reference), augmented", other, "digest") != folder
    assert folder_of(tmp_path, "dcgan (reference), augmented", job, "other images") != folder
