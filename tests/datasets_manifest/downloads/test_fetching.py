"""Fetching what is open, and saying whom to ask for the rest; no test leaves this machine."""

from __future__ import annotations

import hashlib
import json
import sys
import types
from dataclasses import replace
from pathlib import Path

import pytest

from medcurate.datasets_manifest.cards.card import load, names
from medcurate.datasets_manifest.cards.card_parts import Download
from medcurate.datasets_manifest.downloads.fetching import RECORD, check_fetchable, fetch, terms_of
from medcurate.errors import Locked, MissingExtra, NothingUsable, PolicyError, UsageError
from medcurate.run_folder import lock

ASKED_FOR = {"blsa", "brains-imagebank", "brats-2015", "brats-2018", "brats-2020", "oasis"}
ELSEWHERE = {"brats-2021", "ucsf-pdgm"}


def card_of(server, **changes):
    checksum = f"md5:{hashlib.md5(server.content).hexdigest()}"
    download = Download("file", f"{server.url}/file.zip", file="file.zip", checksum=checksum)
    return replace(load("ixi"), downloads=(replace(download, **changes),))


def get(card, out, **given):
    return fetch(card, out, **{"accepted": True, "show": False, "wait_s": 0, **given})


@pytest.mark.parametrize("name", names())
def test_the_terms_say_what_is_stated_and_how_certain_it_is(name):
    card = load(name)
    text = terms_of(card)
    for stated in card.licenses:
        assert stated.spdx in text
        assert f"certainty: {stated.certainty}" in text
    assert card.restrictions.redistribute_ok.reason in text


@pytest.mark.parametrize("name", names())
def test_each_card_can_be_fetched_or_says_whom_to_ask(name):
    card = load(name)
    if name in ASKED_FOR:
        with pytest.raises(PolicyError, match=r"only\. Ask ") as caught:
            check_fetchable(card)
        assert card.access.ask in str(caught.value)
    elif name in ELSEWHERE:
        with pytest.raises(
            UsageError, match=r"cannot be downloaded by medcurate\. Get it at https://www\.cancerimaging"
        ):
            check_fetchable(card)
    else:
        check_fetchable(card)
        assert card.downloads


def test_nothing_comes_before_the_terms_are_accepted(server, tmp_path):
    with pytest.raises(PolicyError, match="were not accepted; nothing was downloaded"):
        get(card_of(server), tmp_path / "out", accepted=False)
    assert not (tmp_path / "out").exists()
    assert server.requests == []


def test_a_file_comes_with_the_record_of_where_it_is_from(server, tmp_path):
    result = get(card_of(server), tmp_path)
    assert result.files == (tmp_path / "file.zip",)
    record = json.loads((tmp_path / RECORD).read_text(encoding="utf-8"))["file.zip"]
    assert record["sha256"] == hashlib.sha256(server.content).hexdigest()
    assert record["url"] == f"{server.url}/file.zip"
    assert record["bytes"] == len(server.content)


def test_what_is_there_does_not_come_again(server, tmp_path):
    get(card_of(server), tmp_path)
    server.requests.clear()
    result = get(card_of(server), tmp_path)
    assert (result.files, result.already) == ((), (tmp_path / "file.zip",))
    assert server.requests == []


@pytest.mark.parametrize("changes", [{}, {"checksum": "", "size": 1_024_000}])
def test_a_damaged_file_comes_again(server, tmp_path, changes):
    (tmp_path / "file.zip").write_bytes(b"damaged")
    assert get(card_of(server, **changes), tmp_path).files == (tmp_path / "file.zip",)
    assert (tmp_path / "file.zip").read_bytes() == server.content


def test_two_runs_do_not_write_one_folder(server, tmp_path):
    with lock(tmp_path), pytest.raises(Locked):
        get(card_of(server), tmp_path)


def figshare(server, *files):
    server.pages += ["/v2/articles/1512427/versions/8", *(f"/{file['id']}" for file in files)]
    listing = [
        {"download_url": f"{server.url}/{file['id']}", "computed_md5": hashlib.md5(server.content).hexdigest(), **file}
        for file in files
    ]
    server.answers["/v2/articles/1512427/versions/8"] = json.dumps({"files": listing}).encode()
    return f"{server.url}/v2"


def test_figshare_lists_its_files_with_their_checksums(server, tmp_path):
    api = figshare(server, {"id": 1, "name": "a.zip"}, {"id": 2, "name": "README 2024.txt"})
    result = get(load("figshare-1512427"), tmp_path, figshare_api=api)
    assert [path.name for path in result.files] == ["a.zip", "README 2024.txt"]
    assert (tmp_path / "README 2024.txt").read_bytes() == server.content


def test_figshare_is_not_believed_where_the_checksum_is_wrong(server, tmp_path):
    api = figshare(server, {"id": 1, "name": "a.zip", "computed_md5": "0" * 32})
    with pytest.raises(NothingUsable, match="does not have the checksum"):
        get(load("figshare-1512427"), tmp_path, figshare_api=api)
    assert not (tmp_path / "a.zip").exists()


@pytest.mark.parametrize("name", ["../a.zip", "/etc/a", ".bashrc", "", "..", "a/b"])
def test_names_that_lead_out_of_the_folder_are_refused(server, tmp_path, name):
    api = figshare(server, {"id": 1, "name": name})
    with pytest.raises(NothingUsable, match="not safe"):
        get(load("figshare-1512427"), tmp_path / "out", figshare_api=api)
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


def test_figshare_without_files(server, tmp_path):
    with pytest.raises(NothingUsable, match="lists no files"):
        get(load("figshare-1512427"), tmp_path, figshare_api=figshare(server))


@pytest.fixture
def kaggle(monkeypatch):
    """Put a stand-in in the place of kagglehub."""
    calls = []

    def dataset_download(handle: str, *, output_dir: str) -> str:
        calls.append(handle)
        if "nickparvar" in handle:
            raise RuntimeError("403 with a token in the text")
        Path(output_dir).mkdir()
        return output_dir

    monkeypatch.setitem(sys.modules, "kagglehub", types.SimpleNamespace(dataset_download=dataset_download))
    return calls


def test_kaggle_gives_a_folder(kaggle, tmp_path):
    result = get(load("navoneel"), tmp_path)
    assert kaggle == ["navoneel/brain-mri-images-for-brain-tumor-detection/versions/1"]
    assert result.files == (tmp_path / "brain-mri-images-for-brain-tumor-detection",)


def test_kaggle_refuses(kaggle, tmp_path):
    with pytest.raises(NothingUsable, match=r"Kaggle refuses masoudnickparvar.*RuntimeError") as caught:
        get(load("nickparvar"), tmp_path)
    assert "token" not in str(caught.value)


def test_a_missing_kagglehub_is_named_with_its_extra(monkeypatch, tmp_path):
    monkeypatch.setitem(sys.modules, "kagglehub", None)
    with pytest.raises(MissingExtra, match=r"pip install 'medcurate\[kaggle\]'"):
        get(load("navoneel"), tmp_path)


def test_the_real_kagglehub_knows_the_option_that_is_used():
    import inspect

    kagglehub = pytest.importorskip("kagglehub")
    assert "output_dir" in inspect.signature(kagglehub.dataset_download).parameters
