"""Notes say what was found; nothing found gives none."""

from __future__ import annotations

import cv2
import numpy as np

from medcurate.curate.privacy import findings
from medcurate.errors import Code


def test_text_in_an_image_is_noted():
    image = np.zeros((200, 300), np.uint8)
    assert findings.of_image(image) == ()
    cv2.putText(image, "SMITH JOHN 1953", (10, 180), cv2.FONT_HERSHEY_SIMPLEX, 0.6, (255,), 1, cv2.LINE_AA)
    assert findings.of_image(image) == (Code.BURNED_IN,)


def test_a_volume_without_a_head_has_no_face():
    assert findings.of_volume(np.zeros((30, 30, 30), np.float32), (2.0, 2.0, 2.0)) == ()
    assert Code.IDENTIFIERS not in findings.IDENTIFYING
