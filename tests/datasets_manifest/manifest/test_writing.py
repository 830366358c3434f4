"""The manifest as a whole: its verdict, its files, and what must never be in them."""

from __future__ import annotations

import datetime as dt
import getpass
import json
import socket

import pytest

from medcurate.dataset.layout import mask_path
from medcurate.datasets_manifest.manifest.writing import write_manifest
from medcurate.errors import Locked, NothingUsable, OutputError, UsageError
from medcurate.run_folder import lock
from tests.datasets_manifest.made_dataset import CHENG, TWO, dropped, identifier, make, row, two_sources

TODAY = dt.date(2026, 11, 21)
FILES = ["ATTRIBUTION.md", "CITATION.cff", "LICENSES.md", "README.md", "croissant.json", "verdict.json"]


def write(folder, **given):
    return write_manifest(folder, today=TODAY, **given)


def told(folder):
    return json.loads((folder / "verdict.json").read_text(encoding="utf-8"))


def contents(folder):
    return {name: (folder / name).read_bytes() for name in FILES}


def mine(name, license_, **more):
    lines = {"license": license_, "title": "T", "creator": "C", "url": "https://example.org/x", **more}
    return f"[sources.{name}]\n" + "".join(f"{key} = {json.dumps(value)}\n" for key, value in lines.items())


def test_all_files_are_written(tmp_path):
    result = write(make(tmp_path, two_sources(), TWO))
    assert [path.name for path in result.files] == FILES
    assert all(path.stat().st_size for path in result.files)
    assert (result.verdict.outcome, result.verdict.license) == ("share", "CC-BY-NC-SA-4.0")


def test_counts_add_up(tmp_path):
    write(make(tmp_path, two_sources(), TWO))
    rows = told(tmp_path)["rows"]
    assert rows == {"all": 16, "kept": 14, "dropped": {"DUPLICATE": 1, "filter:plane": 1}}
    assert [(one["name"], one["kept"], one["dropped"]) for one in told(tmp_path)["sources"]] == [
        ("cheng", 9, 1),
        ("lgg", 5, 1),
    ]


def test_the_same_dataset_gives_the_same_bytes(tmp_path):
    first, second = (make(tmp_path / name, two_sources(), TWO) for name in "ab")
    write(first)
    write_manifest(second, today=TODAY + dt.timedelta(days=400))
    assert contents(first) == contents(second)
    times = {path: path.stat().st_mtime_ns for path in first.iterdir()}
    write(first)
    assert times == {path: path.stat().st_mtime_ns for path in first.iterdir()}, "nothing is written twice"


def test_nothing_stated_is_never_shared(tmp_path):
    result = write(make(tmp_path, [row("x", 1)]))
    assert result.verdict.outcome == "local"
    assert not result.verdict.granted
    assert "license of x: --card x=NAME" in result.missing[0]
    assert "must not be shared" in (tmp_path / "LICENSES.md").read_text()


def test_a_card_on_the_command_line_wins(tmp_path):
    make(tmp_path, [row("x", 1)], '[sources.x]\ncard = "navoneel"\n')
    assert write(tmp_path).verdict.outcome == "local"
    assert write(tmp_path, card={"x": "figshare-1512427"}).verdict.license == "CC-BY-4.0"


def test_a_file_of_the_users_own(tmp_path):
    make(tmp_path / "data", [row("x", 1)])
    info = tmp_path / "mine.toml"
    info.write_text(mine("x", "CC-BY-NC-4.0") + '[dataset]\ntitle = "My set"\ncreators = ["Lovelace, Ada"]\n')
    result = write(tmp_path / "data", source_info=info)
    assert result.verdict.license == "CC-BY-NC-4.0"
    assert "# My set" in (tmp_path / "data/README.md").read_text()
    assert 'family-names: "Lovelace"' in (tmp_path / "data/CITATION.cff").read_text()


def test_a_license_beside_a_card_does_not_replace_it(tmp_path):
    make(tmp_path, [row("x", 1)], '[sources.x]\ncard = "kaggle-3m"\nlicense = "CC0-1.0"\n')
    verdict = write(tmp_path).verdict
    assert "CONFLICT" in verdict.flags
    assert verdict.license == "CC-BY-NC-SA-4.0"


def test_a_row_with_another_license_than_its_source_is_a_conflict(tmp_path):
    rows = [row("cheng", 1, license="CC-BY-4.0"), row("cheng", 2, license="CC-BY-NC-SA-4.0"), row("cheng", 3)]
    verdict = write(make(tmp_path, rows, CHENG)).verdict
    assert "CONFLICT" in verdict.flags
    assert verdict.license == "CC-BY-NC-SA-4.0"
    rows[1]["license"] = "CC-BY-4.0"
    verdict = write(make(tmp_path, rows, CHENG)).verdict
    assert ("CONFLICT" in verdict.flags, verdict.license) == (False, "CC-BY-4.0")


def test_rows_speak_where_nothing_else_does(tmp_path):
    verdict = write(make(tmp_path, [row("x", 1, license="CC0-1.0")])).verdict
    assert (verdict.outcome, verdict.license) == ("share", "CC0-1.0")


LAXER = [
    ("CC-BY-NC-SA-4.0", "CC-BY-4.0"),
    ("CC-BY-4.0", "CC0-1.0"),
    ("CC-BY-SA-4.0", "MIT"),
    ("NOASSERTION", "CC0-1.0"),
]


@pytest.mark.parametrize(("strict", "lax"), LAXER, ids=str)
@pytest.mark.parametrize("way", ["kept", "copy", "after", "dropped"])
def test_planted_laundering_is_always_flagged(tmp_path, strict, lax, way):
    """The same pixels under a laxer license: kept twice, marked as a copy, alike after homogenize, source left out."""
    ours, theirs = row("lax", 1), row("strict", 1)
    if way == "kept":
        theirs["original_id"] = ours["original_id"]
    elif way == "after":
        theirs = dropped("strict", 1, "DUPLICATE_AFTER", duplicate_of=ours["image_id"])
    elif way == "copy":
        theirs = dropped("strict", 1, "DUPLICATE", duplicate_of=ours["original_id"])
    else:
        theirs = dropped("strict", 1, "filter:source", image_id=ours["original_id"])
    others = [row("lax", number) for number in range(2, 6)] + [row("strict", 9)] * (way != "dropped")
    verdict = write(make(tmp_path, [*others, ours, theirs], mine("lax", lax) + mine("strict", strict))).verdict
    assert "CONFLICT" in verdict.flags
    assert verdict.license != lax
    assert told(tmp_path)["same_images"] == [{"sources": ["lax", "strict"], "images": 1}]


@pytest.mark.parametrize(("strict", "lax"), LAXER, ids=str)
def test_nothing_is_flagged_where_nothing_is_shared(tmp_path, strict, lax):
    rows = [row("lax", n) for n in range(9)] + [row("strict", n) for n in range(9)]
    mask = identifier("an empty mask")  # the same in both
    for one in (rows[0], rows[9]):
        path = mask_path(str(one["path"]))
        rows.append({**one, "kind": "mask", "path": path, "image_id": mask, "original_id": mask})
    rows += [dropped("lax", 20, image_id=identifier("x")), dropped("strict", 20, image_id=identifier("x"))]  # none kept
    rows += [dropped("lax", 21, image_id=None), dropped("strict", 21, image_id=None)]
    rows += [row("lax", 30, image_id=None, original_id=None), row("strict", 30, image_id=None, original_id=None)]
    verdict = write(make(tmp_path, rows, mine("lax", lax) + mine("strict", strict))).verdict
    assert "CONFLICT" not in verdict.flags
    assert told(tmp_path)["same_images"] == []


def test_a_decision_is_recorded_once(tmp_path):
    make(tmp_path, [row("x", 1)], '[sources.x]\ncard = "nickparvar"\n')
    allow = ["L8:x:Ada Lovelace:asked the author"]
    assert write(tmp_path).verdict.outcome == "review"
    assert write(tmp_path, allow=allow).verdict.granted
    before = contents(tmp_path)
    write_manifest(tmp_path, allow=allow, today=TODAY + dt.timedelta(days=9))
    assert contents(tmp_path) == before
    assert told(tmp_path)["overrides"][0]["date"] == "2026-11-21"
    assert "Ada Lovelace" in (tmp_path / "LICENSES.md").read_text()
    assert not write(tmp_path).verdict.granted, "it holds for the run that names it"


def test_an_end_of_access_blocks_after_its_day(tmp_path):
    make(tmp_path, [row("x", 1)], mine("x", "CC-BY-4.0") + "access_expires = 2026-11-20\n")
    assert write(tmp_path).verdict.outcome == "block"
    assert write_manifest(tmp_path, today=dt.date(2026, 11, 20)).verdict.granted


def test_a_collection(tmp_path):
    rows = [row("ixi", 1), row("lgg", 1)]
    make(tmp_path, rows, '[sources.ixi]\ncard = "ixi"\n[sources.lgg]\ncard = "kaggle-3m"\n')
    assert not write(tmp_path).verdict.granted
    assert write(tmp_path, purpose="collection").verdict.granted


SECRETS = ["/home/ada/secret", "/mnt/share/DOE_JOHN", "file:///home/ada", "https://ada:word@example.org/x"]


def test_privacy_P12_no_path_user_or_unsalted_id_is_written(tmp_path):  # noqa: N802 - its number
    folder = tmp_path / "DOE^JOHN"
    rows = [
        row("x", n, patient_id=f"raw-{n}", series_id=f"1.2.840.{n}", original_path="DOE_JOHN/1.dcm") for n in range(3)
    ]
    tables = "".join(mine(name, "CC0-1.0", url=url) for name, url in zip("xyzw", SECRETS, strict=True))
    rows += [row(name, 1) for name in "yzw"]
    write(make(folder, rows, tables))
    forbidden = ["/home/ada", "/mnt", "DOE", "ada:word", "raw-1", "1.2.840.1", str(tmp_path), socket.gethostname()]
    forbidden += [name for name in (getpass.getuser(),) if len(name) > 4]
    for name, content in contents(folder).items():
        assert [word for word in forbidden if word.encode() in content] == [], name


def test_the_file_of_somebody_else_is_not_replaced(tmp_path):
    make(tmp_path, two_sources(), TWO)
    (tmp_path / "README.md").write_text("my own")
    with pytest.raises(OutputError, match=r"README\.md, which medcurate did not write"):
        write(tmp_path)
    assert not (tmp_path / "croissant.json").exists()
    write(tmp_path, overwrite=True)
    assert (tmp_path / "README.md").read_text() != "my own"


def test_its_own_files_are_replaced_when_the_data_changed(tmp_path):
    make(tmp_path, two_sources(), TWO)
    write(tmp_path)
    before = contents(tmp_path)
    make(tmp_path, [*two_sources(), dropped("cheng", 40)], TWO)
    write(tmp_path)
    assert contents(tmp_path)["croissant.json"] != before["croissant.json"]


def test_a_locked_folder(tmp_path):
    make(tmp_path, two_sources(), TWO)
    with lock(tmp_path), pytest.raises(Locked):
        write(tmp_path)


def test_what_is_no_dataset(tmp_path):
    (tmp_path / "glioma").mkdir()
    with pytest.raises(UsageError, match=r"no catalogue\.parquet.*medcurate homogenize"):
        write(tmp_path)
    make(tmp_path / "scan", [dropped("x", 1)])
    (tmp_path / "scan" / "metadata.csv").unlink()
    with pytest.raises(UsageError, match="holds a scan"):
        write(tmp_path / "scan")
    with pytest.raises(UsageError, match="no dataset at"):
        write(tmp_path / "nowhere")
    (tmp_path / "scan/images").mkdir()
    with pytest.raises(NothingUsable, match="all 1 rows are dropped"):
        write(tmp_path / "scan")


def test_a_dataset_that_is_not_whole(tmp_path):
    make(tmp_path, two_sources(), TWO)
    next((tmp_path / "axial").rglob("*.png")).unlink()
    with pytest.raises(UsageError, match=r"14 images.*hold 13 files.*again"):
        write(tmp_path)


def test_rows_that_are_neither_kept_nor_dropped(tmp_path):
    make(tmp_path, [row("x", 1), {**dropped("x", 2), "status": "lost"}])
    with pytest.raises(UsageError, match="2 rows, 1 kept, 0 dropped, 1 neither"):
        write(tmp_path)


def test_a_source_that_is_not_there(tmp_path):
    make(tmp_path, two_sources(), TWO)
    with pytest.raises(UsageError, match=r"'chng' is not in the catalogue.*Did you mean cheng"):
        write(tmp_path, card={"chng": "ixi"})


# Generated images


def training_set(tmp_path, card):
    folder = make(tmp_path / "real", [row("real", n) for n in range(4)], f'[sources.real]\ncard = "{card}"\n')
    return folder, write(folder)


def generated(tmp_path, table):
    return make(tmp_path / "fake", [row("gan", n, origin="synthetic", steps=None) for n in range(3)], table)


@pytest.mark.parametrize(
    "card", ["figshare-1512427", "kaggle-3m", "oasis", "navoneel", "nickparvar", "brains-imagebank"]
)
@pytest.mark.parametrize("where", ["../real", "../real/verdict.json"])
def test_generated_images_inherit_the_verdict_of_their_training_set(tmp_path, card, where):
    _, real = training_set(tmp_path, card)
    folder = generated(tmp_path, f'[sources.gan]\nderived_from = "{where}"\n')
    fake = write(folder).verdict
    assert (fake.outcome, fake.license) == (real.verdict.outcome, real.verdict.license)
    assert told(folder)["legal_position"] == "conservative"
    assert any(step.rule == "POLICY" for step in fake.trace)
    assert card not in ("oasis", "brains-imagebank") or not fake.granted


def test_a_generated_set_passes_its_training_set_on(tmp_path):
    training_set(tmp_path, "kaggle-3m")
    write(generated(tmp_path, 'derived_from = "../real"\n'))
    third = make(tmp_path / "third", [row("gan2", 1, origin="synthetic")], 'derived_from = "../fake"\n')
    assert write(third).verdict.license == "CC-BY-NC-SA-4.0"


def test_where_nothing_is_told_of_the_training_set_nothing_is_shared(tmp_path):
    result = write(generated(tmp_path, ""))
    assert result.verdict.outcome == "local"
    assert any("derived_from" in text for text in result.missing)


@pytest.mark.parametrize(
    "content",
    [None, "[]", "{}", '{"sources": [{"rules": [{"name": 3}]}]}', '{"sources": [{"rules": [{"nam": ""}]}]}', "{"],
)
def test_a_training_set_that_tells_nothing(tmp_path, content):
    if content is not None:
        (tmp_path / "verdict.json").write_text(content)
    folder = generated(tmp_path, '[sources.gan]\nderived_from = "../verdict.json"\n')
    with pytest.raises(UsageError, match="derived_from"):
        write(folder)


def test_a_license_of_its_own_does_not_replace_that_of_the_training_set(tmp_path):
    training_set(tmp_path, "kaggle-3m")
    assert (
        write(generated(tmp_path, mine("gan", "CC0-1.0", derived_from="../real"))).verdict.license == "CC-BY-NC-SA-4.0"
    )


def test_real_images_beside_generated_ones_keep_their_own_license(tmp_path):
    training_set(tmp_path, "figshare-1512427")
    rows = [row("gan", 1, origin="synthetic"), row("lgg", 1)]
    folder = make(tmp_path / "both", rows, 'derived_from = "../real"\n[sources.lgg]\ncard = "kaggle-3m"\n')
    assert write(folder).verdict.license == "CC-BY-NC-SA-4.0"


def test_a_decision_about_the_training_set_is_not_inherited(tmp_path):
    folder, _ = training_set(tmp_path, "nickparvar")
    assert write(folder, allow=["L8:real:Ada:asked"]).verdict.granted
    assert not write(generated(tmp_path, 'derived_from = "../real"\n')).verdict.granted


def test_catalogues_in_parts(tmp_path):
    whole, parts = make(tmp_path / "a", two_sources(), TWO), make(tmp_path / "b", two_sources(), TWO, part_rows=5)
    assert write(whole).verdict == write(parts).verdict
    assert told(whole)["rows"] == told(parts)["rows"]
    assert told(parts)["catalogue"][0]["path"] == "catalogue.parquet/part-00000.parquet"
