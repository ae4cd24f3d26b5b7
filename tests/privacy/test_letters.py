"""Lines of letters: short labels, and words that an edge cuts."""

import cv2
import pytest

from tests.privacy.test_writing import kinds


@pytest.mark.parametrize("ink", [255, 170])
@pytest.mark.parametrize("words", ["LT3", "RT", "GM"])
def test_short_labels_are_found(words, ink):
    def label(picture):
        cv2.putText(picture, words, (100, 80), cv2.FONT_HERSHEY_SIMPLEX, 0.5, ink, 1)

    assert kinds(label) == {"letters"}


@pytest.mark.parametrize("at", [(-4, 80), (222, 80), (100, 6), (100, 164)])
def test_words_that_an_edge_cuts_are_found(at):
    def clipped(picture):
        picture[:] = 0
        cv2.putText(picture, "TRV", at, cv2.FONT_HERSHEY_SIMPLEX, 0.5, 255, 1)

    assert "letters" in kinds(clipped)
