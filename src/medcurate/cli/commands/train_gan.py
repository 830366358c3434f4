"""``medcurate train-gan``."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from shlex import quote
from typing import TYPE_CHECKING, Annotated, Any

from medcurate.cli import options
from medcurate.cli.requirements import check_requirements
from medcurate.cli.settings_options import options_from_settings
from medcurate.cli.summary import print_json, print_table
from medcurate.cli.training_metric import distance_to_validation
from medcurate.generate.training import defaults
from medcurate.generate.training.settings import TrainSettings

if TYPE_CHECKING:
    from medcurate.dataset import Dataset
    from medcurate.generate.training.plan import Plan
    from medcurate.generate.training.session import TrainResult
    from medcurate.learning.callback import Callback


@options_from_settings
def train_gan(
    dataset: Annotated[
        Path,
        options.argument(
            "DATASET",
            "Dataset folder, or a plain folder with one sub-folder of images per class.",
            exists=True,
            file_okay=False,
        ),
    ],
    out: Annotated[Path, options.new_folder("RUN", "The run folder to write.")],
    config: options.Config = None,
    *,
    settings: TrainSettings,
    loss: Annotated[str | None, options.value("NAME", "dcgan only: bce, hinge or lsgan.", shown="bce")] = None,
    spectral_norm: Annotated[
        bool, options.flag("--spectral-norm", "dcgan only: spectral normalization of the discriminator.")
    ] = False,
    metric_every: Annotated[
        int, options.value("N", "Steps between two measurements; 0 measures nothing.", min=0)
    ] = defaults.METRIC_EVERY,
    strategy: Annotated[
        defaults.Strategy | None,
        options.value(None, "Train on all devices of this machine, or on several machines.", shown="one device"),
    ] = None,
    backend: Annotated[
        defaults.Backend | None,
        options.value(None, "The backend of Keras.", shown="KERAS_BACKEND, or tensorflow"),
    ] = None,
    tensorboard: Annotated[
        bool, options.flag("--tensorboard", "Also write logs for TensorBoard into RUN/tensorboard.")
    ] = False,
    resume: Annotated[bool, options.flag("--resume", "Continue a finished training for more steps.")] = False,
    dry_run: Annotated[
        bool, options.flag("--dry-run", "Do a few steps, show what the training would cost, and write nothing.")
    ] = False,
    quiet: options.Quiet = False,
    json: options.Json = False,
    debug: options.Debug = False,
) -> None:
    """Train a generator on the training split of a dataset.

    RUN gets config.json, history.jsonl, samples/step-*.png (drawn from the same latents each time), checkpoints,
    curves.png and the trained generator. If training is killed, the same command continues it; on a CPU, the final
    weights are the same. This command needs the extra train: pip install 'medcurate[train]'.

    \b
    Examples:
      medcurate train-gan dataset --model fastgan --plane axial --tumor pituitary --out run
      medcurate train-gan dataset --condition tumor --minutes 30 --out run --resume
      medcurate train-gan dataset --contrasts T1ce,FLAIR --out run
    """  # noqa: D301 - \b keeps typer from wrapping the lines below it
    check_requirements()

    from medcurate.dataset import Dataset

    settings = _completed(settings, loss, spectral_norm=spectral_norm, metric_every=metric_every)
    opened = Dataset.open(dataset)
    settings = _advised(opened, settings, quiet=quiet or json)
    if dry_run:
        from medcurate.generate.training.plan import plan_training

        show_plan(plan_training(opened, settings, strategy=strategy, backend=backend), settings, out, json=json)
        return
    from medcurate.generate.families.registry import draws_from_references
    from medcurate.generate.training.training import train

    measured = metric_every and not draws_from_references(settings.model)
    result = train(
        opened,
        out,
        settings,
        resume=resume,
        measure=distance_to_validation(opened, settings) if measured else None,
        strategy=strategy,
        backend=backend,
        watchers=_watchers(out) if tensorboard else (),
        progress=False if quiet else None,
    )
    if json:
        counts = {"parameters": result.parameters, "steps": result.steps, "seconds": round(result.seconds, 1)}
        more: dict[str, Any] = {"stopped": result.stopped, "notes": list(result.notes)}
        more |= {"warnings": list(result.warnings), "choice": result.choice.record()}
        print_json({"model": settings.model, **counts, "config": settings.to_dict(), **more, "out": str(out)})
    elif not quiet:
        show(result)


def _completed(settings: TrainSettings, loss: str | None, *, spectral_norm: bool, metric_every: int) -> TrainSettings:
    """Return the settings with the two short options of dcgan, and with the interval of the metric unless it is 0."""
    short = ({} if loss is None else {"loss": loss}) | ({"spectral_norm": True} if spectral_norm else {})
    every = metric_every or settings.metric_every
    return replace(settings, options={**settings.options, **short}, metric_every=every)


def _advised(dataset: Dataset, settings: TrainSettings, *, quiet: bool) -> TrainSettings:
    """Return the settings with a family in place of ``auto``, and print why."""
    from medcurate.generate.training.advice import follow_advice

    settings, why = follow_advice(dataset, settings)
    if why and not quiet:
        sys.stderr.write(f"--model auto: {why}\n")
    return settings


def _watchers(out: Path) -> tuple[Callback, ...]:
    from medcurate.generate.callbacks.tensorboard import TensorBoard as Writer

    return (Writer(out, defaults.LOG_EVERY),)


def show(result: TrainResult) -> None:
    """Print what was trained, where samples and curves are, and the next command."""
    run = result.run
    rows = [("look at", str(run / "samples"))]
    if result.parameters:
        rows = [
            ("parameters", ", ".join(f"{name} {count:,}" for name, count in result.parameters.items())),
            ("images per second", f"{_rate(result):,.0f}"),
            *rows,
            ("curves", str(run / "curves.png")),
        ]
    if result.stopped:
        rows.append(("stopped", result.stopped))
    if start := result.generator.facts.get("init"):
        rows.append(("started from", str(start["why"])))
    rows.append(("weights", f"{result.choice.weights}: {result.choice.why}"))
    rows += [("warning", text) for text in result.warnings]
    rows += [("note", note) for note in result.notes]
    rows.append(("next", f"medcurate generate {quote(str(run))} --n 200 --out {quote(str(run) + '-images')}"))
    trained = f"Trained for {result.steps:,} steps, {_time(result.seconds)}"
    print_table(trained if result.parameters else f"Nothing was trained, {_time(result.seconds)}", rows)


def _rate(result: TrainResult) -> float:
    batch = int(result.generator.facts["settings"]["batch"])
    return batch * result.steps / result.seconds if result.seconds else 0.0


def show_plan(plan: Plan, settings: TrainSettings, out: Path, *, json: bool) -> None:
    """Print what would be trained, and its cost; with `json` as one object."""
    if json:
        memory = None if plan.memory_mib is None else round(plan.memory_mib)
        cost = {"step_seconds": plan.step_seconds, "memory_mib": memory, "seconds": plan.seconds}
        what = {"model": settings.model, "parameters": plan.parameters, "steps": settings.steps}
        more = {"notes": list(plan.notes), "warnings": list(plan.warnings), "out": str(out)}
        print_json({"dry_run": True, **what, **cost, "images": plan.images, "config": plan.config, **more})
        return
    rows = [(name, _shown(value)) for name, value in plan.config.items()]
    classes = "; ".join(f"{name}: {', '.join(values)}" for name, values in plan.classes.items())
    rows += [
        ("images", f"{plan.images:,}"),
        ("classes", classes or "none"),
        ("parameters", ", ".join(f"{name} {count:,}" for name, count in plan.parameters.items()) or "none"),
        ("memory", "unknown" if plan.memory_mib is None else f"{plan.memory_mib:,.0f} MiB"),
        ("per step", _pace(plan, settings)),
        ("whole training", _time(plan.seconds)),
        *(("warning", text) for text in plan.warnings),
        *(("note", note) for note in plan.notes),
        ("would write to", str(out)),
    ]
    print_table("Nothing was written (--dry-run)", rows)


def _pace(plan: Plan, settings: TrainSettings) -> str:
    if not plan.step_seconds:
        return "nothing is trained"
    return f"{plan.step_seconds:.3g} s, {settings.batch / plan.step_seconds:,.0f} images per second"


def _shown(value: Any) -> str:
    if isinstance(value, Mapping):
        return ", ".join(f"{name}={item}" for name, item in value.items())
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)


def _time(seconds: float) -> str:
    if seconds < 120:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 7200 else f"{seconds / 3600:.1f} h"
