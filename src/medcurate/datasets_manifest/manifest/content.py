"""Content of all files of a manifest: facts, sources, verdict, and statements of the creators."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from medcurate.catalogue import FILE_NAME, Catalogue
from medcurate.dataset.layout import METADATA
from medcurate.datasets_manifest.licenses.license_terms import read_license
from medcurate.datasets_manifest.licenses.overrides import Override
from medcurate.datasets_manifest.licenses.statements import DatasetStatement
from medcurate.datasets_manifest.licenses.verdict import Verdict
from medcurate.datasets_manifest.manifest.changes import changes
from medcurate.datasets_manifest.manifest.facts import UNKNOWN, UNLABELED, Facts
from medcurate.datasets_manifest.manifest.sources import Origin
from medcurate.datasets_manifest.plain_text import license_url, web_address

_MAKERS = "The makers of this dataset"
_CHUNK = 1 << 20
_ONE_SIDED = 0.95


class TableFile(NamedTuple):
    """A table of the dataset: ``metadata.csv``, or a Parquet file of the catalogue.

    Attributes
    ----------
    path : str
        Relative to the dataset folder.
    sha256 : str
    size : int
        In bytes.
    """

    path: str
    sha256: str
    size: int


@dataclass(frozen=True, slots=True)
class Manifest:
    """Content of the files of a manifest.

    Attributes
    ----------
    origins : tuple of Origin
        Sources with kept rows.
    metadata : TableFile or None
        ``metadata.csv``; None in the older layout.
    made_with : str
        Name and version of the program.
    """

    facts: Facts
    origins: tuple[Origin, ...]
    verdict: Verdict
    overrides: tuple[Override, ...]
    about: DatasetStatement
    catalogue: tuple[TableFile, ...]
    metadata: TableFile | None
    made_with: str

    @property
    def title(self) -> str:
        """Title of the dataset."""
        names = ", ".join(origin.title for origin in self.origins)
        return self.about.title or f"Images from {names}"

    @property
    def description(self) -> str:
        """Description in a few sentences."""
        if self.about.description:
            return self.about.description
        facts = self.facts
        made = "Generated brain images" if facts.synthetic else "Brain images"
        splits = ", ".join(f"{count:,} {name}" for name, count in facts.by("split").items())
        return (
            f"{made} from {', '.join(origin.title for origin in self.origins)}, made alike: "
            f"{facts.pictures:,} images and volumes ({splits}), {facts.count(kind='mask'):,} masks. "
            f"Of {facts.rows:,} rows {facts.kept:,} are kept and {facts.dropped.total():,} are left out, "
            "each with a reason."
        )

    @property
    def version(self) -> str:
        """Version of the dataset."""
        return self.about.version or "1.0.0"

    @property
    def creators(self) -> tuple[str, ...]:
        """Creators of the dataset; a placeholder if nobody is named."""
        return self.about.creators or (_MAKERS,)

    @property
    def url(self) -> str:
        """Address of the dataset; '' if there is none yet."""
        return web_address(f"https://doi.org/{self.about.doi}" if self.about.doi else self.about.url)

    @property
    def sharable(self) -> bool:
        """Whether files may be shared as requested."""
        return self.verdict.granted

    @property
    def licenses(self) -> list[str]:
        """All applicable SPDX identifiers: outbound if sharing is granted, otherwise those of the sources as stated."""
        if self.sharable and self.verdict.expression:
            return _identifiers(self.verdict.expression)
        stated = [name for origin in self.origins for rule in origin.for_rules() for name in _identifiers(rule.license)]
        return list(dict.fromkeys(stated)) or ["NOASSERTION"]

    def changes(self, origin: Origin) -> list[str]:
        """Return the processing of the images of a source."""
        return changes(self.facts, origin.name)

    def biases(self) -> Iterator[str]:
        """Yield biases that the counts show: rare classes, or classes from a single source."""
        tumors = {name: count for name, count in self.facts.by("tumor").items() if name != UNLABELED}
        if len(tumors) > 1:
            most, least = max(tumors, key=lambda n: tumors[n]), min(tumors, key=lambda n: tumors[n])
            yield f"There are {tumors[most]:,} images of {most} and {tumors[least]:,} of {least}."
        if len(self.facts.sources) > 1:
            yield from self._one_sided(tumors)
        planes = self.facts.by("plane")
        if len(planes) == 1 and UNKNOWN not in planes:
            yield f"All images are of the plane {next(iter(planes))}."

    def _one_sided(self, tumors: dict[str, int]) -> Iterator[str]:
        for tumor, total in tumors.items():
            for source in self.facts.sources:
                count = sum(
                    n
                    for c, n in self.facts.cells.items()
                    if (c.tumor, c.source) == (tumor, source) and c.kind != "mask"
                )
                if count >= _ONE_SIDED * total:
                    share = "All" if count == total else f"{count:,} of {total:,}"
                    yield (
                        f"{share} images of {tumor} come from {source}: a model may learn the source instead of the "
                        "class."
                    )

    def limitations(self) -> Iterator[str]:
        """Yield limitations of the data and known problems of the sources."""
        by = self.facts.values["patient_group_by"]
        guessed = by.total() - by["patient"]
        if guessed and not self.facts.synthetic:
            yield (
                f"{guessed:,} of {by.total():,} images have no patient ID: they were grouped by similarity "
                f"({by['inferred']:,}) or not at all ({by['image']:,}), so one patient may be in two splits."
            )
        for origin in self.origins:
            for problem in origin.problems:
                yield f"{origin.name}: {problem.text} [{problem.evidence}]"
            for overlap in origin.card.overlaps if origin.card else ():
                yield f"{origin.name} and {overlap.card}: {overlap.text}"
        for names, count in self.facts.same.items():
            yield f"{count:,} images are in all of {', '.join(names)}; one copy is kept unless it was asked otherwise."
        if self.facts.synthetic:
            yield "The images were generated by a model; they show no patient, and must not be used as if they did."
        yield "For research; not for diagnosis."

    def personal(self) -> Iterator[str]:
        """Yield statements about personal information."""
        yield "Images of the heads of people. Licenses say nothing about privacy and consent."
        yield (
            "Patient IDs are salted pseudonyms or absent; headers of the originals are not copied. The column "
            "original_path of the catalogue holds names of the original files."
        )
        flags = {"BURNED_IN": "may show text", "FACE": "show a face", "IDENTIFIERS": "had identifiers in the header"}
        for note, words in flags.items():
            if count := self.facts.values["notes"][note]:
                yield f"{count:,} images {words}: look at them before you share (note {note} in the catalogue)."
        if "NO_REIDENTIFICATION" in self.verdict.flags:
            yield "Do not try to identify or contact the people shown, and pass this condition on."

    def collection(self) -> str:
        """Return the description of the data collection."""
        return " ".join(_collected(origin) for origin in self.origins)


def _collected(origin: Origin) -> str:
    parts = [f"{origin.name}: {origin.statement.collection or origin.title}."]
    if origin.card:
        content = origin.card.content
        parts += [
            f"{label}: {text}." for label, text in (("sites", content.sites), ("scanners", content.scanners)) if text
        ]
    if origin.statement.ethics or (origin.card and origin.card.ethics):
        parts.append(f"Ethics: {origin.statement.ethics or (origin.card.ethics if origin.card else '')}")
    return " ".join(parts)


def catalogue_files(folder: Path) -> tuple[TableFile, ...]:
    """Return the Parquet files of the catalogue with their checksums."""
    return tuple(_described(path, folder) for path in Catalogue.open(folder / FILE_NAME).files())


def metadata_file(folder: Path) -> TableFile | None:
    """Return ``metadata.csv`` with its checksum; None for a folder of the older layout."""
    path = folder / METADATA
    return _described(path, folder) if path.is_file() else None


def _described(path: Path, folder: Path) -> TableFile:
    total, size = hashlib.sha256(), 0
    with path.open("rb") as stream:
        while block := stream.read(_CHUNK):
            total.update(block)
            size += len(block)
    return TableFile(path.relative_to(folder).as_posix(), total.hexdigest(), size)


def _identifiers(expression: str | None) -> list[str]:
    """Return the unique licenses of an expression; NOASSERTION if it cannot be parsed."""
    reading = read_license(expression)
    return sorted(term.id for term in reading.terms) if reading.status == "ok" else ["NOASSERTION"]


def license_reference(name: str) -> str:
    """Return the address of a license's text, or its name if there is none."""
    return license_url(name) or name
