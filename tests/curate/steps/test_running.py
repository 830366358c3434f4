from __future__ import annotations

import json

import numpy as np
import pytest

from medcurate.curate.steps import (
    CropEnds,
    CropForeground,
    Nyul,
    Picture,
    Quantize,
    Scale,
    ZScore,
    from_record,
    from_records,
    preset,
    run,
    run_together,
)
from medcurate.errors import UsageError
from tests.curate.steps.samples import PICTURES, STANDARD, STEPS, blob, image, volume

PIPELINES = {
    "plain-2d": (image(), preset("plain-2d", size=48)),
    "volume-1mm": (volume(), preset("volume-1mm")),
    "study-d": (volume(), [CropEnds(count=4), *preset("study-d")]),
    "all": (volume(), [*STEPS.values()]),
}


@pytest.mark.parametrize(("picture", "steps"), PIPELINES.values(), ids=PIPELINES)
def test_a_pipeline_on_its_own_output_changes_nothing(picture, steps):
    once, records = run(picture, steps)
    twice, again = run(once, steps, done=json.loads(json.dumps(records)))
    assert twice is once
    assert again == records


@pytest.mark.parametrize(("picture", "steps"), PIPELINES.values(), ids=PIPELINES)
def test_records_give_the_same_bytes_from_the_original(picture, steps):
    once, records = run(picture, steps)
    again, rerecorded = run(picture, from_records(json.loads(json.dumps(records))))
    assert again.pixels.tobytes() == once.pixels.tobytes()
    assert again.mask.tobytes() == once.mask.tobytes()
    assert rerecorded == records


def test_only_what_is_new_is_done():
    once, records = run(volume(), [CropEnds(count=4)])
    out, both = run(once, [CropEnds(count=4), Scale()], done=records)
    assert out.shape == once.shape
    assert both[:1] == records
    assert both[1]["step"] == "scale"


def test_other_settings_are_done_on_top():
    once, records = run(volume(), [CropEnds(count=4)])
    out, both = run(once, [CropEnds(count=5)], done=records)
    assert out.shape[2] == once.shape[2] - 10
    assert [record["settings"]["count"] for record in both] == [4, 5]


def test_contrasts_of_one_patient_stay_on_one_grid():
    first = Picture(pixels=blob((60, 60)))
    second = Picture(pixels=np.roll(blob((60, 60)), (6, -4), (0, 1)))
    outs, records = run_together([first, second], [CropForeground(margin=0), ZScore()])
    assert outs[0].shape == outs[1].shape
    boxes = [CropForeground(margin=0).measure(picture).box for picture in (first, second)]
    union = [[min(a, c), max(b, d)] for (a, b), (c, d) in zip(*boxes, strict=True)]
    assert [record[0]["measured"]["box"] for record in records] == [union, union]
    for picture, out, record in zip((first, second), outs, records, strict=True):
        assert (run(picture, from_records(record))[0].pixels == out.pixels).all()


def test_contrasts_of_several_shapes_are_refused():
    with pytest.raises(ValueError, match="one shape"):
        run_together([Picture(pixels=blob((9, 9))), Picture(pixels=blob((9, 8)))], [])


def test_nothing_together_is_nothing():
    assert run_together([], [CropForeground()]) == ([], [])


def test_a_record_says_what_was_chosen_what_was_measured_and_what_was_skipped():
    _, records = run(PICTURES["constant image"], [CropForeground(margin=0.1), Quantize()])
    assert records == [
        {
            "step": "crop_foreground",
            "settings": {"margin": 0.1},
            "measured": {},
            "skipped": "no foreground was found",
        },
        {"step": "quantize", "settings": {"bits": 8, "limits": None}, "measured": {"source": [7.0, 7.0]}},
    ]


def test_a_skipped_step_stays_skipped_from_its_record():
    record = {"step": "scale", "settings": {"low": -1.0, "high": 1.0}, "measured": {}, "skipped": "for a test"}
    out, again = run(image(), [from_record(record)])
    assert (out.pixels == image().pixels).all()
    assert again == [record]


@pytest.mark.parametrize(
    ("record", "message"),
    [
        ({"step": "sharpen"}, "received 'sharpen'"),
        ({}, "received None"),
        ({"step": "scale", "settings": {"lowest": 1}}, r"received \['lowest'\]"),
        ({"step": "nyul", "settings": {"standard": list(STANDARD[:-1])}}, "received 10"),
    ],
)
def test_a_record_of_something_else_is_refused(record, message):
    with pytest.raises(UsageError, match=message):
        from_record(record)


def test_landmarks_travel_in_the_record():
    _, (record,) = run(image(), [Nyul(standard=STANDARD)])
    assert record["settings"]["standard"] == list(STANDARD)
    assert len(record["measured"]["landmarks"]) == 11
