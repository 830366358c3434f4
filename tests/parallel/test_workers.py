"""The four options of every stage in one object."""

from __future__ import annotations

from pathlib import Path

import pytest

from medcurate.errors import UsageError
from medcurate.parallel import Failure, Workers, count_workers


def double(number: int) -> int:
    return 2 * number


@pytest.mark.parametrize("count", [0, 1])
def test_files_and_chunks_come_in_order(count):
    workers = Workers(count, progress=False)
    assert list(workers.map_files(double, range(5))) == [(number, 2 * number) for number in range(5)]
    chunks = list(workers.map_chunks(double, range(5), collect=sum))
    assert [number for chunk in chunks for number in chunk.items] == list(range(5))
    assert sum(chunk.outcome for chunk in chunks) == 20


def test_a_time_limit_is_handed_on():
    with pytest.raises(UsageError, match="timeout_s"):
        list(Workers(0, timeout_s=0).map_files(double, [1]))


def test_what_is_shown_and_how_many_threads():
    assert [Workers(progress=progress).shown for progress in (None, True, False)] == [True, True, False]
    assert [Workers(count).threads for count in (0, 1, 3)] == [1, 1, 3]
    assert Workers().threads == count_workers(None)


def test_without_a_cluster_all_paths_are_shared():
    Workers().check_shared([Path("/nowhere")])


def test_a_cluster_that_is_not_there_is_a_usage_error():
    with pytest.raises(UsageError, match="--dask"):
        Workers(dask="tcp://127.0.0.1:1").check_shared([Path("/")])


def test_a_failure_is_a_result():
    [(_, result)] = Workers(0).map_files(divide, [0])
    assert isinstance(result, Failure)


def divide(number: int) -> float:
    return 1 / number
