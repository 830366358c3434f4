"""Simulated brains with tumors from the MNI152 template, as input of the demo and the tests.

========================  ==========================================================================
`random_head`             a person: labels of all tissues, tumor masks
`Head`, `Tissue`          what it returns
`render`, `slices`        a T1, T1ce, T2 or FLAIR volume of it, and its slices as a screen shows them
`write_messy_folder`      a folder of all raw formats and common defects, with a truth table
========================  ==========================================================================
"""

from __future__ import annotations

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
