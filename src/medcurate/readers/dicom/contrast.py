"""A cautious guess of the MR contrast from the header; None if in doubt."""

from __future__ import annotations

import re
from functools import lru_cache

_NONE_OF_THEM = re.compile(
    r"locali[sz]er|scout|survey|dwi|dti|diff|adc|trace|asl|perf|dsc|dce|bold|fmri|epi|ep2d|field|b0map|swi|suscep|tof|"
    r"angio|mra|mrv|phase|pcmr|t2star|t2\*|t1map|t2map|mapping|stir|spectro|svs|csi|flash3d_t2|calib"
)
_FLAIR = re.compile(r"flair|dark.?fl|(?<![a-z])tirm")
_WEIGHTS = (
    ("T1", re.compile(r"(?<![a-z0-9])t1(?![0-9])|mprage|mp2rage|spgr|bravo|t1w")),
    ("T2", re.compile(r"(?<![a-z0-9])t2(?![0-9])|t2w")),
    ("PD", re.compile(r"(?<![a-z0-9])pd(?![a-z0-9])|pdw|proton")),
)
_AFTER = re.compile(
    r"post|gado|(?<![a-z])gd(?![a-z])|\+ ?c(?![a-z])|(?<![a-z])[ck]m(?![a-z])|t1_?c(?:e|\b)|contrast|enhanced"
)
_BEFORE = re.compile(r"(?<![a-z])pre(?![a-z])|without|non.?contrast|native|(?<![a-z])w.?o(?![a-z])")
_NO_AGENT = frozenset({"", "NO", "NONE", "N", "NO CONTRAST", "0", "WITHOUT", "NATIVE", "N/A"})


@lru_cache(maxsize=256)
def guess_contrast(
    description: str,
    sequence: tuple[str, ...],
    agent: str,
    repetition_ms: float | None,
    echo_ms: float | None,
    inversion_ms: float | None,
    acquisition: str = "",
) -> str | None:
    """Guess the contrast of an MR image.

    Words of the description decide unless the timing contradicts them; without such words, typical timing of a spin
    echo decides. Echo-planar, diffusion, flow, susceptibility and mapping sequences give None.

    Parameters
    ----------
    description : str
        Series description, protocol and sequence name in one; it may hold personal data and is used nowhere else.
    sequence : tuple of str
        ScanningSequence (``SE``, ``GR``, ``IR``, ``EP``, ``RM``).
    agent : str
        ContrastBolusAgent.
    repetition_ms, echo_ms, inversion_ms : float or None
        Timing (ms).
    acquisition : str
        AcquisitionContrast of an enhanced object (``T1``, ``T2``, ``PROTON_DENSITY``, ``FLUID_ATTENUATED``).

    Returns
    -------
    {'T1', 'T1ce', 'T2', 'FLAIR', 'PD'} or None
    """
    words = description.lower()
    if _NONE_OF_THEM.search(words) or "EP" in sequence:
        return None
    named = {"T1": "T1", "T2": "T2", "PROTON_DENSITY": "PD", "FLUID_ATTENUATED": "FLAIR"}.get(acquisition)
    found = named or _named(words)
    timed = _timed(sequence, repetition_ms, echo_ms, inversion_ms)
    if found is None:
        found = timed
    elif timed is not None and found != timed:
        return None
    if found == "T1" and not _BEFORE.search(words) and (agent.upper() not in _NO_AGENT or _AFTER.search(words)):
        return "T1ce"
    return found


def _named(words: str) -> str | None:
    if _FLAIR.search(words):
        return None if re.search(r"t1.{0,3}flair", words) else "FLAIR"
    named = [name for name, pattern in _WEIGHTS if pattern.search(words)]
    return named[0] if len(named) == 1 else None


def _timed(
    sequence: tuple[str, ...], repetition_ms: float | None, echo_ms: float | None, inversion_ms: float | None
) -> str | None:
    """Classify the timing of a spin echo; None in the gaps between the usual ranges."""
    if "SE" not in sequence or "GR" in sequence or not repetition_ms or not echo_ms or echo_ms >= repetition_ms:
        return None
    if "IR" in sequence or inversion_ms:
        long = repetition_ms >= 4000 and echo_ms >= 70 and inversion_ms is not None and 1500 <= inversion_ms <= 3200
        return "FLAIR" if long else None
    if repetition_ms <= 900 and echo_ms <= 30:
        return "T1"
    if repetition_ms >= 2000:
        return "T2" if echo_ms >= 70 else "PD" if echo_ms <= 40 else None
    return None
