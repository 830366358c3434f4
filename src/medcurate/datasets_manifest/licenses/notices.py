"""Words that must accompany the data, by the name of what asks for them."""

from __future__ import annotations

from typing import NamedTuple

TCIA = "LicenseRef-TCIA-Data-Usage-Policy"


class Policy(NamedTuple):
    """Terms that come on top of a license.

    Attributes
    ----------
    text : str
        In our words; the page decides.
    identity : bool
        It forbids to identify people, so that whoever receives the data must be told so, too.
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
    """Return a policy; of one that is not known, what can be said without having read it.

    Parameters
    ----------
    name : str
        ``LicenseRef-...``.
    """
    unknown = Policy(name, f"The terms called {name} apply as well; its source has their text.", "", False)
    return POLICIES.get(name, unknown)
