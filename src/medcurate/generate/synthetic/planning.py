"""Choose the plan that fits a generator: of labels, of attributes, or of sources."""

from __future__ import annotations

from medcurate.dataset import Dataset
from medcurate.dataset.samples import Storage
from medcurate.errors import UsageError
from medcurate.generate.drawing.weights import GeneratorRecord
from medcurate.generate.synthetic.attribute_plan import plan_attributes
from medcurate.generate.synthetic.draw_plan import DrawPlan
from medcurate.generate.synthetic.label_plan import plan_labels
from medcurate.generate.synthetic.settings import GenerateSettings
from medcurate.generate.synthetic.source_plan import plan_sources
from medcurate.generate.training.training_set import TrainingSet


def make_plan(
    record: GeneratorRecord,
    training: TrainingSet,
    settings: GenerateSettings,
    sources: Dataset | None = None,
    storage: Storage | None = None,
) -> tuple[DrawPlan, tuple[str, ...]]:
    """Return the plan of a generator, and notes on what was left out of it.

    Parameters
    ----------
    record : GeneratorRecord
        Says which classes, attributes and sources the generator is given.
    training : TrainingSet
    settings : GenerateSettings
        Labels and attributes that are asked for.
    sources : Dataset, optional
        The images to draw from.
    storage : Storage, optional
        Where columns of sources go that outgrow memory.

    Raises
    ------
    UsageError
        The generator needs sources and there are none, or it takes none; it does not know a label or an attribute.
    """
    architecture = record.architecture
    classes = {name: tuple(values) for name, values in architecture.get("classes", {}).items()}
    names = tuple(architecture.get("attributes", ()))
    takes_sources = bool(architecture.get("source", 0))
    if takes_sources and sources is None:
        raise UsageError("this generator draws from images: give a dataset of them with --from DATASET")
    if sources is None:
        labels = plan_labels(classes, training.counts, balanced=settings.balanced, chosen=settings.classes)
        if not names and not settings.attributes:
            return labels, ()
        examples = training.attributes
        return plan_attributes(names, labels, examples, chosen=settings.attributes, seed=settings.seed), ()
    if not takes_sources:
        raise UsageError("--from: this generator is not given images; leave the option out")
    if settings.balanced:
        raise UsageError("--balanced: labels are those of the sources; leave the option out, or ask for --class")
    if settings.attributes:
        raise UsageError("--attribute: not with --from, which draws with what is known of the sources")
    if training.reading is None:
        raise UsageError("--from: the run does not tell how its sources were read; train anew")
    return plan_sources(sources, training.reading, classes, chosen=settings.classes, storage=storage)
