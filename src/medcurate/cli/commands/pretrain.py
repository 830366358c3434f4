"""``medcurate pretrain``."""

from __future__ import annotations

from pathlib import Path
from shlex import quote
from typing import TYPE_CHECKING, Annotated, Any

from medcurate.cli import options
from medcurate.cli.requirements import check_requirements
from medcurate.cli.summary import print_json, print_table
from medcurate.generate.families.registry import FAMILIES
from medcurate.generate.training import defaults
from medcurate.generate.training.settings import TrainSettings
from medcurate.setting_texts import read_options

if TYPE_CHECKING:
    from medcurate.generate.pretraining import Pretrained, PretrainingPlan

HEADS = 600


def pretrain(
    out: Annotated[Path, options.value("WEIGHTS", "The file of first weights to write.", dir_okay=False)],
    config: options.Config = None,
    *,
    model: Annotated[str, options.value(None, f"The family of networks: {', '.join(FAMILIES)}.")] = defaults.MODEL,
    size: Annotated[int, options.value("PX", "Width and height of the images: 32, 64 or 128.")] = defaults.SIZE,
    set_: Annotated[
        list[str] | None,
        options.typer.Option("--set", metavar="NAME=VALUE", help="An option of the family. Repeatable."),
    ] = None,
    heads: Annotated[int, options.value("N", "Phantom heads to learn from, about 24 slices each.", min=4)] = HEADS,
    cache: Annotated[
        Path | None,
        options.value("DIR", "Where phantom slices lie or go.", shown="WEIGHTS.phantoms", file_okay=False),
    ] = None,
    steps: Annotated[int, options.value("N", "Number of training steps in total.", min=1)] = defaults.STEPS,
    minutes: Annotated[
        float | None, options.value("M", "Stop after this many minutes of training.", min=0, shown="no limit")
    ] = None,
    batch: Annotated[int, options.value("N", "Images per batch.", min=1)] = defaults.BATCH,
    seed: options.Seed = defaults.SEED,
    backend: Annotated[
        defaults.Backend | None,
        options.value(None, "The backend of Keras.", shown="KERAS_BACKEND, or tensorflow"),
    ] = None,
    workers: Annotated[
        int | None,
        options.value(
            "N", "Number of processes that make heads; 0 makes them in this process.", min=0, shown="all cores"
        ),
    ] = None,
    dry_run: Annotated[
        bool, options.flag("--dry-run", "Show what would be made and trained, and write nothing.")
    ] = False,
    quiet: options.Quiet = False,
    json: options.Json = False,
    debug: options.Debug = False,
) -> None:
    """Learn first weights from phantoms: simulated heads, of which there is no end and in which there is no patient.

    The weights are for train-gan --init WEIGHTS. Phantom slices are made once and kept in --cache; the training lies in
    WEIGHTS.run with checkpoints. If it is killed, the same command continues it; with more --steps it goes on. This
    command needs the extra train: pip install 'medcurate[train]'.

    \b
    Examples:
      medcurate pretrain --model fastgan --size 64 --steps 20000 --out fastgan-64.npz
      medcurate train-gan dataset --model fastgan --init fastgan-64.npz --out run
    """  # noqa: D301 - \b keeps typer from wrapping the lines below it
    check_requirements()

    from medcurate.generate.pretraining import plan_pretraining
    from medcurate.generate.pretraining import pretrain as learn
    from medcurate.phantom.stream.cache import PhantomCache

    settings = TrainSettings(
        model=model, size=size, options=read_options(set_ or ()), steps=steps, minutes=minutes, batch=batch, seed=seed
    )
    phantoms = PhantomCache(cache or out.with_name(f"{out.name}.phantoms"), seed)
    if dry_run:
        _show_plan(plan_pretraining(phantoms, heads, out, settings), out, json=json)
        return
    result = learn(phantoms, heads, out, settings, workers=workers, backend=backend, progress=False if quiet else None)
    if json:
        print_json(_summary(result, settings))
    elif not quiet:
        _show(result)


def _summary(result: Pretrained, settings: TrainSettings) -> dict[str, Any]:
    training = result.training
    counts = {"parameters": training.parameters, "steps": training.steps, "seconds": round(training.seconds, 1)}
    facts = {"slices": result.slices, "sha256": result.weights.sha256, "bytes": result.weights.path.stat().st_size}
    more = {"stopped": training.stopped, "notes": list(training.notes), "run": str(training.run)}
    out = str(result.weights.path)
    return {"model": settings.model, **counts, **facts, "config": settings.to_dict(), **more, "out": out}


def _show(result: Pretrained) -> None:
    weights, training = result.weights, result.training
    rows = [
        ("parameters", ", ".join(f"{name} {count:,}" for name, count in training.parameters.items())),
        ("phantom slices", f"{result.slices:,} of {weights.facts['heads']:,} heads"),
        ("weights", f"{weights.path}, {weights.path.stat().st_size / 1e6:.1f} MB"),
        ("SHA-256", weights.sha256),
        ("look at", str(training.run / "samples")),
        *(("note", note) for note in training.notes),
        ("next", f"medcurate train-gan DATASET --model {weights.family} --init {quote(str(weights.path))} --out RUN"),
    ]
    print_table(f"Learned from phantoms for {training.steps:,} steps, {training.seconds / 60:.0f} min", rows)


def _show_plan(plan: PretrainingPlan, out: Path, *, json: bool) -> None:
    if json:
        found = {"heads": plan.heads, "heads_there": plan.there, "config": plan.config, "run": str(plan.run)}
        what = {"model": plan.config["model"], "parameters": plan.parameters, "steps": plan.config["steps"]}
        print_json({"dry_run": True, **what, **found, "seconds": None, "out": str(out)})
        return
    rows = [
        ("model", str(plan.config["model"])),
        ("parameters", ", ".join(f"{name} {count:,}" for name, count in plan.parameters.items())),
        ("steps", f"{plan.config['steps']:,}"),
        ("phantom heads", f"{plan.heads:,}, of which {plan.there:,} are there"),
        ("run folder", str(plan.run)),
        ("would write to", str(out)),
    ]
    print_table("Nothing was written (--dry-run)", rows)
