"""Figures as parts of a page: SVG within its text, PNG as a ``data:`` URI."""

from __future__ import annotations

import re

from markupsafe import Markup, escape

from medcurate.evaluate.report_page.names import anchor
from medcurate.pages.data_uri import data_uri
from medcurate.results import Figure

_ID = re.compile(r'\bid="([^"]*)"')
_USE = re.compile(r'(href="#|url\(#)([^")]*)')
_WIDTH = re.compile(r'<svg[^>]*?\bwidth="([\d.]+)(pt|px|)"')
_PIXELS = {"pt": 4 / 3, "px": 1.0, "": 1.0}
_WIDE = 560  # pixels: a chart of more than one pair of axes
_WIDEST = 1.25
_NARROWEST = 0.65  # of its natural width: below it a chart's text could not be read, and the chart scrolls


def picture(figure: Figure) -> Markup:
    """Return the picture of a figure.

    The names within an SVG get a prefix, so that two charts on one page do not use each other's parts; the caption is
    told to those who cannot see.
    """
    if figure.kind == "png":
        return Markup('<img src="{}" alt="{}">').format(data_uri(figure.content, "png"), figure.caption)
    text = figure.content.decode("utf-8")
    text = text[max(0, text.find("<svg")) :]  # without prolog and document type
    width = _width(text)
    prefix = anchor(figure.name)
    text = _ID.sub(rf'id="{prefix}-\1"', text)
    text = _USE.sub(rf"\1{prefix}-\2", text)
    bounds = f"min-width:{width * _NARROWEST:.0f}px;max-width:{width * _WIDEST:.0f}px" if width else ""
    told = f'<svg role="img" aria-label="{escape(figure.title)}" style="{bounds}"'
    return Markup(text.replace("<svg", told, 1))  # noqa: S704 - an SVG of our own charts, which escape their text


def is_wide(figure: Figure) -> bool:
    """Say whether a figure wants the whole width of the page."""
    return figure.kind == "svg" and _width(figure.content[:2000].decode("utf-8", "replace")) > _WIDE


def _width(svg: str) -> float:
    """Return the natural width of an SVG (CSS pixels), 0 where it states none."""
    found = _WIDTH.search(svg)
    return 0.0 if found is None else float(found[1]) * _PIXELS[found[2]]
