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


OF_THE_LESSON = [
    (GOOD[0], GOOD[1], "participants of the workshop"),
    (GOOD[0], GOOD[1], "residents"),
    (GOOD[0], GOOD[1], "anyone who takes this course"),
    (GOOD[0], "all synthetic scans of this folder", "every learner of this course"),
    (GOOD[0], "calf scans (all of them synthetic)", "Dr Lee and I"),
    (GOOD[0], "simulated patients", "interns, nurses"),
    (GOOD[0], "synthetic scans of men and women", "a fellow"),
    (GOOD[0], "synthetic scans of the left and right calf", "me"),
    ("Outlining many muscles of the calf for personal study", "simulated calves", "us"),
    ("Drawing the border of the calf muscle", "images of adults, all synthetic", "registrars"),
    ("Segmenting calf muscles so that I learn how it works", "computer-generated scans", "just me"),
    ("Marks the gastrocnemius for teaching", "phantom images", "experts of our team"),
    ("outlines the calf muscle to measure its thickness", "computer-made images", "a class"),
    ("Automatic outlining of the calf muscle on ultrasound images for practice", *GOOD[1:]),
    ("Outlining the calf muscle's border automatically", "synthetic B-mode images", "students"),
    ("A network that measures the thickness of the medial gastrocnemius in mm", *GOOD[1:]),
    ("Learning to outline the small muscles of the calf", "synthetic training images", "me"),
    (
        "Segmentation of the muscle in synthetic scans",
        "Synthetic images, 3 patients simulated",
        "us",
    ),
]
CHEATS = [
    ("Outlining tumours better than radiologists", "synthetic scans", "radiologists"),
    (
        "Measuring the calf muscle in your patients tomorrow",
        "synthetic scans, then real ones",
        "me",
    ),
    (
        "Measuring muscle loss to decide who gets nutrition",
        "synthetic scans and people over 65",
        "us",
    ),
    ("Outlining the calf muscle with the accuracy of an expert", *GOOD[1:]),
    ("Outlining the calf muscle at expert level", *GOOD[1:]),
    ("Outlining the calf muscle as well as a sonographer", *GOOD[1:]),
    ("Outlining the calf muscle like a radiologist", *GOOD[1:]),
    ("Outlining the calf muscle for planning nutrition", *GOOD[1:]),
    ("Outlining the calf muscle and thrombosis", *GOOD[1:]),
    ("Measuring the carotid artery", *GOOD[1:]),
    ("Measuring the calf muscle to guide feeding", *GOOD[1:]),
    ("Outlining the calf muscle of older people", *GOOD[1:]),
    (GOOD[0], "synthetic scans, real scans", GOOD[2]),
    (GOOD[0], "synthetic breast scans", GOOD[2]),
    (GOOD[0], "synthetic scans and my family", GOOD[2]),
    (GOOD[0], "dogs, synthetic scans", GOOD[2]),
    ("Outlining the calf muscle, which tells who is frail", *GOOD[1:]),
    ("Outlining the calf muscle, a new gold standard", *GOOD[1:]),
    ("Outlining the calf muscle so nobody needs an MRI", *GOOD[1:]),
    ("Outlining the calf muscle to assess nutrition", *GOOD[1:]),
    ("Outlining the calf muscle to identify the weak", *GOOD[1:]),
    (GOOD[0], GOOD[1], "anyone who can hold a probe"),
    (GOOD[0], GOOD[1], "doctors for their patients"),
    (GOOD[0], GOOD[1], "a computer"),
    *(
        (what, *GOOD[1:])
        for what in (
            "Outlining the calf and the spleen",
            "Outlining the spleen beside the calf",
            "Outlining spleens and calves",
            "Outlining calf, pancreas",
            "Outlining the calf muscle, measuring the gallbladder",
            "Outlining the calf muscle and the psoas muscle",
            "Measuring the uterus with a calf muscle network",
            "Marks the meniscus of the calf",
            "Outlining the calf muscle and the plantaris",
            "Outlining the trachea beside the calf",
            "Outlining the calf and the testes",
            "Measuring the colon in calf images",
        )
    ),
    (GOOD[0], "synthetic scans of the calf and the spleen", GOOD[2]),
    (GOOD[0], "synthetic spleen scans", GOOD[2]),
]


@pytest.mark.parametrize("use", OF_THE_LESSON, ids=str)
def test_many_forms_of_the_lessons_own_use_are_right(use):
    assert intended.problems(use, True, own=False) == []


@pytest.mark.parametrize("use", CHEATS, ids=str)
def test_comparisons_decisions_other_organs_and_real_people_are_refused(use):
    assert intended.problems(use, True, own=False), use


def test_a_folder_of_ones_own_may_show_another_organ():
    use = ("Outlining the nerve", "scans of 12 volunteers", "residents")
    assert intended.problems(use, False) == []
    assert "calf" in intended.problems(use, False, own=False)[0]
    assert (
        intended.problems(("Outlining what the masks of this folder mark", *GOOD[1:]), True) == []
    )
