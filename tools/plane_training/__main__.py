"""``python -m tools.plane_training``: train the plane model, or one that leaves a source out."""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import cv2

import medcurate
from medcurate.curate.measures import plane_features
from medcurate.curate.planes import model as plane_model
from medcurate.errors import MedcurateError, UsageError
from medcurate.parallel import count_workers
from medcurate.run_folder import atomic_write
from tools.plane_training.bases import Base
from tools.plane_training.basis import reduced
from tools.plane_training.dataset import training_descriptions, training_slices
from tools.plane_training.made_bases import phantom_base, tissue_base
from tools.plane_training.model_card import as_markdown, model_card
from tools.plane_training.montage import montage
from tools.plane_training.not_brains import NotBrainBase
from tools.plane_training.sources import SOURCES, read_source
from tools.plane_training.turns import learn_turns, save_turns

_CURATE = Path(str(medcurate.__file__)).parent / "curate"
_TURNED_SLICES = 5000
_SHARPEN = 2.0  # slices under domain randomization are harder than real ones: see docs/evidence.md
_SCHEMATIC_WEIGHT = 0.85  # in addition to the 0.15 of real test objects


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; returns its exit code."""
    options = _parser().parse_args(arguments)
    try:
        _make(options)
    except MedcurateError as error:
        print(f"error: {error}", file=sys.stderr)
        return error.exit_code
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tools.plane_training", description=__doc__)
    data = os.environ.get("MEDCURATE_DATA")
    parser.add_argument("--data", type=Path, default=Path(data) if data else None, metavar="DIR",
                        help="folder of the real sources; default: MEDCURATE_DATA")  # fmt: skip
    parser.add_argument("--out", type=Path, metavar="FILE.npz",
                        help="the model; default: the one that ships, with its feature basis")  # fmt: skip
    parser.add_argument("--n", type=int, default=60_000, help="training slices (default: %(default)s)")
    parser.add_argument("--heads", type=int, default=30, help="phantom heads (default: %(default)s)")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--exclude", action="append", default=[], metavar="SOURCE",
                        help="leave this source out (repeat for more); needs --out")  # fmt: skip
    parser.add_argument("--montage", type=Path, metavar="FILE.png", help="only draw 160 samples for inspection")
    parser.add_argument("--workers", type=int, default=None, help="processes (default: all cores)")
    return parser


def _make(options: argparse.Namespace) -> None:
    if options.exclude and options.out is None:
        raise UsageError("--exclude: expected --out as well; the model that ships is trained on all sources")
    bases = gather_bases(options.data, heads=options.heads, seed=options.seed)
    settings: dict[str, Any] = {"seed": options.seed, "exclude": options.exclude}
    settings["workers"] = count_workers(options.workers)
    if options.montage:
        sheet = montage(list(training_slices(bases, n=160, **settings)))
        with atomic_write(options.montage) as stream:
            stream.write(cv2.imencode(".png", sheet)[1].tobytes())
        return
    out = options.out or _CURATE / "planes" / plane_model.BUNDLED
    new_basis = _CURATE / "measures" / plane_features.BASIS if options.out is None else None
    blocks = training_descriptions(bases, n=options.n, **settings)
    features = reduced(blocks, new_basis=new_basis, seed=options.seed)
    if new_basis is not None:
        plane_features.basis.cache_clear()
        seen = training_slices(bases, n=min(_TURNED_SLICES, options.n), **settings)
        save_turns(_CURATE / "measures" / plane_features.TURNS, learn_turns(seen))
    card = model_card(
        features.labels, features.sources, seed=options.seed, heads=options.heads, exclude=options.exclude
    )
    model = plane_model.train(
        features.values, features.labels, sources=features.sources, seed=options.seed, sharpen=_SHARPEN, card=card
    )
    model.save(out)
    for suffix, text in ((".json", json.dumps(card, indent=2) + "\n"), (".md", as_markdown(card))):
        with atomic_write(out.with_suffix(suffix)) as stream:
            stream.write(text.encode())
    print(f"{out}: trained on {len(features.labels)} slices of {len(set(features.sources))} sources")


def gather_bases(data: Path | None, *, heads: int, seed: int) -> list[Base]:
    """Collect all bases; missing real sources are reported on standard error.

    Parameters
    ----------
    data : Path or None
        Folder of real scans; None for simulated heads only.
    heads : int
        Number of phantoms.

    Raises
    ------
    UsageError
        If the folder does not exist.
    """
    bases: list[Base] = [tissue_base(), phantom_base(heads=heads, seed=seed), NotBrainBase(weight=_SCHEMATIC_WEIGHT)]
    if data is None:
        print("no folder of real data (--data, MEDCURATE_DATA): training on simulated heads only", file=sys.stderr)
        return bases
    if not data.is_dir():
        raise UsageError(f"--data: expected a folder, received {data}")
    for source in SOURCES:
        reading = read_source(source, data)
        bases.extend(reading.bases)
        if reading.unreadable or not reading.bases:
            print(f"{source.name}: {reading.files} files, {reading.unreadable} unreadable", file=sys.stderr)
    return bases


if __name__ == "__main__":  # also prevents worker processes, which import this module again, from running it
    sys.exit(main())
