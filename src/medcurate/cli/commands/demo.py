"""``medcurate demo``: every command on generated heads, compared with the truth."""

from __future__ import annotations

import json as json_module
import shutil
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from medcurate.cli import options
from medcurate.cli.commands import sort_planes
from medcurate.cli.requirements import check_requirements
from medcurate.cli.summary import counts_of, exit_code, print_grid, print_json, print_table
from medcurate.curate import defaults
from medcurate.errors import UsageError

if TYPE_CHECKING:
    from medcurate.phantom.score import Score


def demo(
    out: Annotated[Path, options.new_folder("DIR", "Folder for the generated heads and all results.")] = Path(
        "medcurate-demo"
    ),
    config: options.Config = None,
    heads: Annotated[int, options.value("N", "Number of patients to generate.", min=1, max=1000)] = 12,
    minutes: Annotated[
        float, options.value("M", "Minutes of training a generator on the heads; 0 trains none.", min=0.0)
    ] = 2.0,
    workers: options.Workers = None,
    seed: options.Seed = defaults.SEED,
    quiet: options.Quiet = False,
    json: options.Json = False,
    debug: options.Debug = False,
) -> None:
    """Generate a messy folder of heads, curate it, train a generator, and compare each step with the truth.

    The folder resembles a real one: it holds DICOM, NIfTI, MATLAB, JPEG, PNG and TIFF files, copies, wrong suffixes,
    damaged files, and files that are no images. The demo sorts planes, finds copies, and makes axial slices of 128
    pixels, split by patient. It trains a small generator on slices for --minutes, draws 200 images, shows them next
    to real ones and evaluates them. If it is stopped, the same command continues it. It needs two extras:
    pip install 'medcurate[demo,train]'.

    \b
    Example:
      medcurate demo --out medcurate-demo
    """  # noqa: D301 - \b keeps typer from wrapping the lines below it
    check_requirements()

    from medcurate.cli import demo_images
    from medcurate.curate.plane_sorting import sort_planes as run
    from medcurate.phantom.score import score_planes

    if minutes > 0:
        demo_images.check_extras()
    truth = _messy_folder(out, {"heads": heads, "seed": seed}, quiet=quiet)
    result_folder = out / "result"
    how: dict[str, Any] = {"workers": workers, "progress": False if quiet else None}
    result = run([truth.parent], result_folder, seed=seed, **how)
    counts = counts_of(result.counts)
    scores = score_planes(result_folder / "planes.csv", truth)
    made = _make_dataset(result_folder, out / "dataset", truth, seed, how)
    if not json and not quiet:
        sort_planes.show(result_folder, counts, result.planes, result.notes)
        show(truth, scores)
        show_dataset(out / "dataset", made)
    images: dict[str, Any] = {}
    if minutes > 0:
        images = demo_images.train_and_judge(out, minutes=minutes, seed=seed, workers=workers, quiet=quiet)
    if json:
        by_evidence = {score.evidence: [score.right, score.wrong, score.unknown] for score in scores}
        print_json(
            {**counts, "planes": dict(result.planes), "right_wrong_unknown": by_evidence, **made, **images}
            | {"out": str(out)}
        )
    elif images and not quiet:
        demo_images.show_generated(images, out)
    raise typer.Exit(exit_code(counts, strict=False))


def _make_dataset(folder: Path, dataset: Path, truth: Path, seed: int, how: Mapping[str, Any]) -> dict[str, Any]:
    """Find copies, make a dataset of axial slices, and compare both with the truth."""
    from medcurate.catalogue import Catalogue
    from medcurate.curate.deduplication import dedupe
    from medcurate.curate.filters.settings import Filters
    from medcurate.curate.homogenization import homogenize
    from medcurate.curate.homogenizing.settings import HomogenizeSettings
    from medcurate.phantom.score import patients_in_two_splits, score_copies

    dedupe(folder, **how)
    settings = HomogenizeSettings(filters=Filters(plane=("axial",)), size=128, slices="every:8", seed=seed)
    written = homogenize(folder, dataset, settings=settings, **how)
    copies = score_copies(folder / "duplicates.csv", truth)
    return {
        "written": written.written,
        "splits": written.splits,
        "copies_planted": copies.planted,
        "copies_found": copies.found,
        "strangers_taken_for_copies": copies.strangers,
        "known_patients_in_two_splits": patients_in_two_splits(Catalogue.open(dataset), truth, known=True),
        "patients_in_two_splits": patients_in_two_splits(Catalogue.open(dataset), truth, known=False),
    }


def _messy_folder(out: Path, settings: dict[str, int], *, quiet: bool) -> Path:
    """Write ``out/messy``, whole or not at all; reuse a folder that was made with the same settings."""
    folder, record = out / "messy", out / "demo.json"
    truth = folder / "truth.csv"
    if truth.is_file():
        if record.is_file() and json_module.loads(record.read_text(encoding="utf-8")) == settings:
            return truth
        raise UsageError(f"{folder} holds a demo with other settings; choose another --out, or remove it")

    from medcurate.phantom.messy_folder import write_messy_folder

    if not quiet:
        sys.stderr.write(f"Generating {settings['heads']} heads into {folder}, a few seconds each\n")
    out.mkdir(parents=True, exist_ok=True)
    record.write_text(json_module.dumps(settings), encoding="utf-8")
    unfinished = Path(tempfile.mkdtemp(prefix=".messy-", dir=out))
    try:
        write_messy_folder(unfinished, **settings)
        unfinished.chmod(0o755)
        unfinished.replace(folder)
    finally:
        shutil.rmtree(unfinished, ignore_errors=True)
    return truth


def show_dataset(dataset: Path, made: Mapping[str, Any]) -> None:
    """Print the splits, the copies found, and the patients in two splits, compared with the truth."""
    splits = ", ".join(f"{name} {count:,}" for name, count in made["splits"].items())
    rows = [
        ("copies found", f"{made['copies_found']} of {made['copies_planted']} planted"),
        ("taken for copies", f"{made['strangers_taken_for_copies']} pairs of different patients"),
        ("splits", splits),
        ("in two splits", f"{made['known_patients_in_two_splits']} patients that headers name"),
        ("", f"{made['patients_in_two_splits']} when images without an identifier are traced by the truth table"),
        ("dataset", str(dataset)),
        ("look at", str(dataset / "curation.html")),
    ]
    print_table(f"A dataset of {made['written']:,} axial slices, 128 pixels", rows)


def show(truth: Path, scores: Sequence[Score]) -> None:
    """Print how often each kind of evidence was right."""
    rows = [(s.evidence, f"{s.images:,}", f"{s.right:,}", f"{s.wrong:,}", f"{s.unknown:,}") for s in scores]
    print_grid("Compared with the truth", ("decided by", "images", "right", "wrong", "unknown"), rows)
    print_table("", [("input", str(truth.parent)), ("truth", str(truth))])
