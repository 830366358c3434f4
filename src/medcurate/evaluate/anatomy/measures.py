"""What is measured of every image, and where it makes sense."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from medcurate.dataset import Dataset
from medcurate.dataset.reading import Batch
from medcurate.encoders.pixels import BATCH, to_uint8
from medcurate.evaluate.anatomy.head_shape import head_area, head_aspect, head_height
from medcurate.evaluate.anatomy.spectrum import fine_share, power_spectrum, slope
from medcurate.evaluate.anatomy.symmetry import asymmetry
from medcurate.evaluate.anatomy.ventricles import BRIGHT_FLUID, ventricle_share
from medcurate.evaluate.head import head_mask
from medcurate.progress import ProgressReport

NAN = float("nan")


@dataclass(frozen=True, slots=True)
class HeadMeasure:
    """One measure.

    Attributes
    ----------
    definition : str
        What it is and on which images.
    """

    name: str
    title: str
    definition: str


MEASURES = (
    HeadMeasure("head_area", "head size", "area of the head as a share of the picture"),
    HeadMeasure("head_height", "head height", "height of the head as a share of the picture's"),
    HeadMeasure("head_aspect", "head width over height", "width of the head over its height"),
    HeadMeasure("asymmetry", "left-right asymmetry", "head less its mirror image over their sum; axial and coronal"),
    HeadMeasure("ventricles", "ventricle size", "dark fluid in the middle over the head's area; axial, not T2 or PD"),
    HeadMeasure("tumor_area", "tumor size", "area of the mask over the head's; images with a tumor in their mask"),
    HeadMeasure("mean_gray", "mean gray value", "mean of the head, 0 to 255"),
    HeadMeasure("contrast", "contrast", "standard deviation of the head, 0 to 255"),
    HeadMeasure("spectral_slope", "spectral slope", "exponent of the power spectrum from 0.05 to 0.4 cycles a pixel"),
    HeadMeasure("fine_detail", "fine detail", "share of power above 0.25 cycles a pixel"),
)
"""In the order of the columns of `Measured.values`."""


@dataclass(frozen=True, slots=True)
class Measured:
    """What was measured of a dataset; 1.5 kB an image at 128 pixels.

    Attributes
    ----------
    values : ndarray, shape (n, 10)
        In the order of `MEASURES`; NaN where a measure makes no sense.
    histograms : ndarray of float32, shape (n, 256)
        Share of the head at each gray value.
    spectra : ndarray of float32, shape (n, size // 2)
        Share of power in each ring.
    """

    values: NDArray[np.float64]
    histograms: NDArray[np.float32]
    spectra: NDArray[np.float32]
    planes: list[str | None]
    tumors: list[str | None]
    groups: list[str | None]

    def __len__(self) -> int:
        return len(self.values)


def measure_dataset(dataset: Dataset, size: int, report: ProgressReport) -> Measured:
    """Measure all images of a dataset, scaled to fit a square; the pixels are read as a stream.

    Parameters
    ----------
    size : int
        Width and height (pixels).
    """
    n = len(dataset)
    columns = {name: dataset.rows.column(name).to_pylist() for name in ("plane", "tumor", "patient_group", "contrast")}
    values = np.full((n, len(MEASURES)), np.nan)
    histograms, spectra = np.zeros((n, 256), np.float32), np.zeros((n, size // 2), np.float32)
    for row, image, mask in _images(dataset, size):
        head = head_mask(image)
        inside = image[head]
        spectra[row] = power_spectrum(image)
        if inside.size:
            histograms[row] = np.bincount(inside, minlength=256) / inside.size
        values[row] = measure_image(
            image, head, mask, plane=columns["plane"][row], contrast=columns["contrast"][row], spectrum=spectra[row]
        )
        report.advance()
    return Measured(values, histograms, spectra, columns["plane"], columns["tumor"], columns["patient_group"])


def measure_image(
    image: NDArray[np.uint8],
    head: NDArray[np.bool_],
    mask: NDArray[np.generic] | None,
    *,
    plane: str | None,
    contrast: str | None,
    spectrum: NDArray[np.floating] | None = None,
) -> NDArray[np.float64]:
    """Return every measure of one image, in the order of `MEASURES`.

    Parameters
    ----------
    image : ndarray of uint8, shape (size, size)
    head : ndarray of bool, of the same shape
    mask : ndarray, of the same shape, optional
        Labels of the tumor; 0 is none.
    plane, contrast : str or None
        None where not known: what needs the plane is not measured; fluid counts as dark.
    spectrum : ndarray, optional
        As of `power_spectrum`.
    """
    size, inside = image.shape[0], image[head]
    power = np.asarray(power_spectrum(image) if spectrum is None else spectrum, np.float64)
    fluid_is_dark = (contrast or "").upper() not in BRIGHT_FLUID
    tumor = 0 if mask is None else int(np.count_nonzero(mask))
    return np.array(
        [
            head_area(head) if inside.size else NAN,
            head_height(head),
            head_aspect(head),
            asymmetry(image, head) if plane in ("axial", "coronal") else NAN,
            ventricle_share(image, head) if plane == "axial" and fluid_is_dark else NAN,
            tumor / inside.size if tumor and inside.size else NAN,
            float(inside.mean()) if inside.size else NAN,
            float(inside.std()) if inside.size else NAN,
            slope(power, size),
            fine_share(power, size),
        ]
    )


def _images(dataset: Dataset, size: int) -> Iterator[tuple[int, NDArray[np.uint8], NDArray[np.generic] | None]]:
    masks = bool(dataset.has_mask().any())
    batches: Iterator[Batch] = dataset.batches(BATCH, size=size, masks=masks)
    for batch in batches:
        images = to_uint8(batch.images)
        for place, row in enumerate(batch.rows.tolist()):
            yield row, images[place], None if batch.masks is None else batch.masks[place]
