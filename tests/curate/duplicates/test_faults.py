"""F1, F8: wherever dedupe is stopped, the same command ends with the bytes of one that nothing stopped."""

from __future__ import annotations

import shutil
import signal
from pathlib import Path

import cv2
import numpy as np
import pytest

from medcurate.curate.deduplication import dedupe
from medcurate.curate.scanning import scan
from tests.curate.drawn_heads import drawn_head
from tests.stopping import run_driver

DRIVER = """
import shutil, sys
from pathlib import Path

import cv2, faiss, pyarrow.compute, pyarrow.dataset, scipy.sparse
from medcurate.curate.deduplication import dedupe
from medcurate.curate.duplicates import near_duplicates
from medcurate.curate.measures import image_digest
from medcurate.curate.patients import slice_likeness
from medcurate.readers.raster import png
from tests.stopping import drive

image_digest.PART = 2


def work(out):
    dedupe(out, workers=0, progress=False)


drive(work, *sys.argv[1:2], *map(int, sys.argv[2:]))
"""


@pytest.fixture(scope="module")
def scanned(tmp_path_factory) -> Path:
    """Scan seven heads, an equal copy and a scaled one."""
    folder = tmp_path_factory.mktemp("scanned")
    rng = np.random.default_rng(5)
    (folder / "in").mkdir()
    heads = [drawn_head(rng, 96) for _ in range(7)]
    for number, head in enumerate(heads):
        cv2.imwrite(str(folder / "in" / f"{number}.png"), head)
    cv2.imwrite(str(folder / "in" / "equal.png"), heads[2])
    cv2.imwrite(str(folder / "in" / "scaled.png"), cv2.resize(heads[4], (128, 128), interpolation=cv2.INTER_AREA))
    scan([folder / "in"], folder / "out", workers=0, progress=False)
    return folder / "out"


def bytes_of(out: Path) -> dict[str, bytes]:
    """Read all that may be shared."""
    files = (path for path in sorted(out.rglob("*")) if path.is_file() and ".medcurate" not in path.parts)
    return {str(path.relative_to(out)): path.read_bytes() for path in files}


@pytest.mark.parametrize(("sign", "first", "step"), [(signal.SIGKILL, 2, 6), (signal.SIGTERM, 7, 24)])
def test_f1_f8_stopped_at_many_writes_and_resumed(scanned, tmp_path, sign, first, step):
    whole = tmp_path / "whole"
    shutil.copytree(scanned, whole)
    result = dedupe(whole, workers=0, progress=False)
    assert (result.exact, result.near) == (1, 1)
    for number in range(first, 100, step):
        shutil.copytree(scanned, tmp_path / f"out-{number}")
    ends = run_driver(DRIVER, tmp_path / "out", int(sign), first, step)
    assert len(ends) >= (7 if sign == signal.SIGKILL else 2)
    assert {status for _, status in ends[:-1]} == {-signal.SIGKILL if sign == signal.SIGKILL else 130}
    for number, _ in ends:
        assert bytes_of(tmp_path / f"out-{number}") == bytes_of(whole), number
