"""What every code means and what a user can do about it: the text of ``rejects.csv`` and of the reference page."""

from __future__ import annotations

from typing import Literal, NamedTuple

from medcurate.errors import Code

Group = Literal["rejected", "ignored", "note"]


class Advice(NamedTuple):
    """What one code means.

    Attributes
    ----------
    meaning : str
        What is the matter, in one sentence.
    action : str
        What to do about it, in one sentence.
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
        "The file ends before its header says that it should.",
        "Copy or download it again; compare its size with the original's.",
    ),
    Code.BAD_MAGIC: Advice(
        "The first bytes are not those of any format that is read, whatever the file is called.",
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
        "The affine has non-finite values or cannot be inverted, so that no direction can be told from it.",
        "Repair the affine from the original scan; do not guess it.",
    ),
    Code.BOMB: Advice(
        "A small file would unpack to far more than an image of this kind can need.",
        "Do not open it with other tools; ask where it came from.",
    ),
    Code.TOO_DEEP: Advice(
        "The header nests sequences far deeper than any real scan does.",
        "Do not open it with other tools; ask where it came from.",
    ),
    # what they hold
    Code.NOT_IMAGE: Advice(
        "The file is readable and holds no image (a report, a structure set, a table, a presentation state).",
        "Nothing: it is left out.",
    ),
    Code.DICOM_NO_IMAGE: Advice(
        "The file starts like DICOM, and nothing after that is a DICOM image.",
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
        "The image is a mosaic of many slices, and its header does not tell how to take it apart.",
        "Export the series as single slices or as NIfTI.",
    ),
    Code.CONSTANT: Advice(
        "All pixels have the same value.",
        "Nothing: there is nothing to see.",
    ),
    Code.UNSUPPORTED: Advice(
        "The file is valid, in a variant that is not read (RGB voxels, for one).",
        "Convert it to a gray image.",
    ),
    Code.AMBIGUOUS_4D: Advice(
        "The file holds several volumes, and nothing says which one is meant.",
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
    # the way to them
    Code.PATH_ESCAPE: Advice(
        "The file refers to another one outside its own folder; that file was not opened.",
        "Ask where it came from; give the folder that it refers to as an input of its own.",
    ),
    Code.ARCHIVE_UNSAFE: Advice(
        "The archive, or one member of it, would write outside its folder, overlaps itself, nests archives, or unpacks "
        "to far too much.",
        "Unpack it by hand where it can do no harm, and give the folder as input.",
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
        "The file may not be read by this user.",
        "Change its permissions, or run as a user who may read it.",
    ),
    Code.VANISHED: Advice(
        "The file was there when the folder was listed and gone when it was opened.",
        "Run the same command again when nothing else moves files there.",
    ),
    Code.CHANGED: Advice(
        "The file changed while it was being read.",
        "Run the same command again when nothing else writes there.",
    ),
    Code.TOO_LARGE: Advice(
        "Reading the file needs more memory than it may take.",
        "Split it, or reduce it to fewer voxels.",
    ),
    # the machinery
    Code.WORKER_CRASH: Advice(
        "A library crashed on this file; only this file is lost.",
        "Please report it, if you can with the file.",
    ),
    Code.TIMEOUT: Advice(
        "Reading took longer than --timeout allows; only this file is lost.",
        "Raise --timeout if the file is large or the disk is slow.",
    ),
    Code.INTERNAL: Advice(
        "medcurate failed on this file in a way that it does not know.",
        "Run it alone with --debug, and please report what it prints.",
    ),
    # ignored
    Code.LITTER: Advice(
        "An operating system left this beside the images (.DS_Store, Thumbs.db, __MACOSX).",
        "Nothing.",
    ),
    Code.NOT_REGULAR: Advice(
        "This is a folder with a file's name, a pipe, a socket or a device.",
        "Nothing.",
    ),
    Code.SYMLINK: Advice(
        "A symbolic link is broken, runs in a circle, or leads out of the input.",
        "Give the folder that it leads to as an input of its own.",
    ),
    Code.SIDECAR: Advice(
        "A table, text or document beside the images, or the second half of a two-file image.",
        "Nothing.",
    ),
    # notes
    Code.EXT_MISMATCH: Advice(
        "The suffix names another format than the content has; the content decides.",
        "Nothing, or rename the file.",
    ),
    Code.GEOM_SHEAR: Advice(
        "The slices of the series are shifted against each other (gantry tilt, sheared affine).",
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
        "The header does not tell the orientation; the plane was decided from the pixels.",
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
        "Nothing, or leave it out of what you train on.",
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
        "The display window is absent, repeated or has no width; percentiles stand in for it.",
        "Nothing.",
    ),
    Code.LABEL_CONFLICT: Advice(
        "The same image carries two different labels.",
        "Decide which label is right: a row with the field conflict in decisions.csv. Until then neither is trusted.",
    ),
    Code.IDENTIFIERS: Advice(
        "The header holds a name, a birth date, an address or an accession number, and does not say that it was made "
        "anonymous.",
        "Nothing here: no text of a header is ever written out. Do not pass the original on.",
    ),
    Code.BURNED_IN: Advice(
        "Something in the pixels looks like a line of text, which may name a person.",
        "Look at it; leave such images out with --privacy drop, or accept it with --privacy warn.",
    ),
    Code.FACE: Advice(
        "The volume is a head with a face, from which a person can be recognized.",
        "Remove the skull or the face with a tool made for it, or leave such volumes out with --privacy drop.",
    ),
    Code.DUPLICATE: Advice(
        "The image is a copy of another one, which is kept in its place.",
        "Nothing; `medcurate dedupe DIR --undo` takes it back.",
    ),
    # reasons for being left out of a dataset
    Code.DUPLICATE_AFTER: Advice(
        "Cropped, resized and normalized, the image has the same pixels as an earlier one of the dataset.",
        "Nothing; --keep-duplicates keeps both.",
    ),
    Code.MASK_UNUSED: Advice(
        "The mask belongs to no image that is in the dataset, or another mask does in its place.",
        "Nothing; if it should be used, put it into the folder of its image, on the same grid.",
    ),
    Code.EXCLUDED: Advice(
        "A person decided that the image, or another one with the same pixels, is to be left out.",
        "Nothing; a row with an empty value in decisions.csv takes the decision back.",
    ),
    Code.COPY_OF_TRAINING: Advice(
        "The synthetic image is taken for a copy of an image that its generator was trained on; its file was removed.",
        "Nothing; look at the closest pairs in the report of `medcurate evaluate --privacy`.",
    ),
    Code.LABEL_SUSPECT: Advice(
        "The tumor label does not fit what the image shows, as `medcurate audit-labels` judges it.",
        "Look at it; correct the label with --tumor-labels, or take it back with `medcurate audit-labels DIR --undo`.",
    ),
}

IGNORED = frozenset({Code.LITTER, Code.NOT_REGULAR, Code.SYMLINK, Code.SIDECAR})
"""Codes of files that are left out without being bad."""

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
"""Codes of images that are kept all the same, and of rows that a dataset leaves out for want of use, not as bad."""


def group_of(code: Code) -> Group:
    """Tell whether a file with this code is left out as bad, left out as no image, or kept.

    Parameters
    ----------
    code : Code

    Returns
    -------
    {'rejected', 'ignored', 'note'}
    """
    if code in IGNORED:
        return "ignored"
    return "note" if code in NOTES else "rejected"
