"""The same map on a real cluster: a scheduler and two worker processes of this machine, on free ports."""

from __future__ import annotations

import importlib
import os
import pickle
import queue
import re
import signal
import socket
import subprocess
import sys
import textwrap
import threading
from collections import deque
from importlib import metadata
from pathlib import Path

import cv2
import numpy as np
import pytest

from medcurate.curate.scanning import scan
from medcurate.curate.scans import reading
from medcurate.errors import Code, MissingExtra, UsageError
from medcurate.parallel import Failure, dask_cluster, map_chunks, map_files
from medcurate.parallel.dask_cluster import Work, check_shared, environment, run_chunk
from medcurate.run_folder import PRIVATE

FUNCTIONS = """
    import os, signal, time
    from medcurate.curate.scans.file_lines import scan_item as scan_honest
    from medcurate.errors import Code, InputError

    def square(number):
        return number * number

    def fragile(number):
        if number % 10 == 3:
            os.abort()
        if number == 5:
            raise InputError(Code.EMPTY, "no bytes")
        return number

    def slow(number):
        if number == 5:
            time.sleep(1000)
        return number

    def lethal(number):
        if number == 7:
            os.kill(os.getppid(), signal.SIGKILL)
            time.sleep(1000)
        return number

    def child(_):
        return os.getpid(), os.getppid()

    def scan_item(item, settings):
        if "crash" in item.path:
            os.abort()
        return scan_honest(item, settings)
"""


class Cluster:
    """A scheduler and two workers, each a process; a worker that dies is started again by its nanny."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._environment = {
            **os.environ,
            "PYTHONPATH": os.pathsep.join([str(folder), *filter(None, sys.path)]),
            "DASK_DISTRIBUTED__SCHEDULER__ALLOWED_FAILURES": "0",
        }
        self._processes: list[subprocess.Popen[str]] = []
        self._readers: list[threading.Thread] = []
        self.address = self._start("scheduler", "--host", "127.0.0.1", "--port", "0")
        for number in range(2):
            self._start("worker", self.address, "--nthreads", "1", "--local-directory", folder / f"local{number}")

    def _start(self, what: str, *options: object) -> str:
        command = [sys.executable, "-m", f"distributed.cli.dask_{what}", *map(str, options), "--no-dashboard"]
        process = subprocess.Popen(command, env=self._environment, stderr=subprocess.PIPE, text=True)
        self._processes.append(process)
        for line in process.stderr:
            if found := re.search(r"(?:Scheduler|Start Nanny) at: +'?(tcp://[^\s']+)", line):
                # A full pipe would stop the process, so somebody must read the rest.
                self._readers.append(threading.Thread(target=deque, args=(process.stderr, 0)))
                self._readers[-1].start()
                return found[1]
        raise RuntimeError(f"{what} did not start")

    def stop(self) -> None:
        """End the scheduler and, with it, the workers."""
        for process in self._processes:
            process.kill()
        for reader in self._readers:
            reader.join()
        for process in self._processes:
            process.communicate()


@pytest.fixture(scope="module")
def cluster(tmp_path_factory):
    folder = tmp_path_factory.mktemp("cluster")
    (folder / "cluster_functions.py").write_text(textwrap.dedent(FUNCTIONS))
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(folder))
        running = Cluster(folder)
        try:
            with dask_cluster._connected(running.address) as client:
                client.wait_for_workers(2, timeout=30)
            yield running
        finally:
            running.stop()


@pytest.fixture(scope="module")
def functions(cluster):
    yield importlib.import_module("cluster_functions")
    sys.modules.pop("cluster_functions")


@pytest.fixture
def address(cluster):
    return cluster.address


def test_results_come_in_input_order_from_both_workers(functions, address):
    found = list(map_files(functions.square, (n for n in range(3000)), dask=address))
    assert found == [(n, n * n) for n in range(3000)]
    parents = {parent for _, (_, parent) in map_files(functions.child, range(300), dask=address)}
    assert len(parents) == 2
    assert os.getpid() not in parents


def test_chunks_are_packed_on_the_worker(functions, address):
    chunks = list(map_chunks(functions.square, range(100), collect=sum, dask=address, max_chunk=16))
    assert sum(chunk.outcome for chunk in chunks) == sum(n * n for n in range(100))
    assert max(len(chunk.items) for chunk in chunks) <= 16


def test_bad_input_67_a_crash_loses_only_the_item_and_is_told_as_without_a_cluster(functions, address):
    there = list(map_files(functions.fragile, range(2, 9), dask=address))
    assert there == list(map_files(functions.fragile, range(2, 9), workers=1))
    assert [n for n, result in there if isinstance(result, Failure)] == [3, 5]


def test_bad_input_67_a_hang_loses_only_the_item(functions, address):
    found = dict(map_files(functions.slow, range(12), dask=address, timeout_s=0.3))
    assert found.pop(5).code is Code.TIMEOUT
    assert found == {n: n for n in range(12) if n != 5}


def test_a_lost_worker_costs_only_the_item_that_it_was_lost_with(functions, address):
    found = dict(map_files(functions.lethal, range(12), dask=address))
    assert found.pop(7).code is Code.WORKER_CRASH
    assert found == {n: n for n in range(12) if n != 7}


def test_stopping_early_cancels_what_is_left(functions, address):
    results = map_files(functions.square, range(100_000), dask=address)
    assert next(results) == (0, 0)
    results.close()
    assert dict(map_files(functions.square, range(3), dask=address)) == {0: 0, 1: 1, 2: 4}
    with dask_cluster._connected(address) as client:
        assert client.run_on_scheduler(lambda dask_scheduler: len(dask_scheduler.tasks)) == 0


def png(path: Path, pixels: np.ndarray) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(cv2.imencode(".png", pixels)[1].tobytes())


def bytes_of(out: Path) -> dict[str, bytes]:
    """Return the content of every file but the private ones: a journal holds its records in the order of their end."""
    files = (path for path in sorted(out.rglob("*")) if path.is_file() and PRIVATE not in path.parts)
    return {str(path.relative_to(out)): path.read_bytes() for path in files}


def test_a_scan_writes_the_same_bytes_as_without_a_cluster(functions, address, tmp_path, rng, monkeypatch):
    (tmp_path / "salt").write_bytes(b"s" * 32)
    monkeypatch.setenv("MEDCURATE_SALT_FILE", str(tmp_path / "salt"))
    monkeypatch.setattr(reading, "scan_item", functions.scan_item)
    data = tmp_path / "data"
    for number in range(60):
        png(data / f"f{number % 4}" / f"{number}.png", rng.integers(0, 256, (40, 32), dtype=np.uint8))
    png(data / "f1" / "crash.png", rng.integers(0, 256, (40, 32), dtype=np.uint8))
    (data / "f2" / "empty.png").write_bytes(b"")
    here = scan([data], tmp_path / "here", features=True, workers=2, progress=False)
    there = scan([data], tmp_path / "there", features=True, dask=address, progress=False)
    assert here.counts == there.counts
    assert (there.counts.accepted, there.counts.rejected) == (60, 2)
    assert b"WORKER_CRASH" in (tmp_path / "there" / "rejects.csv").read_bytes()
    assert bytes_of(tmp_path / "here") == bytes_of(tmp_path / "there")


def test_a_dataset_has_the_same_bytes_as_without_a_cluster(address, tmp_path, rng):
    from medcurate.curate import HomogenizeSettings, dedupe, homogenize

    folder = tmp_path / "in" / "glioma"
    folder.mkdir(parents=True)
    for number in range(12):
        noise = rng.normal(0, 60, (72, 64)).astype(np.float32)
        texture = cv2.GaussianBlur(noise, (0, 0), 3) * 3 + 120
        inside = cv2.ellipse(np.zeros((72, 64), np.float32), (32, 36), (24, 30), 0, 0, 360, 1.0, -1)
        png(folder / f"{number:02d}.png", np.clip(texture * inside, 0, 255).astype(np.uint8))
    made = {}
    for name, how in (("alone", {"workers": 0}), ("cluster", {"dask": address})):
        out = tmp_path / name
        scan([tmp_path / "in"], out / "scanned", progress=False, **how)
        dedupe(out / "scanned", progress=False, **how)
        homogenize(out / "scanned", out / "dataset", settings=HomogenizeSettings(size=32), progress=False, **how)
        made[name] = bytes_of(out)
    assert len([name for name in made["alone"] if name.startswith("dataset/") and name.endswith(".png")]) == 12
    assert made["cluster"] == made["alone"]


def test_an_input_that_workers_do_not_see_is_told(address, tmp_path):
    check_shared(address, [tmp_path])
    with pytest.raises(UsageError, match=rf"does not see {tmp_path}/nowhere"):
        check_shared(address, [tmp_path, tmp_path / "nowhere"])


# ---------------------------------------------------------------------------------------------------- without a cluster


@pytest.mark.parametrize("address", ["nonsense", "tcp://127.0.0.1", "http://127.0.0.1:80", "tcp://127.0.0.1:70000"])
def test_an_address_that_is_none_is_named(address):
    with pytest.raises(UsageError, match=f"--dask {address}: no scheduler of a Dask cluster answers there"):
        list(map_files(len, [""], dask=address))


def test_a_scheduler_that_does_not_answer_is_named():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        address = f"tcp://127.0.0.1:{free.getsockname()[1]}"
        with pytest.raises(UsageError, match=re.escape(address)):
            list(map_files(len, [""], dask=address))


def test_without_distributed_the_extra_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(MissingExtra, match=re.escape("medcurate[dask]")):
        list(map_files(len, [""], dask="tcp://127.0.0.1:8786"))


class Answering:
    """A client of a cluster whose workers answer like this."""

    def __init__(self, *answers: object) -> None:
        self._answers = list(answers)

    def wait_for_workers(self, count: int, timeout: float) -> None:
        if not self._answers:
            raise TimeoutError

    def run(self, function, *args, on_error: str) -> dict[str, object]:
        return {"tcp://w:1": self._answers.pop(0)}


def test_workers_of_another_kind_are_told():
    version = metadata.version("medcurate")
    dask_cluster._check_workers(Answering(version, environment()), "tcp://s:1")
    with pytest.raises(UsageError, match=r"no worker\. Start some with: dask worker tcp://s:1"):
        dask_cluster._check_workers(Answering(), "tcp://s:1")
    missing = metadata.PackageNotFoundError("medcurate")
    with pytest.raises(UsageError, match=f"worker at tcp://w:1 cannot import medcurate {re.escape(version)}"):
        dask_cluster._check_workers(Answering(missing), "tcp://s:1")
    with pytest.raises(UsageError, match=r"tcp://w:1 has medcurate 0\.0\.9, and this process"):
        dask_cluster._check_workers(Answering(version, {**environment(), "medcurate": "0.0.9"}), "tcp://s:1")
    others = {name: number for name, number in environment().items() if name != "numpy"}
    with pytest.raises(UsageError, match="has numpy none, and"):
        dask_cluster._check_workers(Answering(version, others), "tcp://s:1")


def test_a_worker_that_joins_later_is_checked_too():
    work = Work(b"", pickle.dumps([1]), 1.0, {**environment(), "numpy": "1.0"})
    with pytest.raises(UsageError, match=r"a worker has numpy .*, and this process 1\.0"):
        run_chunk(work)


def test_privacy_what_dask_may_log_shows_neither_salt_nor_names():
    work = Work(b"the salt", b"Jane Doe.dcm", 1.0, {})
    assert "salt" not in f"{work!r}{work}"
    assert "Jane" not in f"{work!r}{work}"


def test_children_are_kept_for_the_next_chunk_and_ended_when_idle():
    work = Work(pickle.dumps((abs, None)), pickle.dumps([-1, 2]), 5.0, environment())
    children = dask_cluster._children
    try:
        for _ in range(2):
            _, [(count, packed)] = run_chunk(work)
            assert (count, pickle.loads(packed)) == (2, [1, 2])
        [(_, _, child)] = children._idle
        os.kill(child._process.pid, signal.SIGKILL)  # one that died while idle is replaced without blame
        assert [pickle.loads(packed) for _, packed in run_chunk(work)[1]] == [[1, 2]]
    finally:
        children.sweep(idle_s=0)
    assert children._idle == []


class Silent:
    """A client of a cluster that has lost its workers."""

    def __init__(self, threads: int) -> None:
        self.threads = threads

    def nthreads(self) -> dict[str, int]:
        return {"tcp://w:1": self.threads} if self.threads else {}


def test_a_cluster_without_workers_is_given_up(monkeypatch):
    client = Silent(2)
    run = dask_cluster._ClusterRun(client, "tcp://s:1", b"", iter([]), 1.0, 8)
    run._look_after()
    client.threads = 0
    run._look_after()  # they may come back
    monkeypatch.setattr(dask_cluster, "_LOST_S", 0.0)
    monkeypatch.setattr(dask_cluster, "_PULSE_S", 0.01)
    run._finished = queue.SimpleQueue()
    with pytest.raises(UsageError, match="tcp://s:1: the cluster has no worker left"):
        run._next_finished()
