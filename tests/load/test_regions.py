"""When is an ultrasound region table believed: fits, cropped or refused."""

import pytest

from course_utils.load import regions


def screen(width, height, x=(0.15, 0.93), y=(0.08, 0.87)):
    """The region of a `width` x `height` screen whose tissue spans these shares of it."""
    box = (round(x[0] * width), round(y[0] * height), round(x[1] * width), round(y[1] * height))
    return [regions.Region("tissue", box, ("cm", "cm"), (0.02, 0.02), True)]


@pytest.mark.parametrize("screen_size", [(640, 480), (800, 600), (1024, 768), (1280, 720)])
@pytest.mark.parametrize(("factor", "words"), [(1.5, "1.5"), (2, "2"), (3, "3"), (4, "4")])
def test_a_resized_picture_is_refused_and_the_factor_named(screen_size, factor, words):
    small = [round(n / factor) for n in screen_size]
    verdict, reason = regions.fit(screen(*screen_size), small[1], small[0])
    assert verdict == "refused" and f"factor of {words} " in reason


def test_a_resized_picture_whose_table_overruns_one_side_only_is_refused():
    table = screen(640, 480, x=(0.3, 0.93), y=(0.1, 0.6))
    assert regions.fit(table, 320, 427)[0] == "refused"


@pytest.mark.parametrize(("height", "width"), [(350, 640), (480, 450), (300, 640), (480, 333)])
def test_a_cropped_picture_keeps_its_millimetres_with_a_warning(height, width):
    verdict, reason = regions.fit(screen(640, 480), height, width)
    assert verdict == "cropped" and ("bottom" if width == 640 else "right") in reason


def test_what_cannot_be_told_from_bounds():
    table = screen(640, 480)
    assert regions.fit(table, 480, 640) == ("fits", "")
    assert (
        regions.fit(table, 960, 1280)[0] == "fits"
    )  # enlarged: nothing overruns (a documented limit)
    assert regions.fit(table, 420, 640)[0] == "fits"  # cropped at the top: the same table would fit
    assert regions.fit(table, 350, 500)[0] == "refused"  # cut on two sides, or resized
    odd = regions.fit(screen(700, 500), 350, 700)
    assert odd[0] == "refused" and "nothing here tells which" in odd[1]
