"""Results of an evaluation: metrics with n, interval and settings; verdicts in words; figures.

`Report.write` writes ``metrics.json``, which holds every number that the report page shows.
"""

from __future__ import annotations

import html
import json
import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any, Literal

from medcurate.errors import UsageError
from medcurate.run_folder import atomic_write

FILE_NAME = "metrics.json"
SCHEMA = 1

Better = Literal["higher", "lower", "near"]
Level = Literal["good", "caution", "bad", "unclear", "too_few"]
LEVEL_WORDS: Mapping[Level, str] = {
    "good": "good",
    "caution": "caution",
    "bad": "bad",
    "unclear": "unclear",
    "too_few": "too few to tell",
}
"""How a level is written for people."""


@dataclass(frozen=True, slots=True)
class Metric:
    """One measured number.

    Attributes
    ----------
    name : str
        Unique within a report: the part, a slash and the quantity, such as ``fidelity/frechet_distance``; a variant
        within the part follows in brackets, such as ``downstream/accuracy[real+1x]``.
    value : float
        NaN if it could not be computed; ``settings["why"]`` then gives the reason.
    interval : tuple of float or None
        95 % interval (lower, upper) unless ``settings["level"]`` says otherwise; None if there is none.
    n : int
        Number of images (or pairs, or patients: see ``settings["unit_of_n"]``) behind the value.
    settings : mapping
        Everything that changes the value: encoder, size, intensity range, k, seed. JSON values only.
    real_vs_real : Metric, optional
        The baseline: the same metric between two halves of the real data, which a perfect generator would reach.
    better : {'higher', 'lower', 'near'} or None
        Direction of improvement; ``near`` means as close to `real_vs_real` as possible.
    unit : str
        For example ``mm``, ``dB`` or ``%``; empty for a dimensionless number.
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
        """Return the entry for ``metrics.json``."""
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
        """Return the metric of an entry that `to_dict` made."""
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
class Enough:
    """How many images would be enough for a verdict.

    Attributes
    ----------
    images : int or None
        Held-out real images, and as many synthetic ones; None where only patients count.
    patients : int or None
        Patients of the real images; None where they are not known.
    rule : str
        How the numbers were derived.
    """

    images: int | None
    patients: int | None
    rule: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """One conclusion, in a sentence.

    Attributes
    ----------
    part : str
        ``fidelity``, ``privacy``, ...
    level : {'good', 'caution', 'bad', 'unclear', 'too_few'}
        ``too_few``: real images against real ones could not have shown a difference, with so few images or patients.
        ``unclear``: another reason stands against a verdict.
    text : str
        The sentence, with the decisive numbers.
    evidence : tuple of str
        Names of the metrics and figures that support it.
    numbers : str
        Of ``too_few``: what was measured all the same. It is shown small, because nothing may be concluded from it.
    enough : Enough or None
        Of ``too_few``: how many images would be enough; None where that is not known.
    """

    part: str
    level: Level
    text: str
    evidence: tuple[str, ...] = ()
    numbers: str = ""
    enough: Enough | None = None

    @property
    def label(self) -> str:
        """Its level, in words."""
        return LEVEL_WORDS[self.level]

    def to_dict(self) -> dict[str, Any]:
        """Return the entry for ``metrics.json``; ``numbers`` and ``enough`` only where there are any."""
        found: dict[str, Any] = {
            "part": self.part,
            "level": self.level,
            "text": self.text,
            "evidence": list(self.evidence),
        }
        found |= {"numbers": self.numbers} if self.numbers else {}
        return found | ({} if self.enough is None else {"enough": asdict(self.enough)})

    @classmethod
    def from_dict(cls, found: Mapping[str, Any]) -> Verdict:
        """Return the verdict of an entry that `to_dict` made."""
        enough = found.get("enough")
        return cls(
            part=found["part"],
            level=found["level"],
            text=found["text"],
            evidence=tuple(found["evidence"]),
            numbers=found.get("numbers", ""),
            enough=None if enough is None else Enough(**enough),
        )


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure of a report.

    Attributes
    ----------
    name : str
        Unique within a report, for example ``overlap/origin``.
    title, caption : str
        The caption describes the figure and how to read it; it is also the text alternative.
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
    """Results of one evaluation.

    Attributes
    ----------
    real, synthetic : dict
        The datasets compared: folder, number of images, digest, origin, license verdict.
    figures : tuple of Figure
        Their image data is not part of ``metrics.json``.
    settings : dict
        Resolved settings, seed and versions of the run.
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
            "verdicts": [verdict.to_dict() for verdict in self.verdicts],
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
        """Read the ``metrics.json`` of a report; its figures come without image data.

        Raises
        ------
        UsageError
            There is none, or it has another schema.
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
                verdicts=tuple(Verdict.from_dict(one) for one in found["verdicts"]),
                figures=tuple(Figure(**one, content=b"") for one in found["figures"]),
                settings=found["settings"],
            )
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise UsageError(f"{path}: expected the metrics.json of a report ({type(error).__name__})") from error

    def _repr_html_(self) -> str:
        """Show verdicts and metrics in a notebook."""
        verdicts = "".join(f"<li><b>{html.escape(v.label)}</b>: {html.escape(v.text)}</li>" for v in self.verdicts)
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
    """JSON has neither infinity nor NaN: write both as text."""
    return float(value) if math.isfinite(value) else str(float(value))


def _number(value: float | str) -> float:
    return float(value)
