"""Generate: from a trained generator to a synthetic dataset folder."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, cast

import medcurate
from medcurate.dataset import Dataset
from medcurate.dataset.layout import GENERATED, image_path
from medcurate.dataset.samples import Storage
from medcurate.datasets_manifest.internal_use import as_verdict, check_use, sources_of
from medcurate.datasets_manifest.licenses.decision import decide
from medcurate.datasets_manifest.manifest.writing import distinct
from medcurate.errors import UsageError
from medcurate.generate.drawing.reference_generator import dataset_of
from medcurate.generate.drawing.weights import RECORD, GeneratorRecord, Weights, read_generator
from medcurate.generate.synthetic.draw_plan import DrawPlan, label_counts
from medcurate.generate.synthetic.drawn_images import RECORD as RECORD_VERSION
from medcurate.generate.synthetic.drawn_images import DrawnImages
from medcurate.generate.synthetic.planning import make_plan
from medcurate.generate.synthetic.record import check_out, check_record, removed_images, start_record, write_json
from medcurate.generate.synthetic.sampling import ImageGenerator
from medcurate.generate.synthetic.settings import GenerateSettings
from medcurate.generate.synthetic.words import write_words
from medcurate.generate.synthetic.writing import SHOWS_NOBODY, Model, Written, draw_images, write_rows
from medcurate.generate.training.reference_run import check_dataset, open_generator
from medcurate.generate.training.settings import check_contrasts
from medcurate.generate.training.training_set import TrainingSet, read_training_set
from medcurate.parallel import interruptible
from medcurate.run_folder import lock
from medcurate.versions import installed, version_digest

_PACKAGES = ("medcurate", "keras", "tensorflow", "jax", "numpy", "opencv-python-headless")
_MANY_REPEATED = 0.01


@dataclass(frozen=True, slots=True)
class GenerateResult:
    """What generating gives.

    Attributes
    ----------
    dataset : Dataset
    written : int
        Images.
    repeated : int
        Images with the pixels of an earlier one.
    removed : int
        Images that were taken out of the dataset earlier, such as copies of real ones. All three together are the
        number of draws, times the number of contrasts where there are several.
    classes : dict of str to int
        ``plane/tumor`` to images.
    outcome : str
        What may be done with them, as `medcurate manifest` will say.
    notes : tuple of str
    contrasts : tuple of str
        Of the images of one draw; empty where a draw is one image.
    weights : {'last', 'best'}
        Which weights of the training drew them.
    why : str
        Why the training chose its weights, or that the user did.
    """

    dataset: Dataset
    written: int
    repeated: int
    removed: int
    classes: dict[str, int]
    outcome: str
    notes: tuple[str, ...] = ()
    contrasts: tuple[str, ...] = ()
    weights: str = "last"
    why: str = ""


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
    weights, why : str
        As in `GenerateResult`.
    """

    model: str
    classes: dict[str, int]
    outcome: str
    contrasts: tuple[str, ...] = ()
    weights: str = "last"
    why: str = ""


def generate(
    run: Path,
    out: Path,
    *,
    settings: GenerateSettings,
    sources: Dataset | None = None,
    verdict: Path | None = None,
    overwrite: bool = False,
    progress: bool | None = None,
    generator: ImageGenerator | None = None,
    today: dt.date | None = None,
    trained_on: Path | None = None,
) -> GenerateResult:
    """Draw images with a trained generator into a dataset folder.

    A run that was stopped in any way continues when it is called again; a larger ``n`` adds images. The folder has the
    same bytes however it came about, on machines of one kind.

    Parameters
    ----------
    run : Path
        Where `medcurate train-gan` wrote; the training set need not be there, unless the family draws from it.
    out : Path
        The dataset folder; new, empty, or one that an earlier call wrote.
    settings : GenerateSettings
    sources : Dataset, optional
        The images to draw from, for a generator that is given images.
    verdict : Path, optional
        A newer ``verdict.json`` of the training set than the run keeps, or the folder that holds it.
    overwrite : bool
        Make the dataset anew where an earlier call had other settings.
    progress : bool, optional
        False shows nothing.
    generator : ImageGenerator, optional
        Draws in place of the generator of the run.
    today : date, optional
        Ends of access are compared with it; the day in UTC where not given.
    trained_on : Path, optional
        Where the training images are now, for a family that draws from them and whose dataset was moved.

    Raises
    ------
    UsageError
        There is no trained generator, a label is not one that it knows, it needs sources or takes none, the training
        images that it draws from are gone or have changed, or `out` was made with other settings.
    PolicyError
        The training set, or the sources, may not be used any more.
    OutputError
        The output cannot be written, or holds what medcurate has not made; `Locked` if another process writes it.
    """
    record, training = read_generator(run, settings.weights), read_training_set(run, verdict)
    training = _with_terms_of(sources, training)
    check_use(training.sources, what="generate", today=today)
    check_dataset(record, trained_on)
    check_out(out)
    with _room(needed=sources is not None or bool(record.references)) as storage:
        plan, notes = make_plan(record, training, settings, sources, storage)
        model = _model(record, training, settings)
        draws = plan.draws(settings.n)
        identity = _identity(record, settings, plan)
        with lock(out), interruptible():
            same = check_record(out, identity, overwrite=overwrite)
            drawn = DrawnImages(out, _version(identity))
            try:
                if same:
                    drawn.remove(removed_images(out))
                start_record(out, identity, same=same)
                weights = cast("Weights", record.weights)
                drawing = generator or open_generator(run, weights, dataset=trained_on, storage=storage)
                draw_images(out, drawing, plan, drawn, model, n=draws, batch=settings.batch, progress=progress)
                outcome, license_ = _inherited(training, today)
                write_words(out, training, model.name, _notice(record))
                constant = {"source": model.name, "license": license_, "origin": "synthetic"}
                written = write_rows(out, plan, drawn, model, n=draws, constant=constant, shared=training.shared)
            finally:
                drawn.close()
            write_json(out / GENERATED, _summary(identity, draws, model, record, training, written, outcome))
    return GenerateResult(
        Dataset.open(out),
        written.images,
        written.repeated,
        written.removed,
        dict(sorted(written.classes.items())),
        outcome,
        (*filter(None, [_notice(record)]), *notes, *_notes(written, draws * model.images_per_draw)),
        model.contrasts,
        record.weights,
        _why(record, settings),
    )


def preview(
    run: Path,
    settings: GenerateSettings,
    *,
    sources: Dataset | None = None,
    verdict: Path | None = None,
    today: dt.date | None = None,
    trained_on: Path | None = None,
) -> Preview:
    """Say what `generate` would draw; nothing is drawn or written.

    Raises
    ------
    UsageError, PolicyError
        As in `generate`.
    """
    record, training = read_generator(run, settings.weights), read_training_set(run, verdict)
    training = _with_terms_of(sources, training)
    check_use(training.sources, what="generate", today=today)
    check_dataset(record, trained_on)
    model = _model(record, training, settings)
    with _room(needed=sources is not None) as storage:
        plan, _ = make_plan(record, training, settings, sources, storage)
        counts = label_counts(plan, plan.draws(settings.n))
    classes = {
        f"{plane or 'unknown'}/{tumor or 'unlabeled'}": count * model.images_per_draw
        for (plane, tumor), count in counts.items()
    }
    outcome = _inherited(training, today)[0]
    shown = dict(sorted(classes.items()))
    return Preview(model.name, shown, outcome, model.contrasts, record.weights, _why(record, settings))


def _why(record: GeneratorRecord, settings: GenerateSettings) -> str:
    """Say who chose the weights, and what the training chose and why."""
    if not record.choice:
        return "the run keeps no others"
    if settings.weights is None:
        return record.why
    chosen = record.choice.get("weights")
    told = f"; the training chose {chosen}: {record.why}" if chosen not in (None, settings.weights) else ""
    return f"as asked{told}"


def _with_terms_of(sources: Dataset | None, training: TrainingSet) -> TrainingSet:
    """Add the terms of the sources to those of the training set: what is drawn from images inherits theirs, too."""
    if sources is None:
        return training
    every = tuple(distinct([*training.sources, *sources_of(sources.folder)]))
    return replace(training, sources=every, verdict=as_verdict(every))


@contextmanager
def _room(*, needed: bool) -> Iterator[Storage]:
    """Give columns of images that outgrow memory a place for as long as they are drawn from."""
    if not needed:
        yield Storage()
        return
    with TemporaryDirectory(prefix="medcurate-sources-") as folder:
        yield Storage(Path(folder))


def _model(record: GeneratorRecord, training: TrainingSet, settings: GenerateSettings) -> Model:
    warning = "-not-anonymous" if record.references else ""
    name = f"{record.architecture['family']}{warning}-{record.sha256[:8]}"
    notice = _notice(record) or SHOWS_NOBODY
    return Model(name, record.sha256, settings.seed, _contrasts(record), training.spacing_mm, notice)


def _notice(record: GeneratorRecord) -> str:
    """Return what must be said of images that are made of training images; empty of those of other generators."""
    return dataset_of(record)[2] if record.references else ""


def _contrasts(record: GeneratorRecord) -> tuple[str, ...]:
    """Return the contrasts of the channels; empty where they have no names."""
    architecture = record.architecture
    found = architecture.get("contrasts", [])
    channels = architecture.get("target", 1)
    if not isinstance(found, list) or len(found) not in (0, channels):
        raise UsageError(
            f"{record.run / RECORD}: expected a contrast for each of {channels!r} channels, received {found!r:.80}; "
            "copy the run again, or train anew"
        )
    check_contrasts(tuple(found))
    return tuple(found)


def _identity(record: GeneratorRecord, settings: GenerateSettings, plan: DrawPlan) -> dict[str, Any]:
    return {"run": record.sha256, "seed": settings.seed, **plan.identity(), "n": settings.n}


def _version(identity: Mapping[str, Any]) -> str:
    """Return a digest of all that an image depends on besides its number."""
    # Images of the older layout are drawn again.
    paths = image_path("PLANE", "SPLIT", "TUMOR", "ID")
    settings = {name: value for name, value in identity.items() if name != "n"}
    return version_digest(libraries=_PACKAGES, paths=paths, record=RECORD_VERSION, **settings)


def _inherited(training: TrainingSet, today: dt.date | None) -> tuple[str, str | None]:
    """Return outcome and license that the images inherit; no license where they may not simply be shared."""
    verdict = decide(training.sources, today=today, synthetic=True)
    return verdict.outcome, verdict.license if verdict.outcome == "share" else None


def _summary(
    identity: Mapping[str, Any],
    draws: int,
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
        "weights": record.weights,
        **({"notice": _notice(record), "anonymous": False} if record.references else {}),
        "seed": model.seed,
        "architecture": dict(record.architecture),
        "parameters": record.parameters,
        "identity": dict(identity),
        "counts": {
            "drawn": draws,
            "written": written.images,
            "repeated": written.repeated,
            "removed": written.removed,
            "classes": dict(sorted(written.classes.items())),
        },
        "training": {
            "images": training.images,
            "sources": sorted(source.name for source in training.sources),
            **_gray_bits(training),
        },
        "outcome": outcome,
        "versions": installed(_PACKAGES),
        "made_with": f"medcurate {medcurate.__version__}",
    }


def _gray_bits(training: TrainingSet) -> dict[str, dict[str, int]]:
    """Return how the training read 16-bit images, for `evaluate`; nothing where there were none."""
    bits = {} if training.reading is None else dict(training.reading.gray_bits)
    return {"gray_bits": bits} if bits else {}


def _notes(written: Written, n: int) -> list[str]:
    """Say which of `n` images are not there, and why."""
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
            "generator ignores its labels"
        )
    if written.removed:
        notes.append(f"{written.removed:,} images that were taken out of the dataset earlier stay out")
    return notes
