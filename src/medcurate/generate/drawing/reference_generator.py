"""A generator without weights: it draws from the training images, and ``generator.json`` says where they are.

The images themselves are never in the run folder: the file holds the path of the dataset, relative to the run where it
can be, and a digest of everything that a drawing depends on.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from medcurate.errors import UsageError
from medcurate.generate.drawing.architecture import VERSION, spec_of
from medcurate.generate.drawing.conditions import Attributes, Labels, condition_columns
from medcurate.generate.drawing.quantization import quantize
from medcurate.generate.drawing.weights import LAST, RECORD, GeneratorRecord, encode_record, read_generator
from medcurate.generate.references.contract import Contributor, ReferenceSampler
from medcurate.learning.image_spec import ImageSpec
from medcurate.learning.random_inputs import SAMPLING, generator_at
from medcurate.run_folder import atomic_write
from medcurate.versions import installed

Contributors = tuple[Contributor, ...]

_PACKAGES = ("medcurate", "numpy", "opencv-python-headless")


@dataclass(frozen=True, slots=True, eq=False)
class ReferenceGenerator:
    """A generator that draws from the training images; it draws as `Generator` does.

    Attributes
    ----------
    sampler : ReferenceSampler
        With the images.
    architecture : dict
        See `medcurate.generate.drawing.architecture`.
    facts : dict
        What is known of the training set.
    """

    sampler: ReferenceSampler
    architecture: dict[str, Any]
    facts: dict[str, Any]

    @property
    def spec(self) -> ImageSpec:
        """Sizes, channels and conditions."""
        return spec_of(self.architecture)

    @property
    def classes(self) -> dict[str, tuple[str, ...]]:
        """Condition (``tumor``, ``plane``) to its values; empty for a generator without a condition."""
        return {name: tuple(values) for name, values in self.architecture["classes"].items()}

    @property
    def attributes(self) -> tuple[str, ...]:
        """Always empty."""
        return ()

    def sample(
        self,
        first: int,
        n: int,
        *,
        seed: int = 0,
        labels: Labels | None = None,
        attributes: Attributes | None = None,
        bits: int = 8,
        **columns: NDArray[Any],
    ) -> NDArray[Any]:
        """Draw images number `first` to `first + n - 1` of a seed.

        Parameters
        ----------
        first, n, seed, labels, attributes, bits
            As in `medcurate.generate.drawing.generator.Generator.sample`.
        **columns : ndarray
            None is read.

        Returns
        -------
        ndarray of uint8 or uint16, shape (n, height, width, channels)

        Raises
        ------
        UsageError
            A label is missing, no training image has it, or a column is given.
        """
        return self.sample_and_tell(first, n, seed=seed, labels=labels, attributes=attributes, bits=bits, **columns)[0]

    def sample_and_tell(
        self,
        first: int,
        n: int,
        *,
        seed: int = 0,
        labels: Labels | None = None,
        attributes: Attributes | None = None,
        bits: int = 8,
        **columns: NDArray[Any],
    ) -> tuple[NDArray[Any], tuple[Contributors, ...]]:
        """Draw images, and tell which training images each was put together from; see `sample`."""
        if columns:
            raise UsageError(f"this generator does not read {', '.join(sorted(columns))}")
        rows = condition_columns(self.classes, (), labels, attributes, n)["labels"]
        drawn = [self.sampler.draw(generator_at(seed, SAMPLING, first + k), rows[k]) for k in range(n)]
        shape = (n, *self.spec.spatial, self.spec.target)
        images = np.stack([one.image for one in drawn]) if drawn else np.zeros(shape, np.float32)
        return quantize(images, bits), tuple(one.contributors for one in drawn)


def save_reference(
    run: Path,
    architecture: Mapping[str, Any],
    facts: Mapping[str, Any],
    *,
    dataset: Path,
    digest: str,
    notice: str,
) -> GeneratorRecord:
    """Write ``generator.json`` of a generator without weights.

    Parameters
    ----------
    run : Path
        The run folder; hold its lock.
    architecture, facts : mapping
        As in `medcurate.generate.drawing.weights.save_generator`.
    dataset : Path
        The folder that the images are in.
    digest : str
        Changes with anything of the images that a drawing depends on.
    notice : str
        What is said with every image.

    Raises
    ------
    OutputError
        It cannot be written.
    """
    described = json.dumps([dict(architecture), digest], sort_keys=True)
    record = {
        "schema": VERSION,
        "architecture": dict(architecture),
        "facts": dict(facts),
        "parameters": 0,
        "weights": {"file": None, "sha256": hashlib.sha256(described.encode()).hexdigest(), "bytes": 0},
        "choice": {"weights": LAST, "why": "nothing was trained: images are put together from training images"},
        "references": {
            "dataset": _path_between(run.resolve(), dataset.resolve()),
            "digest": digest,
            "notice": notice,
            "anonymous": False,
        },
        "versions": installed(_PACKAGES),
    }
    with atomic_write(run / RECORD) as stream:
        stream.write(encode_record(record))
    return read_generator(run)


def dataset_of(record: GeneratorRecord) -> tuple[Path, str, str]:
    """Return the folder, the digest and the notice that `save_reference` wrote; nothing is read.

    Raises
    ------
    UsageError
        They are not what it writes.
    """
    found = tuple(record.references.get(name) for name in ("dataset", "digest", "notice"))
    dataset, digest, notice = found
    plain = isinstance(notice, str) and notice.isascii() and notice.isprintable()
    if not (plain and notice and isinstance(dataset, str) and isinstance(digest, str)):
        raise UsageError(
            f"{record.run / RECORD}: expected a dataset, a digest and a notice under references; copy the run again, "
            "or run train-gan anew"
        )
    return Path(os.path.normpath(record.run.resolve() / dataset)), digest, str(notice)


def _path_between(run: Path, dataset: Path) -> str:
    try:
        return Path(os.path.relpath(dataset, run)).as_posix()
    except ValueError:  # on another drive of Windows
        return dataset.as_posix()
