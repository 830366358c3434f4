"""Precision, recall, density and coverage of stored features: prints them, the peak memory (KiB) and the seconds.

python manifold.py medcurate|prdc FEATURES.npz K
"""

from __future__ import annotations

import contextlib
import json
import resource
import sys
from time import perf_counter

import numpy as np


def main() -> None:
    way, path, k = sys.argv[1], sys.argv[2], int(sys.argv[3])
    with np.load(path) as stored:
        real, generated = stored["real"], stored["generated"]
    if way == "medcurate":
        from medcurate.evaluate.fidelity.manifold import manifold_values

        began = perf_counter()
        found = manifold_values(real, generated, k=k)._asdict()
    else:
        from prdc import compute_prdc

        began = perf_counter()
        with contextlib.redirect_stdout(sys.stderr):
            found = compute_prdc(real, generated, nearest_k=k)
    took = perf_counter() - began
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    print(json.dumps({"values": {name: float(value) for name, value in found.items()}, "kib": peak, "seconds": took}))


main()
