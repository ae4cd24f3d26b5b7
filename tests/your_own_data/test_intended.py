"""An intended use claims no more than was tested, whatever words stand around it."""

import pytest

from course_utils.your_own_data import intended

GOOD = ("Outlining the calf muscle", "synthetic scans of this course", "learners of this course")


@pytest.mark.parametrize(
    "use",
    [
        GOOD,
        (
            "Measuring the thickness of a muscle",
            "simulated scans of one folder",
            "me and my colleagues",
        ),
        (
            "It draws the border of the nerve",
            "synthetic training images",
            "two researchers of our team",
        ),
        ("segmentation of the calf on a picture", "synthetic images of 12 volunteers", "students"),
    ],
)
def test_what_was_tested_may_be_claimed(use):
    assert intended.problems(use, True) == []


@pytest.mark.parametrize(
    "field, text",
    [
        (0, "one two three four"),
        (0, "Diagnosing torn muscles by outlining"),
        (0, "Outlining, not diagnosing, the muscle"),
        (0, "replaces the radiologist on the ward"),
        (0, "Outlining the muscle in any patient"),
        (0, "Outlining muscles of every adult patient"),
        (0, "measures muscles for clinical use"),
        (0, "safe outlining of the muscle"),
        (0, "outlines tumours and classifies them as malignant"),
        (0, "DIAGNOSIS by outlining the muscle"),
        (0, "Ｄｉａｇｎｏｓｉｓ by outlining the muscle"),
        (0, "screening for sarcopenia by outlining"),
        (0, "outline outline outline outline"),
        (0, ""),
        (1, "all patients with synthetic scans"),
        (1, "adult patients"),
        (1, "synthetic scans and everyone else"),
        (1, "patients on the ward, synthetic scans"),
        (1, "scans that are not synthetic"),
        (1, "nothing"),
        (2, "any doctor"),
        (2, "everybody"),
        (2, "banana"),
        (2, "learners, without supervision"),
        (2, "doctors in the clinic"),
    ],
)
def test_what_nobody_tested_is_refused(field, text):
    use = [*GOOD]
    use[field] = text
    assert intended.problems(use, True), use


def test_real_images_need_no_word_for_synthetic():
    assert intended.problems((GOOD[0], "scans of 12 volunteers", GOOD[2]), False) == []
    (said,) = intended.problems((GOOD[0], "synthetic scans", GOOD[2]), False)
    assert "from a scanner" in said and "'synthetic'" in said
