"""The worst cases of a judged network as pictures that may travel with a model card."""

from course_utils import segment
from course_utils.evaluate import metrics
from course_utils.privacy import writing
from course_utils.segment import pictures as segment_pictures
from course_utils.segment import scans


def pictures(judged, count):
    """The worst image of each of the `count` worst patients, worst first: a list of `Picture`."""
    table = judged.parts["test"]
    order = judged.scores.sort_values("dice", kind="stable").drop_duplicates("patient_id").index
    return [_picture(judged, table.loc[[row]]) for row in order[:count]]


def _picture(judged, row):
    case = scans.read(row)
    found = segment.mask(segment.predict(judged.model, case.image, size=judged.size))
    shown, hidden = without_writing(case.image)
    kind = "synthetic" if judged.synthetic else "real"
    dice = f"Dice {metrics.dice(case.mask, found):.2f}"
    alt = f"One of the worst {kind} cases, patient {row['patient_id'].iloc[0]}: {dice}.{hidden}"
    return segment_pictures.compared(shown, case.mask, found, dice, alt, kind=kind)


def without_writing(image):
    """The image with what looks like writing made black, and a sentence about it: a card travels."""
    image = image.copy()
    boxes = writing.lines(image)
    for x0, y0, x1, y1 in boxes:
        image[max(0, y0 - 3) : y1 + 4, max(0, x0 - 3) : x1 + 4] = 0
    return image, " Writing was blanked." if boxes else ""
