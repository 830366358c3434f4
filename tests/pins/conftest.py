"""Each chain of commands runs once per session, in a process of its own."""

from __future__ import annotations

import pytest

from tests.pins import curated, trained


@pytest.fixture(scope="session")
def curation(tmp_path_factory):
    """Give the folder that the commands from `sort-planes` to `evaluate` filled."""
    folder = tmp_path_factory.mktemp("curation")
    curated.curate(folder)
    return folder


@pytest.fixture(scope="session")
def trainings(tmp_path_factory):
    """Give a function that trains every family on a backend, once, and returns the folder."""
    done = {}

    def train(backend):
        if backend not in done:
            done[backend] = tmp_path_factory.mktemp("trainings") / backend
            trained.train_families(done[backend], backend)
        return done[backend]

    return train
