from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import balanced_accuracy_score, recall_score

from medcurate.evaluate.two_sample.classifiers import classifier
from medcurate.evaluate.two_sample.judged_labels import LabeledFeatures, label_agreement

CLASSES = ("glioma", "meningioma", "none")
QUICK = {"rounds": 200}


def labeled(rng, n, *, wrong=0.0, spread=1.0, groups=None):
    kind = np.arange(n) % 3
    features = (4 * np.eye(3)[kind] + spread * rng.normal(size=(n, 3))).astype(np.float32)
    names = [CLASSES[(k + 1) % 3 if rng.random() < wrong else k] for k in kind.tolist()]
    return LabeledFeatures(features, names, groups)


def test_agrees_with_scikit_learn_on_the_same_classifier(rng):
    train, test, made = (labeled(rng, n, spread=2.0) for n in (240, 90, 150))
    found = {metric.name: metric for metric in label_agreement(train, test, made, seed=1, **QUICK)}
    model = classifier("trees", 1).fit(train.features, train.names)
    told, known = model.predict(made.features), model.predict(test.features)
    whole = found["two_sample/label_agreement"]
    assert whole.value == pytest.approx(balanced_accuracy_score(made.names, told))
    assert whole.real_vs_real.value == pytest.approx(balanced_accuracy_score(test.names, known))
    for name, recall in zip(CLASSES, recall_score(made.names, told, average=None, labels=CLASSES), strict=True):
        metric = found[f"two_sample/label_agreement[tumor={name}]"]
        assert metric.value == pytest.approx(recall)
        assert (metric.n, metric.real_vs_real.n) == (50, 30)
        assert metric.interval[0] <= metric.value <= metric.interval[1]


@pytest.mark.parametrize("wrong", [0.0, 0.2, 0.5, 1.0])
def test_wrong_labels_cost_their_share(rng, wrong):
    train, test, made = (
        labeled(rng, 240, spread=0.3),
        labeled(rng, 60, spread=0.3),
        labeled(rng, 300, wrong=wrong, spread=0.3),
    )
    whole = label_agreement(train, test, made, **QUICK)[0]
    assert whole.value == pytest.approx(1 - wrong, abs=0.07)
    assert whole.real_vs_real.value == pytest.approx(1, abs=0.02)


def test_the_mix_of_classes_does_not_matter(rng):
    train, test, made = labeled(rng, 240, spread=2), labeled(rng, 90, spread=2), labeled(rng, 300, spread=2)
    often = [row for row, name in enumerate(made.names) if name != "none" or row % 4 == 0]
    few = LabeledFeatures(made.features[often], [made.names[row] for row in often])
    both = [label_agreement(train, test, side, **QUICK)[0].value for side in (made, few)]
    assert both[0] == pytest.approx(both[1], abs=0.06)


def test_only_classes_on_both_sides_are_told(rng):
    train, test, made = (labeled(rng, n) for n in (120, 60, 60))
    renamed = LabeledFeatures(made.features, ["unheard of" if name == "none" else name for name in made.names])
    names = [metric.name for metric in label_agreement(train, test, renamed, label="plane", **QUICK)]
    assert names == ["two_sample/label_agreement"] + [
        f"two_sample/label_agreement[plane={name}]" for name in ("glioma", "meningioma")
    ]


def test_nothing_to_judge_gives_nothing(rng):
    train, test, made = (labeled(rng, n) for n in (120, 60, 60))
    assert label_agreement(LabeledFeatures(train.features, ["one"] * 120), test, made) == []
    assert label_agreement(train, test, LabeledFeatures(made.features, [None] * 60)) == []
    assert label_agreement(labeled(rng, 24), test, made) == []


def test_few_images_of_a_class_say_nothing_and_no_test_image_means_no_floor(rng):
    train, made = labeled(rng, 120), labeled(rng, 60)
    few = made.of(["glioma"])
    few = LabeledFeatures(few.features[:3], few.names[:3])
    whole, glioma = label_agreement(train, LabeledFeatures(made.features[:0], []), few, **QUICK)
    assert np.isnan([whole.value, glioma.value]).all()
    assert whole.settings["why"] == "fewer than 5 images of a class"
    assert whole.real_vs_real is None


def test_the_floor_is_drawn_by_patient(rng):
    test = labeled(rng, 90, spread=3)
    alone = label_agreement(labeled(rng, 120), test, labeled(rng, 60), **QUICK)[0].real_vs_real
    whole = LabeledFeatures(
        np.repeat(test.features, 8, axis=0), np.repeat(test.names, 8).tolist(), np.repeat(np.arange(90), 8).tolist()
    )
    rng = np.random.default_rng(20261121)
    test = labeled(rng, 90, spread=3)
    grouped = label_agreement(labeled(rng, 120), whole, labeled(rng, 60), **QUICK)[0].real_vs_real
    assert grouped.value == pytest.approx(alone.value)
    assert np.ptp(grouped.interval) == pytest.approx(np.ptp(alone.interval), rel=0.3)
