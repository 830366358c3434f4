"""The page, gathered, filled into its template and written."""

from __future__ import annotations

import json
import math
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from jinja2 import Environment

from medcurate.datasets_manifest.licenses.verdict import MEANINGS
from medcurate.evaluate.parts import PartKind
from medcurate.evaluate.report_page.names import anchor, number, quantity, span
from medcurate.evaluate.report_page.pictures import is_wide, picture
from medcurate.evaluate.report_page.section import Section
from medcurate.pages import templates
from medcurate.results import LEVEL_WORDS, Level, Metric, Report, Verdict
from medcurate.run_folder import atomic_write

FILE_NAME = "report.html"
LEVELS: tuple[Level, ...] = ("bad", "caution", "too_few", "unclear", "good")
"""Verdicts come in this order: bad news first."""
MAX_ROWS = 24
"""Rows of a table that are shown at once; beyond it, what no verdict rests on is folded away."""

_BETTER = {"higher": "higher", "lower": "lower", "near": "as real", None: ""}


def environment() -> Environment:
    """Return the environment of the templates of this folder."""
    made = templates.environment(__package__)
    made.filters["anchor"] = anchor
    return made


def write_report_page(out: Path, report: Report, sections: Sequence[Section]) -> Path:
    """Write ``report.html``: verdicts, then tables and figures part by part, then settings, data and license.

    Parameters
    ----------
    out : Path
        Folder of the report.
    report : Report
        Every number on the page stands in it.
    sections : sequence of Section
        The parts of the report, with their pictures.

    Raises
    ------
    OutputError
        If it cannot be written.
    """
    homes = _homes(sections)
    every = [_section(section, report) for section in sections]
    content = {
        "report": report,
        "verdicts": [
            _verdict(verdict, kind, homes)
            for verdict, kind in sorted(
                ((verdict, section.kind) for section in sections for verdict in section.part.verdicts),
                key=lambda pair: LEVELS.index(pair[0].level),
            )
        ],
        "levels": _levels(report),
        "gates": [_gate(gate) for gate in report.settings.get("gates", ())],
        "sections": every,
        "absent": [section for section in every if section["status"] != "measured"],
        "data": _data(report),
        "classes": _classes(report),
        "licenses": [(side["name"], *_license(side["license"])) for side in (report.real, report.synthetic)],
        "generator": _flat(report.synthetic.get("generator") or {}),
        "part_settings": [
            (section.kind.title, _flat(section.settings)) for section in sections if section.settings
        ],
    }  # fmt: skip
    path = out / FILE_NAME
    text = environment().get_template("report.html.j2").render(content)
    with atomic_write(path) as stream:
        stream.write(text.encode())
    return path


def _levels(report: Report) -> list[tuple[Level, str, int]]:
    counts = Counter(verdict.level for verdict in report.verdicts)
    return [(level, LEVEL_WORDS[level], counts[level]) for level in LEVELS if counts[level]]


def _homes(sections: Sequence[Section]) -> dict[str, str]:
    """Return the metrics and figures that stand on the page, with their words."""
    parts = [section.part for section in sections]
    metrics = {metric.name: " ".join(quantity(metric.name)).strip() for part in parts for metric in part.metrics}
    return metrics | {figure.name: figure.title for part in parts for figure in part.figures}


def _verdict(verdict: Verdict, kind: PartKind, homes: Mapping[str, str]) -> dict[str, Any]:
    """Return a verdict and its links; evidence that is not on the page leads to its part."""
    evidence = [(homes.get(name, name), anchor(name) if name in homes else kind.name) for name in verdict.evidence]
    return {"verdict": verdict, "title": kind.title, "evidence": evidence or [("evidence", kind.name)]}


def _section(section: Section, report: Report) -> dict[str, Any]:
    metrics = section.part.metrics
    rested_on = {name for verdict in report.verdicts for name in verdict.evidence}
    first = [metric for metric in metrics if len(metrics) <= MAX_ROWS or metric.name in rested_on or _is_plain(metric)]
    shown = {metric.name for metric in first[:MAX_ROWS]} | {
        metric.name for metric in metrics if metric.name in rested_on
    }
    common, special = _settings(metrics)
    small = _undecided(section.part.verdicts)
    return {
        "kind": section.kind,
        "status": section.status,
        "notes": [*section.part.notes, *([section.why] if section.error is not None else [])],
        "rows": [_row(metric, small) for metric in metrics if metric.name in shown],
        "more": [_row(metric, small) for metric in metrics if metric.name not in shown],
        "figures": [(figure, picture(figure), is_wide(figure)) for figure in section.part.figures],
        "common": common,
        "special": special,
    }


def _gate(gate: Mapping[str, Any]) -> dict[str, Any]:
    received = gate["received"]
    told = "no interval" if received is None else number(float(received))
    return {**gate, "threshold": number(gate["threshold"]), "received": told}


def _data(report: Report) -> list[tuple[str, str, str]]:
    real, made = report.real, report.synthetic
    return [
        ("name", real["name"], made["name"]),
        ("kind", real["kind"], made["kind"]),
        ("masks", f"{real['held_out_masks']:,} of the held-out images", f"{made['masks']:,}"),
        ("volumes and their masks", f"{real['volumes']:,}", f"{made['volumes']:,}"),
        ("digest", real["digest"][:16], made["digest"][:16]),
    ]


def _is_plain(metric: Metric) -> bool:
    return "[" not in metric.name


def _undecided(verdicts: Sequence[Verdict]) -> set[str]:
    """Return the metrics that carry no verdict because there are too few images: they are shown small."""
    few = {name for verdict in verdicts if verdict.level == "too_few" for name in verdict.evidence}
    return few - {name for verdict in verdicts if verdict.level != "too_few" for name in verdict.evidence}


def _row(metric: Metric, small: set[str]) -> dict[str, Any]:
    words, variant = quantity(metric.name)
    floor = metric.real_vs_real
    return {
        "name": metric.name,
        "small": metric.name in small,
        "words": words,
        "variant": variant,
        "value": number(metric.value, metric.unit),
        "why": str(metric.settings.get("why", "")) if math.isnan(metric.value) else "",
        "interval": span(metric),
        "n": metric.n,
        "unit_of_n": "" if (unit := metric.settings.get("unit_of_n", "")) == "images" else unit,
        "floor": "" if floor is None else number(floor.value, floor.unit),
        "floor_interval": "" if floor is None else span(floor),
        "better": _BETTER[metric.better],
    }


def _settings(metrics: Sequence[Metric]) -> tuple[list[tuple[str, str]], list[tuple[str, list[str]]]]:
    """Return the settings that all metrics of a part share, and the others with the metrics they belong to."""
    if not metrics:
        return [], []
    texts = [{key: _text(value) for key, value in metric.settings.items() if key != "why"} for metric in metrics]
    common = {key: text for key, text in texts[0].items() if all(other.get(key) == text for other in texts)}
    special: dict[str, list[str]] = {}
    for metric, own in zip(metrics, texts, strict=True):
        told = "; ".join(f"{key}: {text}" for key, text in own.items() if key not in common)
        if told:
            special.setdefault(told, []).append(" ".join(quantity(metric.name)).strip())
    return sorted(common.items()), list(special.items())


def _text(value: Any) -> str:
    """Write a setting: numbers as everywhere on the page."""
    if isinstance(value, float):
        return number(value)
    if isinstance(value, list | tuple):
        return ", ".join(map(_text, value)) or "none"
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)


def _flat(content: Mapping[str, Any], above: str = "") -> list[tuple[str, str]]:
    """Return nested settings as lines."""
    lines: list[tuple[str, str]] = []
    for key, value in content.items():
        if isinstance(value, Mapping):
            lines += _flat(value, f"{above}{key} › ")
        elif value is not None:
            lines.append((f"{above}{key}", _text(value)))
    return lines


def _classes(report: Report) -> list[tuple[str, list[int]]]:
    columns = report.real["classes"], report.real["held_out_classes"], report.synthetic["classes"]
    names = sorted({name for column in columns for name in column})
    return [(name, [column.get(name, 0) for column in columns]) for name in names]


def _license(found: Mapping[str, Any]) -> tuple[str, str]:
    """Return the verdict in words, and the license as stated."""
    outcome = found["outcome"]
    words = (
        "What may be done with it was not checked: medcurate manifest was not run on it"
        if outcome is None
        else MEANINGS.get(outcome, outcome)
    )
    return words, found["license"] or "No license is stated"
