"""The sorted view holds exactly the originals, under readable names, and nothing stale."""

from __future__ import annotations

import errno
import shutil
import zipfile
from pathlib import Path
from typing import Literal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from medcurate.curate.planes import sorted_view
from medcurate.curate.planes.sorted_view import MAX_NAME, SortedView, entry_name, split_suffix
from medcurate.curate.sources.inputs import Item, walk
from medcurate.errors import OutputError, UsageError


def originals(root: Path, *paths: str) -> Path:
    for path in paths:
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_bytes(path.encode())
    return root


def fill(view: SortedView, root: Path, plane: str, *paths: str) -> None:
    items = {item.path: item for item in walk([root]) if isinstance(item, Item)}
    for path in paths:
        view.add(plane, root.name, path, items[path])


def entries(out: Path) -> dict[str, bytes]:
    return {str(p.relative_to(out / "sorted")): p.read_bytes() for p in (out / "sorted").rglob("*") if not p.is_dir()}


component = st.text(st.sampled_from("ab_~.!%é"), min_size=1, max_size=6)
paths = st.lists(component, min_size=1, max_size=4).map("/".join)


@settings(deadline=None, max_examples=300)
@given(st.lists(st.tuples(component, paths), min_size=2, max_size=20, unique=True))
def test_names_never_collide(originals: list[tuple[str, str]]) -> None:
    names = [entry_name(*original) for original in originals]
    assert len(set(names)) == len(names)
    assert all("/" not in name and len(name.encode()) <= MAX_NAME for name in names)


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("Testing/no_tumor/image(1).jpg", "brains__Testing__no_tumor__image(1).jpg"),
        ("a.zip!b/c.png", "brains__a.zip!b__c.png"),
        ("x.nii.gz", "brains__x.nii.gz"),
    ],
)
def test_names_are_readable(path: str, name: str) -> None:
    assert entry_name("brains", path) == name


@pytest.mark.parametrize("path", ["é" * 125 + ".nii.gz", "d/" * 300 + "é.png", "n" * 255])
def test_bad_input_60_long_names_are_cut_at_the_front_and_keep_their_suffix(path: str) -> None:
    name = entry_name("brains", path)
    assert len(name.encode()) <= MAX_NAME
    assert name.endswith(split_suffix(path)[1])
    assert entry_name("brains", path + "x") != name


def test_links_are_relative_and_survive_a_move(tmp_path: Path) -> None:
    root = originals(tmp_path / "here" / "in", "a/1.png", "b.png")
    out = tmp_path / "here" / "out"
    with SortedView(out, "link") as view:
        fill(view, root, "axial", "a/1.png")
        fill(view, root, "unknown", "b.png")
    (tmp_path / "here").rename(tmp_path / "there")
    out = tmp_path / "there" / "out"
    assert entries(out) == {"axial/in__a__1.png": b"a/1.png", "unknown/in__b.png": b"b.png"}
    assert (out / "sorted/axial/in__a__1.png").readlink() == Path("../../../in/a/1.png")
    assert {p.name for p in (out / "sorted").iterdir()} == {"axial", "coronal", "sagittal", "unknown"}


def test_links_point_right_when_the_output_is_reached_by_a_link(tmp_path: Path) -> None:
    root = originals(tmp_path / "in", "1.png")
    (tmp_path / "deep/er").mkdir(parents=True)
    (tmp_path / "out").symlink_to(tmp_path / "deep/er")
    with SortedView(tmp_path / "out", "link") as view:
        fill(view, root, "axial", "1.png")
    assert entries(tmp_path / "out") == {"axial/in__1.png": b"1.png"}


def test_again_leaves_nothing_stale(tmp_path: Path) -> None:
    root = originals(tmp_path / "in", "1.png", "2.png")
    for names in (["1.png", "2.png"], ["2.png"], ["2.png"]):
        with SortedView(tmp_path / "out", "link") as view:
            fill(view, root, "axial", *names)
        assert set(entries(tmp_path / "out")) == {f"axial/in__{name}" for name in names}
    assert [p.name for p in (tmp_path / "out" / ".medcurate").iterdir()] == ["sorted_view"]


@pytest.mark.parametrize("mode", ["link", "copy"])
def test_a_stopped_run_is_completed_by_the_next(tmp_path: Path, mode: Literal["link", "copy"]) -> None:
    root = originals(tmp_path / "in", "1.png", "2.png", "3.png")
    with SortedView(tmp_path / "out", mode) as view:
        fill(view, root, "axial", "1.png")

    def interrupted() -> None:
        with SortedView(tmp_path / "out", mode) as view:
            fill(view, root, "coronal", "2.png")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    (tmp_path / "out/sorted/axial/.unfinished").write_bytes(b"torn")
    with SortedView(tmp_path / "out", mode) as view:
        fill(view, root, "coronal", "2.png", "3.png")
    assert entries(tmp_path / "out") == {"coronal/in__2.png": b"2.png", "coronal/in__3.png": b"3.png"}


def test_what_is_right_is_not_touched_and_what_is_wrong_is_mended(tmp_path: Path) -> None:
    root = originals(tmp_path / "in", "1.png", "2.png", "3.png", "4.png")
    for _ in range(2):
        with SortedView(tmp_path / "out", "link") as view:
            fill(view, root, "axial", "1.png", "2.png", "3.png")
        folder = tmp_path / "out/sorted/axial"
        before = (folder / "in__1.png").lstat().st_ino
        (folder / "in__2.png").unlink()
        (folder / "in__2.png").symlink_to("nowhere")
        (folder / "in__3.png").unlink()
        originals(folder / "in__3.png", "a/b")
    with SortedView(tmp_path / "out", "link") as view:
        fill(view, root, "axial", "1.png", "2.png", "3.png")
    assert entries(tmp_path / "out") == {f"axial/in__{n}.png": f"{n}.png".encode() for n in (1, 2, 3)}
    assert (folder / "in__1.png").lstat().st_ino == before


def test_copies_are_files_of_their_own(tmp_path: Path) -> None:
    root = originals(tmp_path / "in", "1.png")
    with SortedView(tmp_path / "out", "copy") as view:
        fill(view, root, "coronal", "1.png")
    copy = tmp_path / "out/sorted/coronal/in__1.png"
    assert not copy.is_symlink()
    copy.write_bytes(b"changed")
    assert (root / "1.png").read_bytes() == b"1.png"


def test_members_of_archives_are_copied(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    with zipfile.ZipFile(tmp_path / "in" / "a.zip", "w") as archive:
        archive.writestr("1.png", b"member")
    with SortedView(tmp_path / "out", "link") as view:
        fill(view, tmp_path / "in", "axial", "a.zip!1.png")
    assert entries(tmp_path / "out") == {"axial/in__a.zip!1.png": b"member"}


def test_none_removes_the_old_view(tmp_path: Path) -> None:
    root = originals(tmp_path / "in", "1.png")
    for mode in ("link", "none"):
        with SortedView(tmp_path / "out", mode) as view:
            fill(view, root, "axial", "1.png")
    assert not (tmp_path / "out/sorted").exists()


def test_originals_that_are_gone_are_counted_not_hidden(tmp_path: Path) -> None:
    root = originals(tmp_path / "in", "1.png")
    item = next(iter(walk([root])))
    assert isinstance(item, Item)
    (root / "1.png").unlink()
    with SortedView(tmp_path / "out", "copy") as view:
        view.add("axial", "in", "0.png", None)
        view.add("axial", "in", "1.png", item)
    assert entries(tmp_path / "out") == {}
    assert view.notes == ["2 originals could not be copied to sorted/: they are missing or unreadable"]


@pytest.mark.parametrize("mode", ["link", "copy"])
def test_both_parts_of_a_pair_lie_side_by_side(tmp_path: Path, mode: Literal["link", "copy"]) -> None:
    root = originals(tmp_path / "in", "a.hdr", "a.img")
    with SortedView(tmp_path / "out", mode) as view:
        fill(view, root, "axial", "a.hdr")
    assert entries(tmp_path / "out") == {"axial/in__a.hdr": b"a.hdr", "axial/in__a.img": b"a.img"}


def test_bad_input_60_a_path_too_long_for_a_link_is_copied(tmp_path: Path) -> None:
    root = originals(tmp_path / "in", "1.png")
    item = next(iter(walk([root])))
    assert isinstance(item, Item)

    class Far(SortedView):
        def _target(self, location: str, plane: str) -> str:
            return "../" * 2000 + "1.png"

    with Far(tmp_path / "out", "link") as view:
        view.add("axial", "in", "1.png", item)
    copy = tmp_path / "out/sorted/axial/in__1.png"
    assert not copy.is_symlink()
    assert copy.read_bytes() == b"1.png"


def test_without_links_there_are_copies_and_a_note(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def impossible(link: Path, target: str) -> None:
        raise OSError(errno.EPERM, "no links here")

    root = originals(tmp_path / "in", "1.png")
    monkeypatch.setattr(Path, "symlink_to", impossible)
    with SortedView(tmp_path / "out", "link") as view:
        fill(view, root, "axial", "1.png")
    assert entries(tmp_path / "out") == {"axial/in__1.png": b"1.png"}
    assert "cannot hold symbolic links" in view.notes[0]


def test_a_full_disk_is_not_taken_for_a_missing_feature(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(link: Path, target: str) -> None:
        raise OSError(errno.ENOSPC, "full")

    monkeypatch.setattr(Path, "symlink_to", full)
    with pytest.raises(OSError, match="full"), SortedView(tmp_path / "out", "link"):
        pass


@pytest.mark.parametrize("what", ["folder", "file", "link"])
def test_what_is_not_ours_is_not_replaced(tmp_path: Path, what: str) -> None:
    mine = tmp_path / "sorted"
    if what == "folder":
        originals(mine, "photo.png")
    elif what == "file":
        mine.write_text("notes")
    else:
        mine.symlink_to(originals(tmp_path / "elsewhere", "photo.png"))
    with pytest.raises(OutputError, match=r"was not made by medcurate.*another --out"):
        SortedView(tmp_path, "link")


def test_an_unknown_mode_is_named(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="expected link, copy or none, received 'move'"):
        SortedView(tmp_path, "move")  # type: ignore[arg-type]


def test_names_that_differ_by_case_only_do_not_overwrite(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sorted_view, "entry_name", lambda source, path: path.lower())
    root = originals(tmp_path / "in", "A.png", "a.png")
    with SortedView(tmp_path / "out", "link") as view:
        fill(view, root, "axial", "A.png", "a.png")
    assert sorted(entries(tmp_path / "out").values()) == [b"A.png", b"a.png"]


def test_the_view_is_known_again_after_the_private_folder_was_deleted(tmp_path: Path) -> None:
    root = originals(tmp_path / "in", "1.png")
    (tmp_path / "out").mkdir()
    (tmp_path / "out/planes.csv").touch()
    for _ in range(2):
        with SortedView(tmp_path / "out", "link") as view:
            fill(view, root, "axial", "1.png")
        shutil.rmtree(tmp_path / "out/.medcurate")
    assert set(entries(tmp_path / "out")) == {"axial/in__1.png"}
