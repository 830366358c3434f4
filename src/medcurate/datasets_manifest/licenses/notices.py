"""Notices that must accompany the data, by the policy that requires them."""

from __future__ import annotations

from typing import NamedTuple

TCIA = "LicenseRef-TCIA-Data-Usage-Policy"


class Policy(NamedTuple):
    """Terms in addition to a license.

    Attributes
    ----------
    text : str
        In our words; the original page is authoritative.
    identity : bool
        Whether it forbids identifying people, which recipients of the data must be told.
    """

    title: str
    text: str
    url: str
    identity: bool


POLICIES = {
    TCIA: Policy(
        "TCIA Data Usage Policy",
        "This dataset holds images from The Cancer Imaging Archive. Whoever uses it must not try to identify or "
        "contact the people shown, nor make facial images or anything like them that could; must name the collections "
        "and the archive in every publication, with their data citations; and must ask the same of everybody who is "
        "given the data.",
        "https://www.cancerimagingarchive.net/data-usage-policies-and-restrictions/",
        True,
    ),
}
"""The text of the TCIA policy was read in stored copies of its page; read the live page before publishing."""

NO_REIDENTIFICATION = (
    "Do not try to identify or contact the people shown, alone or together with other data, and pass this condition on."
)


def policy(name: str) -> Policy:
    """Return a policy; for an unknown one, a notice that refers to its source.

    Parameters
    ----------
    name : str
        ``LicenseRef-...``.
    """
    unknown = Policy(name, f"The terms called {name} apply as well; its source has their text.", "", False)
    return POLICIES.get(name, unknown)
