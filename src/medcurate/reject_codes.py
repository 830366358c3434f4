"""The meaning of every code and the action to take, as shown in ``rejects.csv`` and on the reference page."""

from __future__ import annotations

from typing import Literal, NamedTuple

from medcurate.errors import Code

Group = Literal["rejected", "ignored", "note"]


class Advice(NamedTuple):
    """The meaning of one code and the action to take.

    Attributes
    ----------
    meaning : str
        The problem, in one sentence.
    action : str
        The remedy, in one sentence.
    """

    meaning: str
    action: str


ACTIONS: dict[Code, Advice] = {
    # the bytes
    Code.EMPTY: Advice(
        "The file holds no bytes.",
        "Copy or download it again.",
    ),
    Code.TRUNCATED: Advice(
        "The file ends earlier than its header declares.",
        "Copy or download it again; compare its size with the original's.",
    ),
    Code.BAD_MAGIC: Advice(
        "The first bytes match no supported format, whatever the file name says.",
        "Check what the file is; if it is a medical image, convert it to DICOM, NIfTI, PNG or TIFF.",
    ),
    Code.BAD_HEADER: Advice(
        "The format is known, but its header contradicts itself or uses a value that does not exist.",
        "Export the file again from its source.",
    ),
    Code.BAD_DIMS: Advice(
        "The header declares a size that is zero, negative, or larger than the file can hold.",
        "Export the file again from its source.",
    ),
    Code.BAD_AFFINE: Advice(
        "The affine has non-finite values or cannot be inverted, so directions cannot be derived from it.",
        "Repair the affine from the original scan; do not guess it.",
    ),
    Code.BOMB: Advice(
        "A small file would unpack to far more data than an image of this kind needs.",
        "Do not open it with other tools; ask where it came from.",
    ),
    Code.TOO_DEEP: Advice(
        "The header nests sequences far deeper than real scans do.",
        "Do not open it with other tools; ask where it came from.",
    ),
    # content
    Code.NOT_IMAGE: Advice(
        "The file is readable and holds no image (a report, a structure set, a table, a presentation state).",
        "Nothing: the file is left out.",
    ),
    Code.DICOM_NO_IMAGE: Advice(
        "The file starts like DICOM but contains no DICOM image.",
        "Export the file again from its source.",
    ),
    Code.PIXEL_LENGTH: Advice(
        "The number of pixel bytes is not what rows, columns, frames and bits require.",
        "Export the file again from its source; the extra or missing bytes are never read as frames.",
    ),
    Code.DECODE: Advice(
        "The pixels are compressed, and the decoder reports that they are damaged.",
        "Copy or download it again.",
    ),
    Code.NO_CODEC: Advice(
        "The pixels are compressed in a way that no installed decoder reads.",
        "Install the decoders with: pip install 'medcurate[codecs]', and run the same command again.",
    ),
    Code.MOSAIC: Advice(
        "The image is a mosaic of many slices, and its header does not say how to split it.",
        "Export the series as single slices or as NIfTI.",
    ),
    Code.CONSTANT: Advice(
        "All pixels have the same value.",
        "Nothing: the image is empty.",
    ),
    Code.UNSUPPORTED: Advice(
        "The file is valid but uses an unsupported variant (for example RGB voxels).",
        "Convert it to a gray image.",
    ),
    Code.AMBIGUOUS_4D: Advice(
        "The file holds several volumes, and no option selects one.",
        "Choose one with --channel N (0 is the first).",
    ),
    Code.INCOMPLETE: Advice(
        "The image is kept in two files, and one of them is missing (.hdr without .img).",
        "Put both files into the same folder.",
    ),
    Code.SCHEMA: Advice(
        "The container is readable, but the expected fields are missing or hold impossible values.",
        "Compare its fields with the dataset's description.",
    ),
    Code.UNSAFE_LINK: Advice(
        "An HDF5 file points to data outside itself.",
        "Do not open it with other tools; store the data inside the file.",
    ),
    Code.MASK_MISMATCH: Advice(
        "The mask and its image differ in size; the image is kept.",
        "Resample the mask to its image, or leave it out.",
    ),
    # access
    Code.PATH_ESCAPE: Advice(
        "The file refers to another one outside its own folder; that file was not opened.",
        "Ask where it came from; give the folder that it refers to as an input of its own.",
    ),
    Code.ARCHIVE_UNSAFE: Advice(
        "The archive, or one member of it, would write outside its folder, overlaps itself, nests archives, or unpacks "
        "to far too much.",
        "Unpack it by hand in a safe place, and give the folder as input.",
    ),
    Code.ENCRYPTED: Advice(
        "The archive member is encrypted.",
        "Unpack it with its password, and give the folder as input.",
    ),
    Code.QUARANTINE: Advice(
        "The header says that identifying text is burned into the pixels.",
        "Remove the text; or, where it is allowed to stay, pass --keep-burned-in.",
    ),
    Code.PERMISSION: Advice(
        "This user has no permission to read the file.",
        "Change its permissions, or run as a user who may read it.",
    ),
    Code.VANISHED: Advice(
        "The file existed when the folder was listed and was gone when it was opened.",
        "Run the same command again when no other program moves files there.",
    ),
    Code.CHANGED: Advice(
        "The file changed while it was being read.",
        "Run the same command again when no other program writes there.",
    ),
    Code.TOO_LARGE: Advice(
        "Reading the file needs more memory than the limit allows.",
        "Split it, or reduce it to fewer voxels.",
    ),
    # failures of the software
    Code.WORKER_CRASH: Advice(
        "A library crashed on this file; only this file is lost.",
        "Please report it, if you can with the file.",
    ),
    Code.TIMEOUT: Advice(
        "Reading took longer than --timeout allows; only this file is lost.",
        "Raise --timeout if the file is large or the disk is slow.",
    ),
    Code.INTERNAL: Advice(
        "medcurate failed on this file with an unexpected error.",
        "Run it alone with --debug, and please report what it prints.",
    ),
    # ignored
    Code.LITTER: Advice(
        "An operating system created this file (.DS_Store, Thumbs.db, __MACOSX).",
        "Nothing.",
    ),
    Code.NOT_REGULAR: Advice(
        "This is a folder with a file's name, a pipe, a socket or a device.",
        "Nothing.",
    ),
    Code.SYMLINK: Advice(
        "A symbolic link is broken, circular, or leads out of the input.",
        "Give the folder that it leads to as an input of its own.",
    ),
    Code.SIDECAR: Advice(
        "A table, text or document among the images, or the second file of a two-file image.",
        "Nothing.",
    ),
    # notes
    Code.EXT_MISMATCH: Advice(
        "The suffix does not match the format of the content; the content decides.",
        "Nothing, or rename the file.",
    ),
    Code.GEOM_SHEAR: Advice(
        "The slices of the series are sheared (gantry tilt, sheared affine).",
        "Resample before building a volume; the plane is still right.",
    ),
    Code.GEOM_GAP: Advice(
        "The distances between the slices of the series differ: some are missing.",
        "Look for the missing slices before building a volume.",
    ),
    Code.GEOM_CONFLICT: Advice(
        "The header gives two geometries that disagree (sform and qform).",
        "Check which one is right; the sform was used.",
    ),
    Code.ORIENT_UNKNOWN: Advice(
        "The header does not state the orientation; the plane was classified from the pixels.",
        "Check it on the contact sheet.",
    ),
    Code.UID_CONFLICT: Advice(
        "Two files claim to be the same instance and hold different pixels; both are kept.",
        "Find out which one is the original.",
    ),
    Code.MODALITY: Advice(
        "The image is not MR (CT, PET, ultrasound, ...).",
        "Nothing, or filter by the column modality.",
    ),
    Code.NOT_PRIMARY: Advice(
        "The image is a localizer, derived or secondary.",
        "Nothing, or exclude it from training.",
    ),
    Code.NONFINITE: Advice(
        "Some pixels are NaN or infinite; they were set to the lowest finite value.",
        "Nothing, or export the file again from its source.",
    ),
    Code.COLOR: Advice(
        "The image is colored (an overlay or a screenshot); it was reduced to gray.",
        "Look at it before you train on it.",
    ),
    Code.WINDOW_IGNORED: Advice(
        "The display window is missing, ambiguous or has no width; percentiles are used instead.",
        "Nothing.",
    ),
    Code.LABEL_CONFLICT: Advice(
        "The same image carries two different labels.",
        "Decide which label is right: a row with the field conflict in decisions.csv. Until then neither is trusted.",
    ),
    Code.IDENTIFIERS: Advice(
        "The header holds a name, a birth date, an address or an accession number, and does not say that it was "
        "de-identified.",
        "Nothing here: medcurate never writes header text. Do not share the original.",
    ),
    Code.BURNED_IN: Advice(
        "The pixels seem to contain a line of text, which may name a person.",
        "Look at it; leave such images out with --privacy drop, or accept it with --privacy warn.",
    ),
    Code.FACE: Advice(
        "The volume is a head with a face, from which a person can be recognized.",
        "Remove the skull or the face with a tool made for it, or leave such volumes out with --privacy drop.",
    ),
    Code.DUPLICATE: Advice(
        "The image is a copy of another one, which is kept in its place.",
        "Nothing; `medcurate dedupe DIR --undo` reverts it.",
    ),
    # reasons why a dataset leaves an image out
    Code.DUPLICATE_AFTER: Advice(
        "After cropping, resizing and normalization, the image has the same pixels as an earlier one in the dataset.",
        "Nothing; --keep-duplicates keeps both.",
    ),
    Code.MASK_UNUSED: Advice(
        "The mask belongs to no image in the dataset, or another mask of the same image was used.",
        "Nothing; to use it, put it into the folder of its image, on the same grid.",
    ),
    Code.EXCLUDED: Advice(
        "A person decided that the image, or another one with the same pixels, is to be left out.",
        "Nothing; a row with an empty value in decisions.csv takes the decision back.",
    ),
    Code.COPY_OF_TRAINING: Advice(
        "The generated image was judged a copy of a training image of its generator; its file was removed.",
        "Nothing; look at the closest pairs in the report of `medcurate evaluate --privacy`.",
    ),
    Code.LABEL_SUSPECT: Advice(
        "The tumor label does not fit what the image shows, as `medcurate audit-labels` judges it.",
        "Look at it; correct the label with --tumor-labels, or revert with `medcurate audit-labels DIR --undo`.",
    ),
}

IGNORED = frozenset({Code.LITTER, Code.NOT_REGULAR, Code.SYMLINK, Code.SIDECAR})
"""Codes of files that are left out although they are not bad."""

NOTES = frozenset(
    {
        Code.EXT_MISMATCH,
        Code.GEOM_SHEAR,
        Code.GEOM_GAP,
        Code.GEOM_CONFLICT,
        Code.ORIENT_UNKNOWN,
        Code.UID_CONFLICT,
        Code.MODALITY,
        Code.NOT_PRIMARY,
        Code.NONFINITE,
        Code.COLOR,
        Code.WINDOW_IGNORED,
        Code.LABEL_CONFLICT,
        Code.DUPLICATE,
        Code.LABEL_SUSPECT,
        Code.IDENTIFIERS,
        Code.BURNED_IN,
        Code.FACE,
        Code.DUPLICATE_AFTER,
        Code.MASK_UNUSED,
        Code.EXCLUDED,
        Code.COPY_OF_TRAINING,
    }
)
"""Codes of images that are kept, and of images that a dataset leaves out although they are not bad."""


def group_of(code: Code) -> Group:
    """Return whether a file with this code is rejected, ignored (no image), or kept.

    Returns
    -------
    {'rejected', 'ignored', 'note'}
    """
    if code in IGNORED:
        return "ignored"
    return "note" if code in NOTES else "rejected"
