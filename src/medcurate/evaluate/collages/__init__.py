"""Search for pieces of training images in generated ones: windows that repeat a training image, and what they fill.

A generator can put an image together from pieces of several training images. No whole training image is alike then, and
the search for copies finds nothing; here windows are compared.
"""

from __future__ import annotations
