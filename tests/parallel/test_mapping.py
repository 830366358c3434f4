"""One map over many items: order, isolation, bounds, interruption."""

from __future__ import annotations

import importlib
import os
import pickle
import select
import signal
import subprocess
import sys
import textwrap

import pytest

from medcurate.errors import Code, UsageError
from medcurate.parallel import Failure, interruptible, map_chunks, map_files
from medcurate.parallel import pool as worker_pool
from medcurate.parallel import queue as task_queue
from medcurate.parallel import worker as worker_process

FUNCTIONS = """
    import os, sys, time
    from medcurate.errors import Code, InputError

    def square(number):
        return number * number

    def fragile(number):
        if number % 10 == 3:
            os.abort()
        return number

    def slow(number):
        if number == 5:
            time.sleep(1000)
        return number

    def failing(number):
        if number == 1:
            raise InputError(Code.EMPTY, "no bytes")
        if number == 2:
            raise ValueError(str(number * 617))
        return number

    def surroundings(_):
        import cv2
        return cv2.getNumThreads(), "sklearn" in sys.modules, "tensorflow" in sys.modules

    def noisy(number):
        os.write(1, b"a library that prints")
        return number

    class Unloadable:
        def __reduce__(self):
            return explode, ()

    def explode():
        raise RuntimeError("boom")
"""


@pytest.fixture
def functions(tmp_path, monkeypatch):
    """Give a module that workers can import too."""
    (tmp_path / "worker_functions.py").write_text(textwrap.dedent(FUNCTIONS))
    monkeypatch.syspath_prepend(str(tmp_path))
    yield importlib.import_module("worker_functions")
    sys.modules.pop("worker_functions")


@pytest.mark.parametrize("workers", [0, 1, 3])
def test_results_come_in_input_order(functions, workers):
    found = list(map_files(functions.square, (n for n in range(3000)), workers=workers))
    assert found == [(n, n * n) for n in range(3000)]


@pytest.mark.parametrize("workers", [1, 2])
def test_bad_input_67_a_crash_loses_only_the_item(functions, workers):
    found = dict(map_files(functions.fragile, range(25), workers=workers))
    assert sorted(found) == list(range(25))
    failures = {n: result for n, result in found.items() if isinstance(result, Failure)}
    assert sorted(failures) == [3, 13, 23]
    assert {failure.code for failure in failures.values()} == {Code.WORKER_CRASH}
    assert "SIGABRT" in failures[3].message
    assert all(found[n] == n for n in found if n not in failures)


def test_bad_input_67_a_hang_loses_only_the_item(functions):
    found = dict(map_files(functions.slow, range(12), workers=1, timeout_s=0.3))
    assert found.pop(5).code is Code.TIMEOUT
    assert found == {n: n for n in range(12) if n != 5}


@pytest.mark.parametrize("workers", [0, 1])
def test_exceptions_become_failures_without_text_from_the_file(functions, workers):
    found = dict(map_files(functions.failing, range(4), workers=workers))
    assert found[1] == Failure(Code.EMPTY, "no bytes")
    assert found[2].code is Code.INTERNAL
    assert "ValueError" in found[2].message
    assert "1234" not in repr(found[2])
    assert found[3] == 3


def test_workers_use_one_thread_and_load_nothing_heavy(functions):
    [(_, seen)] = map_files(functions.surroundings, [0], workers=1)
    assert seen == (1, False, False)


def test_what_a_library_prints_harms_nothing(functions):
    assert dict(map_files(functions.noisy, range(3), workers=1)) == {0: 0, 1: 1, 2: 2}


def test_input_is_taken_only_as_far_as_the_window(functions, monkeypatch):
    monkeypatch.setattr(worker_pool, "_WINDOW_ITEMS", 10)
    taken = given = most = 0

    def items():
        nonlocal taken
        for number in range(500):
            taken += 1
            yield number

    for _ in map_files(functions.square, items(), workers=2):
        given += 1
        most = max(most, taken - given)
    assert given == 500
    assert most <= 20 + 256


def test_results_that_wait_are_bounded_by_their_bytes(functions, monkeypatch):
    monkeypatch.setattr(task_queue, "WINDOW_BYTES", 1)
    assert len(list(map_files(functions.square, range(200), workers=2))) == 200


def test_stopping_early_leaves_no_worker(functions):
    results = map_files(functions.square, range(10_000), workers=2)
    next(results)
    frame = results.gi_frame.f_locals
    assert frame
    results.close()


def test_wrong_use_is_told(functions):
    with pytest.raises(UsageError, match="import by name"):
        list(map_files(lambda item: item, [1], workers=1))
    with pytest.raises(UsageError, match="workers: expected 0 or more"):
        list(map_files(functions.square, [1], workers=-1))
    with pytest.raises(UsageError, match="timeout_s"):
        list(map_files(functions.square, [1], timeout_s=0))


def test_a_worker_that_cannot_load_its_function_says_why(functions, tmp_path):
    source = tmp_path / "worker_functions.py"
    source.write_text("raise RuntimeError('broken module')")
    with pytest.raises(RuntimeError, match="broken module"):
        list(map_files(functions.square, [1], workers=1))


def test_workers_that_never_begin_do_not_restart_for_ever(functions):
    with pytest.raises(RuntimeError, match="before they begin"):
        list(map_files(functions.square, [functions.Unloadable()], workers=1))


def test_chunks_are_packed_in_the_worker(functions):
    chunks = list(map_chunks(functions.square, range(100), collect=sum, workers=1, max_chunk=16))
    assert sum(chunk.outcome for chunk in chunks) == sum(n * n for n in range(100))
    assert max(len(chunk.items) for chunk in chunks) <= 16


def test_f8_sigterm_stops_like_ctrl_c():
    before = signal.getsignal(signal.SIGTERM)
    with pytest.raises(KeyboardInterrupt), interruptible():
        os.kill(os.getpid(), signal.SIGTERM)
    assert signal.getsignal(signal.SIGTERM) == before


@pytest.mark.skipif(not hasattr(os, "pidfd_open"), reason="needs pidfd_open (Linux)")
def test_workers_die_with_their_parent(functions, tmp_path):
    script = """
        import sys, worker_functions
        from medcurate.parallel.worker import Task, Worker
        import pickle
        worker = Worker(pickle.dumps((worker_functions.slow, None)))
        worker.receive()
        worker.send(Task(0, [5]))
        print(worker._process.pid, flush=True)
        sys.stdin.read()
    """
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    parent = subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(script)], env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    handle = os.pidfd_open(int(parent.stdout.readline()))
    parent.kill()
    parent.communicate()
    ended, _, _ = select.select([handle], [], [], 10)
    os.close(handle)
    assert ended


@pytest.mark.parametrize(("waited", "began"), [(5.0, 13.0), (0.0, 10.0)])
def test_waiting_for_a_core_is_not_time_that_an_item_takes(functions, monkeypatch, waited, began):
    worker = worker_process.Worker(pickle.dumps((functions.square, None)))
    worker_process._BOARD.pack_into(worker._board, 0, 10.0, 2.0, 7)  # item 7 began at 10 s, after 2 s of waiting
    monkeypatch.setattr(worker_process, "_waited_s", lambda handle: waited)
    assert worker.at() == (7, began)
    worker.stop()


def test_the_system_tells_how_long_a_process_waited():
    handle = worker_process._open_waits(os.getpid())
    assert worker_process._waited_s(handle) >= 0
    assert worker_process._waited_s(None) == 0
    assert worker_process._open_waits(-1) is None
    if handle is not None:
        os.close(handle)
        assert worker_process._waited_s(handle) == 0
