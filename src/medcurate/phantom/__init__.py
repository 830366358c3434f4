"""Brains with tumors, made from the MNI152 template: the input of the demo and of the tests.

========================  ==========================================================================
`random_head`             a person: labels of all tissues, tumor masks
`Head`, `Tissue`          what it returns
`render`, `slices`        a T1, T1ce, T2 or FLAIR volume of it, and its slices as a screen shows them
`write_messy_folder`      one folder in every raw format, with a truth table
========================  ==========================================================================
"""

from __future__ import annotations

from importlib import import_module

_HOME = {
    "Head": "head",
    "Tissue": "tissues",
    "random_head": "head",
    "render": "contrast",
    "slices": "contrast",
    "write_messy_folder": "messy",
}
__all__ = ["Head", "Tissue", "random_head", "render", "slices", "write_messy_folder"]


def __getattr__(name: str) -> object:
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value: object = getattr(import_module(f"{__name__}.{_HOME[name]}"), name)
    return value
