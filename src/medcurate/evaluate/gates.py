"""Gates: thresholds on metrics, from a TOML file, so that a script can stop where a generator is not good enough.

::

    ["fidelity/density[classical]"]
    min = 0.8              # the value
    interval_min = 0.7     # the lower end of its 95 % interval: it is surely at least this

    ["privacy/copies"]
    max = 0
"""

from __future__ import annotations

import difflib
import math
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from medcurate.errors import UsageError
from medcurate.results import Metric, Report

EXIT_NOT_MET = 3
"""Exit code of a run that finished and did not reach a threshold."""

_RULES = ("min", "max", "interval_min", "interval_max")


@dataclass(frozen=True, slots=True)
class Gate:
    """One threshold.

    Attributes
    ----------
    metric : str
        Name of a metric.
    rule : {'min', 'max', 'interval_min', 'interval_max'}
        ``min`` and ``max`` bound the value; ``interval_min`` is for the lower end of the interval, ``interval_max``
        for the upper one.
    file : str
        Name of the file that has the threshold.
    """

    metric: str
    rule: str
    threshold: float
    file: str

    @property
    def part(self) -> str:
        """Name of the part that the metric is of."""
        return self.metric.partition("/")[0]


@dataclass(frozen=True, slots=True)
class GateResult:
    """Comparison of a metric with a threshold.

    Attributes
    ----------
    received : float or None
        Value that was compared with the threshold; None if the metric has no interval.
    """

    gate: Gate
    met: bool
    received: float | None

    def record(self) -> dict[str, Any]:
        """Return the entry of the report."""
        received = self.received
        return {
            "metric": self.gate.metric,
            "rule": self.gate.rule,
            "threshold": self.gate.threshold,
            "received": str(received) if received is not None and not math.isfinite(received) else received,
            "met": self.met,
        }


def read_gates(path: Path) -> tuple[Gate, ...]:
    """Read the thresholds of a file: a table for each metric, with any of the four rules.

    Raises
    ------
    UsageError
        It cannot be read, is no TOML, has no gate, an unknown rule, or a threshold that is no number.
    """
    import tomllib

    try:
        tables = tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise UsageError(f"{path} is not a TOML file: {error}") from error
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror}") from error
    gates = tuple(gate for metric, rules in tables.items() for gate in _gates(path.name, metric, rules))
    if not gates:
        raise UsageError(f'{path} has no gate. Write, for example, ["fidelity/density"], and below it min = 0.8')
    return gates


def _gates(file: str, metric: str, rules: Any) -> list[Gate]:
    if not isinstance(rules, Mapping) or not rules:
        raise UsageError(f'{file}: {metric}: expected a table ["{metric}"] with {", ".join(_RULES)}')
    for rule, threshold in rules.items():
        if rule not in _RULES:
            near = difflib.get_close_matches(rule, _RULES, n=1, cutoff=0.0)[0]
            raise UsageError(f"{file}: {metric}: {rule!r} is none of {', '.join(_RULES)}. Did you mean {near}?")
        if isinstance(threshold, bool) or not isinstance(threshold, (int, float)) or math.isnan(threshold):
            raise UsageError(f"{file}: {metric}: {rule}: expected a number, received {threshold!r}")
    return [Gate(metric, rule, float(threshold), file) for rule, threshold in rules.items()]


def check_gates(gates: Collection[Gate], report: Report) -> tuple[GateResult, ...]:
    """Compare the metrics of a report with thresholds.

    A value that could not be computed, and a missing interval, meet no threshold.

    Raises
    ------
    UsageError
        A gate names a metric that the report does not have.
    """
    metrics = {metric.name: metric for metric in report.metrics}
    for gate in gates:
        if gate.metric not in metrics:
            near = difflib.get_close_matches(gate.metric, metrics, n=1, cutoff=0.0)
            hint = f"Did you mean {near[0]}?" if near else "The report has no metric at all"
            raise UsageError(
                f"{gate.file}: {gate.metric!r} is no metric of this report, by its name or as its part could not be "
                f"measured. {hint}"
            )
    return tuple(_check(gate, metrics[gate.metric]) for gate in gates)


def _check(gate: Gate, metric: Metric) -> GateResult:
    received: float | None = metric.value
    if gate.rule.startswith("interval"):
        received = None if metric.interval is None else metric.interval[gate.rule == "interval_max"]
    if received is None or math.isnan(received):
        return GateResult(gate, False, received)
    met = received >= gate.threshold if gate.rule.endswith("min") else received <= gate.threshold
    return GateResult(gate, met, received)
