"""``curves.png``: losses, diversity and measurements of a run, drawn at its end."""

from __future__ import annotations

import importlib.util
import io
from collections import defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from medcurate.generate.callbacks.history import read_history
from medcurate.run_folder import atomic_write

FILE_NAME = "curves.png"

Points = tuple[list[int], list[float]]
_MEASURED = {
    "diversity (1: as real images)": ("diversity",),
    "distance to validation images": ("val_frechet_distance",),
    "share": ("val_precision", "val_recall", "val_coverage"),
}


def write_curves(run: Path, groups: Mapping[str, tuple[str, ...]] | None = None) -> Path | None:
    """Draw the history of a run.

    Parameters
    ----------
    run : Path
        The run folder.
    groups : mapping of str to tuple of str, optional
        Title of a chart to its names, see `TrainingSetup.curves`; other names are drawn as losses.

    Returns
    -------
    Path or None
        None where the history is empty or matplotlib is not installed.
    """
    lines = collect(read_history(run))
    known = {**(groups or {}), **_MEASURED}
    listed = {name for names in known.values() for name in names}
    charts = {"losses": tuple(name for name in lines if name not in listed), **known}
    shown = {title: [name for name in names if name in lines] for title, names in charts.items()}
    shown = {title: names for title, names in shown.items() if names}
    if not shown or importlib.util.find_spec("matplotlib") is None:
        return None
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(8, 2.4 * len(shown)), layout="constrained")
    FigureCanvasAgg(figure)
    for place, (title, names) in enumerate(shown.items(), start=1):
        axes = figure.add_subplot(len(shown), 1, place)
        for name in names:
            axes.plot(*lines[name], label=name.replace("_", " "), linewidth=1)
        axes.set_ylabel(title, fontsize=8)
        axes.legend(fontsize=8, loc="upper right")
        axes.grid(alpha=0.3)
    figure.axes[-1].set_xlabel("step")
    picture = io.BytesIO()
    figure.savefig(picture, format="png", dpi=110, metadata={"Software": ""})
    with atomic_write(run / FILE_NAME, durable=False) as stream:
        stream.write(picture.getvalue())
    return run / FILE_NAME


def collect(history: Sequence[Mapping[str, Any]]) -> dict[str, Points]:
    """Return steps and values of each number in a history, by name."""
    found: dict[str, Points] = defaultdict(lambda: ([], []))
    for line in history:
        for name, value in line.items():
            if name != "step" and isinstance(value, int | float):
                found[name][0].append(line["step"])
                found[name][1].append(float(value))
    return dict(found)
