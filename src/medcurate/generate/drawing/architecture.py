"""The architecture in ``generator.json``, from which networks are built; older versions are translated."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from medcurate.errors import UsageError
from medcurate.generate.families.registry import configure, draws_from_references, family
from medcurate.learning.image_spec import ImageSpec, Scale
from medcurate.learning.sampler import Sampler

VERSION = 2
"""Of ``generator.json``. Version 1 knew square 2-D images from one network only."""


def translated(architecture: Mapping[str, Any], version: int) -> dict[str, Any]:
    """Return an architecture in the form of `VERSION`.

    Parameters
    ----------
    architecture : mapping
        As it was read.
    version : int
        1 or `VERSION`.
    """
    found = dict(architecture)
    if version == 1:
        if "size" in found:
            found["spatial"] = [found.pop("size")] * 2
        if "channels" in found:
            found["target"] = found.pop("channels")
        found |= {"source": 0, "attributes": []}
    return found


def stored_name(name: str, version: int) -> str:
    """Return the name under which a weight is stored: version 1 numbered those of its one network."""
    return name.rpartition("/")[2] if version == 1 else name


def describe(
    family: str, options: Mapping[str, Any], spec: ImageSpec, classes: Mapping[str, Any], **more: Any
) -> dict[str, Any]:
    """Return the architecture of a generator, as JSON has it.

    Parameters
    ----------
    family : str
        Name in the registry.
    options : mapping
        Of the family.
    spec : ImageSpec
        Its sizes and channels are written.
    classes : mapping of str to sequence of str
        Condition to its values.
    **more
        ``attributes``: names; ``contrasts``: what the channels show; and whatever else is to be kept.
    """
    return {
        "family": family,
        "config": dict(options),
        "spatial": list(spec.spatial),
        "target": spec.target,
        "source": spec.source,
        "classes": {name: list(values) for name, values in classes.items()},
        "pixels": list(spec.pixels),
        "attribute_scales": [list(scale) for scale in spec.attribute_scales],
        "attributes": [],
        "contrasts": [],
        **{name: list(value) if isinstance(value, tuple) else value for name, value in more.items()},
    }


def spec_of(architecture: Mapping[str, Any]) -> ImageSpec:
    """Return what the generator draws and is given.

    Raises
    ------
    UsageError
        The architecture is not complete.
    """
    try:
        return ImageSpec(
            tuple(int(side) for side in architecture["spatial"]),
            int(architecture["target"]),
            int(architecture.get("source", 0)),
            sum(len(values) for values in architecture["classes"].values()),
            len(architecture.get("attributes", ())),
            pixels=Scale(*map(float, architecture.get("pixels", Scale()))),
            attribute_scales=tuple(Scale(*map(float, pair)) for pair in architecture.get("attribute_scales", ())),
        )
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise UsageError(f"generator.json: its architecture is not complete ({error})") from None


def check_networks(architecture: Mapping[str, Any]) -> None:
    """Refuse an architecture without networks.

    Raises
    ------
    UsageError
        Its family draws from the training images.
    """
    name = architecture["family"]
    if draws_from_references(name):
        raise UsageError(
            f"{name} keeps no weights and draws from its training images: open it with "
            "medcurate.generate.open_generator(RUN, dataset=FOLDER)"
        )


def build_sampler(architecture: Mapping[str, Any]) -> Sampler:
    """Make the networks of an architecture, untrained.

    Raises
    ------
    UsageError
        This version does not know the family, or not for such images.
    """
    spec = spec_of(architecture)
    try:
        name, options = architecture["family"], architecture["config"]
    except KeyError as error:
        raise UsageError(f"generator.json: its architecture is not complete ({error})") from None
    check_networks(architecture)
    module = family(name)
    if lacking := module.supports(spec):
        raise UsageError(f"generator.json: {name} draws {lacking}")
    return module.build_sampler(configure(name, options), spec)
