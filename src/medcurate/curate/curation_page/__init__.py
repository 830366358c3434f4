"""``curation.html``: a page that shows the results of curation, for review before the images are used."""

from __future__ import annotations

from medcurate.curate.curation_page.page import FILE_NAME, write_curation_page

__all__ = ["FILE_NAME", "write_curation_page"]
