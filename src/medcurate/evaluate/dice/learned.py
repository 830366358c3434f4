"""What segmenters learn from real, mixed and synthetic examples, as metrics, verdicts and figures."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from medcurate.evaluate.design.sides import Part
from medcurate.evaluate.dice.agreement import agreement_metrics, mean_metric, scores_by_group
from medcurate.evaluate.dice.examples import Examples
from medcurate.evaluate.dice.pictures import bars_by_region, found_gallery
from medcurate.evaluate.dice.regions import Regions
from medcurate.evaluate.dice.segmenter import Network, Training
from medcurate.evaluate.dice.training_sets import REAL, Trained, Trainer, TrainingSet, image_names, training_sets
from medcurate.evaluate.dice.verdicts import condition_verdict, gain_verdict
from medcurate.progress import ProgressReport
from medcurate.results import Metric


@dataclass(frozen=True, slots=True, eq=False)
class Learnable:
    """Examples of both sides, in 2-D or 3-D.

    Attributes
    ----------
    train, test, synthetic : Examples
        Real ones to train with, held-out real ones, and synthetic ones.
    """

    train: Examples
    test: Examples
    synthetic: Examples

    @property
    def prefix(self) -> str:
        """What stands before a region in the name of a metric."""
        return "3-D, " if self.test.dimensions == 3 else ""

    @property
    def images(self) -> str:
        """What one example is called."""
        return "volumes" if self.test.dimensions == 3 else "images"


def compare_learned(
    sides: Learnable,
    regions: Regions,
    training: Training,
    *,
    doses: tuple[float, ...],
    repeats: int,
    settings: Mapping[str, Any],
    seed: int,
    progress: bool | None = None,
) -> Part:
    """Train segmenters and compare what they find with masks.

    Parameters
    ----------
    repeats : int
        Trainings of each set.
    settings : mapping
        What is recorded with every metric.
    seed : int
        Of the choice of synthetic examples and of the bootstrap.
    progress : bool, optional
        False shows none.
    """
    sets, notes = training_sets(sides.train, sides.synthetic, sides.test, doses, seed)
    steps = len(sets) * repeats * training.steps
    with ProgressReport("dice: training steps", total=steps, show=progress is not False) as report:
        network = Network(sides.train.images.shape[1:], regions, training)
        trainer = Trainer(network, sides.test, sides.synthetic, repeats, report.advance)
        trained = {one.name: trainer.run(one) for one in sets}
    known = {**settings, "trainings": repeats}
    condition = _condition(sides, trained[REAL], known, seed)
    arms = [metric for one in sets for metric in _arm(sides, one, trained[one.name], known, seed)]
    gains = [metric for one in sets[1:] for metric in _gains(sides, one.name, trained, regions, known, seed)]
    judge = trained[REAL].last
    gallery = () if judge is None else (found_gallery(judge, sides.synthetic, regions, sides.prefix),)
    verdicts = [condition_verdict(condition, sides.prefix)]
    if gains:
        verdicts.append(gain_verdict(gains, arms, doses[0], sides.prefix))
    return Part(
        metrics=(*condition, *arms, *gains),
        verdicts=tuple(verdicts),
        figures=(bars_by_region(arms, [one.name for one in sets], regions, sides.prefix), *gallery),
        notes=notes,
    )  # fmt: skip


def _condition(sides: Learnable, real: Trained, settings: Mapping[str, Any], seed: int) -> tuple[Metric, ...]:
    """Return how well segmenters trained on real examples find the masks of synthetic and of held-out real examples.

    Both by image: synthetic images have no patients. Intervals of the real ones draw patients all the same.
    """
    name = f"dice/condition_{{quantity}}[{sides.prefix}{{region}}]"
    in_mm = sides.test.spacing_mm is not None and sides.synthetic.spacing_mm is not None
    record = {**settings, "unit": "mm" if in_mm else "px", "unit_of_n": sides.images, "trained_on": REAL}
    synthetic, baseline = (
        agreement_metrics(
            tallies,
            name,
            settings=record,
            seed=seed,
            patients=dict(zip(image_names(examples), examples.groups, strict=True)),
        )
        for tallies, examples in ((real.on_synthetic, sides.synthetic), (real.on_images, sides.test))
    )
    return tuple(metric.with_baseline(below) for metric, below in zip(synthetic, baseline, strict=True))


def _arm(
    sides: Learnable, one: TrainingSet, trained: Trained, settings: Mapping[str, Any], seed: int
) -> tuple[Metric, ...]:
    return agreement_metrics(
        trained.on_patients,
        f"dice/segmenter_{{quantity}}[{sides.prefix}{one.name}, {{region}}]",
        settings={**settings, **_units(sides), "trained_on": one.name, "examples": len(one)},
        seed=seed,
    )


def _gains(
    sides: Learnable,
    name: str,
    trained: Mapping[str, Trained],
    regions: Regions,
    settings: Mapping[str, Any],
    seed: int,
) -> list[Metric]:
    """Return, by region, the mean over patients of Dice after training on a set less Dice after real alone."""
    gains = []
    for region in regions:
        with_set = scores_by_group(trained[name].on_patients, "dice", region)
        with_real = scores_by_group(trained[REAL].on_patients, "dice", region)
        both = {group: with_set[group] - with_real[group] for group in with_set if group in with_real}
        record = {**settings, **_units(sides), "trained_on": name, "less": REAL, "paired_by": "patient"}
        gains.append(
            mean_metric(
                f"dice/gain_dice[{sides.prefix}{name}, {region}]", both, settings=record, seed=seed, better="higher"
            )
        )
    return gains


def _units(sides: Learnable) -> dict[str, str]:
    return {
        "unit": "px" if sides.test.spacing_mm is None else "mm",
        "unit_of_n": "patients" if sides.test.patients_known else sides.images,
    }
