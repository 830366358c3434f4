"""F1, F8: wherever an audit is stopped, the same command ends with the bytes of one that nothing stopped."""

from __future__ import annotations

import shutil
import signal
from pathlib import Path

import cv2
import numpy as np
import pytest

from medcurate.curate.label_audit import audit_labels
from medcurate.curate.scanning import scan
from tests.curate.drawn_heads import drawn_head
from tests.stopping import run_driver

DRIVER = """
import sys
from pathlib import Path

import cv2, pyarrow.compute, pyarrow.dataset, sklearn.decomposition, sklearn.kernel_ridge
from medcurate.curate.audit import store
from medcurate.curate.label_audit import audit_labels
from medcurate.readers.raster import png
from tests.stopping import drive

store.PART = 4


def work(out):
    audit_labels(out, drop_suspects=True, workers=0, progress=False)


drive(work, *sys.argv[1:2], *map(int, sys.argv[2:]))
"""


@pytest.fixture(scope="module")
def scanned(tmp_path_factory) -> Path:
    """Scan images of two tumor types, told from each other by a bright corner, one of them under the wrong name."""
    folder = tmp_path_factory.mktemp("scanned")
    rng = np.random.default_rng(5)
    for number in range(14):
        bright = number % 2 == 0
        name = "glioma" if bright != (number == 3) else "meningioma"
        head = drawn_head(rng, 96)
        if bright:
            head[30:60, 30:60] = 255
        (folder / "in" / name).mkdir(parents=True, exist_ok=True)
        cv2.imwrite(str(folder / "in" / name / f"{number}.png"), head)
    scan([folder / "in"], folder / "out", workers=0, progress=False)
    return folder / "out"


def bytes_of(out: Path) -> dict[str, bytes]:
    """Read all that may be shared."""
    files = (path for path in sorted(out.rglob("*")) if path.is_file() and ".medcurate" not in path.parts)
    return {str(path.relative_to(out)): path.read_bytes() for path in files}


@pytest.mark.parametrize(("sign", "first", "step"), [(signal.SIGKILL, 2, 5), (signal.SIGTERM, 5, 12)])
def test_f1_f8_stopped_at_many_writes_and_resumed(scanned, tmp_path, sign, first, step):
    whole = tmp_path / "whole"
    shutil.copytree(scanned, whole)
    assert audit_labels(whole, drop_suspects=True, workers=0, progress=False).audited == 14
    for number in range(first, 60, step):
        shutil.copytree(scanned, tmp_path / f"out-{number}")
    ends = run_driver(DRIVER, tmp_path / "out", int(sign), first, step)
    assert len(ends) >= (5 if sign == signal.SIGKILL else 2)
    assert {status for _, status in ends[:-1]} == {-signal.SIGKILL if sign == signal.SIGKILL else 130}
    for number, _ in ends:
        assert bytes_of(tmp_path / f"out-{number}") == bytes_of(whole), number
