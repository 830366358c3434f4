"""Figures of the part: gain by dose, score by number of real images, and recall of each class."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from medcurate.evaluate.charts import COLORS, REAL, SYNTHETIC, Chart, Line, bars_figure, lines_figure, style
from medcurate.evaluate.downstream import training_sets
from medcurate.evaluate.downstream.gains import SCORE
from medcurate.evaluate.downstream.limits import Limit
from medcurate.evaluate.downstream.metrics import PART
from medcurate.evaluate.downstream.scoring import Drawn, Scored
from medcurate.evaluate.downstream.training_sets import Recipe
from medcurate.results import Figure

_ADDED = {
    training_sets.SYNTHETIC: ("synthetic", SYNTHETIC),
    training_sets.AUGMENTED: ("augmented", COLORS[2]),
    training_sets.REPEATED: ("repeated", COLORS[7]),
    training_sets.MORE_REAL: ("other real", REAL),
}
_PANELS_A_ROW = 2
_Y = "balanced accuracy (%)"

Sets = Mapping[Recipe, Scored]


def dose_figure(model: str, scored: Mapping[int, Sets], limits: Mapping[int, Limit]) -> Figure:
    """Draw the gain of added images by their ratio, one panel per number of real images, with the detectable gain."""
    rows = -(-len(scored) // _PANELS_A_ROW)
    with style():
        chart = Chart(columns=min(_PANELS_A_ROW, len(scored)), rows=rows, width=4.4, height=2.9)
        for axes in chart.axes[len(scored) :]:
            axes.set_visible(False)
        for axes, (per_class, sets) in zip(chart.axes, scored.items(), strict=False):
            for kind, (label, color) in _ADDED.items():
                line = _gained(sets, kind)
                axes.plot(line.x, line.y, color=color, label=label, marker="o", markersize=4)
                if kind in (training_sets.SYNTHETIC, training_sets.MORE_REAL):
                    axes.fill_between(line.x, line.low, line.high, color=color, alpha=0.15, linewidth=0)  # type: ignore[arg-type]
            axes.axhline(0, linestyle="--", linewidth=1, color=COLORS[7], zorder=0)
            if per_class in limits:
                axes.axhline(100 * limits[per_class].gain, linestyle=":", linewidth=1, color=COLORS[7], zorder=0)
            axes.set(xlabel="added images per real image", ylabel="gain (points)", title=_title(per_class))
            axes.grid(visible=True)
        chart.axes[0].legend()
        caption = (
            f"Gain in balanced accuracy on held-out real images ({model}) by how many images are added to the real "
            "ones: synthetic ones, the same ones changed a little (standard augmentation), the same ones again, and "
            "other real ones, as a perfect generator would give. Bands: 95 %, paired, patients and trainings redrawn. "
            "Dotted: the smallest gain that four of five such comparisons would find."
        )
        return chart.figure(f"{PART}/dose[{model}]", f"What added images bring ({model})", caption)


def low_data_figure(model: str, scored: Mapping[int, Sets], counts: Mapping[int, float]) -> Figure | None:
    """Draw the score by the number of real images; None where there is only one number.

    Parameters
    ----------
    scored : mapping of int to (mapping of Recipe to Scored)
    counts : mapping of int to float
        Mean number of real images of a class, by number asked for.
    """
    if len(scored) < 2:
        return None
    lines = {}
    for label, recipe in (
        ("real", Recipe(training_sets.REAL)),
        ("real+1x", Recipe(training_sets.SYNTHETIC, 1.0)),
        ("real+1x augmented", Recipe(training_sets.AUGMENTED, 1.0)),
        ("synthetic 1x", Recipe(training_sets.ONLY, 1.0)),
    ):
        known = [n for n, sets in scored.items() if recipe in sets]
        if known:
            drawn = [scored[n][recipe].overall[SCORE] for n in known]
            lines[label] = _as_line([counts[n] for n in known], drawn)
    caption = (
        f"Balanced accuracy on held-out real images ({model}) by the number of real images per class that train. "
        "Bands: 95 %, patients and trainings drawn again. A gain is worth as many real images as the curve of the real "
        "ones needs to reach the same height."
    )
    return lines_figure(
        f"{PART}/low_data[{model}]",
        f"With few real images ({model})",
        caption,
        lines,
        x_label="real images per class",
        y_label=_Y,
        log_x=True,
    )


def classes_figure(model: str, per_class: int, sets: Sets, classes: Sequence[str]) -> Figure:
    """Draw the recall of each class with real, mixed and synthetic training images."""
    shown = [Recipe(training_sets.REAL), Recipe(training_sets.SYNTHETIC, 1.0), Recipe(training_sets.ONLY, 1.0)]
    found = {one.name: [sets[one].by_class["recall", c] for c in range(len(classes))] for one in shown if one in sets}
    return bars_figure(
        f"{PART}/classes[{model}]",
        f"Class by class, {_title(per_class)} ({model})",
        f"Share of the held-out real images of each class that are recognized ({model}), with the training sets that "
        "the legend names. Whiskers: 95 %, patients and trainings drawn again.",
        {name: [100 * one.value for one in drawn] for name, drawn in found.items()},
        labels=list(classes),
        x_label="recall (%)",
        intervals={
            name: [(100 * low, 100 * high) for low, high in (d.interval for d in drawn)]
            for name, drawn in found.items()
        },
    )


def _of_kind(sets: Sets, kind: str) -> list[Recipe]:
    return sorted((recipe for recipe in sets if recipe.kind == kind), key=lambda recipe: recipe.ratio)


def _gained(sets: Sets, kind: str) -> Line:
    """Return the gain over the real images alone, by ratio."""
    start = sets[Recipe(training_sets.REAL)].overall[SCORE]
    doses = [Recipe(training_sets.REAL), *_of_kind(sets, kind)]
    return _as_line([dose.ratio for dose in doses], [sets[dose].overall[SCORE] - start for dose in doses])


def _title(per_class: int) -> str:
    return f"{per_class} real images per class" if per_class else "all real images"


def _as_line(x: Sequence[float], drawn: Sequence[Drawn]) -> Line:
    ends = [one.interval for one in drawn]
    return Line(x, [100 * one.value for one in drawn], [100 * low for low, _ in ends], [100 * high for _, high in ends])
