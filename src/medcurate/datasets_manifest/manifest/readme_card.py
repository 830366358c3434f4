"""``README.md``: a dataset card with the front matter that dataset hubs read."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from medcurate.catalogue import FILE_NAME
from medcurate.dataset.layout import ALL, METADATA, folder_name
from medcurate.datasets_manifest.licenses.verdict import MEANINGS
from medcurate.datasets_manifest.manifest.content import Manifest
from medcurate.datasets_manifest.manifest.facts import NO_SPLIT, UNLABELED
from medcurate.datasets_manifest.plain_text import code, license_url, link, markdown, one_line, yaml

_SIZES = (
    (1_000, "n<1K"),
    (10_000, "1K<n<10K"),
    (100_000, "10K<n<100K"),
    (1_000_000, "100K<n<1M"),
    (10_000_000, "1M<n<10M"),
    (100_000_000, "10M<n<100M"),
)
_HUB_LICENSES = re.compile(
    r"apache-2\.0|mit|pddl|odbl|cc0-1\.0|cc-by-(2\.0|2\.5|3\.0|4\.0)|cc-by-sa-(3\.0|4\.0)|cc-by-nc-(2\.0|3\.0|4\.0)|"
    r"cc-by-nd-4\.0|cc-by-nc-nd-(3\.0|4\.0)|cc-by-nc-sa-(2\.0|3\.0|4\.0)"
)
_LICENSE_FILE = "LICENSES.md"
_SPLITS = ("train", "val", "test")


def readme(content: Manifest) -> str:
    """Return ``README.md``."""
    return f"---\n{yaml(front_matter(content))}---\n\n" + "\n".join(_page(content)) + "\n"


def front_matter(content: Manifest) -> Mapping[str, Any]:
    """Return the metadata that hubs read."""
    facts = content.facts
    tasks = ["unconditional-image-generation"]
    tumors = [name for name in facts.by("tumor") if name != UNLABELED]
    if len(tumors) > 1:
        tasks.insert(0, "image-classification")
    if facts.count(kind="mask"):
        tasks.insert(0, "image-segmentation")
    size = next((name for limit, name in _SIZES if facts.pictures < limit), "100M<n<1B")
    sources = [f"extended|{_slug(origin.statement.card or origin.name)}" for origin in content.origins]
    return {
        "pretty_name": one_line(content.title),
        **_license(content),
        "task_categories": tasks,
        "size_categories": [size],
        "source_datasets": list(dict.fromkeys(sources)),
        "annotations_creators": ["machine-generated" if facts.synthetic else "found"],
        "tags": ["medical", "brain", *(["synthetic"] if facts.synthetic else [])],
        "configs": [_images(content) if _has_image_folders(content) else _catalogue(content)],
    }


def _has_image_folders(content: Manifest) -> bool:
    return content.metadata is not None and content.facts.count(kind="image") > 0


def _images(content: Manifest) -> Mapping[str, Any]:
    """Return the splits as image folders: what a hub then shows first are images with their labels.

    There is one loader for all configurations of a dataset, so that the catalogue cannot be another one.
    """
    splits = {name for name in content.facts.by("split") if content.facts.count(kind="image", split=name)}
    files = [
        {"split": re.sub(r"\W", "_", folder), "path": f"*/{folder}/*/*.png"}
        for name in sorted(splits, key=_split_rank)
        for folder in [folder_name(None if name == NO_SPLIT else name, ALL)]
    ]
    return {"config_name": "images", "drop_labels": False, "data_files": files}


def _split_rank(name: str) -> tuple[int, str]:
    return _SPLITS.index(name) if name in _SPLITS else len(_SPLITS), name


def _catalogue(content: Manifest) -> Mapping[str, Any]:
    table = FILE_NAME if len(content.catalogue) == 1 else f"{FILE_NAME}/*.parquet"
    return {"config_name": "catalogue", "data_files": [{"split": "rows", "path": table}]}


def _license(content: Manifest) -> Mapping[str, str]:
    names = content.licenses
    if not content.sharable:
        return {
            "license": "other",
            "license_name": f"not-for-sharing-{content.verdict.outcome}",
            "license_link": _LICENSE_FILE,
        }
    if len(names) == 1 and _HUB_LICENSES.fullmatch(names[0].lower()):
        return {"license": names[0].lower()}
    return {"license": "other", "license_name": _slug("-and-".join(names)), "license_link": _LICENSE_FILE}


def _slug(text: str) -> str:
    return re.sub(r"[^a-z0-9.]+", "-", text.lower()).strip("-.")[:96] or "unnamed"


def _page(content: Manifest) -> Iterator[str]:
    verdict = content.verdict
    yield f"# {markdown(content.title)}"
    yield ""
    yield markdown(content.description)
    yield ""
    yield f"**{verdict.outcome.upper()}**: {MEANINGS[verdict.outcome]}."
    if content.sharable and verdict.expression:
        yield f"License: {code(verdict.expression)}."
    yield f"See [licenses]({_LICENSE_FILE}), [attribution](ATTRIBUTION.md) and [the verdict](verdict.json)."
    yield from _counts(content)
    yield from _layout(content)
    yield from _sources(content)
    for title, lines in (
        ("Possible biases", content.biases()),
        ("Limitations and known problems", content.limitations()),
        ("Privacy", content.personal()),
    ):
        yield from _list(title, lines)
    yield from ("", "## Citation", "", "See [CITATION.cff](CITATION.cff); cite the sources as well.", "")
    yield f"Written by {content.made_with}. `croissant.json` has the same facts in machine-readable form."


def _counts(content: Manifest) -> Iterator[str]:
    facts = content.facts
    splits = list(facts.by("split"))
    yield from ("", "## Content", "")
    yield f"| tumor | source | plane | {' | '.join(markdown(name) for name in splits)} | all |"
    yield f"|---|---|---|{'---:|' * (len(splits) + 1)}"
    for row in sorted({(cell.tumor, cell.source, cell.plane) for cell in facts.cells if cell.kind != "mask"}):
        tumor, source, plane = row
        counts = [_count(content, tumor=tumor, source=source, plane=plane, split=split) for split in splits]
        cells = [*map(markdown, row), *(f"{count:,}" for count in counts), f"{sum(counts):,}"]
        yield f"| {' | '.join(cells)} |"
    totals = [_count(content, split=split) for split in splits]
    yield f"| **all** |  |  | {' | '.join(f'{count:,}' for count in totals)} | {sum(totals):,} |"
    yield ""
    yield (
        f"{facts.rows:,} rows of the catalogue = {facts.kept:,} kept ({facts.count(kind='mask'):,} of them masks) + "
        f"{facts.dropped.total():,} dropped."
    )
    if facts.dropped:
        reasons = ", ".join(f"{markdown(reason)} {count:,}" for reason, count in sorted(facts.dropped.items()))
        yield f"Dropped: {reasons}."
    sizes = facts.values["size"].most_common()
    shown = ", ".join(f"{size} ({count:,})" for size, count in sorted(sizes[:3], key=lambda item: (-item[1], item[0])))
    yield f"Pixels: {shown}{f' and {len(sizes) - 3} more sizes' if len(sizes) > 3 else ''}."
    yield f"Patients, or groups of images that may show one patient: {facts.groups:,}."


def _count(content: Manifest, **chosen: str) -> int:
    return content.facts.count(**chosen) - content.facts.count(kind="mask", **chosen)


def _layout(content: Manifest) -> Iterator[str]:
    yield from ("", "## Files", "")
    yield f"- `{FILE_NAME}`: one row per image, kept or left out, with path, source, license and changes"
    facts = content.facts
    if facts.count(kind="image"):
        if content.metadata is None:
            yield "- `images/PLANE/TUMOR/ID.png`"
        else:
            yield "- `PLANE/SPLIT/TUMOR/ID.png`: each `PLANE/SPLIT` is an image folder with the tumor type as the class"
            yield f"- `{METADATA}`: one row per image, with `file_name`, `label`, `split`, `plane` and more"
    masks = facts.count(kind="mask")
    if masks and facts.values["format"]["png"]:
        yield "- `masks/PLANE/TUMOR/ID.png`: the mask of the image of the same name"
    if facts.count(kind="volume"):
        yield f"- `volumes/PATIENT/CONTRAST.nii.gz`{', `mask.nii.gz`' if masks else ''}"


def _sources(content: Manifest) -> Iterator[str]:
    yield from ("", "## Sources", "")
    for origin in content.origins:
        names = ", ".join(link(r.license or "not stated", license_url(r.license or "")) for r in origin.for_rules())
        done = "; ".join(map(markdown, content.changes(origin)))
        yield f"- {link(origin.title, origin.source.url)}: {names}. {done}."


def _list(title: str, lines: Iterator[str]) -> Iterator[str]:
    items = list(lines)
    if items:
        yield from ("", f"## {title}", "")
        yield from (f"- {markdown(line)}" for line in items)
