"""Test whether the generator reproduces training images: copies, nearest neighbors, membership inference.

What these tests do not find may still be there: the answer is "no leak found by these tests", and no more than that.
"""

from __future__ import annotations
