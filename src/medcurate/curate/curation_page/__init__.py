"""``curation.html``: one page that shows what became of the images, for a person to read before they are used."""

from __future__ import annotations

from medcurate.curate.curation_page.page import FILE_NAME, write_curation_page

__all__ = ["FILE_NAME", "write_curation_page"]
