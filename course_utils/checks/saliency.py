"""Checks of lesson 07: the finest layer, the receipt of integrated gradients, who finds a shortcut."""

from types import SimpleNamespace

from course_utils.checks.lesson import Lesson, Wrong, cell, choice, number, panel

lesson = Lesson("07_saliency")
SMALL = 10  # per cent of the difference that the shares may miss


@lesson.check
def layer(choice, *, sizes):
    name = panel(choice, "map")["map"]
    places = {layer: rows * columns for layer, (rows, columns) in sizes.items()}
    if not isinstance(name, str) or name not in places:
        raise Wrong("Choose one of the layers in the menu.")
    if places[name] < max(places.values()):
        raise Wrong(
            f"This layer sees the picture as {places[name]} places; there is one that sees "
            f"{max(places.values())}."
        )


@lesson.check
def missing(missing, *, receipt):
    percent = number(missing, "the gap in per cent", low=0)
    right = 100 * abs(receipt.total - receipt.difference) / abs(receipt.difference)
    if abs(percent - right) <= max(0.02 * right, 1e-6):
        cell().follows(
            "missing",
            _other_receipt,
            {"receipt": SimpleNamespace(total=-8.0, difference=-10.0)},
            {"receipt": SimpleNamespace(total=5.0, difference=4.0)},
            typed="Right for this receipt. Compute it from `receipt`, for any.",
        )
        return (
            f"{right:.1f} %: small, so the walk was taken in small enough steps."
            if right < SMALL
            else f"{right:.0f} %: too much to trust the map. Take more steps."
        )
    if abs(percent - right / 100) <= max(0.0002 * right, 1e-8):
        raise Wrong("That is the share. Multiply by 100 for per cent.")
    if abs(percent - abs(receipt.total - receipt.difference)) < 1e-6:
        raise Wrong("That is the gap itself. Divide it by the difference of the answers.")
    raise Wrong("Divide the gap between `receipt.total` and `receipt.difference` by the latter.")


def _other_receipt(missing, receipt):
    right = 100 * abs(receipt.total - receipt.difference) / abs(receipt.difference)
    if abs(number(missing, "the gap in per cent") - right) > 0.02 * right:
        raise Wrong(
            f"For a total of {receipt.total:g} and a difference of {receipt.difference:g} your line "
            f"gives {number(missing):g} %, and {right:g} % are missing."
        )


@lesson.check
def found_by(found_by):
    answer = choice(found_by, ("more patients", "another hospital", "a longer training"))
    if answer == "more patients":
        raise Wrong("More patients of the same hospital bring more callipers of the same kind.")
    if answer == "a longer training":
        raise Wrong("Longer training learns the shortcut better.")


quiz_1, quiz_2, quiz_3 = lesson.questions()
