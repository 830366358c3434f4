"""What the page on other libraries shows is run, on a dataset of this name."""

from __future__ import annotations

import pytest

from tests.interop.test_torchvision import imported
from tests.test_docs import ROOT, blocks

pytestmark = [pytest.mark.interop, pytest.mark.filterwarnings("ignore")]
PAGE = ROOT / "docs" / "how-to" / "use-a-dataset-elsewhere.md"


def test_the_snippets_that_need_other_libraries_run(curated, tmp_path, monkeypatch, capsys):
    import datasets

    imported()
    monkeypatch.setattr(datasets.config, "HF_DATASETS_CACHE", tmp_path)
    monkeypatch.chdir(curated.parent)
    names: dict[str, object] = {}
    found = [block for block in blocks(PAGE) if block.language == "python" and block.excused]
    assert len(found) == 3
    for block in found:
        exec(compile(block.text, f"{PAGE.name}:{block.line}", "exec"), names)
    shown = capsys.readouterr().out.splitlines()
    assert shown[0].startswith("['glioma', 'meningioma'] ")
    assert shown[1].startswith("['glioma', 'meningioma', 'pituitary'] <PIL.PngImagePlugin.PngImageFile")
    assert names["rows"]["label"]
