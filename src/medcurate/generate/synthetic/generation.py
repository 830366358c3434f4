"""Generate: from a trained generator to a synthetic dataset folder."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import medcurate
from medcurate.dataset import Dataset
from medcurate.dataset.layout import GENERATED, image_path
from medcurate.datasets_manifest.internal_use import check_use
from medcurate.datasets_manifest.licenses.decision import decide
from medcurate.errors import UsageError
from medcurate.generate.drawing.weights import RECORD, GeneratorRecord, read_generator
from medcurate.generate.synthetic.drawn_images import DrawnImages
from medcurate.generate.synthetic.label_plan import LabelPlan, plan_labels
from medcurate.generate.synthetic.record import check_out, check_record, removed_images, start_record, write_json
from medcurate.generate.synthetic.sampling import Sampler
from medcurate.generate.synthetic.words import write_words
from medcurate.generate.synthetic.writing import Model, Written, draw_images, write_rows
from medcurate.generate.training import defaults
from medcurate.generate.training.settings import check_contrasts
from medcurate.generate.training.training_set import TrainingSet, read_training_set
from medcurate.parallel import interruptible
from medcurate.run_folder import lock
from medcurate.versions import installed, version_digest

_PACKAGES = ("medcurate", "keras", "tensorflow", "jax", "numpy", "opencv-python-headless")
_MANY_REPEATED = 0.01


@dataclass(frozen=True, slots=True, kw_only=True)
class GenerateSettings:
    """What to draw.

    Attributes
    ----------
    n : int
        Draws: images, or as many times an image of each contrast where the generator draws several.
    balanced : bool
        As many of each label; otherwise as in the training set.
    classes : mapping of str to str
        Draw only images with these labels: ``tumor``, ``plane``.
    seed : int
    batch : int
        Images that are drawn at a time; changes nothing but speed and memory.

    Raises
    ------
    UsageError
        A number is out of range.
    """

    n: int
    balanced: bool = False
    classes: Mapping[str, str] = field(default_factory=dict)
    seed: int = defaults.SEED
    batch: int = defaults.DRAW_BATCH

    def __post_init__(self) -> None:
        for name, least in (("n", 1), ("batch", 1), ("seed", 0)):
            if getattr(self, name) < least:
                raise UsageError(f"--{name}: expected {least} or more, received {getattr(self, name)}")


@dataclass(frozen=True, slots=True)
class GenerateResult:
    """What generating gives.

    Attributes
    ----------
    dataset : Dataset
    written : int
        Images.
    repeated : int
        Draws that gave the pixels of an earlier one.
    removed : int
        Images that were taken out of the dataset earlier, such as copies of real ones. All three together are ``n``,
        or ``n`` times the number of contrasts.
    classes : dict of str to int
        ``plane/tumor`` to images.
    outcome : str
        What may be done with them, as `medcurate manifest` will say.
    notes : tuple of str
    contrasts : tuple of str
        Of the images of one draw; empty where a draw is one image.
    """

    dataset: Dataset
    written: int
    repeated: int
    removed: int
    classes: dict[str, int]
    outcome: str
    notes: tuple[str, ...] = ()
    contrasts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Preview:
    """What generating would do.

    Attributes
    ----------
    model : str
    classes : dict of str to int
        ``plane/tumor`` to images.
    outcome : str
    contrasts : tuple of str
    """

    model: str
    classes: dict[str, int]
    outcome: str
    contrasts: tuple[str, ...] = ()


def generate(
    run: Path,
    out: Path,
    *,
    settings: GenerateSettings,
    verdict: Path | None = None,
    overwrite: bool = False,
    progress: bool | None = None,
    sampler: Sampler | None = None,
    today: dt.date | None = None,
) -> GenerateResult:
    """Draw images with a trained generator into a dataset folder.

    A run that was stopped in any way goes on where it was when it is called again; a larger ``n`` adds images. The
    folder has the same bytes however it came about, on machines of one kind.

    Parameters
    ----------
    run : Path
        Where `medcurate train-gan` wrote; the training set need not be there.
    out : Path
        The dataset folder; new, empty, or one that an earlier call wrote.
    settings : GenerateSettings
    verdict : Path, optional
        A newer ``verdict.json`` of the training set than the run keeps, or the folder that holds it.
    overwrite : bool
        Make the dataset anew where an earlier call had other settings.
    progress : bool, optional
        False shows nothing.
    sampler : Sampler, optional
        Draws in place of the generator of the run.
    today : date, optional
        What ends of access are compared with; the day in UTC where not given.

    Returns
    -------
    GenerateResult

    Raises
    ------
    UsageError
        There is no trained generator, a label is not one that it knows, or `out` was made otherwise.
    PolicyError
        The training set may not be used any more.
    OutputError
        The output cannot be written, or holds what medcurate has not made; `Locked` if another process writes it.
    """
    record, training = read_generator(run), read_training_set(run, verdict)
    check_use(training.sources, what="generate", today=today)
    check_out(out)
    plan = _plan(record, training, settings)
    model = Model(
        f"{record.architecture['family']}-{record.sha256[:8]}", record.sha256, settings.seed, _contrasts(record)
    )
    identity = _identity(record, settings)
    with lock(out), interruptible():
        same = check_record(out, identity, overwrite=overwrite)
        drawn = DrawnImages(out, _version(identity))
        try:
            if same:
                drawn.remove(removed_images(out))
            start_record(out, identity, same=same)
            drawing = sampler or _generator(run)
            draw_images(out, drawing, plan, drawn, model, n=settings.n, batch=settings.batch, progress=progress)
            outcome, license_ = _inherited(training, today)
            write_words(out, training, model.name)
            constant = {"source": model.name, "license": license_, "origin": "synthetic"}
            written = write_rows(out, plan, drawn, model, n=settings.n, constant=constant, shared=training.shared)
        finally:
            drawn.close()
        write_json(out / GENERATED, _told(identity, model, record, training, written, outcome))
    return GenerateResult(
        Dataset.open(out),
        written.images,
        written.repeated,
        written.removed,
        dict(sorted(written.classes.items())),
        outcome,
        tuple(_notes(written, settings.n * model.images_a_draw)),
        model.contrasts,
    )


def preview(
    run: Path, settings: GenerateSettings, *, verdict: Path | None = None, today: dt.date | None = None
) -> Preview:
    """Say what `generate` would draw; nothing is drawn or written.

    Raises
    ------
    UsageError, PolicyError
        As in `generate`.
    """
    record, training = read_generator(run), read_training_set(run, verdict)
    check_use(training.sources, what="generate", today=today)
    contrasts = _contrasts(record)
    counts = _plan(record, training, settings).counts(settings.n)
    classes = {
        f"{plane or 'unknown'}/{tumor or 'unlabeled'}": count * max(1, len(contrasts))
        for (plane, tumor), count in counts.items()
    }
    name = f"{record.architecture['family']}-{record.sha256[:8]}"
    return Preview(name, dict(sorted(classes.items())), _inherited(training, today)[0], contrasts)


def _contrasts(record: GeneratorRecord) -> tuple[str, ...]:
    """Return what the channels show; empty where nobody said."""
    found, channels = record.architecture.get("contrasts", []), record.architecture.get("channels", 1)
    if not isinstance(found, list) or len(found) not in (0, channels):
        raise UsageError(
            f"{record.run / RECORD}: expected a contrast for each of {channels!r} channels, received {found!r:.80}; "
            "copy the run again, or train anew"
        )
    check_contrasts(tuple(found))
    return tuple(found)


def _plan(record: GeneratorRecord, training: TrainingSet, settings: GenerateSettings) -> LabelPlan:
    classes = {name: tuple(values) for name, values in record.architecture.get("classes", {}).items()}
    return plan_labels(classes, training.cells, balanced=settings.balanced, chosen=settings.classes)


def _generator(run: Path) -> Sampler:
    from medcurate.generate.drawing.generator import Generator

    return Generator.load(run)


def _identity(record: GeneratorRecord, settings: GenerateSettings) -> dict[str, Any]:
    return {
        "run": record.sha256,
        "seed": settings.seed,
        "balanced": settings.balanced,
        "classes": dict(sorted(settings.classes.items())),
        "n": settings.n,
    }


def _version(identity: Mapping[str, Any]) -> str:
    """Return a digest of all that an image depends on besides its number."""
    # Images of the older layout are drawn again.
    paths = image_path("PLANE", "SPLIT", "TUMOR", "ID")
    settings = {name: value for name, value in identity.items() if name != "n"}
    return version_digest(libraries=_PACKAGES, paths=paths, **settings)


def _inherited(training: TrainingSet, today: dt.date | None) -> tuple[str, str | None]:
    """Return outcome and license that the images inherit; no license where they may not simply be shared."""
    verdict = decide(training.sources, today=today, synthetic=True)
    return verdict.outcome, verdict.license if verdict.outcome == "share" else None


def _told(
    identity: Mapping[str, Any],
    model: Model,
    record: GeneratorRecord,
    training: TrainingSet,
    written: Written,
    outcome: str,
) -> dict[str, Any]:
    return {
        "schema": 1,
        "synthetic": True,
        "model": model.name,
        "run": record.sha256,
        "seed": model.seed,
        "architecture": dict(record.architecture),
        "parameters": record.parameters,
        "identity": dict(identity),
        "counts": {
            "drawn": identity["n"],
            "written": written.images,
            "repeated": written.repeated,
            "removed": written.removed,
            "classes": dict(sorted(written.classes.items())),
        },
        "training": {"images": training.images, "sources": sorted(source.name for source in training.sources)},
        "outcome": outcome,
        "versions": installed(_PACKAGES),
        "made_with": f"medcurate {medcurate.__version__}",
    }


def _notes(written: Written, n: int) -> list[str]:
    """Say what of `n` images is not there."""
    notes = []
    if written.repeated:
        share = written.repeated / n
        text = f"{written.repeated:,} of {n:,} images have the pixels of an earlier one and count once (DUPLICATE)"
        if share > _MANY_REPEATED:
            text += ": the generator has collapsed; train it with more augmentation, or another --model"
        notes.append(text)
    if written.conflicting:
        notes.append(
            f"{written.conflicting:,} of them were drawn with other labels than the first (LABEL_CONFLICT): the "
            "generator does not listen to its labels"
        )
    if written.removed:
        notes.append(f"{written.removed:,} images that were taken out of the dataset earlier stay out")
    return notes
