"""What holds for every metric and every part, whatever it measures."""

from __future__ import annotations

import ast
import inspect
import json
import re
import sys
from collections.abc import Callable, Iterable
from dataclasses import dataclass, fields, replace
from functools import cache
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

import medcurate.evaluate
from medcurate.dataset.files import encode_png
from medcurate.encoders import encoder
from medcurate.errors import MissingExtra
from medcurate.evaluate.anatomy.distances import Distance
from medcurate.evaluate.anatomy.measures import MEASURES, Measured
from medcurate.evaluate.anatomy.ranges import (
    RealRange,
    all_draws,
    distance_metric,
    distance_metrics,
    outside_metric,
    range_metrics,
)
from medcurate.evaluate.anatomy.settings import AnatomySettings
from medcurate.evaluate.charts import Chart
from medcurate.evaluate.collages import judged as collages
from medcurate.evaluate.collages.repeats import Repeats
from medcurate.evaluate.collages.windows import Windows
from medcurate.evaluate.copies.metrics import TRAINING, copy_metric
from medcurate.evaluate.copies.search import Matches
from medcurate.evaluate.design.mean_metric import mean_metric
from medcurate.evaluate.design.sides import open_sides
from medcurate.evaluate.dice import agreement
from medcurate.evaluate.dice.regions import NUMBERINGS, as_bits
from medcurate.evaluate.downstream.gains import gains, paying_ratio
from medcurate.evaluate.downstream.metrics import gain_metrics, ratio_metric, score_metrics
from medcurate.evaluate.downstream.training_sets import AUGMENTED, MORE_REAL, REAL, REPEATED, SYNTHETIC, Recipe
from medcurate.evaluate.fidelity.authenticity import authenticity
from medcurate.evaluate.fidelity.folds import Context
from medcurate.evaluate.fidelity.frechet import frechet_distance
from medcurate.evaluate.fidelity.kernel import kernel_distance
from medcurate.evaluate.fidelity.manifold import manifold_metrics
from medcurate.evaluate.fidelity.naturalness import NaturalnessModel
from medcurate.evaluate.fidelity.vendi import vendi_score
from medcurate.evaluate.overlap.class_coverage import class_coverage
from medcurate.evaluate.overlap.cluster_coverage import cluster_coverage
from medcurate.evaluate.overlap.density_overlap import density_overlap
from medcurate.evaluate.overlap.neighbor_lists import neighbor_shares
from medcurate.evaluate.paired.feature_distance import FeatureDistance
from medcurate.evaluate.paired.pair_metrics import Naming, look_metrics, own_nearer_metric, similarity_metrics
from medcurate.evaluate.paired.references import References
from medcurate.evaluate.paired.scores import WHOLE
from medcurate.evaluate.parts import PARTS
from medcurate.evaluate.privacy import distances
from medcurate.evaluate.privacy.membership import Played, membership_metrics
from medcurate.evaluate.two_sample.judged_labels import LabeledFeatures, label_agreement
from medcurate.evaluate.two_sample.told_apart import told_apart
from medcurate.results import Figure, Metric
from tests.evaluate.downstream.test_metrics import full
from tests.evaluate.drawn_slices import slices

MARK = {"given": "by the laws", "size": 16}
N = 40

# ------------------------------------------------------------------------------------------------- metrics: the inputs


def table(rng, n: int, *, shift: float = 0.0, order: np.random.Generator | None = None):
    """Draw n images of n / 2 patients as features, labels and patients, in the order given or in another."""
    features = rng.normal(shift, 1, (n, 4)).astype(np.float32)
    rows = np.arange(n) if order is None else order.permutation(n)
    return SimpleNamespace(
        features=features[rows],
        groups=[f"p{row // 2}" for row in rows.tolist()],
        names=["glioma" if row % 4 < 2 else "none" for row in rows.tolist()],
        rows=rows,
    )


def inputs(*, shuffled: bool = False):
    """Return the same images each time; shuffled ones in another order."""
    rng, order = np.random.default_rng(20261130), np.random.default_rng(7) if shuffled else None
    sides = {
        name: table(rng, N, shift=shift, order=order) for name, shift in (("train", 0.1), ("test", 0.0), ("made", 0.4))
    }
    return SimpleNamespace(
        **sides,
        scores=rng.random((N, 6))[sides["test"].rows],
        masks=[_masks(rng)[sides["test"].rows] for _ in range(2)],
        measured=[_measured(rng, side) for side in sides.values()],
    )


def _masks(rng):
    masks = np.zeros((N, 12, 12), np.uint8)
    for mask in masks:
        row, column = rng.integers(1, 4, 2)
        mask[row : row + 6, column : column + 6] = 1
    return masks


def _measured(rng, side):
    values = rng.normal(size=(N, len(MEASURES)))[side.rows]
    even = np.ones((N, 8), np.float32)
    return Measured(values, even, even, ["axial"] * N, side.names, side.groups)


# ------------------------------------------------------------------------------------------ metrics: who measures what


@dataclass(frozen=True)
class Case:
    """One function that returns metrics.

    Attributes
    ----------
    measure : callable
        Takes inputs and a seed.
    exact : bool
        The order of the images does not change the value. Where it decides which images are drawn, the intervals of
        two orders overlap.
    marked : bool
        It is given settings that it must record.
    """

    measure: Callable[[SimpleNamespace, int], Iterable[Metric] | Metric]
    exact: bool = True
    marked: bool = True


def _context(own, other, seed):
    return Context(own.groups, None if other is None else other.groups, splits=6, seed=seed, settings=MARK)


def _drawn(x, seed):
    return {"groups": x.test.groups, "draws": 20, "seed": seed, "settings": MARK}


def _near(x):
    return [distances.to_training(side.features, x.train.features) for side in (x.made, x.test)]


def _matches(side):
    n = len(side.features)
    nothing = np.zeros(n, np.int64)
    return Matches(np.tanh(np.abs(side.features[:, 0])), nothing, nothing, np.zeros(n, bool))


def _repeats(x):
    """Return three windows of each generated and each held-out image, which repeat a training image or do not."""
    image = np.repeat(np.arange(2 * N), 3)
    features, rows = (
        np.concatenate([getattr(side, name) for side in (x.made, x.test)]) for name in ("features", "rows")
    )
    windows, score = Windows(image, np.zeros_like(image), np.zeros_like(image)), features[image, 0]
    return Repeats(windows, rows[image], np.zeros((len(image), 2, 3), np.float32), score, score > 0.5)


def _real():
    return collages.Real(N, np.arange(2 * N) // 2, np.arange(N) < N // 2)


def _played(side):
    return Played(np.abs(side.features[:, 0]), side.features, side.groups)


def _labeled(side):
    return LabeledFeatures(side.features, side.names, side.groups)


def _naming(seed):
    return Naming("", MARK, seed, 100)


def _references():
    naturalness = NaturalnessModel(np.zeros(36), np.eye(36), patch=16, n_patches=100, n_images=20)
    distance = FeatureDistance(encoder("classical"), None, typical=1.0, n=20)
    return References(naturalness, distance, "real images", ())


FEW = AnatomySettings(rounds=40, least=10)
BINARY = NUMBERINGS["binary"]
KINDS = (REAL, SYNTHETIC, AUGMENTED, REPEATED, MORE_REAL)
SETS = {Recipe(kind, float(n > 0)): full(0.5 + 0.01 * n, n) for n, kind in enumerate(KINDS)}
RECORDED = {recipe: {"n": N, "training_images": 10, **MARK} for recipe in SETS}

CASES = {
    "anatomy.ranges.outside_metric": Case(
        lambda x, seed: outside_metric("anatomy/x", RealRange(-1.0, 1.0, 50), x.test.features[:, 0], MARK)
    ),
    "anatomy.ranges.range_metrics": Case(lambda x, seed: range_metrics(*x.measured, FEW), marked=False),
    "anatomy.ranges.distance_metrics": Case(
        lambda x, seed: distance_metrics(*x.measured, all_draws(tuple(x.measured), FEW, seed), seed), marked=False
    ),
    "anatomy.ranges.distance_metric": Case(
        lambda x, seed: distance_metric(
            "anatomy/x", Distance(1.0, (0.5, 1.5)), Distance(0.2, (0.1, 0.3)), (20, 20, 20), MARK, ""
        )
    ),
    "design.mean_metric.mean_metric": Case(
        lambda x, seed: mean_metric(
            "design/mean", x.test.features[:, 0], groups=x.test.groups, settings=MARK, seed=seed, rounds=100
        )
    ),
    "dice.agreement.agreement_metrics": Case(
        lambda x, seed: agreement.agreement_metrics(
            [_tally(x)], "dice/{quantity}[{region}]", settings=MARK | {"unit": "px"}, seed=seed
        )
    ),
    "dice.agreement.compare_masks": Case(
        lambda x, seed: agreement.compare_masks(*x.masks, regions=BINARY, groups=x.test.groups, seed=seed), marked=False
    ),
    "dice.agreement.mean_metric": Case(
        lambda x, seed: agreement.mean_metric(
            "dice/mean", _by_patient(x.test), settings=MARK, seed=seed, better="higher"
        )
    ),
    "downstream.metrics.score_metrics": Case(
        lambda x, seed: score_metrics("classic", 25, SETS, ("glioma", "none"), RECORDED)
    ),
    "downstream.metrics.gain_metrics": Case(
        lambda x, seed: gain_metrics("classic", gains({25: SETS}), {25: RECORDED})
    ),
    "downstream.metrics.ratio_metric": Case(
        lambda x, seed: ratio_metric("classic", 25, paying_ratio(SETS), RECORDED[Recipe(REAL)])
    ),
    "fidelity.authenticity.authenticity": Case(
        lambda x, seed: authenticity(x.train.features, x.made.features, context=_context(x.train, x.made, seed))
    ),
    "fidelity.frechet.frechet_distance": Case(
        lambda x, seed: frechet_distance(x.test.features, x.made.features, context=_context(x.test, None, seed))
    ),
    "fidelity.kernel.kernel_distance": Case(
        lambda x, seed: kernel_distance(x.test.features, x.made.features, context=_context(x.test, None, seed))
    ),
    "fidelity.manifold.manifold_metrics": Case(
        lambda x, seed: manifold_metrics(
            x.test.features,
            x.made.features,
            k=3,
            subsets={"tumor=glioma": np.array(x.test.names) == "glioma"},
            context=_context(x.test, None, seed),
        )
    ),
    "fidelity.vendi.vendi_score": Case(
        lambda x, seed: vendi_score(x.made.features, context=_context(x.test, x.made, seed))
    ),
    "overlap.class_coverage.class_coverage": Case(
        lambda x, seed: class_coverage(
            (x.test.features, x.made.features),
            (x.test.names, x.made.names),
            label="tumor",
            k=3,
            clusters=4,
            images_a_cluster=5,
            **_drawn(x, seed),
        ),
        exact=False,
    ),
    "overlap.cluster_coverage.cluster_coverage": Case(
        lambda x, seed: cluster_coverage(
            x.test.features, x.made.features, k=3, clusters=4, images_a_cluster=5, **_drawn(x, seed)
        ),
        exact=False,
    ),
    "overlap.density_overlap.density_overlap": Case(
        lambda x, seed: density_overlap(x.test.features[:, :2], x.made.features[:, :2], **_drawn(x, seed)), exact=False
    ),
    "overlap.neighbor_lists.neighbor_shares": Case(
        lambda x, seed: neighbor_shares(x.test.features, x.made.features, k=3, **_drawn(x, seed)), exact=False
    ),
    "paired.pair_metrics.similarity_metrics": Case(
        lambda x, seed: similarity_metrics(_naming(seed), {WHOLE: x.scores}, {WHOLE: x.scores / 2}, x.test.groups, 3)
    ),
    "paired.pair_metrics.look_metrics": Case(
        lambda x, seed: look_metrics(_naming(seed), _references(), x.scores[:, :2], x.scores[:, 2], x.test.groups, 16)
    ),
    "paired.pair_metrics.own_nearer_metric": Case(
        lambda x, seed: own_nearer_metric(_naming(seed), np.round(x.scores[:, 0]))
    ),
    "collages.judged.share_metric": Case(
        lambda x, seed: collages.share_metric(
            _repeats(x), _real(), x.made.groups, x.test.groups, rate=0.01, seed=seed, rounds=50, settings=MARK
        )
    ),
    "copies.metrics.copy_metric": Case(
        lambda x, seed: copy_metric(
            TRAINING,
            _matches(x.made),
            _matches(x.test),
            likeness=0.9,
            groups=x.made.groups,
            real_groups=x.test.groups,
            settings=MARK,
        )
    ),
    "privacy.distances.distance_metrics": Case(
        lambda x, seed: distances.distance_metrics(
            *_near(x), groups=x.test.groups, seed=seed, rounds=50, settings=MARK
        )
    ),
    "privacy.distances.closer_to_training": Case(
        lambda x, seed: distances.closer_to_training(
            x.made.features,
            x.train.features,
            x.test.features,
            groups=x.test.groups,
            training_groups=x.train.groups,
            seed=seed,
            halvings=10,
            settings=MARK,
        ),
        exact=False,
    ),
    "privacy.distances.authenticity": Case(
        lambda x, seed: distances.authenticity(*_near(x), x.train.features, seed=seed, rounds=50, settings=MARK)
    ),
    "privacy.membership.membership_metrics": Case(
        lambda x, seed: membership_metrics(
            _played(x.train), _played(x.test), seed=seed, rounds=50, halvings=20, settings=MARK
        ),
        exact=False,
    ),
    "two_sample.judged_labels.label_agreement": Case(
        lambda x, seed: label_agreement(
            *map(_labeled, (x.train, x.test, x.made)), classifier="linear", rounds=100, seed=seed, settings=MARK
        )
    ),
    "two_sample.told_apart.told_apart": Case(
        lambda x, seed: told_apart(
            x.test.features, x.made.features, groups=x.test.groups, folds=3, halvings=1, rounds=100, seed=seed,
            settings=MARK,
        ),
        exact=False,
    ),
}  # fmt: skip

APART = {
    "downstream.metrics.limit_metrics",  # the gain that a comparison could have detected is no estimate: no interval
    "fidelity.inception_distance.inception_distance",  # of a network of 90 MB; the metric is that of frechet_distance
}

cases = pytest.mark.parametrize("case", CASES.values(), ids=CASES)


def _tally(x):
    tally = agreement.Tally(BINARY)
    for group, found, expected in zip(x.test.groups, *x.masks, strict=True):
        tally.add(group, as_bits(found, BINARY), as_bits(expected, BINARY))
    return tally


def _by_patient(side):
    found: dict[str, list[float]] = {}
    for group, value in zip(side.groups, side.features[:, 0].tolist(), strict=True):
        found.setdefault(group, []).append(value)
    return {group: float(np.mean(values)) for group, values in found.items()}


def measured(case, *, seed=3, shuffled=False) -> list[Metric]:
    found = case.measure(inputs(shuffled=shuffled), seed)
    return [found] if isinstance(found, Metric) else list(found)


@cache
def usual(case) -> tuple[Metric, ...]:
    """Measure once for all laws."""
    return tuple(measured(case))


# ------------------------------------------------------------------------------------------------- metrics: their laws


def test_every_function_that_returns_metrics_is_under_these_laws():
    root = Path(medcurate.evaluate.__file__).parent
    found = set()
    for path in root.rglob("*.py"):
        module = ".".join(path.relative_to(root).with_suffix("").parts)
        for node in ast.parse(path.read_text(encoding="utf-8")).body:
            public = isinstance(node, ast.FunctionDef) and not node.name.startswith("_") and node.returns is not None
            if public and re.search(r"\bMetric\b", ast.unparse(node.returns)):
                found.add(f"{module}.{node.name}")
    assert found == set(CASES) | APART


@cases
def test_a_metric_has_a_value_n_an_interval_and_a_name_of_its_part(case):
    names = [part.name for part in PARTS]
    found = usual(case)
    assert found
    assert len({metric.name for metric in found}) == len(found)
    for metric in found:
        assert metric.name.partition("/")[0] in (*names, "design")
        for one in (metric, metric.real_vs_real):
            if one is not None:
                assert np.isfinite(one.value)
                assert one.n > 0
                assert one.interval is not None
                assert one.interval[0] <= one.interval[1]
                assert one.better in (metric.better, "lower"), "a distance that should be as near as real ones are"


@cases
def test_a_metric_records_what_it_was_given_and_is_the_same_after_json(case):
    for metric in usual(case):
        for one in (metric, metric.real_vs_real):
            if one is not None:
                assert one.settings
                assert not case.marked or one.settings.items() >= MARK.items()
        assert Metric.from_dict(json.loads(json.dumps(metric.to_dict(), allow_nan=False))) == metric


@cases
def test_the_same_seed_gives_the_same_numbers(case):
    assert [metric.to_dict() for metric in measured(case)] == [metric.to_dict() for metric in usual(case)]


@cases
def test_the_order_of_the_images_does_not_matter(case):
    for metric, other in zip(usual(case), measured(case, shuffled=True), strict=True):
        assert metric.name == other.name
        assert metric.n == other.n
        if case.exact:
            assert other.value == pytest.approx(metric.value, rel=1e-5, abs=1e-9)
        else:
            assert metric.interval[0] <= other.interval[1]
            assert other.interval[0] <= metric.interval[1]


@cases
def test_the_images_are_not_changed(case):
    given, same = inputs(), inputs()
    found = case.measure(given, 3)
    assert [found] if isinstance(found, Metric) else list(found)
    for side in ("train", "test", "made"):
        np.testing.assert_array_equal(getattr(given, side).features, getattr(same, side).features)
        assert getattr(given, side).groups == getattr(same, side).groups
    np.testing.assert_array_equal(given.scores, same.scores)
    np.testing.assert_array_equal(given.masks, same.masks)
    for one, other in zip(given.measured, same.measured, strict=True):
        np.testing.assert_array_equal(one.values, other.values)


# --------------------------------------------------------------------------------------------------- parts: their laws

QUICK = {
    "draws": 20, "halvings": 20, "rounds": 100, "repeats": 1, "real_per_class": (4,), "ratios": (1.0,),
    "all_real": False, "splits": 6, "shown": 2, "clusters": 4, "images_a_cluster": 4,
}  # fmt: skip
QUICKER = {"two_sample": {"folds": 2, "halvings": 1}}
parts = pytest.mark.parametrize("kind", PARTS, ids=lambda kind: kind.name)


@pytest.fixture(scope="module")
def sides(tmp_path_factory):
    """Two folders of heads with masks: of two classes, and synthetic images that pair with the held-out ones."""
    rng = np.random.default_rng(20261130)
    folder = tmp_path_factory.mktemp("laws")
    for side, place, prefix, count in (("real", "train", "t", 12), ("real", "test", "h", 10), ("made", "", "h", 10)):
        for tumor in ("glioma", "none"):
            images = slices(rng, count, 32, tumor=tumor == "glioma")
            for number, image in enumerate(images):
                _write(folder / side, Path(place, tumor, f"{prefix}{tumor[0]}{number}.png"), image)
    return open_sides(folder / "real", folder / "made", size=32)


def _write(folder, path, image):
    mask = np.zeros_like(image)
    mask[8:14, 8:14] = 1
    for root, pixels in ((folder, image), (folder / "masks", mask)):
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_bytes(encode_png(pixels))


@pytest.fixture
def without_heavy_packages(monkeypatch):
    """Take away what compiles, trains or draws for long: parts then measure what is left, and a note says so."""

    def no_umap(*_, **__):
        raise MissingExtra(("umap-learn",), extra="evaluate", purpose="An embedding")

    def undrawn(self, name, title, caption):
        return Figure(name, title, caption, b"<svg/>")

    monkeypatch.setattr(Chart, "figure", undrawn)
    monkeypatch.setattr("medcurate.evaluate.overlap.part.embed", no_umap)
    monkeypatch.setitem(sys.modules, "keras", None)


@parts
def test_a_part_finds_its_own_metrics_and_the_same_again(kind, sides, without_heavy_packages):
    settings = kind.settings(**QUICK | QUICKER.get(kind.name, {}))
    found, again = (kind.measure()(sides, settings, progress=False) for _ in range(2))
    assert found.metrics
    names = [metric.name for metric in found.metrics]
    assert len(set(names)) == len(names)
    assert {name.partition("/")[0] for name in (*names, *(figure.name for figure in found.figures))} == {kind.name}
    for metric in found.metrics:
        assert metric.n > 0 or "why" in metric.settings, metric.name
        assert metric.settings
        json.dumps(metric.to_dict(), allow_nan=False)
    there = {*names, *(figure.name for figure in found.figures)}
    for verdict in found.verdicts:
        assert verdict.part == kind.name
        assert set(verdict.evidence) <= there
    assert [metric.to_dict() for metric in found.metrics] == [metric.to_dict() for metric in again.metrics]
    assert [figure.content for figure in found.figures] == [figure.content for figure in again.figures]
    assert (found.verdicts, found.notes) == (again.verdicts, again.notes)


@parts
def test_a_part_without_images_says_why_in_a_note_and_nothing_else(kind, sides, without_heavy_packages):
    nothing = [replace(side, rows=side.rows.slice(0, 0)) for side in (sides.train, sides.test, sides.synthetic)]
    empty = replace(sides, train=nothing[0], test=nothing[1], synthetic=nothing[2])
    found = kind.measure()(empty, kind.settings(), progress=False)
    assert (found.metrics, found.verdicts, found.figures) == ((), (), ())
    assert found.notes
    assert all(note for note in found.notes)


@parts
def test_settings_of_a_part_are_frozen_and_have_defaults(kind):
    settings = kind.settings()
    assert settings == type(settings)()
    with pytest.raises(AttributeError):
        setattr(settings, fields(settings)[0].name, None)
    assert inspect.getdoc(type(settings))
