"""Evaluate synthetic images: run the parts, keep finished ones, write the report."""

from __future__ import annotations

import sys
import time
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from medcurate.catalogue import FILE_NAME as CATALOGUE
from medcurate.errors import MedcurateError, MissingExtra, OutputError, UsageError
from medcurate.evaluate import part_store
from medcurate.evaluate.design.feature_cache import FeatureCache
from medcurate.evaluate.design.side_facts import facts_of
from medcurate.evaluate.design.sides import Part, Sides, open_sides
from medcurate.evaluate.gates import Gate, check_gates, read_gates
from medcurate.evaluate.part_store import Finished
from medcurate.evaluate.parts import ALWAYS, PartKind, check_options, chosen
from medcurate.evaluate.privacy.policy import act_on_copies
from medcurate.evaluate.report_page import Section, write_report_page
from medcurate.evaluate.requirements import can_run, check_installed
from medcurate.evaluate.skipped import skipped_parts
from medcurate.evaluate.withdrawal import reason, withdrawn
from medcurate.journal.store import Journal
from medcurate.results import Figure, Metric, Report, Verdict
from medcurate.run_folder import PRIVATE, lock
from medcurate.versions import installed, version_digest

__all__ = ["Figure", "Metric", "Report", "Verdict", "evaluate"]

SEED = 0
INTERVAL = "95 %"
FEATURES = "features.journal"
"""In the private folder of a report: what was encoded of both sides."""

_AFTERWARDS = ("on_copies",)  # decides what is done with a result, and does not change it
_PACKAGES = ("medcurate", "numpy", "scipy", "scikit-learn", "scikit-image", "umap-learn", "keras", "tensorflow")

OnError = Callable[[str, Exception], None]


@dataclass(frozen=True, slots=True)
class Preview:
    """The plan of an evaluation that is not run.

    Attributes
    ----------
    parts : dict of str to bool
        By name of each part: True where its result is kept from an earlier run.
    lacking : dict of str to str
        By name of each part that lacks an optional package: which one.
    """

    sides: Sides
    parts: dict[str, bool]
    lacking: dict[str, str]


def evaluate(
    real: Path | str,
    synthetic: Path | str,
    *,
    out: Path | str,
    parts: Collection[str] | None = None,
    settings: Mapping[str, Any] | None = None,
    size: int | None = None,
    seed: int = SEED,
    gate: Path | None = None,
    progress: bool | None = None,
    on_error: OnError | None = None,
) -> Report:
    """Compare synthetic images with real ones that are held out; write ``metrics.json`` and ``report.html``.

    The part ``copies`` is measured first, whatever parts are asked for: if synthetic images are copies of real ones or
    repeat each other, no part is called good. A part that does not apply (no masks, no classes, no pairs), that lacks a
    package although it was not asked for, or that fails is listed in the report, and the other parts are measured.
    Finished parts are kept in `out`: the same call continues a stopped one.

    Parameters
    ----------
    real, synthetic : Path or str
        Dataset folders, or plain folders of class sub-folders of images.
    out : Path or str
        Folder of the report.
    parts : collection of str, optional
        Names of parts, such as ``fidelity``; all by default. See `medcurate.evaluate.parts.PARTS`.
    settings : mapping of str to object, optional
        Options by name, such as ``encoder``, for every part that has one of that name.
    size : int, optional
        Width and height to which images are scaled (pixels); by default the smaller of both sides, at most 128.
    gate : Path, optional
        TOML file with thresholds, see `medcurate.evaluate.gates`; the report says which are met.
    progress : bool, optional
        False shows nothing.
    on_error : callable, optional
        Called with the name of a part that failed and its error.

    Raises
    ------
    UsageError
        An argument is wrong, a held-out image was used to train the generator, or a gate names no metric.
    MissingExtra
        A part or an option that was asked for needs packages that are not installed; nothing was measured.
    OutputError
        The report cannot be written; `Locked` if another process writes it.
    PolicyError
        Copies of training images were found, and the option ``on_copies`` is ``block``; the report is written.
    MedcurateError
        Nothing could be measured, as every part failed: the error of the first.
    """
    gates = () if gate is None else read_gates(gate)
    run = _Run.open(Path(real), Path(synthetic), Path(out), parts, settings, size, seed)
    run.check_gates(gates)
    with lock(run.out), Journal(run.out / PRIVATE / FEATURES, run.version()) as journal:
        run = run.keeping_features_in(journal)
        sections = _without_praise(list(run.sections(progress is not False, on_error)))
        report = run.report(sections)
        try:
            report.settings["gates"] = [result.record() for result in check_gates(gates, report)]
        finally:  # what was measured is written, also if a gate names no metric
            report.write(run.out)
            write_report_page(run.out, report, sections)
    act_on_copies(report.metrics, Path(synthetic), run.options.get("on_copies", "report"))
    asked = [section for section in sections if section.kind.name not in ALWAYS] or sections
    failed = [section.error for section in asked if section.error is not None]
    if len(failed) == len(asked):
        raise failed[0] if isinstance(failed[0], MedcurateError) else MedcurateError(asked[0].why)
    return report


def _without_praise(sections: list[Section]) -> list[Section]:
    """Take back good verdicts where the synthetic images are copies."""
    why = reason([metric for section in sections for metric in section.part.metrics])
    return [replace(section, part=withdrawn(section.part, why)) for section in sections]


def preview(
    real: Path | str,
    synthetic: Path | str,
    *,
    out: Path | str,
    parts: Collection[str] | None = None,
    settings: Mapping[str, Any] | None = None,
    size: int | None = None,
    seed: int = SEED,
    gate: Path | None = None,
) -> Preview:
    """Say what `evaluate` would compare and measure; nothing is measured or written."""
    run = _Run.open(Path(real), Path(synthetic), Path(out), parts, settings, size, seed)
    run.check_gates(() if gate is None else read_gates(gate))
    done = {kind.name: part_store.kept(run.out, kind.name, run.key(kind)) is not None for kind in run.kinds}
    return Preview(run.sides, done, {name: str(error) for name, error in run.lacking.items()})


@dataclass(frozen=True, slots=True)
class _Run:
    """One evaluation: its sides, parts and settings.

    Attributes
    ----------
    asked : frozenset of str
        Names of the parts that were asked for; none where all are run.
    lacking : mapping of str to MissingExtra
        By part: the optional packages that it lacks, where nobody asked for it.
    """

    out: Path
    sides: Sides
    facts: tuple[dict[str, Any], dict[str, Any]]
    kinds: tuple[PartKind, ...]
    options: Mapping[str, Any]
    asked: frozenset[str]
    lacking: Mapping[str, MissingExtra]

    @classmethod
    def open(
        cls,
        real: Path,
        synthetic: Path,
        out: Path,
        parts: Collection[str] | None,
        options: Mapping[str, Any] | None,
        size: int | None,
        seed: int,
    ) -> _Run:
        kinds = chosen(parts)
        if options:
            check_options(
                [kind for kind in kinds if kind.name not in ALWAYS or kind.name in (parts or ())] or kinds, options
            )
        if out.resolve() in (real.resolve(), synthetic.resolve()) or (out / CATALOGUE).exists():
            raise UsageError(f"--out {out} holds a dataset: expected a folder of its own for the report")
        given = {**(options or {}), **({"paired": True} if "paired" in (parts or ()) else {})}
        lacking = check_installed(kinds, given, asked=parts is not None)
        sides = open_sides(real, synthetic, size, seed)
        return cls(out, sides, facts_of(sides, real, synthetic), kinds, given, _named(kinds, parts), lacking)

    def check_gates(self, gates: Collection[Gate]) -> None:
        """Refuse, before anything is measured, a gate on a metric of a part that is not run."""
        names = {kind.name for kind in self.kinds}
        for gate in gates:
            if gate.part not in names:
                raise UsageError(
                    f"{gate.file}: {gate.metric!r} is a metric of the part {gate.part!r}, which is not run; expected "
                    f"metrics of {', '.join(sorted(names))}"
                )

    def version(self) -> str:
        """Return what features depend on besides the encoder: both sides, and the code that encodes them."""
        return version_digest(libraries=_PACKAGES, sides=[side["digest"] for side in self.facts])

    def keeping_features_in(self, journal: Journal) -> _Run:
        """Return the same run, which finds in a journal what an earlier one has encoded, and adds to it."""
        return replace(self, sides=replace(self.sides, features=FeatureCache(journal)))

    def key(self, kind: PartKind) -> str:
        """Return a digest of everything that the result of a part depends on."""
        return version_digest(
            part=kind.name,
            real=self.facts[0]["digest"],
            synthetic=self.facts[1]["digest"],
            size=self.sides.size,
            seed=self.sides.seed,
            settings={
                name: value
                for name, value in part_store.settings_record(kind.settings(**self.options)).items()
                if name not in _AFTERWARDS
            },
            libraries=("medcurate",),
        )

    def sections(self, show: bool, on_error: OnError | None) -> Iterator[Section]:
        """Measure one part after another; an error of one is kept in its section."""
        for number, kind in enumerate(self.kinds, 1):
            if show and sys.stderr.isatty():
                print(f"{kind.title} ({number} of {len(self.kinds)})", file=sys.stderr, flush=True)
            if kind.name in self.lacking and not can_run(kind, self.options):
                yield Section(kind, Part(), {}, self.lacking[kind.name])
                continue
            try:
                yield Section(
                    kind, self._measured(kind, show), part_store.settings_record(kind.settings(**self.options))
                )
            except OutputError:
                raise
            except Exception as error:  # a part that fails must not cost the others
                if on_error is not None:
                    on_error(kind.name, error)
                yield Section(kind, Part(), {}, error)

    def _measured(self, kind: PartKind, show: bool) -> Part:
        key = self.key(kind)
        found = part_store.kept(self.out, kind.name, key)
        if found is None:
            began = time.monotonic()
            part = kind.measure()(self.sides, kind.settings(**self.options), progress=show and None)
            _check_names(part)
            found = Finished(part, round(time.monotonic() - began, 3))
            part_store.keep(self.out, kind.name, key, found)
        return found.part

    def report(self, sections: list[Section]) -> Report:
        """Return the report of all parts."""
        real, synthetic = self.facts
        parts = [section.part for section in sections]
        return Report(
            real=real,
            synthetic=synthetic,
            metrics=tuple(metric for part in parts for metric in part.metrics),
            verdicts=tuple(verdict for part in parts for verdict in part.verdicts),
            figures=tuple(figure for part in parts for figure in part.figures),
            settings={
                "seed": self.sides.seed,
                "size": self.sides.size,
                "interval": INTERVAL,
                "notes": list(self.sides.notes),
                "parts": {section.kind.name: section.record() for section in sections},
                "skipped": skipped_parts(sections, asked=self.asked, lacking=self.lacking, facts=self.facts),
                "versions": installed(_PACKAGES),
                "gates": [],
            },
        )


def _named(kinds: Collection[PartKind], parts: Collection[str] | None) -> frozenset[str]:
    return frozenset() if parts is None else frozenset(kind.name for kind in kinds)


def _check_names(part: Part) -> None:
    for what in (part.metrics, part.figures):
        twice = [name for name, count in Counter(item.name for item in what).items() if count > 1]
        if twice:
            raise ValueError(f"names within a part must differ; {twice[0]} occurs twice")
