"""A synthetic dataset: whole however it came about, honest about what it is, under the terms of its training set."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import shutil
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from medcurate.catalogue import Catalogue
from medcurate.dataset import Dataset
from medcurate.dataset.contrast_stacks import stack_contrasts
from medcurate.datasets_manifest import write_manifest
from medcurate.errors import Locked, OutputError, PolicyError, UsageError
from medcurate.evaluate.design.sides import read_gray_bits
from medcurate.evaluate.privacy.policy import remove_copies
from medcurate.generate.drawing.weights import read_generator, save_generator
from medcurate.generate.synthetic.generation import GenerateSettings, generate, preview
from medcurate.generate.training.reading import Reading
from medcurate.run_folder import lock
from tests.dataset.older_layout import as_older_layout
from tests.generate.made_run import CLASSES, Sampler, made_run, training_rows

TODAY = dt.date(2026, 11, 21)


def made(run: Path, out: Path, n: int = 20, *, sampler: Sampler | None = None, overwrite: bool = False, **options):
    chosen = GenerateSettings(n=n, **{"batch": 7, **options})
    return generate(
        run, out, settings=chosen, generator=sampler or Sampler(), overwrite=overwrite, progress=False, today=TODAY
    )


def bytes_of(out: Path) -> dict[str, bytes]:
    files = (path for path in sorted(out.rglob("*")) if path.is_file() and ".medcurate" not in path.parts)
    return {str(path.relative_to(out)): path.read_bytes() for path in files}


def rows_of(out: Path) -> list[dict]:
    return Catalogue.open(out).to_table().to_pylist()


@pytest.fixture
def run(tmp_path):
    return made_run(tmp_path / "run")


# ------------------------------------------------------------------------------------------------------ what is written


def test_a_dataset_of_images_that_say_what_they_are(run, tmp_path):
    out = tmp_path / "out"
    result = made(run, out, 20, seed=5)
    name = f"dcgan-{read_generator(run).sha256[:8]}"
    assert (result.written, result.repeated, result.notes) == (20, 0, ())
    assert result.classes == {"axial/glioma": 12, "axial/none": 6, "axial/pituitary": 2}
    for row in rows_of(out):
        kept = {
            "status": "kept",
            "origin": "synthetic",
            "source": name,
            "plane": "axial",
            "split": "train",
            "format": "png",
            "bit_depth": 8,
        }
        assert kept.items() <= row.items()
        assert row["license"] == "CC-BY-SA-3.0"
        assert row["modality"] == "MR"
        assert row["path"] == f"axial/train/{row['tumor']}/{row['image_id']}.png"
        assert row["file_sha256"] == hashlib.sha256((out / row["path"]).read_bytes()).hexdigest()
        with Image.open(out / row["path"]) as image:
            words = image.text
            pixels = np.asarray(image)
        assert np.array_equal(pixels, Sampler().picture(row["original_frame"], 5, (row["tumor"],))[..., 0])
        assert words["synthetic"] == "true"
        assert (words["model"], words["seed"]) == (name, "5")
        assert words["run"] == read_generator(run).sha256[:16]
        assert int(words["number"]) == row["original_frame"]
    assert [row["original_frame"] for row in rows_of(out)] == list(range(20))


def test_what_goes_beside_the_images(run, tmp_path):
    out = tmp_path / "out"
    made(run, out)
    assert (out / "training_ids.txt").read_bytes() == (run / "training_ids.txt").read_bytes()
    told = json.loads((out / "generated.json").read_text())
    assert told["synthetic"] is True
    assert (told["seed"], told["run"]) == (0, read_generator(run).sha256)
    assert told["counts"] == {
        "drawn": 20, "written": 20, "repeated": 0, "removed": 0,
        "classes": {"axial/glioma": 12, "axial/none": 6, "axial/pituitary": 2},
    }  # fmt: skip
    assert told["training"] == {"images": 10, "sources": ["x"]}
    assert "none shows a patient" in (out / "README.md").read_text()
    for content in bytes_of(out).values():
        assert str(tmp_path).encode() not in content


def test_it_opens_as_a_dataset(run, tmp_path):
    made(run, tmp_path / "out")
    dataset = Dataset.open(tmp_path / "out")
    assert len(dataset) == 20
    assert dataset.classes("tumor") == CLASSES["tumor"]
    assert next(dataset.batches(20)).images.shape == (20, 16, 16)


def test_color_images(run, tmp_path):
    sampler = Sampler(shape=(16, 12, 3))
    made(run, tmp_path / "out", 3, sampler=sampler)
    row = rows_of(tmp_path / "out")[0]
    assert (row["height"], row["width"]) == (16, 12)
    with Image.open(tmp_path / "out" / row["path"]) as image:
        assert np.array_equal(np.asarray(image), sampler.picture(0, 0, (row["tumor"],)))


def test_balanced_and_one_class(run, tmp_path):
    assert set(made(run, tmp_path / "a", 9, balanced=True).classes.values()) == {3}
    assert made(run, tmp_path / "b", 9, classes={"tumor": "none"}).classes == {"axial/none": 9}


def test_a_generator_without_a_condition(tmp_path):
    run = made_run(tmp_path / "run", classes={})
    assert made(run, tmp_path / "out", 4, sampler=Sampler(classes={})).classes == {"axial/unlabeled": 4}
    run = made_run(tmp_path / "one", classes={}, rows=training_rows({"glioma": 3}))
    assert made(run, tmp_path / "out2", 4, sampler=Sampler(classes={})).classes == {"axial/glioma": 4}


# ------------------------------------------------------------------------------------------------------ contrasts


def made_of_contrasts(folder: Path, contrasts: object = ("T1ce", "FLAIR"), channels: int = 2) -> Path:
    run = made_run(folder)
    record = json.loads((run / "generator.json").read_text())
    record["architecture"] |= {"contrasts": contrasts, "target": channels}
    (run / "generator.json").write_text(json.dumps(record))
    return run


@pytest.mark.parametrize("contrasts", [("T1ce", "FLAIR"), ("T2", "T1", "PD"), ("T1ce",)])
def test_each_contrast_of_a_draw_is_an_image(tmp_path, contrasts):
    out, count = tmp_path / "out", len(contrasts)
    run, sampler = made_of_contrasts(tmp_path / "run", contrasts, count), Sampler(shape=(16, 16, count))
    result = made(run, out, 10, sampler=sampler, seed=5)
    assert (result.written, result.contrasts) == (10 * count, contrasts)
    assert result.classes == {"axial/glioma": 6 * count, "axial/none": 3 * count, "axial/pituitary": count}
    assert preview(run, GenerateSettings(n=10), today=TODAY).classes == result.classes
    for k, row in enumerate(rows_of(out)):
        draw, channel = divmod(k, count)
        assert (row["original_frame"], row["contrast"]) == (draw, contrasts[channel])
        assert row["patient_group"] == f"{row['source']}-5-{draw}"
        with Image.open(out / row["path"]) as image:
            assert (image.text["number"], image.text["contrast"]) == (str(draw), contrasts[channel])
            assert np.array_equal(np.asarray(image), sampler.picture(draw, 5, (row["tumor"],))[..., channel])
    assert len(stack_contrasts(Dataset.open(out), contrasts)) == 10


def test_a_stop_within_a_draw_and_damage_change_no_contrast(tmp_path):
    run, out = made_of_contrasts(tmp_path / "run"), tmp_path / "out"
    shape = (16, 16, 2)
    made(run, tmp_path / "whole", 12, sampler=Sampler(shape=shape))
    expected = bytes_of(tmp_path / "whole")
    with pytest.raises(KeyboardInterrupt):
        made(run, out, 9, sampler=Sampler(shape=shape, stop_at=8))
    made(run, out, 9, sampler=Sampler(shape=shape), batch=4)
    paths = [out / row["path"] for row in rows_of(out)]
    for number in (5, 7, 8, 9):  # FLAIR of draws 2 and 3, both of draw 4
        paths[number].unlink()
    sampler = Sampler(shape=shape)
    made(run, out, 12, sampler=sampler, batch=20)
    assert sampler.asked == [(2, 1), (3, 2), (9, 3)]
    assert bytes_of(out) == expected


def test_one_contrast_of_a_draw_may_repeat_an_earlier_one(tmp_path):
    class Dark(Sampler):
        def picture(self, number, seed, labels):
            found = super().picture(number, seed, labels)
            if number > 1:
                found[..., 1] = 0
            return found

    run = made_of_contrasts(tmp_path / "run")
    result = made(run, tmp_path / "out", 4, sampler=Dark(shape=(16, 16, 2)), classes={"tumor": "glioma"})
    assert (result.written, result.repeated) == (7, 1)
    assert "1 of 8 images have the pixels of an earlier one" in result.notes[0]
    assert len(stack_contrasts(Dataset.open(tmp_path / "out"), ("T1ce", "FLAIR"))) == 3


@pytest.mark.parametrize("contrasts", ["T1ce", ["T1ce"], ["T1ce", 3], ["T1ce", "T1ce"], ["T1ce", "\u03a9"], {}])
def test_contrasts_that_a_generator_cannot_have(tmp_path, contrasts):
    run = made_of_contrasts(tmp_path / "run", contrasts)
    with pytest.raises(UsageError, match="contrast"):
        made(run, tmp_path / "out", 2, sampler=Sampler(shape=(16, 16, 2)))
    assert not (tmp_path / "out").exists()


def test_a_generator_that_draws_fewer_contrasts_is_found_out(tmp_path):
    with pytest.raises(
        UsageError, match=r"expected uint8 or uint16 of shape \(n, height, width, 2\), received uint8 \(2, 16, 16, 1\)"
    ):
        made(made_of_contrasts(tmp_path / "run"), tmp_path / "out", 2)


# ------------------------------------------------------------------------------------------------------ equal images


def test_images_that_were_drawn_twice_are_counted_and_said(run, tmp_path):
    out = tmp_path / "out"
    # Of the first six numbers 0, 2 and 4 are gliomas; 1 is another tumor type.
    tumors = [row["tumor"] for row in rows_of(made(run, tmp_path / "plain", 6).dataset.folder)]
    same, other = tumors.index("glioma", 1), tumors.index("none")
    result = made(run, out, 6, sampler=Sampler(equal={same: 0, other: 0}), batch=2)
    assert (result.written, result.repeated) == (4, 2)
    assert "2 of 6 images have the pixels of an earlier one" in result.notes[0]
    assert "collapsed" in result.notes[0]
    assert "1 of them were drawn with other labels" in result.notes[1]
    rows = rows_of(out)
    assert len(rows) == 6
    for number, reason in ((same, "DUPLICATE"), (other, "LABEL_CONFLICT")):
        assert (rows[number]["status"], rows[number]["reason"]) == ("dropped", reason)
        assert rows[number]["duplicate_of"] == rows[number]["image_id"] == rows[0]["image_id"]
        assert rows[number]["path"] == rows[0]["path"]
    with Image.open(out / rows[0]["path"]) as image:
        assert image.text["number"] == "0"
    assert len(list(out.rglob("*.png"))) == 4
    write_manifest(out)


@settings(deadline=None, max_examples=12)
@given(
    st.lists(st.tuples(st.integers(1, 11), st.integers(0, 10)).filter(lambda p: p[1] < p[0]), max_size=6),
    st.lists(st.integers(1, 5), min_size=1, max_size=3),
    st.lists(st.integers(1, 12), max_size=2),
)
def test_stops_batches_and_equal_images_do_not_change_the_folder(tmp_path_factory, pairs, batches, stops):
    tmp_path = tmp_path_factory.mktemp("g")
    run = made_run(tmp_path / "run")
    equal = {}
    for number, earlier in pairs:
        if number not in equal and number not in equal.values() and earlier not in equal:
            equal[number] = earlier
    made(run, tmp_path / "whole", 12, sampler=Sampler(equal=equal))
    for batch, stop in zip(batches, [*stops, 10**9][: len(batches)], strict=False):
        try:
            made(run, tmp_path / "out", 12, sampler=Sampler(equal=equal, stop_at=stop), batch=batch)
        except KeyboardInterrupt:
            continue
    made(run, tmp_path / "out", 12, sampler=Sampler(equal=equal))
    assert bytes_of(tmp_path / "out") == bytes_of(tmp_path / "whole")


# ------------------------------------------------------------------------------------------------------ going on


def test_a_stopped_run_goes_on_where_it_was(run, tmp_path):
    out = tmp_path / "out"
    with pytest.raises(KeyboardInterrupt):
        made(run, out, sampler=Sampler(stop_at=15))
    with pytest.raises(UsageError, match="is an unfinished dataset: run the same generate command again"):
        Dataset.open(out)
    sampler = Sampler()
    made(run, out, sampler=sampler)
    assert sampler.asked == [(14, 6)]
    made(run, tmp_path / "whole")
    assert bytes_of(out) == bytes_of(tmp_path / "whole")
    sampler = Sampler()
    made(run, out, sampler=sampler)
    assert sampler.asked == []
    assert bytes_of(out) == bytes_of(tmp_path / "whole")


def test_more_images_can_be_added(run, tmp_path):
    out = tmp_path / "out"
    made(run, out, 8)
    sampler = Sampler()
    made(run, out, 20, sampler=sampler)
    assert sampler.asked[0] == (8, 7)
    made(run, tmp_path / "whole", 20)
    assert bytes_of(out) == bytes_of(tmp_path / "whole")
    with pytest.raises(UsageError, match="n: 20 before, 8 now"):
        made(run, out, 8)
    made(run, out, 8, overwrite=True)
    made(run, tmp_path / "few", 8)
    assert bytes_of(out) == bytes_of(tmp_path / "few")


@pytest.mark.parametrize("lost", ["nothing", "store", "private folder"])
def test_images_that_were_taken_out_do_not_come_back(run, tmp_path, lost):
    out = tmp_path / "out"
    made(run, out, 8, sampler=Sampler(equal={5: 2, 10: 3}))
    rows = rows_of(out)
    remove_copies(out, [rows[number]["path"] for number in (2, 3)])
    if lost == "store":
        (out / ".medcurate" / "generate.journal").unlink()
    if lost == "private folder":
        shutil.rmtree(out / ".medcurate")
    result = made(run, out, 12, sampler=Sampler(equal={5: 2, 10: 3}))
    assert (result.written, result.repeated, result.removed) == (8, 2, 2)
    assert "2 images that were taken out of the dataset earlier stay out" in result.notes
    after = rows_of(out)
    for number in (2, 3):
        assert (after[number]["status"], after[number]["reason"]) == ("dropped", "COPY_OF_TRAINING")
        assert after[number]["image_id"] == rows[number]["image_id"]
        assert not (out / rows[number]["path"]).exists()
    assert len(list(out.rglob("*.png"))) == 8
    sampler = Sampler(equal={5: 2, 10: 3})
    made(run, out, 12, sampler=sampler)
    assert sampler.asked == []
    made(run, out, 12, seed=1, overwrite=True)
    assert {row["status"] for row in rows_of(out)} == {"kept"}


@pytest.mark.parametrize("damage", ["gone", "cut", "flipped"])
def test_f14_damaged_files_are_drawn_again(run, tmp_path, damage):
    out = tmp_path / "out"
    made(run, out)
    expected = bytes_of(out)
    paths = [out / row["path"] for row in rows_of(out)]
    for number in (3, 4, 11):
        content = bytearray(paths[number].read_bytes())
        content[-20] ^= 1
        paths[number].write_bytes(content if damage == "flipped" else content[:-9])
        if damage == "gone":
            paths[number].unlink()
    sampler = Sampler()
    made(run, out, sampler=sampler)
    assert sampler.asked == [(3, 2), (11, 1)]
    assert bytes_of(out) == expected


def test_f14_a_damaged_store_is_drawn_again(run, tmp_path):
    out = tmp_path / "out"
    made(run, out)
    expected = bytes_of(out)
    (out / ".medcurate" / "generate.journal").write_bytes(b"no data base" * 99)
    made(run, out)
    assert bytes_of(out) == expected
    shutil.rmtree(out / ".medcurate")
    made(run, out)
    assert bytes_of(out) == expected


def test_strays_are_removed_and_other_files_stay(run, tmp_path):
    out = tmp_path / "out"
    made(run, out)
    expected = bytes_of(out)
    for place in ("axial/train/x", "images/axial/x"):  # this layout and the older one
        (out / place).mkdir(parents=True)
        (out / place / "0123456789abcdef.png").write_bytes(b"stray")
    (out / "axial" / "train" / "none" / ".01234567.tmp").write_bytes(b"litter")
    (out / "mine.txt").write_text("mine")
    made(run, out)
    assert bytes_of(out) == {**expected, "mine.txt": b"mine"}


def test_a_folder_of_the_older_layout_is_drawn_anew_and_grows(run, tmp_path):
    made(run, tmp_path / "out", 8)
    as_older_layout(tmp_path / "out")
    made(run, tmp_path / "out", 12)
    made(run, tmp_path / "whole", 12)
    assert bytes_of(tmp_path / "out") == bytes_of(tmp_path / "whole")


def test_other_settings_are_refused_with_the_difference(run, tmp_path):
    made(run, tmp_path / "out", 4)
    with pytest.raises(UsageError, match=r"seed: 0 before, 1 now.*--overwrite"):
        made(run, tmp_path / "out", 4, seed=1)
    made(run, tmp_path / "out", 4, seed=1, overwrite=True)
    made(run, tmp_path / "whole", 4, seed=1)
    assert bytes_of(tmp_path / "out") == bytes_of(tmp_path / "whole")
    other = made_run(tmp_path / "other", weights=1)
    with pytest.raises(UsageError, match="run: "):
        made(other, tmp_path / "out", 4, seed=1)


def test_what_a_user_wrote_stays(run, tmp_path):
    out = tmp_path / "out"
    made(run, out, 4)
    with (out / "sources.toml").open("a") as stream:
        stream.write('creator = "Ada"\n')
    (out / "README.md").write_text("mine\n")
    made(run, out, 5)
    assert 'creator = "Ada"' in (out / "sources.toml").read_text()
    assert (out / "README.md").read_text() == "mine\n"
    other = made_run(tmp_path / "other", weights=1)
    made(other, out, 5, overwrite=True)
    text = (out / "sources.toml").read_text()
    assert text.count("[sources.") == 2
    assert 'creator = "Ada"' in text
    (out / "sources.toml").write_text("[")
    with pytest.raises(UsageError, match=r"sources\.toml is not a TOML file"):
        made(other, out, 5)


def test_a_folder_of_something_else_is_left_alone(run, tmp_path):
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "thesis.tex").write_text("x")
    with pytest.raises(OutputError, match=r"it holds thesis\.tex and more"):
        made(run, tmp_path / "out")
    with pytest.raises(OutputError, match=r"it holds axial and more"):
        made(run, tmp_path / "run-data")


def test_f7_two_processes_do_not_write_one_dataset(run, tmp_path):
    with lock(tmp_path / "out"), pytest.raises(Locked, match="is writing it"):
        made(run, tmp_path / "out")


def test_a_generator_that_draws_too_few_is_found_out(run, tmp_path):
    class Short(Sampler):
        def sample(self, first, n, **options):
            return super().sample(first, n, **options)[:-1]

    with pytest.raises(UsageError, match="was asked for 7 images and drew 6"):
        made(run, tmp_path / "out", sampler=Short())


# ------------------------------------------------------------------------------------------------------ terms


@pytest.mark.parametrize(
    ("sources", "outcome", "license_"),
    [
        ('[sources.x]\ncard = "ixi"\n', "share", "CC-BY-SA-3.0"),
        ('[sources.x]\ncard = "kaggle-3m"\n', "share", "CC-BY-NC-SA-4.0"),
        ('[sources.x]\ncard = "oasis"\n', "recipe", None),
        ('[sources.x]\ncard = "navoneel"\n', "local", None),
        ("", "local", None),
    ],
)
def test_the_verdict_is_inherited_without_the_training_set(tmp_path, sources, outcome, license_):
    run, out = made_run(tmp_path / "run", sources=sources), tmp_path / "out"
    expected = write_manifest(tmp_path / "run-data", today=TODAY).verdict
    shutil.rmtree(tmp_path / "run-data")
    result = made(run, out, 4)
    assert {row["license"] for row in rows_of(out)} == {license_}
    shutil.rmtree(run)
    moved = tmp_path / "elsewhere" / "moved"
    moved.parent.mkdir()
    out.rename(moved)
    verdict = write_manifest(moved, today=TODAY).verdict
    assert result.outcome == verdict.outcome == expected.outcome == outcome
    assert verdict.license == expected.license
    assert any(step.rule == "POLICY" for step in verdict.trace)
    assert "synthetic" in (moved / "README.md").read_text()  # its own took the place of ours


def test_generating_goes_on_after_manifest(run, tmp_path):
    made(run, tmp_path / "out", 4)
    write_manifest(tmp_path / "out", today=TODAY)
    page = (tmp_path / "out" / "README.md").read_bytes()
    made(run, tmp_path / "out", 6)
    assert (tmp_path / "out" / "README.md").read_bytes() == page
    assert write_manifest(tmp_path / "out", today=TODAY).verdict.outcome == "share"
    assert (tmp_path / "out" / "README.md").read_bytes() != page


def test_expired_access_stops_before_anything_is_written(tmp_path):
    terms = '[sources.x]\nlicense = "LicenseRef-agreement"\naccess_expires = 2026-11-20\n'
    run = made_run(tmp_path / "run", sources=terms)
    with pytest.raises(PolicyError, match=r"L12 x: access expired on 2026-11-20"):
        made(run, tmp_path / "out")
    assert not (tmp_path / "out").exists()
    (tmp_path / "run-data" / "sources.toml").write_text(terms.replace("2026", "2027"))
    write_manifest(tmp_path / "run-data", today=TODAY)
    chosen = GenerateSettings(n=2)
    more = {"settings": chosen, "generator": Sampler(), "progress": False, "today": TODAY}
    assert generate(run, tmp_path / "out", verdict=tmp_path / "run-data", **more).written == 2
    assert "2027" in (tmp_path / "out" / "training_verdict.json").read_text()


def test_how_16_bit_images_were_read_is_told_to_evaluate(run, tmp_path):
    record = json.loads((run / "training_set.json").read_text())
    record["reading"] = Reading(spatial=(16, 16), gray_bits={"x": 12}).to_dict()
    (run / "training_set.json").write_text(json.dumps(record))
    made(run, tmp_path / "out", 2)
    assert json.loads((tmp_path / "out" / "generated.json").read_text())["training"]["gray_bits"] == {"x": 12}
    assert read_gray_bits(tmp_path / "out") == {"x": 12}


def test_weights_are_those_that_the_training_chose_or_the_user(run, tmp_path):
    record = read_generator(run)
    arrays = [{"generator/0000": np.full((2, 2), value, np.float32)} for value in (0, 1)]
    choice = {"weights": "last", "why": "best at step 500 is not better"}
    save_generator(run, record.architecture, arrays[0], best=arrays[1], choice=choice)
    for asked, used, why in (
        (None, "last", "best at step 500 is not better"),
        ("best", "best", "as asked; the training chose last: best at step 500 is not better"),
        ("last", "last", "as asked"),
    ):
        more = {"settings": GenerateSettings(n=2, weights=asked), "progress": False, "today": TODAY}
        found = generate(run, tmp_path / f"out-{asked}", generator=Sampler(), **more)
        assert (found.weights, found.why) == (used, why)
        told = json.loads((tmp_path / f"out-{asked}" / "generated.json").read_text())
        assert (told["weights"], told["run"]) == (used, read_generator(run, used).sha256)
        assert preview(run, more["settings"], today=TODAY).why == why


def test_a_set_that_was_generated_from_generated_images(run, tmp_path):
    made(run, tmp_path / "out", 6)
    second = tmp_path / "second"
    second.mkdir()
    from medcurate.generate.training.training_set import record_training_set

    record_training_set(second, Dataset.open(tmp_path / "out"))
    save_generator(second, {"family": "dcgan", "config": {}, "classes": {}}, {"0000": np.zeros(2, np.float32)})
    made(second, tmp_path / "third", 3, sampler=Sampler(classes={}))
    assert write_manifest(tmp_path / "third", today=TODAY).verdict.license == "CC-BY-SA-3.0"


# ------------------------------------------------------------------------------------------------------ preview, no run


def test_preview_says_what_would_be_drawn(run, tmp_path):
    before = bytes_of(tmp_path)
    found = preview(run, GenerateSettings(n=10), today=TODAY)
    assert found.classes == {"axial/glioma": 6, "axial/none": 3, "axial/pituitary": 1}
    assert found.outcome == "share"
    assert bytes_of(tmp_path) == before


def test_no_run(tmp_path):
    with pytest.raises(UsageError, match="medcurate train-gan"):
        made(tmp_path, tmp_path / "out")


def test_a_run_of_nothing_that_is_known(tmp_path):
    with pytest.raises(UsageError, match="no image of the training set has labels that the generator knows"):
        made(made_run(tmp_path / "run", classes={"tumor": ("a", "b")}), tmp_path / "out")
