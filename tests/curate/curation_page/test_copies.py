"""Tables of copies: all are counted, few are shown."""

from __future__ import annotations

from pathlib import Path

from medcurate.curate.curation_page.copies import MEMBERS, SHOWN, read_conflicts, read_duplicates

HEADER = "cluster,kept_source,kept_path,kept_frame,source,path,frame,kind,change,score\n"


def line(cluster: int, name: str, change: str = "", score: float = 1.0, frame: str = "") -> str:
    kind = "near" if change else "bytes"
    return f"{cluster},s,k{cluster},{frame},s,{name},{frame},{kind},{change},{score:.4f}\n"


def duplicates(folder: Path, *lines: str):
    (folder / "duplicates.csv").write_text(HEADER + "".join(lines))
    return read_duplicates(folder)


def test_the_most_changed_and_the_largest_are_shown(tmp_path):
    small = [line(n, f"a{n}") for n in range(1, 41)]
    changed = [line(n, f"c{n}", "cropped+resized", 0.5 + n / 200) for n in range(41, 61)]
    large = [line(61, f"l{n}") for n in range(30)]
    found = duplicates(tmp_path, *small, *changed, *large)
    numbers = [cluster.number for cluster in found.shown]
    assert numbers[: SHOWN // 2] == list(range(41, 41 + SHOWN // 2))
    assert numbers[SHOWN // 2] == 61
    assert len(numbers) == len(set(numbers)) == SHOWN
    assert found.clusters == 61
    assert found.images == {"": 70, "cropped+resized": 20}


def test_a_cluster_has_the_kept_image_first_then_the_most_changed(tmp_path):
    lines = [line(1, "same"), line(1, "near", "resized", 0.9), line(1, "far", "cropped", 0.6),
             *(line(1, f"more{n}") for n in range(6))]  # fmt: skip
    (cluster,) = duplicates(tmp_path, *lines).shown
    assert [member.wanted.path for member in cluster.members] == ["k1", "far", "near", "same", "more0"]
    assert [member.caption for member in cluster.members[:4]] == ["kept", "cropped", "resized", "same file"]
    assert [member.kept for member in cluster.members] == [True, *[False] * 4]
    assert (cluster.size, len(cluster.members)) == (10, MEMBERS)


def test_frames_are_numbers(tmp_path):
    (cluster,) = duplicates(tmp_path, line(1, "a", frame="7")).shown
    assert [member.wanted.frame for member in cluster.members] == [7, 7]
    assert all(member.wanted.shown for member in cluster.members)


def test_no_table_is_none_and_an_empty_one_is_empty(tmp_path):
    assert read_duplicates(tmp_path) is None
    assert read_conflicts(tmp_path) is None
    found = duplicates(tmp_path)
    assert (found.clusters, found.shown) == (0, [])


def test_conflicts_show_their_labels(tmp_path):
    rows = ["1,glioma,s,a,,kept,,1.0000", "1,none,s,b,,bytes,,1.0000", "2,glioma,s,c,,kept,,1.0000",
            "2,none,s,d,,near,resized,0.9000", "2,,s,e,,near,resized,0.9000"]  # fmt: skip
    (tmp_path / "label_conflicts.csv").write_text(
        "cluster,tumor,source,path,frame,kind,change,score\n" + "".join(f"{row}\n" for row in rows)
    )
    found = read_conflicts(tmp_path)
    assert [cluster.number for cluster in found.shown] == [2, 1]
    assert [member.caption for member in found.shown[0].members] == ["glioma", "none", "no label"]
    assert [member.kept for member in found.shown[0].members] == [True, False, False]
