"""Recognize files that are not images by their names."""

from __future__ import annotations

from medcurate.errors import Code

IMAGE_SUFFIXES = (
    ".jpg", ".jpeg", ".jpe", ".jfif", ".png", ".apng", ".tif", ".tiff", ".dcm", ".dicom", ".ima", ".nii", ".nii.gz",
    ".hdr", ".hdr.gz", ".img", ".img.gz", ".mat",
)  # fmt: skip
_LITTER_FILES = frozenset((
    ".ds_store", "thumbs.db", "ehthumbs.db", "desktop.ini", ".localized", "icon\r", ".directory",
))  # fmt: skip
_LITTER_FOLDERS = frozenset((
    "__macosx", ".git", ".svn", "__pycache__", ".ipynb_checkpoints", ".trash", ".spotlight-v100", ".fseventsd",
    "$recycle.bin", "system volume information",
))  # fmt: skip
_SIDECAR_SUFFIXES = (
    ".csv", ".tsv", ".txt", ".md", ".rst", ".json", ".jsonl", ".pdf", ".html", ".htm", ".xml", ".yaml", ".yml", ".toml",
    ".ini", ".cfg", ".parquet", ".log", ".bval", ".bvec", ".xls", ".xlsx", ".doc", ".docx", ".odt", ".ods", ".ppt",
    ".pptx", ".rtf", ".tex", ".bib", ".py", ".ipynb", ".m", ".r", ".sh", ".bat", ".md5", ".sha1", ".sha256", ".npy",
    ".npz", ".pkl", ".db", ".sqlite",
)  # fmt: skip
_SIDECAR_NAMES = frozenset(("readme", "license", "licence", "copying", "changes", "changelog", "notice", "citation"))


def ignorable(path: str) -> Code | None:
    """Return `Code.LITTER` or `Code.SIDECAR` if the name is that of no image, else None.

    Parameters
    ----------
    path : str
        Relative path with ``/`` separators; folder names are checked, too.
    """
    *folders, name = path.lower().split("/")
    if name in _LITTER_FILES or name.startswith("._") or not _LITTER_FOLDERS.isdisjoint(folders):
        return Code.LITTER
    if name.endswith(_SIDECAR_SUFFIXES) or name in _SIDECAR_NAMES:
        return Code.SIDECAR
    return None


def header_of_pair(name: str) -> str | None:
    """Return the name of the ``.hdr`` that an ``.img`` belongs to, None for any other file."""
    for suffix, header in ((".img", ".hdr"), (".img.gz", ".hdr.gz")):
        if name.lower().endswith(suffix):
            return name[: -len(suffix)] + (header.upper() if name.endswith(suffix.upper()) else header)
    return None
