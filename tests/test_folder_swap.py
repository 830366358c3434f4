"""A new folder in the place of an old one: exchanged in one step where the system can, in three where it cannot."""

from __future__ import annotations

import errno

import pytest

from medcurate import folder_swap
from medcurate.folder_swap import put_in_place


@pytest.fixture(params=["exchange", "three steps"])
def way(request, monkeypatch):
    def cannot(one, other):
        raise OSError(errno.EINVAL, "Invalid argument")

    if request.param == "three steps":
        monkeypatch.setattr(folder_swap, "exchange", cannot)


def folder(path, name: str):
    path.mkdir()
    (path / name).touch()
    return path


def test_a_folder_takes_the_place_of_nothing_a_file_or_a_folder(tmp_path, way):
    place = tmp_path / "place"
    put_in_place(folder(tmp_path / "new", "a"), place)
    assert [path.name for path in tmp_path.iterdir()] == ["place"]
    put_in_place(folder(tmp_path / "new", "b"), place)
    assert [path.name for path in place.iterdir()] == ["b"]
    assert [path.name for path in (tmp_path / "new").iterdir()] == ["a"]
    (tmp_path / "file").touch()
    put_in_place(place, tmp_path / "file")
    assert (tmp_path / "file" / "b").exists()
    assert place.is_file()
    assert len(list(tmp_path.iterdir())) == 3


def test_a_refusal_is_not_hidden(tmp_path, monkeypatch):
    def refuses(one, other):
        raise PermissionError(errno.EACCES, "denied")

    monkeypatch.setattr(folder_swap, "exchange", refuses)
    with pytest.raises(PermissionError):
        put_in_place(folder(tmp_path / "new", "a"), folder(tmp_path / "old", "b"))
    assert (tmp_path / "old" / "b").exists()


def test_where_the_system_cannot_exchange_it_says_so(tmp_path, monkeypatch):
    with pytest.raises(FileNotFoundError):
        folder_swap.exchange(tmp_path / "a", tmp_path / "b")
    monkeypatch.setattr(folder_swap.sys, "platform", "darwin")
    with pytest.raises(OSError, match="not implemented") as caught:
        folder_swap.exchange(tmp_path / "a", tmp_path / "b")
    assert caught.value.errno == errno.ENOSYS
