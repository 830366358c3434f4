"""Patient evidence from file and folder names, for files without a header.

A name is evidence, not proof, so groups from names are called inferred. Parts of a name that describe the content
(contrast, plane, mask) are removed, so that ``Subj8_T1`` and ``Subj8_FL`` have the same name.
"""

from __future__ import annotations

import re
from typing import NamedTuple

_KNOWN = re.compile(
    r"(?:^|[/_!-])(?P<id>"
    r"TCGA[-_][A-Z0-9]{2}[-_][A-Z0-9]{4}"  # The Cancer Genome Atlas; kaggle-3m writes it with underscores
    r"|UCSF-PDGM-\d{4,5}"
    r"|IXI\d{3}(?=-)"
    r"|OAS1_\d{4}|OAS3\d{4}"  # OASIS: sessions of one person follow
    r"|BraTS-[A-Z]{2,5}-\d{5}"  # a time point follows
    r"|BraTS20\d\d_\d{5}|BraTS\d\d_(?:Training|Validation|Testing)_\d{3}"
    r")(?![A-Z0-9])",
    re.IGNORECASE,
)
_BIDS = re.compile(r"(?:^|[/_!])sub-([A-Za-z0-9]+)(?=[/_.])")  # Gorgolewski et al., Sci. Data 3:160044, 2016
_SUFFIX = re.compile(r"(\.nii|\.hdr|\.img)?(\.gz)?(\.[A-Za-z0-9]{1,5})?$")
_WORD = re.compile(r"[A-Za-z]+[0-9]*[A-Za-z]*|[0-9]+")
_ROLES = frozenset(
    (
        "t1", "t1w", "t1c", "t1ce", "t1gd", "t1n", "t1post", "t1pre", "t2", "t2w", "t2f", "t2star", "flair",
        "fl", "pd", "pdw", "dwi", "adc", "swi", "dti", "asl", "fa", "md", "gd", "ce", "post", "pre", "contrast",
        "mprage", "spgr", "seg", "segm", "segmentation", "mask", "masks", "brainmask", "label", "labels", "roi",
        "rois", "lesion", "lesions", "tumor", "tumour", "otmulticlass", "brain", "bet", "stripped", "n4", "reg",
        "mni", "orig", "anat", "image", "images", "img", "imgs", "imagestr", "imagests", "labelstr", "labelsts",
        "volume", "volumes", "vol", "mri", "mr", "ct", "scan", "slice", "slices", "frame", "axi", "axial", "ax",
        "cor", "coronal", "sag", "sagittal", "tra", "transverse",
    )
)  # fmt: skip
_PERSON = re.compile(
    r"(?:^|[^a-z])(?:patient|pat|pt|participant|subject|subj|person|volunteer|case)[ _-]?\d", re.IGNORECASE
)
_CHANNEL = re.compile(r"000\d")  # nnU-Net writes the contrast as a number at the end
_NO_PERSON = re.compile(
    r"train|test|val|fold|part|batch|set|split|class|grade|label|chunk|data|archive|px|size|res|copy|version|v\d",
    re.IGNORECASE,
)


class Name(NamedTuple):
    """The parsed parts of a path.

    Attributes
    ----------
    folder : str
        The folder without parts that only describe the content, such as ``T1`` or ``masks``.
    rest : str
        The name without suffix, contrast, plane and mask words; lower case, ``_`` between words.
    role : str
        The words that were removed from the name.
    """

    folder: str
    rest: str
    role: str


def known_patient(source: str, path: str) -> str | None:
    """Return the patient identifier in a path as used by a well-known dataset or BIDS, None if there is none.

    Identifiers of published datasets are valid across sources; those of BIDS are valid within one source.
    """
    if found := _KNOWN.search(path):
        return found["id"].upper().replace("-", "_")
    if found := _BIDS.search(path):
        return f"{source}\0sub\0{found[1]}"
    return None


def parse_name(path: str) -> Name:
    """Parse a path; see `Name`."""
    folder, _, name = re.sub("!", "/", path).rpartition("/")
    words = _WORD.findall(_SUFFIX.sub("", name).lower())
    rest = [word for word in words if word not in _ROLES]
    role = [word for word in words if word in _ROLES]
    if len(rest) > 1 and _CHANNEL.fullmatch(rest[-1]) and rest[-2].isdigit():
        role.append(rest.pop())
    parts = [part for part in folder.split("/") if not _only_roles(part)]
    return Name("/".join(parts), "_".join(rest), " ".join(role))


def named_person(name: Name) -> str | None:
    """Return a word for a person with its number, as in ``patient_07/scan/012`` or ``Subj15-T1_036``, or None.

    It is valid within one source and folder.
    """
    parts = name.folder.split("/")
    for depth, part in enumerate(parts, 1):
        if _PERSON.search(part):
            return "/".join(parts[:depth])
    prefix = name.rest.rpartition("_")[0] if name.rest.rpartition("_")[2].isdigit() else name.rest
    return f"{name.folder}//{prefix}" if _PERSON.search(prefix) else None


def series_of_slices(name: Name) -> str | None:
    """Return the part of a slice's name before its running number, None unless that part contains a number.

    ``Subj15-T1_cor_036`` is slice 36 of ``subj15``; ``image(41)`` and ``Tr-gl_0010`` give None.
    """
    prefix, _, last = name.rest.rpartition("_")
    return prefix if last.isdigit() and any(letter.isdigit() for letter in prefix) else None


def folder_of_patient(name: Name) -> str | None:
    """Return the numbered folder that may hold one patient, None if its name means something else."""
    last = name.folder.rpartition("/")[2]
    return name.folder if re.search(r"\d", last) and not _NO_PERSON.search(last) else None


def _only_roles(part: str) -> bool:
    words = _WORD.findall(part.lower())
    return bool(words) and all(word in _ROLES for word in words)
