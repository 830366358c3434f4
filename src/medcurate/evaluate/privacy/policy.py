"""What becomes of copies that were found: removed from the synthetic dataset, or the run ends with exit code 5."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from medcurate.catalogue import FILE_NAME, SCHEMA, Catalogue
from medcurate.dataset.layout import is_image_path, mask_path
from medcurate.dataset.metadata import renew_metadata
from medcurate.errors import Code, PolicyError, UsageError
from medcurate.evaluate.privacy.settings import OnCopies
from medcurate.results import Metric
from medcurate.run_folder import lock, output_errors, write_catalogue

COPIES = "privacy/copies"
"""The metric that lists what was found, in ``settings["copies"]``, and says what that is: ``leak``, ``suspected``."""

_REASON = Code.COPY_OF_TRAINING.value


def act_on_copies(metrics: Iterable[Metric], synthetic: Path, on_copies: OnCopies) -> int:
    """Do with the copies what the settings ask for. Call it once the report is written: it may raise.

    Parameters
    ----------
    metrics : iterable of Metric
        Of the report, those of the part ``privacy`` among them; without them nothing is done.
    synthetic : Path
        The synthetic dataset.
    on_copies : {'report', 'remove', 'block'}

    Returns
    -------
    int
        Images that were removed.

    Raises
    ------
    PolicyError
        ``block``, and there are more copies than false alarms explain, or that is suspected.
    UsageError
        ``remove``, and the folder is not one that medcurate may remove images from.
    OutputError
        It cannot be written.
    """
    found = next((metric for metric in metrics if metric.name == COPIES), None)
    if found is None or on_copies == "report":
        return 0
    copies = found.settings["copies"]
    if on_copies == "remove":
        return remove_copies(synthetic, [copy["synthetic"] for copy in copies])
    if found.settings["leak"] or found.settings["suspected"]:
        raise PolicyError(
            f"{len(copies):,} of {found.n:,} images of {synthetic} are taken for copies of training images; false "
            f"alarms explain about {found.settings['expected']:.1f}. Look at the closest pairs in the report; take "
            "them out with --on-copies remove, or train with more images or fewer steps"
        )
    return 0


def remove_copies(folder: Path, paths: Collection[str]) -> int:
    """Take images out of a synthetic dataset: their rows are marked first, all at once, then their files removed.

    The rows stay in the catalogue with the status ``dropped`` and the reason ``COPY_OF_TRAINING``. The files do not:
    whoever is given the folder would be given the copies. A run that is stopped in between is finished by the next.

    Parameters
    ----------
    paths : collection of str
        Of the images, relative to the folder. Their masks go with them.

    Returns
    -------
    int
        Images that this call has taken out.

    Raises
    ------
    UsageError
        The folder has no catalogue, lacks one of the images, or one of them is not synthetic: real images are never
        removed.
    OutputError
        It cannot be written; `Locked` if another process writes it.
    """
    if not paths and not (folder / FILE_NAME).exists():
        return 0
    if not (folder / FILE_NAME).exists():
        raise UsageError(
            f"{folder} has no {FILE_NAME}: images are removed only from datasets that medcurate generated. The "
            "metric privacy/copies in metrics.json lists the copies; remove them by hand"
        )
    wanted = sorted(paths)
    with lock(folder):
        catalogue = Catalogue.open(folder)
        _check(catalogue, wanted)
        if wanted:
            both = pa.array([*wanted, *map(mask_path, wanted)], pa.string())
            write_catalogue(catalogue.path, _marked(catalogue, both))
            renew_metadata(folder)
        with output_errors(folder):
            for path in _dropped(catalogue):
                (folder / path).unlink(missing_ok=True)
    return len(wanted)


def _check(catalogue: Catalogue, wanted: Sequence[str]) -> None:
    synthetic: set[str] = set()
    for batch in catalogue.filter(path=set(wanted), origin="synthetic").batches(["path"]) if wanted else ():
        synthetic.update(batch.column(0).to_pylist())
    for path in wanted:
        if path not in synthetic or not is_image_path(path):
            raise UsageError(
                f"{catalogue.path} does not list {path} as a synthetic image: nothing was removed. Real images are "
                "never removed; if the folder has changed since, evaluate it again"
            )


def _marked(catalogue: Catalogue, paths: pa.Array) -> Iterator[pa.Table]:
    for batch in catalogue.batches():
        rows = pa.Table.from_batches([batch])
        chosen = pc.and_(pc.is_in(rows.column("path"), paths), pc.equal(rows.column("status"), "kept"))
        for name, value in (("status", "dropped"), ("reason", _REASON)):
            column = pc.if_else(chosen, pa.scalar(value), rows.column(name))
            rows = rows.set_column(SCHEMA.get_field_index(name), SCHEMA.field(name), column)
        yield rows


def _dropped(catalogue: Catalogue) -> Iterator[str]:
    for batch in catalogue.filter(status="dropped", reason=_REASON).batches(["path"]):
        yield from (path for path in batch.column(0).to_pylist() if ".." not in path.split("/"))
