"""``report.html``: one page that needs no other file, no network and no script."""

from __future__ import annotations

from medcurate.evaluate.report_page.page import FILE_NAME, write_report_page
from medcurate.evaluate.report_page.section import Section

__all__ = ["FILE_NAME", "Section", "write_report_page"]
