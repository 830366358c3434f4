"""Do images come back that the generator was trained on? Copies, nearest neighbors, membership.

What these tests do not find may still be there: the answer is "no leak found by these tests", and no more than that.
"""

from __future__ import annotations
