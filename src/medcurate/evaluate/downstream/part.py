"""The part ``downstream``: whether training with synthetic images helps, from both sides to verdicts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from medcurate.encoders import encoder
from medcurate.evaluate.design.sides import Part, Sides
from medcurate.evaluate.downstream.augmentation import SETTINGS as AUGMENTATION
from medcurate.evaluate.downstream.classic import PRETRAINED, Classic
from medcurate.evaluate.downstream.classifier import Classifier
from medcurate.evaluate.downstream.cnn import Cnn
from medcurate.evaluate.downstream.figures import classes_figure, dose_figure, low_data_figure
from medcurate.evaluate.downstream.gains import ceilings, gains, paying_ratio
from medcurate.evaluate.downstream.limits import limits
from medcurate.evaluate.downstream.material import Material, read_material
from medcurate.evaluate.downstream.metrics import gain_metrics, limit_metrics, ratio_metric, score_metrics
from medcurate.evaluate.downstream.resampling import draw_again
from medcurate.evaluate.downstream.scoring import score_all
from medcurate.evaluate.downstream.settings import COSTLY, DownstreamSettings
from medcurate.evaluate.downstream.training_sets import ALL, AUGMENTED, REAL, Recipe
from medcurate.evaluate.downstream.trainings import Answers, Plan, train_all
from medcurate.evaluate.downstream.verdicts import verdict

_DEFAULT = DownstreamSettings()
_SHOWN_BY_CLASS = 25  # real images of a class in the picture of the classes


def measure(sides: Sides, settings: DownstreamSettings = _DEFAULT, *, progress: bool | None = None) -> Part:
    """Train classifiers with and without synthetic images, and test them on real images that were held out.

    Parameters
    ----------
    progress : bool, optional
        False shows nothing.

    Returns
    -------
    Part
        Only a note where the sides have no classes to compare.

    Raises
    ------
    UsageError
        There is no such column or encoder, or an image cannot be read.
    MissingExtra
        The network was asked for, or a picture is to be drawn, and a package is not installed.
    """
    material = read_material(sides, settings)
    if isinstance(material, str):
        return Part(notes=(material,))
    notes = (*material.notes, *_notes(sides, material, settings))
    return compare(material, settings, size=sides.size, seed=sides.seed, progress=progress, notes=notes)


def compare(
    material: Material,
    settings: DownstreamSettings = _DEFAULT,
    *,
    size: int,
    seed: int = 0,
    progress: bool | None = None,
    notes: tuple[str, ...] = (),
) -> Part:
    """Do the same with images that are in memory.

    Parameters
    ----------
    size : int
        Width and height of the images (pixels).
    notes : tuple of str
        Come first in the result.
    """
    classifiers = [_classifier(name, material, settings, size, seed) for name in settings.models]
    part = Part(notes=notes)
    for classifier in classifiers:
        answers = train_all(material, classifier, _plan(classifier, settings, seed), progress=progress)
        found = _results(material, classifier, answers, settings, seed)
        part = Part(
            part.metrics + found.metrics,
            part.verdicts + found.verdicts,
            part.figures + found.figures,
            part.notes + found.notes,
        )
    return part


def _classifier(name: str, material: Material, settings: DownstreamSettings, size: int, seed: int) -> Classifier:
    if name == Cnn.name:
        return Cnn(size, steps=settings.cnn_steps)
    if name == PRETRAINED:
        with_file = settings.inception and settings.pretrained == "inception"
        chosen = f"inception:{settings.inception}" if with_file else settings.pretrained
        return Classic(encoder(chosen), material.real.pixels, seed=seed, name=PRETRAINED)
    return Classic(encoder(settings.encoder), material.real.pixels, seed=seed)


def _plan(classifier: Classifier, settings: DownstreamSettings, seed: int) -> Plan:
    numbers = (*settings.real_per_class, *((ALL,) if settings.all_real else ()))
    few = classifier.name in COSTLY
    ratios, repeats = (settings.cnn_ratios, settings.cnn_repeats) if few else (settings.ratios, settings.repeats)
    return Plan(numbers, ratios, repeats, settings.most_per_class, seed)


def _results(
    material: Material, classifier: Classifier, answers: Answers, settings: DownstreamSettings, seed: int
) -> Part:
    """Turn the predictions of a classifier into metrics, verdicts and figures."""
    numbers = list(dict.fromkeys(number for number, _ in answers.found))
    if not numbers:
        return Part(notes=tuple(answers.notes))
    repeats = len(next(iter(answers.found.values())))
    draws = draw_again(int(material.groups.max()) + 1, repeats, rounds=settings.rounds, seed=seed)
    scored = {number: score_all(material, answers.of(number), draws) for number in numbers}
    recorded = {
        number: {
            recipe: _settings_of(material, classifier, settings, seed)
            | {"real_per_class": number or "all", "training_images": answers.sizes[number, recipe], "repeats": repeats}
            | ({"augmentation": AUGMENTATION} if recipe.kind == AUGMENTED else {})
            for recipe in sets
        }
        for number, sets in scored.items()
    }
    name, found = classifier.name, gains(scored)
    over_real = [gain for gain in found if gain.over == REAL]
    answered = {number: answers.of(number) for number in numbers}
    limited = limits(material, over_real, ceilings(scored), answered, draws, seed=seed)
    metrics = [one for n in numbers for one in score_metrics(name, n, scored[n], material.classes, recorded[n])]
    metrics += gain_metrics(name, found, recorded)
    metrics += [one for n, limit in limited.items() for one in limit_metrics(name, n, limit, recorded[n])]
    pays = {n: paying_ratio(scored[n]) for n in numbers}
    metrics += [ratio_metric(name, n, one, recorded[n][Recipe(REAL)]) for n, one in pays.items() if one is not None]
    verdicts = tuple(
        verdict(name, n, scored[n], [gain for gain in found if gain.per_class == n], pays[n], limited.get(n))
        for n in numbers
    )
    counts = {n: answers.sizes[n, Recipe(REAL)] / len(material.classes) for n in numbers}
    shown = min(numbers, key=lambda n: abs((n or np.inf) - _SHOWN_BY_CLASS))
    figures = (
        dose_figure(name, scored, limited),
        low_data_figure(name, scored, counts),
        classes_figure(name, shown, scored[shown], material.classes),
    )
    return Part(tuple(metrics), verdicts, tuple(one for one in figures if one is not None), tuple(answers.notes))


def _settings_of(material: Material, classifier: Classifier, settings: DownstreamSettings, seed: int) -> dict[str, Any]:
    unit: Mapping[bool, str] = {True: "patients", False: "images"}
    return {
        "n": len(material.test),
        "label": settings.label,
        "classes": list(material.classes),
        "unit_of_n": "images",
        "drawn_again": f"{int(material.groups.max()) + 1} {unit[material.patients]}, and the trainings",
        "rounds": settings.rounds,
        "seed": seed,
        **classifier.settings,
    }


def _notes(sides: Sides, material: Material, settings: DownstreamSettings) -> list[str]:
    notes = []
    if sides.generator_ids:
        notes.append(
            f"the generator was trained on {len(sides.generator_ids):,} real images: a gain with fewer real images "
            "than that shows what it carries over from them, not that it adds what they do not hold"
        )
    if not material.patients:
        notes.append(
            "patients are not known: images of one patient may be on both sides, which flatters every training set, "
            "and intervals take images as independent"
        )
    if Cnn.name not in settings.models:
        notes.append("the network was not trained (option models: classic,cnn; it needs the extra train)")
    if PRETRAINED not in settings.models:
        notes.append(
            "the pretrained classifier was not trained (option models: classic,pretrained; it needs the extra train "
            "and weights: the option inception, or those that Keras downloaded before)"
        )
    return notes
