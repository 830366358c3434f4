"""The page on generators shows a toy family as it is tested."""

from __future__ import annotations

from pathlib import Path

PAGE = Path(__file__).parents[2] / "docs/concepts/generators.md"
SHOWN = Path(__file__).parent / "toy_families/vae.py"


def test_the_page_shows_the_family_in_full():
    _, _, code = SHOWN.read_text(encoding="utf-8").split('"""', 2)
    assert code.strip() in PAGE.read_text(encoding="utf-8")


def test_a_family_is_short():
    lengths = {path.name: len(path.read_text().splitlines()) for path in SHOWN.parent.glob("*.py")}
    assert {name: lengths[name] < 70 for name in ("diffusion.py", "pix2pix_3d.py", "vae.py")} == {
        "diffusion.py": True, "pix2pix_3d.py": True, "vae.py": True
    }  # fmt: skip
