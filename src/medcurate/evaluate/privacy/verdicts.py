"""Verdicts on copies, distances and membership: at best "no leak found by these tests", never more.

Where so few images could not have shown a leak, the verdict is that there are too few to tell.
"""

from __future__ import annotations

from collections.abc import Mapping

from medcurate.evaluate.design.floor import on_floor, too_few_to_tell
from medcurate.evaluate.privacy.floors import distance_floor, few_copies_floor, limit_floor, membership_floor
from medcurate.results import Metric, Verdict

_NEARER = "privacy/nearer_than_new_patients"
_CLOSER = "privacy/closer_to_training"
_ATTACK = "privacy/membership_auc"
_MATCHED = "privacy/membership_auc[control: matched]"
_BLIND = "privacy/membership_auc[blind]"
_HALVES = "privacy/membership_auc[control: halves]"
_BLIND_LIMIT = 0.995  # similarity that many changed copies do not reach


def copies_verdict(copies: Metric) -> Verdict:
    """Return whether more synthetic images are judged copies than false alarms explain.

    Parameters
    ----------
    copies : Metric
        ``privacy/copies`` of `copies.judge_copies`.
    """
    found, n = copies.settings, copies.n
    evidence = (copies.name, "privacy/false_alarms", "privacy/likeness", "privacy/pairs")
    expected = f"false alarms alone give about {found['expected']:.1f}"
    if found["leak"]:
        same = f", {found['equal']:,} of them gray value by gray value" if found["equal"] else ""
        text = (
            f"{found['flagged']:,} of {n:,} synthetic images are taken for copies of training images{same}; {expected} "
            f"(chance of so many: {_chance(found['p_value'])}). Look at the closest pairs."
        )
        return Verdict("privacy", "bad", text, evidence)
    if found["suspected"]:
        text = (
            f"{found['flagged']:,} of {n:,} synthetic images are taken for copies of training images; {expected}, but "
            f"the {found['held_out_patients']:,} held-out patients are too few or differ too much from each other to "
            "be sure. Look at the closest pairs."
        )
        return Verdict("privacy", "caution", text, evidence)
    floor = limit_floor(found["held_out"], found["expected"] / n)
    if not floor.holds:
        numbers = "No synthetic image is equal to a training image gray value by gray value. Look at the closest pairs."
        return too_few_to_tell("privacy", "which images are copies", floor, numbers=numbers, evidence=evidence)
    if found["limit"] > _BLIND_LIMIT:
        text = (
            f"Held-out images are as like training images as copies are (limit {found['limit']:.4f}): changed copies "
            "cannot be told from them. Are patients in both? Run medcurate dedupe before homogenize. No synthetic "
            "image is equal to a training image gray value by gray value."
        )
        return Verdict("privacy", "unclear", text, evidence)
    text = (
        f"Copies: no leak found by these tests. {found['flagged']:,} of {n:,} synthetic images are as like a training "
        f"image as a copy would be; {expected}.{' Look at the closest pairs.' if found['flagged'] else ''}"
    )
    verdict = Verdict("privacy", "good", text, evidence)
    return on_floor(verdict, few_copies_floor(found["flagged"], n), "whether training images come back")


def distance_verdict(metrics: Mapping[str, Metric]) -> Verdict:
    """Return whether synthetic images are closer to the training images than images of new patients are.

    Parameters
    ----------
    metrics : mapping of str to Metric
        By name; with those of `distances.distance_metrics` and `distances.closer_to_training`.
    """
    nearer, closer = metrics[_NEARER], metrics[_CLOSER]
    numbers = (
        f"the chance that one is nearer to them than an image of a new patient is {_value(nearer)}, and "
        f"{_percent(closer)} are nearer to training than to held-out images (50 % without memory)"
    )
    if _low(closer) > max(0.5, _high(closer.real_vs_real)):
        text = (
            f"Synthetic images lie on the side of the training images: {numbers}. A generator that has learned its "
            "training images too closely does that; look at the closest pairs."
        )
        return Verdict("privacy", "caution", text, (_CLOSER, _NEARER, "privacy/pairs"))
    if _high(closer) < min(0.5, _low(closer.real_vs_real)):
        text = (
            f"Synthetic images lie on the side of the held-out images: {numbers}. Was the generator trained on them? "
            "Then they are no test of it, and every comparison with them is too kind."
        )
        return Verdict("privacy", "caution", text, (_CLOSER, _NEARER))
    floor, question = distance_floor(closer), "on which side the synthetic images lie"
    if _low(nearer) > max(0.5, _high(nearer.real_vs_real)):
        text = (
            f"Synthetic images are nearer to the training images than new patients are, but no less near to held-out "
            f"ones: {numbers}. That is little variety or blur rather than memory: no leak found by these tests."
        )
        return on_floor(Verdict("privacy", "good", text, (_NEARER, _CLOSER)), floor, question)
    text = f"Distances: no leak found by these tests; {numbers}."
    return on_floor(Verdict("privacy", "good", text, (_CLOSER, _NEARER)), floor, question)


def membership_verdict(metrics: Mapping[str, Metric]) -> Verdict:
    """Return whether the membership test found a leak that its controls do not explain.

    Parameters
    ----------
    metrics : mapping of str to Metric
        By name; with those of `membership.membership_metrics`.
    """
    attack, matched, even, blind = (metrics[name] for name in (_ATTACK, _MATCHED, _HALVES, _BLIND))
    evidence = (_ATTACK, _HALVES, _MATCHED, _BLIND, "privacy/membership_hits")
    if not _low(even) <= 0.5 <= _high(even):
        text = (
            f"Membership: the test cannot be used here. Without any membership in them, two halves of the training "
            f"images already give {_value(even)} and not 0.5, so that the {_value(attack)} of the attack means nothing."
        )
        return Verdict("privacy", "unclear", text, evidence)
    if _low(attack) <= 0.5:
        text = (
            f"Membership: no leak found by these tests. The attack reaches {_value(attack)} (0.5 is chance), its "
            f"member-only controls {_value(even)} and {_value(matched)}."
        )
        floor = membership_floor(attack, (even, matched))
        return on_floor(Verdict("privacy", "good", text, evidence), floor, "whether training images can be recognized")
    if _low(attack) <= _high(matched):
        text = (
            f"Membership: the attack reaches {_value(attack)}, but training images that only look like the held-out "
            f"ones give {_value(matched)} without any membership: its success may come from how the two were chosen."
        )
        return Verdict("privacy", "unclear", text, evidence)
    if _low(blind) > 0.5 and _low(attack) <= _high(blind):
        text = (
            f"Membership: the attack reaches {_value(attack)}, but training and held-out images differ by themselves: "
            f"without any synthetic image they are told apart with {_value(blind)}. Hold out images of the same kind."
        )
        return Verdict("privacy", "unclear", text, evidence)
    text = (
        f"The synthetic images tell which real images were used for training: the attack reaches {_value(attack)} (0.5 "
        f"is chance), its member-only controls {_value(even)} and {_value(matched)}."
    )
    return Verdict("privacy", "bad", text, evidence)


def _chance(value: float) -> str:
    return "below 0.01" if value < 0.01 else f"{value:.2f}"


def _value(metric: Metric) -> str:
    return f"{metric.value:.3f} ({_low(metric):.3f} to {_high(metric):.3f})"


def _percent(metric: Metric) -> str:
    return f"{100 * metric.value:.1f} % ({100 * _low(metric):.1f} to {100 * _high(metric):.1f})"


def _low(metric: Metric | None) -> float:
    return metric.interval[0] if metric is not None and metric.interval is not None else float("-inf")


def _high(metric: Metric | None) -> float:
    return metric.interval[1] if metric is not None and metric.interval is not None else float("-inf")
