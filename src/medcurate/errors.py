"""Every error that medcurate raises on purpose.

::

    MedcurateError                 exit code
    ├── UsageError                 2   the command line or an argument is wrong
    │   └── MissingExtra           2   an optional package is not installed
    ├── NothingUsable              4   the input holds no image that can be used
    ├── PolicyError                5   a license or privacy rule stops the run
    ├── LeakError                  70  splits that medcurate made share a patient: a bug
    ├── OutputError                6   the output cannot be written
    │   └── Locked                 6   another process writes the same folder
    └── InputError                 -   one file is bad: it is listed in ``rejects.csv`` and the run continues

A message says what was wrong, what is expected, what was received and what to do. It never quotes text from inside a
medical file: such text can name a patient.
"""

from __future__ import annotations

from enum import StrEnum


class MedcurateError(Exception):
    """Base of all errors that a user can act on."""

    exit_code = 70


class UsageError(MedcurateError):
    """The command line, the configuration or an argument is wrong."""

    exit_code = 2


class MissingExtra(UsageError):
    """An optional package is needed and not installed.

    Parameters
    ----------
    packages : tuple of str
        The distributions that are missing.
    extra : str
        The extra of medcurate that brings them, or several with commas between them.
    purpose : str
        What they are needed for.
    """

    def __init__(self, packages: tuple[str, ...], *, extra: str, purpose: str) -> None:
        self.packages = packages
        self.extra = extra
        what, it = ("which is", "it") if len(packages) == 1 else ("which are", "them")
        super().__init__(
            f"{purpose} needs {', '.join(packages)}, {what} not installed. "
            f"Install {it} with: pip install 'medcurate[{extra}]'"
        )


class NothingUsable(MedcurateError):
    """The input holds nothing that can be used."""

    exit_code = 4


class PolicyError(MedcurateError):
    """A licence or privacy rule stops the run."""

    exit_code = 5


class LeakError(MedcurateError):
    """Splits that medcurate made share a patient or an image; in a user's own splits this is a `UsageError`."""


class OutputError(MedcurateError):
    """The output cannot be written: disk full, read-only, not a folder."""

    exit_code = 6


class Locked(OutputError):
    """Another process holds the output folder."""


class Code(StrEnum):
    """Why a file was rejected, ignored or noted. The values appear in ``rejects.csv`` and in the column ``notes``."""

    EMPTY = "EMPTY"
    TRUNCATED = "TRUNCATED"
    BAD_MAGIC = "BAD_MAGIC"
    BAD_HEADER = "BAD_HEADER"
    BAD_DIMS = "BAD_DIMS"
    BAD_AFFINE = "BAD_AFFINE"
    BOMB = "BOMB"
    TOO_DEEP = "TOO_DEEP"
    NOT_IMAGE = "NOT_IMAGE"
    DICOM_NO_IMAGE = "DICOM_NO_IMAGE"
    PIXEL_LENGTH = "PIXEL_LENGTH"
    DECODE = "DECODE"
    NO_CODEC = "NO_CODEC"
    MOSAIC = "MOSAIC"
    CONSTANT = "CONSTANT"
    UNSUPPORTED = "UNSUPPORTED"
    AMBIGUOUS_4D = "AMBIGUOUS_4D"
    INCOMPLETE = "INCOMPLETE"
    SCHEMA = "SCHEMA"
    UNSAFE_LINK = "UNSAFE_LINK"
    MASK_MISMATCH = "MASK_MISMATCH"
    PATH_ESCAPE = "PATH_ESCAPE"
    ARCHIVE_UNSAFE = "ARCHIVE_UNSAFE"
    ENCRYPTED = "ENCRYPTED"
    QUARANTINE = "QUARANTINE"
    PERMISSION = "PERMISSION"
    VANISHED = "VANISHED"
    CHANGED = "CHANGED"
    TOO_LARGE = "TOO_LARGE"
    WORKER_CRASH = "WORKER_CRASH"
    TIMEOUT = "TIMEOUT"
    INTERNAL = "INTERNAL"
    # ignored: counted and listed, no action needed
    LITTER = "LITTER"
    NOT_REGULAR = "NOT_REGULAR"
    SYMLINK = "SYMLINK"
    SIDECAR = "SIDECAR"
    # notes: the image is kept
    EXT_MISMATCH = "EXT_MISMATCH"
    GEOM_SHEAR = "GEOM_SHEAR"
    GEOM_GAP = "GEOM_GAP"
    GEOM_CONFLICT = "GEOM_CONFLICT"
    ORIENT_UNKNOWN = "ORIENT_UNKNOWN"
    UID_CONFLICT = "UID_CONFLICT"
    MODALITY = "MODALITY"
    NOT_PRIMARY = "NOT_PRIMARY"
    NONFINITE = "NONFINITE"
    COLOR = "COLOR"
    WINDOW_IGNORED = "WINDOW_IGNORED"
    LABEL_CONFLICT = "LABEL_CONFLICT"
    DUPLICATE = "DUPLICATE"
    LABEL_SUSPECT = "LABEL_SUSPECT"
    # notes (reasons, if the privacy policy says drop): possible identification of a person
    IDENTIFIERS = "IDENTIFIERS"
    BURNED_IN = "BURNED_IN"
    FACE = "FACE"
    # reasons: images that homogenize leaves out of a dataset
    DUPLICATE_AFTER = "DUPLICATE_AFTER"
    MASK_UNUSED = "MASK_UNUSED"
    EXCLUDED = "EXCLUDED"
    # reason: images that evaluate removes from a synthetic dataset
    COPY_OF_TRAINING = "COPY_OF_TRAINING"


class InputError(MedcurateError):
    """One input file is bad; the caller records it and continues.

    Parameters
    ----------
    code : Code
        The reason; codes are stable across versions.
    message : str
        Expected and received values, without any text from patient fields.
    """

    def __init__(self, code: Code, message: str) -> None:
        self.code = code
        super().__init__(message)

    def __reduce__(self) -> tuple[type[InputError], tuple[Code, str]]:
        return type(self), (self.code, str(self))
