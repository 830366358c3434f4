"""Results of an evaluation: metrics with n, interval and settings; verdicts in words; figures.

`Report.write` makes ``metrics.json``; every number that a page shows stands in it.
"""

from __future__ import annotations

import html
import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Literal

from medcurate.errors import UsageError
from medcurate.run_folder import atomic_write

FILE_NAME = "metrics.json"
SCHEMA = 1

Better = Literal["higher", "lower", "near"]
Level = Literal["good", "caution", "bad", "unclear"]


@dataclass(frozen=True, slots=True)
class Metric:
    """One measured number.

    Attributes
    ----------
    name : str
        Unique within a report: the part, a slash and the quantity, such as ``fidelity/frechet_distance``; what varies
        within a part follows in brackets, such as ``downstream/accuracy[real+1x]``.
    value : float
        NaN where it could not be computed; `settings` then has a ``why``.
    interval : tuple of float or None
        95 % interval (lower, upper) unless ``settings["level"]`` says otherwise; None where there is none.
    n : int
        How many images (or pairs, or patients; ``settings["unit_of_n"]`` says which) it rests on.
    settings : mapping
        Everything that changes the value: encoder, size, intensity range, k, seed. JSON values only.
    real_vs_real : Metric, optional
        The same measured between two halves of the real data: what a perfect generator would reach.
    better : {'higher', 'lower', 'near'} or None
        Which way is better; ``near`` means as near to `real_vs_real` as can be.
    unit : str
        Such as ``mm``, ``dB`` or ``%``; empty for a plain number.
    """

    name: str
    value: float
    interval: tuple[float, float] | None
    n: int
    settings: Mapping[str, Any] = field(default_factory=dict)
    real_vs_real: Metric | None = None
    better: Better | None = None
    unit: str = ""

    def with_baseline(self, baseline: Metric) -> Metric:
        """Return the metric with its real-against-real value (`real_vs_real`)."""
        return replace(self, real_vs_real=baseline)

    def to_dict(self) -> dict[str, Any]:
        """Return what stands in ``metrics.json``."""
        return {
            "name": self.name,
            "value": _finite(self.value),
            "interval": None if self.interval is None else [_finite(end) for end in self.interval],
            "n": self.n,
            "unit": self.unit,
            "better": self.better,
            "settings": dict(self.settings),
            "real_vs_real": None if self.real_vs_real is None else self.real_vs_real.to_dict(),
        }

    @classmethod
    def from_dict(cls, found: Mapping[str, Any]) -> Metric:
        """Return the metric that `to_dict` gave."""
        interval, baseline = found["interval"], found["real_vs_real"]
        return cls(
            name=found["name"],
            value=_number(found["value"]),
            interval=None if interval is None else (_number(interval[0]), _number(interval[1])),
            n=found["n"],
            settings=found["settings"],
            real_vs_real=None if baseline is None else cls.from_dict(baseline),
            better=found.get("better"),
            unit=found.get("unit", ""),
        )


@dataclass(frozen=True, slots=True)
class Verdict:
    """One sentence that a reader takes away.

    Attributes
    ----------
    part : str
        ``fidelity``, ``privacy``, ...
    level : {'good', 'caution', 'bad', 'unclear'}
    text : str
        Plain words with the numbers that matter.
    evidence : tuple of str
        Names of the metrics and figures it rests on.
    """

    part: str
    level: Level
    text: str
    evidence: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Figure:
    """One picture of a report.

    Attributes
    ----------
    name : str
        Unique, as of a metric: ``overlap/origin``.
    title, caption : str
        The caption says what is seen and how to read it; it is also the text for those who cannot see the picture.
    content : bytes
        An SVG document or a PNG file.
    kind : {'svg', 'png'}
    """

    name: str
    title: str
    caption: str
    content: bytes
    kind: Literal["svg", "png"] = "svg"


@dataclass(frozen=True, slots=True)
class Report:
    """What one evaluation found.

    Attributes
    ----------
    real, synthetic : dict
        What was compared: folder, number of images, digest, origin, licence verdict.
    metrics : tuple of Metric
    verdicts : tuple of Verdict
    figures : tuple of Figure
        Their pictures are not part of ``metrics.json``.
    settings : dict
        The resolved settings, seed and versions of the run.
    """

    real: dict[str, Any]
    synthetic: dict[str, Any]
    metrics: tuple[Metric, ...] = ()
    verdicts: tuple[Verdict, ...] = ()
    figures: tuple[Figure, ...] = ()
    settings: dict[str, Any] = field(default_factory=dict)

    def __getitem__(self, name: str) -> Metric:
        for metric in self.metrics:
            if metric.name == name:
                return metric
        raise KeyError(name)

    def to_dict(self) -> dict[str, Any]:
        """Return the content of ``metrics.json``."""
        return {
            "schema": SCHEMA,
            "real": self.real,
            "synthetic": self.synthetic,
            "metrics": [metric.to_dict() for metric in self.metrics],
            "verdicts": [
                {"part": v.part, "level": v.level, "text": v.text, "evidence": list(v.evidence)} for v in self.verdicts
            ],
            "figures": [{"name": f.name, "title": f.title, "caption": f.caption} for f in self.figures],
            "settings": self.settings,
        }

    def write(self, folder: Path) -> Path:
        """Write ``metrics.json`` into `folder`, atomically, and return its path.

        Raises
        ------
        OutputError
            If it cannot be written.
        """
        path = folder / FILE_NAME
        with atomic_write(path) as stream:
            stream.write((json.dumps(self.to_dict(), indent=1, allow_nan=False) + "\n").encode())
        return path

    @classmethod
    def read(cls, folder: Path) -> Report:
        """Read the ``metrics.json`` of a report; its figures come without their pictures.

        Raises
        ------
        UsageError
            There is none, or it is not one of ours.
        """
        path = folder / FILE_NAME if folder.is_dir() else folder
        try:
            found = json.loads(path.read_text(encoding="utf-8"))
            if found["schema"] != SCHEMA:
                raise UsageError(f"{path}: expected schema {SCHEMA}, received {found['schema']!r}")
            return cls(
                real=found["real"],
                synthetic=found["synthetic"],
                metrics=tuple(Metric.from_dict(one) for one in found["metrics"]),
                verdicts=tuple(Verdict(**{**one, "evidence": tuple(one["evidence"])}) for one in found["verdicts"]),
                figures=tuple(Figure(**one, content=b"") for one in found["figures"]),
                settings=found["settings"],
            )
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise UsageError(f"{path}: expected the metrics.json of a report ({type(error).__name__})") from error

    def _repr_html_(self) -> str:
        """Show verdicts and metrics in a notebook."""
        verdicts = "".join(f"<li><b>{html.escape(v.level)}</b>: {html.escape(v.text)}</li>" for v in self.verdicts)
        rows = "".join(
            f"<tr><td>{html.escape(m.name)}</td><td>{m.value:.4g}</td><td>{_span(m.interval)}</td><td>{m.n:,}</td>"
            f"<td>{'' if m.real_vs_real is None else f'{m.real_vs_real.value:.4g}'}</td></tr>"
            for m in self.metrics
        )
        head = "<tr><th>metric</th><th>value</th><th>95 % interval</th><th>n</th><th>real against real</th></tr>"
        return f"<ul>{verdicts}</ul><table>{head}{rows}</table>"


def _span(interval: tuple[float, float] | None) -> str:
    return "" if interval is None else f"{interval[0]:.4g} to {interval[1]:.4g}"


def _finite(value: float) -> float | str:
    """JSON has no infinity: write it as text, and NaN, too."""
    return float(value) if math.isfinite(value) else str(float(value))


def _number(value: float | str) -> float:
    return float(value)
