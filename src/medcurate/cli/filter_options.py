"""Options that choose images; each becomes a field of `medcurate.curate.filters.row_filters.Filters`."""

from __future__ import annotations

from typing import Annotated

import typer

Tumor = Annotated[
    list[str] | None,
    typer.Option(
        "--tumor",
        metavar="TYPE",
        show_default=False,
        help="Keep glioma, meningioma, pituitary or none; repeat for more than one.",
    ),
]
Plane = Annotated[
    list[str] | None,
    typer.Option("--plane", metavar="PLANE", show_default=False, help="Keep axial, coronal or sagittal; repeatable."),
]
Modality = Annotated[
    list[str] | None,
    typer.Option(
        "--modality",
        metavar="CODE",
        show_default=False,
        help="Keep this DICOM modality, such as MR, and images that do not state theirs; repeatable.",
    ),
]
Contrast = Annotated[
    list[str] | None,
    typer.Option("--contrast", metavar="NAME", show_default=False, help="Keep T1, T1ce, T2, FLAIR or PD; repeatable."),
]
Source = Annotated[
    list[str] | None,
    typer.Option("--source", metavar="NAME", show_default=False, help="Keep images of this input; repeatable."),
]
ExcludeSource = Annotated[
    list[str] | None,
    typer.Option(
        "--exclude-source", metavar="NAME", show_default=False, help="Leave out images of this input; repeatable."
    ),
]
License = Annotated[
    list[str] | None,
    typer.Option(
        "--license", metavar="SPDX", show_default=False, help="Keep images under this license; repeat to accept more."
    ),
]
ExcludeNotes = Annotated[
    list[str] | None,
    typer.Option(
        "--exclude-note",
        metavar="CODE",
        show_default=False,
        help="Leave out images with this note, such as COLOR or NOT_PRIMARY; repeatable.",
    ),
]
MinConfidence = Annotated[
    float | None,
    typer.Option(
        "--min-confidence", metavar="P", min=0.0, max=1.0, show_default=False, help="Least confidence of the plane."
    ),
]
MaxObliquity = Annotated[
    float | None,
    typer.Option(
        "--max-obliquity", metavar="DEGREES", min=0.0, show_default=False, help="Largest angle to an anatomical axis."
    ),
]
MinSize = Annotated[
    int | None,
    typer.Option("--min-size", metavar="PX", min=0, show_default=False, help="Least smaller side of an original."),
]
MaxSize = Annotated[
    int | None,
    typer.Option("--max-size", metavar="PX", min=0, show_default=False, help="Largest smaller side of an original."),
]
MinSharpness = Annotated[
    float | None,
    typer.Option(
        "--min-sharpness",
        metavar="X",
        min=0.0,
        show_default=False,
        help="Least variance of the Laplacian over that of the image.",
    ),
]
MinPosition = Annotated[
    float | None,
    typer.Option(
        "--min-position",
        metavar="SHARE",
        min=0.0,
        max=1.0,
        show_default=False,
        help="Least place in the stack, 0 to 1.",
    ),
]
MaxPosition = Annotated[
    float | None,
    typer.Option(
        "--max-position", metavar="SHARE", min=0.0, max=1.0, show_default=False, help="Largest place in the stack."
    ),
]
MinMaskArea = Annotated[
    float | None,
    typer.Option(
        "--min-mask-area", metavar="SHARE", min=0.0, max=1.0, show_default=False, help="Least share of masked pixels."
    ),
]
MaxMaskArea = Annotated[
    float | None,
    typer.Option(
        "--max-mask-area", metavar="SHARE", min=0.0, max=1.0, show_default=False, help="Largest share of masked pixels."
    ),
]
DropUnknown = Annotated[
    bool,
    typer.Option("--drop-unknown", help="With --modality: also leave out images that do not state theirs."),
]
