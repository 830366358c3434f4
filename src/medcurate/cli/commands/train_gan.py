"""``medcurate train-gan``."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from shlex import quote
from typing import TYPE_CHECKING, Annotated, Any

import typer

from medcurate.cli import options
from medcurate.cli.requirements import check_requirements
from medcurate.cli.summary import print_json, print_table
from medcurate.errors import UsageError
from medcurate.generate.training import defaults

if TYPE_CHECKING:
    from medcurate.dataset import Dataset
    from medcurate.generate.callbacks.early_stopping import Measure
    from medcurate.generate.training.plan import Plan
    from medcurate.generate.training.session import TrainResult
    from medcurate.generate.training.settings import TrainSettings
    from medcurate.learning.callback import Callback

DatasetFolder = Annotated[
    Path,
    typer.Argument(
        metavar="DATASET",
        exists=True,
        file_okay=False,
        show_default=False,
        help="Dataset folder, or a plain folder of class sub-folders of images.",
    ),
]
Out = Annotated[
    Path, typer.Option("--out", metavar="RUN", file_okay=False, show_default=False, help="The run folder to write.")
]
Model = Annotated[defaults.Model, typer.Option("--model", help="The family of networks.")]
SetOption = Annotated[
    list[str] | None,
    typer.Option(
        "--set",
        metavar="NAME=VALUE",
        show_default=False,
        help="An option of the model, such as width=32 or channels=1,2,4; repeatable.",
    ),
]
Loss = Annotated[
    str | None,
    typer.Option("--loss", metavar="NAME", show_default="bce", help="dcgan only: bce, hinge or lsgan."),
]
SpectralNorm = Annotated[
    bool, typer.Option("--spectral-norm", help="dcgan only: spectral normalization of the discriminator.")
]
Size = Annotated[defaults.Size, typer.Option("--size", help="Width and height of the images in pixels.")]
Condition = Annotated[
    list[str] | None,
    typer.Option(
        "--condition",
        metavar="COLUMN",
        show_default=False,
        help="Tell the generator the tumor or the plane of each image, to ask for them later; repeatable.",
    ),
]
Contrasts = Annotated[
    str | None,
    typer.Option(
        "--contrasts",
        metavar="LIST",
        show_default="images as they are, one channel",
        help="Draw one place in several contrasts at once, such as T1ce,FLAIR: each becomes a channel.",
    ),
]
Plane = Annotated[
    list[str] | None,
    typer.Option("--plane", metavar="NAME", show_default="all", help="Train on this plane alone; repeatable."),
]
Tumor = Annotated[
    list[str] | None,
    typer.Option("--tumor", metavar="NAME", show_default="all", help="Train on this tumor type alone; repeatable."),
]
Split = Annotated[
    str, typer.Option("--split", metavar="NAME", help="The part of the dataset to read; `all` reads everything.")
]
Steps = Annotated[int, typer.Option("--steps", metavar="N", min=1, help="How long to train.")]
Minutes = Annotated[
    float | None,
    typer.Option("--minutes", metavar="M", min=0.0, show_default="no limit", help="Stop after M minutes of training."),
]
Batch = Annotated[int, typer.Option("--batch", metavar="N", min=1, help="Images per turn.")]
Augment = Annotated[
    str,
    typer.Option(
        "--augment", metavar="LIST", help="Augment images before the discriminator: color,translation,cutout or none."
    ),
]
Average = Annotated[
    float, typer.Option("--average", metavar="DECAY", min=0.0, max=0.99999, help="Of the averaged weights; 0 for none.")
]
Precision = Annotated[defaults.Precision, typer.Option("--precision", help="bfloat16 helps on recent GPUs and TPUs.")]
SampleEvery = Annotated[int, typer.Option("--sample-every", metavar="N", min=1, help="Steps between two pictures.")]
MetricEvery = Annotated[
    int, typer.Option("--metric-every", metavar="N", min=0, help="Steps between two measurements; 0 measures nothing.")
]
Patience = Annotated[
    int,
    typer.Option("--patience", metavar="N", min=0, help="Stop after N measurements without a better one; 0 never."),
]
CheckpointMinutes = Annotated[
    float, typer.Option("--checkpoint-minutes", metavar="M", min=0.0, help="Between two checkpoints.")
]
Strategy = Annotated[
    defaults.Strategy | None,
    typer.Option(
        "--strategy", show_default="one device", help="Train on all devices of this machine, or on several machines."
    ),
]
Backend = Annotated[
    defaults.Backend | None,
    typer.Option("--backend", show_default="KERAS_BACKEND, or tensorflow", help="What Keras runs on."),
]
TensorBoard = Annotated[
    bool, typer.Option("--tensorboard", help="Also write logs for TensorBoard into RUN/tensorboard.")
]
Resume = Annotated[bool, typer.Option("--resume", help="Go on with a finished training, for more steps.")]
DryRun = Annotated[
    bool, typer.Option("--dry-run", help="Do a few steps, say what the training would cost, and write nothing.")
]

ALL_CHANGES = ",".join(defaults.AUGMENT)


def train_gan(
    dataset: DatasetFolder,
    out: Out,
    config: options.Config = None,
    model: Model = defaults.MODEL,
    set_option: SetOption = None,
    loss: Loss = None,
    spectral_norm: SpectralNorm = False,
    size: Size = "64",
    condition: Condition = None,
    contrasts: Contrasts = None,
    plane: Plane = None,
    tumor: Tumor = None,
    split: Split = defaults.SPLIT,
    steps: Steps = defaults.STEPS,
    minutes: Minutes = None,
    batch: Batch = defaults.BATCH,
    augment: Augment = ALL_CHANGES,
    average: Average = defaults.AVERAGE,
    precision: Precision = defaults.PRECISION,
    sample_every: SampleEvery = defaults.SAMPLE_EVERY,
    metric_every: MetricEvery = defaults.METRIC_EVERY,
    patience: Patience = defaults.PATIENCE,
    checkpoint_minutes: CheckpointMinutes = defaults.CHECKPOINT_MINUTES,
    strategy: Strategy = None,
    backend: Backend = None,
    tensorboard: TensorBoard = False,
    resume: Resume = False,
    seed: options.Seed = defaults.SEED,
    dry_run: DryRun = False,
    quiet: options.Quiet = False,
    json: options.Json = False,
    debug: options.Debug = False,
) -> None:
    """Train a generator on the training split of a dataset.

    RUN gets config.json, history.jsonl, samples/step-*.png (the same latents as training goes on), checkpoints,
    curves.png and the trained generator. Killed at any time, the same command goes on, and on a CPU ends in the same
    weights. It needs the extra train: pip install 'medcurate[train]'.

    \b
    Examples:
      medcurate train-gan dataset --model fastgan --plane axial --tumor pituitary --out run
      medcurate train-gan dataset --condition tumor --minutes 30 --out run --resume
      medcurate train-gan dataset --contrasts T1ce,FLAIR --out run
    """  # noqa: D301 - \b keeps typer from wrapping the lines below it
    check_requirements()
    given = locals()

    from medcurate.dataset import Dataset

    settings = _settings(given)
    opened = Dataset.open(dataset)
    if dry_run:
        from medcurate.generate.training.plan import plan_training

        show_plan(plan_training(opened, settings, strategy=strategy, backend=backend), settings, out, json=json)
        return
    from medcurate.generate.training.training import train

    result = train(
        opened,
        out,
        settings,
        resume=resume,
        measure=_measure(opened, settings) if metric_every else None,
        strategy=strategy,
        backend=backend,
        watchers=_watchers(out) if tensorboard else (),
        progress=False if quiet else None,
    )
    if json:
        counts = {"parameters": result.parameters, "steps": result.steps, "seconds": round(result.seconds, 1)}
        more = {"stopped": result.stopped, "notes": list(result.notes)}
        print_json({"model": model, **counts, "config": settings.to_dict(), **more, "out": str(out)})
    elif not quiet:
        show(result)


def _settings(given: Mapping[str, Any]) -> TrainSettings:
    """Gather the options."""
    from medcurate.generate.training.settings import TrainSettings

    chosen = dict(_pair(text) for text in given["set_option"] or ())
    if given["loss"] is not None:
        chosen["loss"] = given["loss"]
    if given["spectral_norm"]:
        chosen["spectral_norm"] = "true"
    augment, contrasts = given["augment"].strip(), (given["contrasts"] or "").strip()
    listed: dict[str, Any] = {name: tuple(given[name] or ()) for name in ("condition", "plane", "tumor")}
    same = ("model", "steps", "minutes", "batch", "average", "precision", "sample_every", "patience", "seed")
    return TrainSettings(
        options=chosen,
        size=int(given["size"]),
        split=None if given["split"] == "all" else given["split"],
        contrasts=tuple(name.strip() for name in contrasts.split(",")) if contrasts else (),
        augment=() if augment in ("", "none") else tuple(part.strip() for part in augment.split(",")),
        metric_every=given["metric_every"] or defaults.METRIC_EVERY,
        checkpoint_minutes=given["checkpoint_minutes"],
        **listed,
        **{name: given[name] for name in same},
    )


def _pair(text: str) -> tuple[str, str]:
    name, sign, value = text.partition("=")
    if not sign or not name.strip() or not value.strip():
        raise UsageError(f"--set: expected NAME=VALUE, received {text!r}")
    return name.strip().replace("-", "_"), value.strip()


def _measure(dataset: Dataset, settings: TrainSettings) -> Measure | None:
    """Return the Fréchet distance to validation images, where there are enough of them."""
    from medcurate.cli.training_metric import distance_to_validation

    return distance_to_validation(dataset, settings)


def _watchers(out: Path) -> tuple[Callback, ...]:
    from medcurate.generate.callbacks.tensorboard import TensorBoard as Writer

    return (Writer(out, defaults.LOG_EVERY),)


def show(result: TrainResult) -> None:
    """Tell a person what was trained, how it looks, and what comes next."""
    run = result.run
    rows = [
        ("parameters", ", ".join(f"{name} {count:,}" for name, count in result.parameters.items())),
        ("images a second", f"{_rate(result):,.0f}"),
        ("look at", str(run / "samples")),
        ("curves", str(run / "curves.png")),
    ]
    if result.stopped:
        rows.append(("stopped", result.stopped))
    rows += [("note", note) for note in result.notes]
    rows.append(("next", f"medcurate generate {quote(str(run))} --n 200 --out {quote(str(run) + '-images')}"))
    print_table(f"Trained for {result.steps:,} steps, {_time(result.seconds)}", rows)


def _rate(result: TrainResult) -> float:
    batch = int(result.generator.facts["settings"]["batch"])
    return batch * result.steps / result.seconds if result.seconds else 0.0


def show_plan(plan: Plan, settings: TrainSettings, out: Path, *, json: bool) -> None:
    """Tell what a training would be and cost; with `json` as one object."""
    if json:
        memory = None if plan.memory_mib is None else round(plan.memory_mib)
        cost = {"step_seconds": plan.step_seconds, "memory_mib": memory, "seconds": plan.seconds}
        what = {"model": settings.model, "parameters": plan.parameters, "steps": settings.steps}
        more = {"notes": list(plan.notes), "out": str(out)}
        print_json({"dry_run": True, **what, **cost, "images": plan.images, "config": plan.config, **more})
        return
    rows = [(name, _shown(value)) for name, value in plan.config.items()]
    classes = "; ".join(f"{name}: {', '.join(values)}" for name, values in plan.classes.items())
    rows += [
        ("images", f"{plan.images:,}"),
        ("classes", classes or "none"),
        ("parameters", ", ".join(f"{name} {count:,}" for name, count in plan.parameters.items())),
        ("memory", "unknown" if plan.memory_mib is None else f"{plan.memory_mib:,.0f} MiB"),
        ("a step", f"{plan.step_seconds:.3g} s, {settings.batch / plan.step_seconds:,.0f} images a second"),
        ("whole training", _time(plan.seconds)),
        *(("note", note) for note in plan.notes),
        ("would write to", str(out)),
    ]
    print_table("Nothing was written (--dry-run)", rows)


def _shown(value: Any) -> str:
    if isinstance(value, Mapping):
        return ", ".join(f"{name}={item}" for name, item in value.items())
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)


def _time(seconds: float) -> str:
    if seconds < 120:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 7200 else f"{seconds / 3600:.1f} h"
