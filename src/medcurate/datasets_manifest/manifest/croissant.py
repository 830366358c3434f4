"""``croissant.json``: a machine-readable description in Croissant 1.1 with its RAI extension.

The format is of Akhtar et al. 2024, arXiv 2403.19546. It is written as plain JSON-LD, without mlcroissant, which can
load it.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from medcurate.catalogue import SCHEMA
from medcurate.dataset.layout import IMAGES, MASKS, METADATA, PLANES, VOLUMES
from medcurate.datasets_manifest.manifest.content import Manifest, license_reference
from medcurate.datasets_manifest.manifest.facts import NO_SPLIT
from medcurate.datasets_manifest.manifest.sources import Origin
from medcurate.datasets_manifest.plain_text import one_line

CONFORMS_TO = ("http://mlcommons.org/croissant/1.1", "http://mlcommons.org/croissant/RAI/1.0")
_CONTEXT: Mapping[str, Any] = {
    "@language": "en",
    "@vocab": "https://schema.org/",
    "cr": "http://mlcommons.org/croissant/",
    "dct": "http://purl.org/dc/terms/",
    "prov": "http://www.w3.org/ns/prov#",
    "rai": "http://mlcommons.org/croissant/RAI/",
    "sc": "https://schema.org/",
    **{
        name: f"cr:{name}"
        for name in (
            "arrayShape", "citeAs", "column", "containedIn", "equivalentProperty", "extract", "field", "fileObject",
            "fileProperty", "fileSet", "format", "includes", "isArray", "isLiveDataset", "jsonPath", "key", "md5",
            "parentField", "path", "recordSet", "references", "regex", "repeated", "replace", "samplingRate",
            "separator", "source", "subField", "transform",
        )
    },
    "conformsTo": "dct:conformsTo",
    "data": {"@id": "cr:data", "@type": "@json"},
    "dataType": {"@id": "cr:dataType", "@type": "@vocab"},
    "description": {"@container": "@language"},
    "examples": {"@id": "cr:examples", "@type": "@json"},
    "name": {"@container": "@language"},
}  # fmt: skip
_TYPES = {"string": "sc:Text", "int32": "sc:Integer", "int16": "sc:Integer", "double": "sc:Float"}
_FILES = {
    IMAGES: ("image-files", "image/png", "*.png"),
    MASKS: ("mask-files", "image/png", "*.png"),
    VOLUMES: ("volume-files", "application/gzip", "*.nii.gz"),
}
_OF_IMAGES = ("image_id", "source", "tumor", "plane", "split", "fold", "patient_group", "license")
"""Columns of the catalogue that the record set of images has as well as the pixels."""
_IN_METADATA = {"path": "file_name", "tumor": "label"}
"""Columns that have another name in ``metadata.csv``."""
_DESCRIPTIONS = {
    "path": "path of the file in the dataset; of a dropped row, of the original",
    "status": "kept or dropped",
    "reason": "why a row was dropped",
    "split": "train, val or test; patients are never divided",
    "mask": "path of the mask of the image; empty where there is none",
    "patient_group": "pseudonym; rows of one group always share a split",
    "license": "license of the source as stated, SPDX",
    "steps": "JSON: what was done to the image, with parameters",
}


def croissant(content: Manifest) -> str:
    """Return ``croissant.json``."""
    return json.dumps(dict(_dataset(content)), ensure_ascii=False, indent=1) + "\n"


def _dataset(content: Manifest) -> Iterator[tuple[str, Any]]:
    about = content.about
    yield "@context", _CONTEXT
    yield "@type", "sc:Dataset"
    yield "conformsTo", list(CONFORMS_TO)
    yield "name", one_line(content.title)
    yield "description", content.description
    yield "version", content.version
    yield "license", [license_reference(name) for name in content.licenses]
    yield "usageInfo", f"{content.verdict.outcome}: see verdict.json, ATTRIBUTION.md and LICENSES.md"
    yield "creator", [_agent(name) for name in content.creators]
    if content.url:
        yield "url", content.url
    if about.date_published:
        yield "datePublished", about.date_published.isoformat()
    yield "keywords", ["brain", "medical imaging", *about.keywords]
    yield "citeAs", _cite_as(content)
    yield "isBasedOn", [dict(_work(origin)) for origin in content.origins]
    yield "prov:wasDerivedFrom", [dict(_provenance(content, origin)) for origin in content.origins]
    yield from _responsible(content)
    yield "distribution", list(_distribution(content))
    yield "recordSet", list(_record_sets(content))


def _agent(name: str) -> dict[str, str]:
    person = "," in name
    return {"@type": "sc:Person" if person else "sc:Organization", "name": one_line(name)}


def _cite_as(content: Manifest) -> str:
    own = f"{'; '.join(content.creators)}. {content.title}, version {content.version}."
    used = " ".join(origin.citation for origin in content.origins if origin.citation)
    return one_line(f"{own} Made from: {used}" if used else own)


def _work(origin: Origin) -> Iterator[tuple[str, Any]]:
    """Yield a source as a schema.org object."""
    yield "@type", "sc:Dataset"
    yield "name", one_line(origin.title)
    yield "license", [license_reference(rule.license or "NOASSERTION") for rule in origin.for_rules()]
    if origin.creators:
        yield "creator", [_agent(name) for name in origin.creators]
    if origin.source.url:
        yield "url", origin.source.url
    for key, value in (("version", origin.version), ("citation", one_line(origin.citation))):
        if value:
            yield key, value


def _provenance(content: Manifest, origin: Origin) -> Iterator[tuple[str, Any]]:
    """Yield the images from a source and their processing, in terms of PROV-O."""
    kept = sum(n for cell, n in content.facts.cells.items() if cell.source == origin.name)
    yield "@type", "prov:Entity"
    yield "prov:label", origin.name
    yield (
        "prov:value",
        f"{kept:,} images, volumes and masks, license as stated: {origin.source.license or 'NOASSERTION'}",
    )
    if origin.source.url:
        yield "prov:atLocation", origin.source.url
    yield "prov:wasGeneratedBy", {"@type": "prov:Activity", "prov:label": "; ".join(content.changes(origin))}
    earlier = [parent.name for rule in origin.for_rules() for parent in rule.parents]
    earlier += [rule.name for rule in origin.training]
    if earlier:
        yield "prov:wasDerivedFrom", [{"@type": "prov:Entity", "prov:label": name} for name in earlier]


def _responsible(content: Manifest) -> Iterator[tuple[str, Any]]:
    """Yield the fields of the extension for responsible AI."""
    steps = [f"{origin.name}: {', '.join(content.changes(origin))}" for origin in content.origins]
    steps += [
        f"{origin.name}, before it was published: {origin.statement.preprocessing}"
        for origin in content.origins
        if origin.statement.preprocessing
    ]
    yield "rai:dataCollection", content.collection()
    yield "rai:dataPreprocessingProtocol", steps
    yield "rai:dataBiases", list(content.biases())
    yield "rai:dataLimitations", list(content.limitations())
    yield "rai:personalSensitiveInformation", list(content.personal())


def _distribution(content: Manifest) -> Iterator[dict[str, Any]]:
    for file in (*content.catalogue, *([] if content.metadata is None else [content.metadata])):
        yield {
            "@type": "cr:FileObject",
            "@id": file.path,
            "name": file.path,
            "contentUrl": file.path,
            "contentSize": f"{file.size} B",
            "encodingFormat": "text/csv" if file == content.metadata else "application/x-parquet",
            "sha256": file.sha256,
        }
    for folder, (name, kind, ending) in _FILES.items():
        if _holds(content, folder):
            patterns = [f"{place}/{ending}" for place in (_planes(content) if folder == IMAGES else [folder])]
            includes = patterns[0] if len(patterns) == 1 else patterns
            yield {"@type": "cr:FileSet", "@id": name, "name": name, "encodingFormat": kind, "includes": includes}


def _planes(content: Manifest) -> list[str]:
    """Return the folders that hold the images: one per plane, or the one of the older layout."""
    if content.metadata is None:
        return [IMAGES]
    return [plane for plane in PLANES if content.facts.count(kind="image", plane=plane)]


def _holds(content: Manifest, folder: str) -> bool:
    facts = content.facts
    flat = facts.values["format"]["png"] > 0
    return {
        IMAGES: facts.count(kind="image") > 0,
        MASKS: facts.count(kind="mask") > 0 and flat,
        VOLUMES: facts.count(kind="volume") > 0,
    }[folder]


def _record_sets(content: Manifest) -> Iterator[dict[str, Any]]:
    yield _splits(content)
    parts = len(content.catalogue) > 1
    for number, file in enumerate(content.catalogue):  # a record set reads one file: each part has its own
        yield _rows(f"rows-{number}" if parts else "rows", file.path)
    if _holds(content, IMAGES) and content.metadata is not None:
        yield _images(METADATA, {**_IN_METADATA, "mask": "mask"})
    elif _holds(content, IMAGES) and not parts:
        yield _images(content.catalogue[0].path, {})


def _splits(content: Manifest) -> dict[str, Any]:
    names = [name for name in content.facts.by("split") if name != NO_SPLIT]
    return {
        "@type": "cr:RecordSet",
        "@id": "splits",
        "name": "splits",
        "description": "names of the splits",
        "dataType": "cr:Split",
        "key": {"@id": "splits/name"},
        "field": [{"@type": "cr:Field", "@id": "splits/name", "name": "name", "dataType": "sc:Text"}],
        "data": [{"splits/name": name} for name in names or [NO_SPLIT]],
    }


def _rows(name: str, table: str) -> dict[str, Any]:
    return {
        "@type": "cr:RecordSet",
        "@id": name,
        "name": name,
        "description": "every image, volume and mask, kept or dropped, with its metadata",
        "field": [_column(name, column, table) for column in SCHEMA.names],
    }


def _images(table: str, names: Mapping[str, str]) -> dict[str, Any]:
    """Describe the images: pixels from the files, the rest from a table, joined by path.

    Parameters
    ----------
    table : str
        ``metadata.csv``; in the older layout the catalogue.
    names : mapping of str to str
        Field to the column of the table, where that has another name; ``mask`` where it has the masks.
    """
    files = _FILES[IMAGES][0]
    joined = {
        **_field("images", "path", "sc:Text"),
        "source": {
            "fileSet": {"@id": files},
            "extract": {"fileProperty": "fullpath"},
            "transform": {"regex": "^(.*)$"},  # mlcroissant treats a path as text only after a transform
        },
        "references": {"fileObject": {"@id": table}, "extract": {"column": names.get("path", "path")}},
    }
    pixels = {
        **_field("images", "image", "sc:ImageObject"),
        "source": {"fileSet": {"@id": files}, "extract": {"fileProperty": "content"}},
    }
    columns = [_column("images", name, table, column=names.get(name, name)) for name in _OF_IMAGES]
    masks = [_text("images", "mask", table)] if "mask" in names else []
    return {
        "@type": "cr:RecordSet",
        "@id": "images",
        "name": "images",
        "description": "the images that are kept, with their pixels",
        "field": [joined, pixels, *columns, *masks],
    }


def _text(record_set: str, name: str, table: str) -> dict[str, Any]:
    source = {"source": {"fileObject": {"@id": table}, "extract": {"column": name}}}
    return {**_field(record_set, name, "sc:Text"), **source}


def _column(record_set: str, name: str, table: str, *, column: str | None = None) -> dict[str, Any]:
    kind = SCHEMA.field(name).type
    source = {"source": {"fileObject": {"@id": table}, "extract": {"column": column or name}}}
    if str(kind).startswith("list"):
        of_items = "sc:Text" if str(kind.value_type) == "string" else "sc:Float"
        return {**_field(record_set, name, of_items), "isArray": True, "arrayShape": "-1", **source}
    return {**_field(record_set, name, _TYPES[str(kind)]), **source}


def _field(record_set: str, name: str, kind: str) -> dict[str, Any]:
    kinds: Any = [kind, "cr:Split"] if name == "split" else kind
    described = {"description": _DESCRIPTIONS[name]} if name in _DESCRIPTIONS else {}
    return {"@type": "cr:Field", "@id": f"{record_set}/{name}", "name": name, **described, "dataType": kinds}
